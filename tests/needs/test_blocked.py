"""What can never happen in a log: no rule that is said to be blocked ever acts in it, and small cases by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from random_policies import conversations, is_timed, policies
from sound import policy_of

from policy_engine.machine.machine import compile_policy
from policy_engine.model.decision import Cause
from policy_engine.model.model import Policy
from policy_engine.needs.blocked import Asking, Blocked, Clause, Fate
from policy_engine.needs.lacking import Lacking
from policy_engine.needs.verdict import verdict
from policy_engine.simulation.simulation import run
from policy_engine.transcripts.message import Conversation, Label, LookedFor, Message, Role

ENDING = """
rule ending
  after 2 refusals on terrorism, end the chat, except when self-harm has been detected
"""
USER, ASSISTANT = Role.USER, Role.ASSISTANT
BOTH = frozenset({USER, ASSISTANT})
ALL: LookedFor = {"refusal": BOTH, "terrorism": BOTH, "self-harm": BOTH}


def without(*names: str) -> LookedFor:
    return {name: roles for name, roles in ALL.items() if name not in names}


def chat(looked_for: LookedFor | None, *labels: str | Label, user: Sequence[str] = ()) -> Conversation:
    said = tuple(each if isinstance(each, Label) else Label(each) for each in labels)
    messages = (Message(USER, tuple(map(Label, user))), Message(ASSISTANT, said))
    return Conversation("a", messages, looked_for=looked_for)


def found(policy: Policy, *log: Conversation) -> dict[str, tuple[Blocked, int]]:
    lacking = Lacking(policy)
    for each in log:
        lacking.add(each)
    return {each.part.name: (each, number) for each, number in verdict(lacking, 5.0).rules}


def test_with_all_labels_nothing_is_blocked() -> None:
    assert found(policy_of(ENDING), chat(ALL), chat(None)) == {}


def test_a_rule_whose_act_nobody_looks_for_is_never_due() -> None:
    blocked, number = found(policy_of(ENDING), chat(without("refusal")))["ending"]
    assert (blocked.fate, blocked.anyway, number) == (Fate.NEVER_DUE, False, 1)


def test_an_exception_that_nobody_checks_stops_for_ever() -> None:
    blocked, _ = found(policy_of(ENDING), chat(without("self-harm")))["ending"]
    assert (blocked.fate, blocked.clauses) == (Fate.ALWAYS_STOPPED, (Clause(Cause.EXCEPT),))


def test_checked_on_the_user_alone_it_is_open_for_who_asks_of_both() -> None:
    looked_for = {**ALL, "self-harm": frozenset({USER})}
    assert found(policy_of(ENDING), chat(looked_for))["ending"][0].fate is Fate.ALWAYS_STOPPED
    of_user = policy_of(ENDING.replace("has been detected", "has been detected from the user"))
    assert found(of_user, chat(looked_for)) == {}


def test_an_ending_that_a_never_takes_is_told_though_its_rule_acts() -> None:
    policy = policy_of(
        'rule both\n  after 1 refusal, end the chat and warn the user "Stop."\n'
        "never end the chat when self-harm has been detected\n"
    )
    lacking = Lacking(policy)
    lacking.add(chat(without("self-harm")))
    told = verdict(lacking, 5.0)
    assert (told.rules, told.never_ended) == ((), 1)


def test_what_is_found_but_never_absent_leaves_it_open() -> None:
    """Keywords: what they do not find is unknown."""
    log = (chat(without("self-harm"), user=("self-harm",)), chat(without("self-harm")))
    blocked, number = found(policy_of(ENDING), *log)["ending"]
    assert (blocked.fate, number) == (Fate.ALWAYS_STOPPED, 2)


def test_only_the_conversations_that_lack_it_are_counted() -> None:
    _, number = found(policy_of(ENDING), chat(ALL), chat(without("refusal")))["ending"]
    assert number == 1


def test_a_label_that_an_unknown_is_read_as_absent_blocks_nothing() -> None:
    policy = policy_of(ENDING)
    entry = replace(policy.vocabulary.labels["self-harm"], when_unknown="absent")
    vocabulary = replace(policy.vocabulary, labels={**policy.vocabulary.labels, "self-harm": entry})
    assert found(replace(policy, vocabulary=vocabulary), chat(without("self-harm"))) == {}


def test_an_attribute_that_nobody_gave_stops() -> None:
    policy = policy_of("applies when model is opus-4\nrule calm\n  after 1 refusal, end the chat\n")
    blocked, _ = found(policy, chat(ALL))["calm"]
    assert (blocked.fate, blocked.clauses) == (Fate.ALWAYS_STOPPED, (Clause(Cause.APPLIES),))
    lacking = Lacking(policy, {"model": "opus-4"})
    lacking.add(chat(ALL))
    assert verdict(lacking, 5.0).rules == ()


def test_what_can_never_act_anyway_is_no_lack() -> None:
    policy = policy_of(
        "rule calm\n  after 1 refusal, end the chat, only if terrorism has been detected and "
        "terrorism has not been detected\n"
    )
    lacking = Lacking(policy)
    lacking.add(chat(without("refusal")))
    told = verdict(lacking, 5.0)
    assert [each.anyway for each, _ in told.rules] == [True]
    assert not told.is_lacking(lacking)


def test_who_never_speaks_sends_no_event() -> None:
    policy = policy_of('rule calm\n  when an appeal is granted, remind the user "It was."\n')
    assert found(policy, chat(None))["calm"][0].fate is Fate.NEVER_DUE
    spoken = replace(chat(None), messages=(*chat(None).messages, Message(Role.SERVICE)))
    assert found(policy, spoken) == {}


@given(st.data())
def test_no_blocked_rule_ever_acts_in_its_log(data: st.DataObject) -> None:
    policy = data.draw(policies(core_only=data.draw(st.booleans())))
    conversation = data.draw(conversations(is_timed(policy)))
    lacking = Lacking(policy)
    lacking.add(conversation)
    (kind,) = lacking.kinds
    answer = Asking(policy, 0.05).blocked(lacking.lack(kind))
    simulation = run(compile_policy(policy), conversation)
    acted = {
        name for seen in simulation.decisions for done in (*seen.actions, *seen.trial) for name in done.rules
    }
    due = acted | {stop.rule for seen in simulation.decisions for stop in seen.stopped}
    assert not acted & {each.part.name for each in answer.rules if each.fate is not Fate.UNDECIDED}
    assert not due & {each.part.name for each in answer.rules if each.fate is Fate.NEVER_DUE}
    assert not (answer.never_ends and simulation.ended is not None)
