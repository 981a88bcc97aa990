"""What must be so of all promises, whatever they say: drawn policies, promises and conversations.

A policy that does, sentence by sentence, what a promise asks for keeps it. So the meaning of promises is
held to the meaning of rules, which the machine and the reference agree on.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from random_policies import conversations, policies, promises, rules

from policy_engine.model.decision import Decision
from policy_engine.model.model import (
    After,
    Answered,
    AtMostOnce,
    Claim,
    DoneAfter,
    DoneAtMost,
    DoneBefore,
    DoneEvery,
    Every,
    Guards,
    Ladder,
    Never,
    NeverDone,
    OnlyAfter,
    OnlyWhen,
    Policy,
    Promise,
    Rule,
    Standard,
    Taken,
    When,
)
from policy_engine.model.timing import is_promise_timed, is_timed
from policy_engine.reference.interpreter import interpret
from policy_engine.reference.promises import Outcome, Verdict, judge
from policy_engine.transcripts.message import Conversation
from policy_engine.vocabulary.vocabulary import Lasting

DATA = st.data()
LENGTHS = st.one_of(
    st.builds(Lasting, turns=st.integers(1, 4)), st.builds(Lasting, seconds=st.sampled_from((1, 5, 10, 20)))
)


def chat_for(data: st.DataObject, policy: Policy, *claims: Claim) -> Conversation:
    timed = any(is_promise_timed(Promise(claim, ""), policy.vocabulary) for claim in claims)
    return data.draw(conversations(policy.timed or timed))


def verdict_on(policy: Policy, claim: Claim, chat: Conversation) -> Verdict:
    return judge(policy, Promise(claim, "as drawn"), chat, interpret(policy, chat))


def until(chat: Conversation, decisions: list[Decision], number: int) -> tuple[Conversation, list[Decision]]:
    return replace(chat, messages=chat.messages[:number]), decisions[:number]


# --- A promise by itself -----------------------------------------------------------------


@given(DATA)
def test_what_breaks_a_promise_is_seen_at_that_message_and_not_before(data: st.DataObject) -> None:
    policy = data.draw(policies())
    promise = data.draw(promises(policy))
    chat = chat_for(data, policy, promise.claim)
    decisions = interpret(policy, chat)
    found = judge(policy, promise, chat, decisions)
    if found.outcome not in (Outcome.BROKEN, Outcome.KEPT, Outcome.VACUOUS):
        return
    for number in range(len(chat.messages) + 1):
        sooner = judge(policy, promise, *until(chat, decisions, number))
        if found.at is not None and number > found.at:
            assert sooner == found
        else:
            assert sooner.outcome is not Outcome.BROKEN


@given(DATA)
def test_what_is_broken_when_something_holds_is_broken_once_it_held(data: st.DataObject) -> None:
    policy = data.draw(policies())
    promise = data.draw(promises(policy, NeverDone))
    assert isinstance(promise.claim, NeverDone)
    now, ever = (replace(promise.claim, once=once) for once in (False, True))
    chat = chat_for(data, policy, ever)
    first, second = verdict_on(policy, now, chat), verdict_on(policy, ever, chat)
    if first.outcome is Outcome.BROKEN:
        assert first.at is not None
        assert second.outcome is Outcome.BROKEN
        assert second.at is not None
        assert second.at <= first.at


@given(DATA)
def test_a_standard_in_the_words_of_the_policy_says_what_the_policy_would(data: st.DataObject) -> None:
    policy = data.draw(policies())
    promise = data.draw(promises(policy))
    chat = chat_for(data, policy, promise.claim)
    decisions = interpret(policy, chat)
    standard = Standard("base", policy.vocabulary, (promise,))
    assert judge(policy, promise, chat, decisions, standard) == judge(policy, promise, chat, decisions)


# --- A policy that does what a promise asks for --------------------------------------------


def asking(policy: Policy, action: str) -> set[str]:
    """The rules and ladders that may do an action."""
    found = {each.name for each in policy.rules if action in {act.action for act in each.actions}}
    return found | {
        each.name
        for each in policy.ladders
        if action in {act.action for step in each.steps for act in step.actions}
    }


def guarded(policy: Policy, names: Iterable[str], **clauses: object) -> Policy:
    """The policy with other clauses on some rules and ladders."""

    def part(each: Rule | Ladder) -> Rule | Ladder:
        if each.name not in names:
            return each
        return replace(each, guards=replace(each.guards, **clauses))  # type: ignore[arg-type]

    rules = tuple(part(each) for each in policy.rules)
    ladders = tuple(part(each) for each in policy.ladders)
    made = replace(policy, rules=rules, ladders=ladders)  # type: ignore[arg-type]
    return replace(made, timed=is_timed(made))


def alone(policy: Policy, *rules: Rule) -> Policy:
    """The policy with these rules beside its own, and nothing that could stop them."""
    names = {each.name for each in rules}
    actions = {act.action for each in rules for act in each.actions}
    made = replace(
        policy,
        rules=(*(each for each in policy.rules if each.name not in names), *rules),
        nevers=tuple(each for each in policy.nevers if each.action not in actions),
        overrides=tuple(each for each in policy.overrides if each.loser not in names),
    )
    return replace(made, timed=is_timed(made))


def without(policy: Policy, action: str) -> Policy:
    """The policy without the rules and ladders that may do an action."""
    names = asking(policy, action)
    made = replace(
        policy,
        rules=tuple(each for each in policy.rules if each.name not in names),
        ladders=tuple(each for each in policy.ladders if each.name not in names),
        overrides=tuple(each for each in policy.overrides if not {each.winner, each.loser} & names),
    )
    return replace(made, timed=is_timed(made))


def assert_kept(policy: Policy, claim: Claim, chat: Conversation) -> None:
    assert verdict_on(policy, claim, chat).outcome in (Outcome.KEPT, Outcome.VACUOUS)


@given(DATA)
def test_never_keeps_what_is_never_done(data: st.DataObject) -> None:
    policy = data.draw(policies())
    claim = data.draw(promises(policy, NeverDone)).claim
    assert isinstance(claim, NeverDone)
    claim = replace(claim, once=False)
    made = replace(policy, nevers=(*policy.nevers, Never(claim.action, claim.condition)))
    made = replace(made, timed=is_timed(made))
    assert_kept(made, claim, chat_for(data, made, claim))


@given(DATA)
def test_an_exception_keeps_what_is_never_done(data: st.DataObject) -> None:
    policy = data.draw(policies())
    claim = data.draw(promises(policy, NeverDone)).claim
    assert isinstance(claim, NeverDone)
    claim = replace(claim, once=False)
    made = guarded(policy, asking(policy, claim.action), excepts=(claim.condition,))
    assert_kept(made, claim, chat_for(data, made, claim))


@given(DATA)
def test_only_if_keeps_what_is_done_only_when(data: st.DataObject) -> None:
    policy = data.draw(policies())
    claim = data.draw(promises(policy, OnlyWhen)).claim
    assert isinstance(claim, OnlyWhen)
    made = guarded(policy, asking(policy, claim.action), only_if=claim.condition)
    assert_kept(made, claim, chat_for(data, made, claim))


@given(DATA)
def test_only_if_it_has_been_done_keeps_what_is_done_before(data: st.DataObject) -> None:
    policy = data.draw(policies())
    action, before = (data.draw(st.sampled_from(sorted(policy.vocabulary.actions))) for _ in range(2))
    made = guarded(policy, asking(policy, before), only_if=Taken(action))
    claim = DoneBefore(action, before)
    assert_kept(made, claim, chat_for(data, made, claim))


@given(DATA)
def test_a_rule_that_answers_keeps_what_is_answered(data: st.DataObject) -> None:
    policy = data.draw(policies())
    rule = data.draw(rules(policy, When))
    assert isinstance(rule.trigger, When)
    made = alone(policy, rule)
    for act in rule.actions:
        claim = Answered(rule.trigger, act.action, data.draw(st.integers(1, 3)))
        assert_kept(made, claim, chat_for(data, made, claim))


@given(DATA)
def test_a_rule_after_a_count_keeps_what_is_done_after_it(data: st.DataObject) -> None:
    policy = data.draw(policies())
    rule = data.draw(rules(policy, After))
    assert isinstance(rule.trigger, After)
    counts = rule.trigger.counts
    unless = data.draw(promises(policy, OnlyWhen)).claim
    assert isinstance(unless, OnlyWhen)
    rule = replace(rule, trigger=After(counts), guards=Guards(excepts=(unless.condition,)))
    made = alone(policy, rule)
    for act in rule.actions:
        claim = DoneAfter(counts, act.action, unless.condition)
        assert_kept(made, claim, chat_for(data, made, claim))


@given(DATA)
def test_a_rule_after_a_count_keeps_what_is_done_only_after_it(data: st.DataObject) -> None:
    policy = data.draw(policies())
    rule = data.draw(rules(policy, After))
    assert isinstance(rule.trigger, After)
    action = rule.actions[0].action
    made = alone(without(policy, action), replace(rule, actions=rule.actions[:1]))
    claim = OnlyAfter(action, rule.trigger.counts)
    assert_kept(made, claim, chat_for(data, made, claim))


@given(DATA)
def test_a_rule_at_most_once_keeps_what_is_done_at_most_once(data: st.DataObject) -> None:
    policy = data.draw(policies())
    rule = data.draw(st.one_of(rules(policy, When), rules(policy, After)))
    window = data.draw(LENGTHS)
    action = rule.actions[0].action
    rule = replace(rule, actions=rule.actions[:1], guards=Guards(at_most=AtMostOnce(window)))
    made = alone(without(policy, action), rule)
    claim = DoneAtMost(action, 1, window)
    assert_kept(made, claim, chat_for(data, made, claim))


@given(DATA)
def test_a_rule_every_so_often_keeps_what_is_done_so_often(data: st.DataObject) -> None:
    policy = data.draw(policies())
    period = data.draw(LENGTHS)
    rule = replace(data.draw(rules(policy, When)), trigger=Every(period))
    made = alone(policy, rule)
    for act in rule.actions:
        claim = DoneEvery(act.action, period)
        assert_kept(made, claim, chat_for(data, made, claim))
