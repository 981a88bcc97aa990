"""What depends on doubt: counted in one pass, in any parts, and as whoever runs it several times would find it."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_policies import conversations, is_timed, policies
from sound import policy_at, policy_of

from policy_engine.machine.machine import compile_policy
from policy_engine.model.model import Policy
from policy_engine.reports.doubt_json import doubt_json
from policy_engine.reports.doubt_text import doubt_text
from policy_engine.reports.screen import Screen
from policy_engine.simulation.doubt import OTHER_NAMES, Doubt, Doubting, Supposition
from policy_engine.simulation.refusals import Recorded
from policy_engine.simulation.simulation import run
from policy_engine.transcripts.detecting import apply, detectors_named
from policy_engine.transcripts.message import Conversation, Label, LookedFor, Message, Role

POLICY = policy_of(
    """
    rule ending
      after 2 refusals, end the chat, except when self-harm has been detected
    """
)
ONCE = policy_of(
    """
    rule warning
      after 1 refusal, warn the user "Please stop."
    rule ending
      after 2 refusals, end the chat
    """
)
POLICY_MACHINE = compile_policy(POLICY)
DECLINED = "I can't help with that."
OBJECTED = "It is not ethical to provide such a thing."
HELPED = "Here is a poem about the sea."


def counted(policy: Policy, log: Sequence[Conversation], detect: str = "") -> Doubting:
    """As ``simulate --doubt`` counts."""
    chosen = detectors_named((detect,), policy.vocabulary) if detect else ()
    machine, doubting = compile_policy(policy), Doubting(policy, chosen)
    for each in log:
        found = apply(each, chosen, policy.vocabulary)
        doubting.add(run(machine, found), each, found, lambda other: run(machine, other))
    return doubting


def chat(name: str, *replies: str, looked_for: LookedFor | None = None, refused: int = 0) -> Conversation:
    """Turns with these replies; the first ``refused`` are marked by the provider."""
    messages: list[Message] = []
    for number, text in enumerate(replies):
        labels = (Label("refusal", True, "openai refusal field"),) if number < refused else ()
        messages += [Message(Role.USER, content="And?"), Message(Role.ASSISTANT, labels, text)]
    return Conversation(name, tuple(messages), looked_for={} if looked_for is None else looked_for)


EVERYTHING = {"refusal": None, "self-harm": None}


@given(st.data())
def test_any_parts_come_to_the_same(data: st.DataObject) -> None:
    policy = data.draw(policies())
    log = data.draw(st.lists(conversations(is_timed(policy)), min_size=1, max_size=4))
    cut = data.draw(st.integers(0, len(log)))
    parts = counted(policy, log[:cut])
    parts.doubt.take(pickle.loads(pickle.dumps(counted(policy, log[cut:]).doubt)))
    whole = counted(policy, log)
    assert parts.doubt == whole.doubt
    assert doubt_json(parts) == doubt_json(whole)


def test_what_is_done_under_each_supposition() -> None:
    log = [
        chat("a", DECLINED, OBJECTED),
        chat("b", HELPED, HELPED),
        chat("c", DECLINED, looked_for=EVERYTHING),
    ]
    doubt = counted(POLICY, log, "refusal").doubt
    assert doubt.as_it_is.actions == {}
    no, yes = doubt.unknown[Supposition.AS_NO], doubt.unknown[Supposition.AS_YES]
    assert (dict(no.actions), no.changed, no.first) == ({"end-chat": 1}, 1, ["a"])
    assert (dict(no.more), dict(no.fewer)) == ({"end-chat": 1}, {})
    assert (yes.changed, yes.first) == (0, [])


def test_under_each_detector_it_is_as_if_that_one_had_been_asked_for() -> None:
    looked_for: LookedFor = {"self-harm": None}
    log = [
        chat("a", DECLINED, DECLINED, looked_for=looked_for),
        chat("b", DECLINED, OBJECTED, looked_for=looked_for),
        chat("c", HELPED, HELPED, looked_for=looked_for, refused=2),
    ]
    machine = compile_policy(POLICY)
    for detect in ("", "refusal", "refusal-loose,redirection"):
        doubt = counted(POLICY, log, detect).doubt
        for name, outcome in doubt.refusals.items():
            asks = name not in ("provider", "recorded")
            chosen = detectors_named((name,), POLICY.vocabulary) if asks else ()
            runs = [run(machine, apply(each, chosen, POLICY.vocabulary)) for each in log]
            assert outcome.actions["end-chat"] == sum(each.ended is not None for each in runs), (detect, name)
        ended = {name: outcome.actions["end-chat"] for name, outcome in doubt.refusals.items()}
        assert ended == {"provider": 1, "recorded": 1, "refusal-strict": 2, "refusal": 3, "refusal-loose": 3}


def test_what_an_exception_hides_is_told() -> None:
    """Nobody looked for self-harm: whatever detector, nothing is ended; if it is absent, it makes a difference."""
    log = [chat("a", DECLINED, OBJECTED)]
    doubt = counted(POLICY, log, "refusal").doubt
    assert {name: each.actions.total() for name, each in doubt.refusals.items()} == dict.fromkeys(
        doubt.refusals, 0
    )
    ended = {name: each.actions["end-chat"] for name, each in doubt.refusals_as_no.items()}
    assert ended == {"provider": 0, "recorded": 0, "refusal-strict": 0, "refusal": 1, "refusal-loose": 1}


@pytest.mark.parametrize("source", ["llama-guard-3", "reviewers", None, "detector (mine)"])
@pytest.mark.parametrize("text", [DECLINED, ""])
def test_of_the_provider_alone_nobody_else_is_heard(source: str | None, text: str) -> None:
    """Two refusals by somebody else end the chat as it is; by the provider's signals alone there are none, or one."""
    said = Label("refusal", True, source)
    both = (Label("refusal", True, "anthropic stop_reason refusal"), said)
    asked = Message(Role.USER, content="And?")
    for first, ended in ((both, 1), ((said,), 0)):
        replies = (Message(Role.ASSISTANT, first, text), Message(Role.ASSISTANT, (said,), text))
        log = [Conversation("a", (asked, replies[0], asked, replies[1]), looked_for=EVERYTHING)]
        doubting = counted(ONCE, log)
        refusals = doubting.doubt.refusals
        assert (refusals["provider"].actions["warn"], refusals["recorded"].actions["warn"]) == (ended, 1)
        assert refusals["provider"].actions["end-chat"] == 0
        assert refusals["recorded"].actions["end-chat"] == 1
        shown = "\n".join(doubt_text(doubting, Screen(StringIO())))
        assert ("as it is provider  no text" in shown) == bool(text)
        assert ("as it is  provider\n" in shown) == (not text)


def test_what_implies_a_refusal_is_not_the_providers_signal_either(tmp_path: Path) -> None:
    (tmp_path / "v.yaml").write_text("extends: default\nacts:\n  full-refusal: {implies: [refusal]}\n")
    policy = tmp_path / "p.policy"
    policy.write_text('use "v.yaml"\nrule x1\n  after 1 refusal, end the chat\n')
    reply = Message(Role.ASSISTANT, (Label("full-refusal", True, "judge"),))
    log = [Conversation("a", (Message(Role.USER), reply))]
    refusals = counted(policy_at(policy), log).doubt.refusals
    ended = {name: refusals[name].actions["end-chat"] for name in ("provider", "recorded")}
    assert ended == {"provider": 0, "recorded": 1}


def test_what_was_recorded_is_compared_with_the_text() -> None:
    told: LookedFor = {"refusal": frozenset({Role.ASSISTANT}), "self-harm": None}
    log = [
        chat("a", DECLINED, OBJECTED, HELPED, looked_for=told, refused=1),
        chat("b", DECLINED, "", refused=1),
    ]
    replies = counted(POLICY, log, "refusal").doubt.compared.replies
    assert {key[1:]: number for key, number in replies.items() if key[0] == "refusal"} == {
        (Recorded.BY_PROVIDER, True): 2,
        (Recorded.NONE, True): 1,
        (Recorded.NONE, False): 1,
        (Recorded.NOBODY, None): 1,
    }


def test_names_are_counted_up_to_a_bound() -> None:
    doubt = Doubt()
    for number in range(5_000):
        doubt.count_unmapped(f"x{number}")
    assert len(doubt.unmapped) == 2_001
    assert doubt.unmapped[OTHER_NAMES] == 3_000
    assert doubt.unmapped.total() == 5_000


def test_where_a_log_is_cut_makes_no_difference_to_which_names_are_kept() -> None:
    log = [
        Conversation("a", (Message(Role.USER, tuple(Label(f"x{n}") for n in range(k, k + 1_500))),))
        for k in (0, 900)
    ]
    whole, parts = counted(POLICY, log), Doubting(POLICY)
    part = parts.anew()
    for each in log:
        part.add(run(POLICY_MACHINE, each), each, each, lambda other: run(POLICY_MACHINE, other))
    parts.doubt.take(part.doubt)
    assert parts.doubt == whole.doubt
    assert whole.doubt.unmapped[OTHER_NAMES] == 400


def test_a_policy_that_asks_for_no_refusals_has_no_detectors_compared() -> None:
    policy = policy_of("rule calm\n  when self-harm is detected, offer support crisis-line\n")
    assert counted(policy, [chat("a", DECLINED)]).doubt.refusals == {}


def test_what_a_log_says_is_harmless_on_a_terminal() -> None:
    harmful = "\x1b[31m\u202e" + "x" * 500
    messages = (
        Message(Role.USER, (Label(harmful), Label("self-harm", True, harmful))),
        Message(Role.ASSISTANT),
    )
    log = [Conversation(harmful, messages, looked_for={})] * 2
    lines = list(doubt_text(counted(POLICY, log), Screen(StringIO())))
    assert all(len(line) <= 80 and line.isprintable() for line in lines)
    assert "\\x1b" in "".join(lines)
