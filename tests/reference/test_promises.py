"""Section 5 of the language: what breaks a promise, form by form.

What was done stands behind the arrows: the judge is given decisions, whoever made them. `broken 4` is broken
at the fourth message.
"""

from __future__ import annotations

import re

import pytest
from docs.doc_blocks import read_example
from sound import policy_of

from policy_engine.model.decision import Decision, Done
from policy_engine.model.loading import load_text
from policy_engine.model.model import Policy, Promise, Standard
from policy_engine.reference.interpreter import MissingTime, OutOfOrder
from policy_engine.reference.promises import judge
from policy_engine.transcripts.message import Conversation
from policy_engine.vocabulary.loader import load_vocabulary
from policy_engine.vocabulary.shipped import default_source, default_vocabulary
from policy_engine.vocabulary.vocabulary import Vocabulary

RULE = "rule any\n  when violence is detected, add a strike\n"
DONE = re.compile(r'→ ([^"]*?)(?: "([^"]*)"| crisis-line)?')
ENDED = "→ end the chat"
WARNED = '→ warn the user "a"'
HELPED = "→ offer support crisis-line"


def decided(outcomes: list[list[str]], vocabulary: Vocabulary) -> list[Decision]:
    """What the arrows say, as a policy would have decided it."""
    orders = {entry.phrase: entry for entry in vocabulary.actions.values()}
    decisions: list[Decision] = []
    for each in outcomes:
        found = [DONE.fullmatch(outcome) for outcome in each]
        named = [(orders[match[1].strip()], match[2]) for match in found if match]
        assert len(named) == len(each)
        decisions.append(
            Decision(
                tuple(Done(entry.name, text, ("any",)) for entry, text in named),
                ends=any(entry.ends for entry, _ in named),
                after_end=any(decision.ends for decision in decisions),
            )
        )
    return decisions


def shown(
    policy: Policy,
    promise: Promise,
    chat: Conversation,
    decisions: list[Decision],
    by: Standard | None = None,
) -> str:
    verdict = judge(policy, promise, chat, decisions, by)
    return verdict.outcome.value + ("" if verdict.at is None else f" {verdict.at + 1}")


def judged(promise: str, text: str, lines: str = "", vocabulary: Vocabulary | None = None) -> str:
    policy = policy_of(RULE + f"{lines}\ncheck that {promise}\n", vocabulary)
    example = read_example(text)
    (only,) = policy.promises
    return shown(policy, only, example.conversation, decided(example.expected, policy.vocabulary))


CASES: list[tuple[str, str, str]] = []


def case(promise: str, *conversations: tuple[str, str]) -> None:
    CASES.extend((promise, text, expected) for expected, text in conversations)


case(
    "the chat is never ended when self-harm is detected in this turn",
    ("broken 2", f"1 user self-harm\n1 assistant {ENDED}"),
    ("broken 1", f"1 user self-harm {ENDED}"),
    ("broken 2", f"1 user self-harm unknown\n1 assistant {ENDED}"),  # may hold
    ("broken 1", f"looked for: refusal\n1 user {ENDED}"),  # nobody looked
    ("kept", f"1 user self-harm\n1 assistant\n2 user {ENDED}"),
    ("vacuous", "1 user self-harm\n1 assistant"),
    ("vacuous", "1 user self-harm\n1 assistant → interrupt the chat"),
    ("broken 5", f"1 user\n1 assistant\n2 user self-harm\n2 tool\n2 assistant {ENDED}"),
)
case(
    "the chat is never ended when self-harm has been detected, unless the user confirms",
    ("broken 3", f"1 user self-harm\n1 assistant\n2 user {ENDED}"),
    ("kept", f"1 user self-harm\n1 assistant\n2 user confirmed {ENDED}"),
    ("broken 4", f"1 user self-harm\n1 assistant\n2 user confirmed\n2 assistant {ENDED}"),  # E is not there
    ("broken 3", f"1 user self-harm\n1 assistant\n2 user confirmed unknown {ENDED}"),  # E is not certain
    ("broken 9", f"1 user self-harm unknown\n1 assistant\n2 to 4 quiet\n5 user {ENDED}"),
    ("kept", f"1 user self-harm unknown\n1 assistant\n2 to 5 quiet\n6 user {ENDED}"),  # forgotten
)
case(
    "a warning is never given when the chat has been ended",
    ("vacuous", f"1 user {ENDED}\n1 assistant {WARNED}"),  # nothing after the end is looked at
)
case(
    "support is never offered when the chat has been ended",
    ("broken 2", f"1 user {ENDED}\n1 assistant {HELPED}"),  # but for what is done even after the end
    ("kept", f"1 user {ENDED} {HELPED}\n1 assistant"),  # an action is seen from the next message on
)
case(
    "a warning is never given when hate is detected in this turn",
    ("broken 3", f"1 user {WARNED}\n1 assistant\n2 user hate {WARNED}\n2 assistant {WARNED}"),  # the first
)
case(
    "the chat is never ended once self-harm is detected in this message",
    ("broken 1", f"1 user self-harm {ENDED}"),
    ("broken 5", f"1 user self-harm\n1 assistant\n2 quiet\n3 user {ENDED}"),
    ("broken 5", f"1 user self-harm unknown\n1 assistant\n2 quiet\n3 user {ENDED}"),
    (
        "kept",
        f"1 user self-harm unknown\n1 assistant\n2 to 5 quiet\n6 user {ENDED}",
    ),  # that doubt is forgotten
    ("broken 11", f"1 user self-harm\n1 assistant\n2 to 5 quiet\n6 user {ENDED}"),  # what was certain is not
    ("kept", f"1 user {ENDED}\n1 assistant\n2 user self-harm"),
)
case(
    "the chat is never ended once self-harm could not be checked in this message",
    ("broken 11", f"1 user self-harm unknown\n1 assistant\n2 to 5 quiet\n6 user {ENDED}"),  # that was certain
    ("kept", f"1 user self-harm\n1 assistant {ENDED}"),
)
case(
    "the chat is never ended once there have been at least 2 refusals within 2 turns",
    ("broken 7", f"1 user\n1 assistant refusal\n2 user\n2 assistant refusal\n3 quiet\n4 user {ENDED}"),
    (
        "broken 7",
        f"1 user\n1 assistant refusal\n2 user\n2 assistant refusal unknown\n3 quiet\n4 user {ENDED}",
    ),
    ("kept", f"1 user\n1 assistant refusal\n2 quiet\n3 user\n3 assistant refusal {ENDED}"),
)
case(
    "the chat is ended only when hate is detected in this turn, or when the user confirms",
    ("kept", f"1 user hate\n1 assistant {ENDED}"),
    ("broken 2", f"1 user\n1 assistant {ENDED}"),
    ("broken 2", f"1 user hate unknown\n1 assistant {ENDED}"),  # not certain
    ("kept", f"1 user confirmed {ENDED}"),
    ("broken 2", f"1 user confirmed\n1 assistant {ENDED}"),
    ("kept", f"1 user hate {ENDED}"),  # with that message's labels
    ("vacuous", "1 user"),
)
case(
    "the chat is ended only after 2 refusals on hate, or when the user confirms",
    ("kept", f"1 user hate\n1 assistant refusal\n2 user hate\n2 assistant refusal {ENDED}"),
    ("kept", f"1 user hate\n1 assistant refusal\n2 user hate\n2 assistant refusal\n3 user {ENDED}"),
    ("broken 3", f"1 user hate\n1 assistant refusal\n2 user hate {ENDED}"),
    ("broken 4", f"1 user hate\n1 assistant refusal\n2 user hate unknown\n2 assistant refusal {ENDED}"),
    ("broken 3", f"1 user hate\n1 assistant refusal\n1 assistant refusal {ENDED}"),  # one in a turn
    ("kept", f"1 user confirmed {ENDED}"),
)
case(
    "the chat is ended only after 2 refusals within 2 turns",
    ("broken 5", f"1 user\n1 assistant refusal\n2 user\n2 assistant refusal\n3 user {ENDED}"),  # it moved on
    ("kept", f"1 user\n1 assistant refusal\n2 user\n2 assistant refusal {ENDED}"),
)
case(
    "the chat is ended only after 2 refusals in a row",
    ("kept", f"1 user\n1 assistant refusal\n2 user\n2 assistant refusal\n3 user {ENDED}"),  # may still go on
    ("broken 7", f"1 user\n1 assistant refusal\n2 user\n2 assistant refusal\n3 quiet\n4 user {ENDED}"),
)
case(
    "the chat is ended only after 1 refusal since the last warning",
    ("broken 3", f"1 user\n1 assistant refusal\n2 user {ENDED}"),  # never warned: nothing is counted
    ("broken 2", f"1 user {WARNED}\n1 assistant {ENDED}"),
    ("kept", f"1 user {WARNED}\n1 assistant refusal {ENDED}"),
)
case(
    "the chat is ended only after 1 refusal and 1 redirection",
    ("broken 2", f"1 user\n1 assistant refusal {ENDED}"),
    ("kept", f"1 user\n1 assistant refusal\n1 assistant redirection {ENDED}"),
)
case(
    "when self-harm is detected from the user, support is offered in the same turn",
    ("kept", f"1 user self-harm {HELPED}"),
    ("kept", f"1 user self-harm\n1 assistant {HELPED}\n2 user"),
    ("kept", "1 user self-harm\n1 assistant"),  # it merely stops
    ("broken 3", "1 user self-harm\n1 assistant\n2 user"),
    ("broken 3", f"1 user self-harm\n1 assistant\n2 user {HELPED}"),  # too late
    ("broken 5", f"1 user {HELPED}\n1 assistant\n2 user self-harm\n2 assistant\n3 user"),  # too soon
    ("kept", f"1 user {HELPED}\n1 user self-harm\n1 assistant\n2 user"),  # at any message of the turn
    ("broken 2", f"1 user self-harm\n1 assistant {ENDED}"),  # the end cuts the turn short
    ("broken 2", f"1 user self-harm\n1 assistant {ENDED}\n1 service {HELPED}"),
    ("kept", f"1 user self-harm\n1 assistant {ENDED} {HELPED}"),
    ("vacuous", "1 user self-harm unknown\n1 assistant\n2 user"),  # E is certain
    ("vacuous", "1 user\n1 assistant self-harm\n2 user"),
    ("broken 5", f"1 user\n1 assistant {ENDED}\n2 user self-harm\n2 assistant\n3 user"),  # even after the end
    ("kept", f"1 user\n1 assistant {ENDED}\n2 user self-harm\n2 assistant {HELPED}\n3 user"),
)
case(
    "when self-harm is detected from the user, a warning is given in the same turn",
    ("vacuous", f"1 user {ENDED}\n1 assistant\n2 user self-harm\n2 assistant\n3 user"),
    ("broken 2", f"1 user self-harm\n1 assistant {ENDED}"),
)
case(
    "when self-harm is detected from the user, support is offered within 3 turns",
    ("kept", f"1 user self-harm\n1 assistant\n2 quiet\n3 user {HELPED}\n3 assistant\n4 user"),
    ("broken 7", f"1 user self-harm\n1 assistant\n2 to 3 quiet\n4 user {HELPED}"),
    ("broken 5", f"1 user self-harm\n1 assistant\n2 quiet\n3 user {ENDED}"),
    ("broken 7", "1 user self-harm\n1 assistant\n2 user self-harm\n2 assistant\n3 quiet\n4 user"),
    ("kept", "1 user self-harm\n1 assistant\n2 to 3 quiet"),
)
case(
    "when self-harm is first detected, support is offered in the same turn",
    ("kept", f"1 user self-harm {HELPED}\n1 assistant\n2 user self-harm\n2 assistant\n3 user"),
    ("broken 3", "1 user self-harm\n1 assistant\n2 user"),
)
case(
    "when the user asks to end, confirmation is asked in the same turn",
    ("broken 3", "1 user end-request\n1 assistant\n2 user"),
    ("kept", "1 user end-request → ask the user to confirm\n1 assistant\n2 user"),
)
case(
    "after 2 refusals on hate, the chat is ended, unless self-harm has been detected",
    ("kept", f"1 user hate\n1 assistant refusal\n2 user hate\n2 assistant refusal {ENDED}"),
    ("broken 4", "1 user hate\n1 assistant refusal\n2 user hate\n2 assistant refusal"),
    ("vacuous", f"1 user hate {ENDED}\n1 assistant refusal\n2 user hate\n2 assistant refusal"),
    ("vacuous", "1 user hate, self-harm\n1 assistant refusal\n2 user hate\n2 assistant refusal"),
    ("vacuous", "1 user hate\n1 assistant refusal\n2 user hate, self-harm unknown\n2 assistant refusal"),
    ("vacuous", "1 user hate\n1 assistant refusal\n2 user hate unknown\n2 assistant refusal"),
    (  # the doubt is forgotten, and the count grows again
        "broken 14",
        "1 user hate, self-harm unknown\n1 assistant refusal\n2 user hate\n2 assistant refusal\n3 to 6 quiet\n"
        "7 user hate\n7 assistant refusal",
    ),
    (  # the doubt is forgotten, and nothing is added
        "vacuous",
        "1 user hate, self-harm unknown\n1 assistant refusal\n2 user hate\n2 assistant refusal\n3 to 7 quiet",
    ),
)
case(
    "after 2 refusals, a warning is given",
    ("vacuous", f"1 user\n1 assistant refusal {ENDED}\n2 user\n2 assistant refusal"),
    ("kept", f"1 user {WARNED}\n1 assistant refusal\n2 user\n2 assistant refusal"),
)
case(
    "a warning is given before the chat is ended, unless the user confirms",
    ("kept", f"1 user {WARNED}\n1 assistant {ENDED}"),
    ("broken 2", f"1 user\n1 assistant {ENDED}"),
    ("broken 1", f"1 user {WARNED} {ENDED}"),  # at an earlier message
    ("kept", f"1 user confirmed {ENDED}"),
    ("vacuous", f"1 user {WARNED}"),
)
case(
    "a warning is given before support is offered",
    ("broken 2", f"1 user {ENDED}\n1 assistant {HELPED}"),  # support is looked at even after the end
)
case(
    "a warning is given at most 2 times within 3 turns",
    ("kept", f"1 user {WARNED}\n1 assistant\n2 user {WARNED}\n2 assistant\n3 quiet\n4 user {WARNED}"),
    ("broken 5", f"1 user {WARNED}\n1 assistant\n2 user {WARNED}\n2 assistant\n3 user {WARNED}"),
    ("broken 2", f'1 user {WARNED} → warn the user "b"\n1 assistant {WARNED}'),  # each text is one
    ("kept", f"1 user {WARNED} {ENDED}\n1 assistant {WARNED}\n1 service {WARNED}"),
    ("kept", f"1 user {WARNED}\n1 assistant → add a strike\n1 assistant → add a strike\n1 user {WARNED}"),
    ("vacuous", "1 user"),
)
case(
    "a warning is given at most 1 time within 10 minutes",
    ("broken 2", f"1 user 10:00 {WARNED}\n1 assistant 10:10 {WARNED}"),  # both ends count
    ("kept", f"1 user 10:00 {WARNED}\n1 assistant 10:10:01 {WARNED}"),
)
REMINDED = '→ remind the user "a"'
case(
    "a reminder is given at least every 2 hours",
    ("broken 2", "1 user 10:00\n1 assistant 12:00"),
    ("kept", f"1 user 10:00\n1 assistant 12:00 {REMINDED}\n1 service 13:59"),
    ("broken 3", f"1 user 10:00\n1 assistant 12:00 {REMINDED}\n1 service 14:00"),
    ("broken 3", f"1 user 10:00\n1 assistant 11:00 {REMINDED}\n1 service 14:00 {ENDED}"),
    ("kept", f"1 user 10:00\n1 assistant 23:00 {REMINDED}"),
    ("vacuous", "1 user 10:00\n1 assistant 11:59"),
    ("vacuous", f"1 user 10:00\n1 assistant 11:00 {ENDED}\n1 service 23:00"),
)
case(
    "a reminder is given at least every 2 turns",
    ("broken 5", "1 to 2 quiet\n3 user"),
    ("kept", f"1 to 2 quiet\n3 user {REMINDED}\n3 assistant\n4 quiet"),
    ("broken 9", f"1 to 2 quiet\n3 user {REMINDED}\n3 assistant\n4 quiet\n5 user"),
    ("broken 6", f"0 system {REMINDED}\n1 to 2 quiet\n3 user"),  # from turn 1
)
case(
    "a reminder is given at least every 2 turns, only if user.minor is true",
    ("broken 5", "1 to 2 quiet\n3 user"),  # assumed
    ("broken 5", "attributes: user.minor is true\n1 to 2 quiet\n3 user"),
    ("not spoken of", "attributes: user.minor is false\n1 to 2 quiet\n3 user"),
)
case(
    "a reminder is given at least every 2 turns, only if user.age is at most 17",
    ("not spoken of", "1 to 2 quiet\n3 user"),  # unknown is not enough, as in a rule
    ("broken 5", "attributes: user.age is 17\n1 to 2 quiet\n3 user"),
)
case(
    "in some conversation in which the user never asks to end, the chat is ended",
    ("witness 2", f"1 user\n1 assistant {ENDED}"),
    ("no witness", "1 user"),
    ("no witness", f"1 user end-request\n1 assistant {ENDED}"),
    ("witness 2", f"1 user\n1 assistant {ENDED}\n2 user end-request"),  # nothing after the end is looked at
)
case(
    "in some conversation the chat is ended",
    ("witness 1", f"1 user end-request {ENDED}"),
    ("no witness", "# nobody speaks"),
)


@pytest.mark.parametrize(("promise", "text", "expected"), CASES)
def test_verdict(promise: str, text: str, expected: str) -> None:
    assert judged(promise, text) == expected


def test_no_conversation_at_all_breaks_nothing() -> None:
    for promise in dict.fromkeys(promise for promise, _, _ in CASES):
        assert judged(promise, "") in ("vacuous", "no witness", "not spoken of")


# --- Whom a promise speaks of ------------------------------------------------------------------

OPUS = "applies when model is opus-4"


def test_a_promise_speaks_of_conversations_that_the_policy_applies_to() -> None:
    promise = "the chat is never ended when self-harm is detected in this turn"
    for model, expected in (("opus-4", "broken 1"), ("sonnet-4", "not spoken of")):
        text = f"attributes: model is {model}\n1 user self-harm {ENDED}"
        assert judged(promise, text, OPUS) == expected
    assert judged(promise, f"1 user self-harm {ENDED}", OPUS) == "not spoken of"  # nobody knows the model


def test_a_witness_is_one_that_the_policy_applies_to() -> None:
    promise = "in some conversation the chat is ended"
    assert judged(promise, f"attributes: model is opus-4\n1 user {ENDED}", OPUS) == "witness 1"
    assert judged(promise, f"attributes: model is sonnet-4\n1 user {ENDED}", OPUS) == "not spoken of"


def test_what_a_trial_rule_would_do_is_not_seen() -> None:
    policy = policy_of(RULE + "check that the chat is never ended when violence is detected in this turn")
    chat = read_example("1 user violence").conversation
    trial = Decision(trial=(Done("end-chat", None, ("strict",)),))
    assert shown(policy, policy.promises[0], chat, [trial]) == "vacuous"


# --- Times --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "fault"), [("1 user\n1 user", MissingTime), ("1 user 10:00\n1 user 09:59", OutOfOrder)]
)
def test_a_promise_with_a_duration_needs_times(text: str, fault: type[Exception]) -> None:
    for promise in (
        "a reminder is given at least every 3 hours",
        "a reminder is given at most 2 times within 3 hours",
        "the chat is never ended when hate is detected in the last 5 minutes",
        "the chat is ended only when hate is detected in the last 5 minutes",
        "the chat is ended only after 2 refusals within 5 minutes",
        "after 2 refusals within 5 minutes, the chat is ended",
        "after 2 refusals, the chat is ended, unless hate is detected in the last 5 minutes",
    ):
        with pytest.raises(fault):
            judged(promise, text)
    for promise in dict.fromkeys(promise for promise, _, _ in CASES if "hours" not in promise):
        if "minutes" not in promise:
            judged(promise, text)


def test_an_unknown_that_lasts_some_time_is_forgotten_by_the_clock() -> None:
    source = default_source()
    text = source.text.replace("unknown-lasts: 5 turns", "unknown-lasts: 10 minutes")
    words, _ = load_vocabulary(type(source)("words.yaml", text), lambda _: None)
    promise = "the chat is never ended once self-harm is detected in this message"
    for clock, expected in (("10:10", "broken 2"), ("10:11", "kept")):
        chat = f"1 user 10:00 self-harm unknown\n1 assistant {clock} {ENDED}"
        assert judged(promise, chat, vocabulary=words) == expected
    with pytest.raises(MissingTime):
        judged(promise, f"1 user self-harm unknown\n1 assistant {ENDED}", vocabulary=words)


def test_there_is_one_decision_a_message() -> None:
    policy = policy_of(RULE + "check that in some conversation the chat is ended")
    with pytest.raises(ValueError, match="one decision for each message"):
        judge(policy, policy.promises[0], read_example("1 user").conversation, [])


# --- Standards ----------------------------------------------------------------------------------

PHONE = """
categories:
  despair: {title: Despair, aliases: [self-harm]}
acts:
  refusal: {plural: refusals}
actions:
  hang-up:  {phrase: hang up, past: the call is cut off, ends: true}
  caution:  {phrase: caution the caller, past: a caution is given, takes: text}
  warn:     {phrase: warn the user, past: a warning is given, takes: text}
  end-chat: {phrase: close the window, past: the window is closed}
"""
PHONE_RULE = "rule any\n  when despair is detected, close the window\n"


def phone() -> Vocabulary:
    source = default_source()
    words, faults = load_vocabulary(type(source)("phone.yaml", PHONE), lambda _: None)
    assert words is not None, faults
    return words


def by_standard(requirement: str, text: str) -> str:
    """What a standard in the default vocabulary says of a policy that speaks of telephone calls."""
    standard = load_text(f"require that {requirement}", "base.standard", default_vocabulary()).standard
    policy = policy_of(PHONE_RULE, phone())
    assert standard is not None
    example = read_example(text)
    decisions = decided(example.expected, policy.vocabulary)
    return shown(policy, standard.promises[0], example.conversation, decisions, standard)


def test_the_ending_is_the_ending_whatever_it_is_called() -> None:
    promise = "the chat is never ended when self-harm is detected in this turn"
    assert by_standard(promise, "1 user self-harm → hang up") == "broken 1"
    assert by_standard("in some conversation the chat is ended", "1 user → hang up") == "witness 1"


def test_an_action_that_only_has_the_name_of_the_ending_is_another() -> None:
    promise = "the chat is never ended when self-harm is detected in this turn"
    assert by_standard(promise, "1 user self-harm → close the window") == "vacuous"


def test_other_actions_are_known_by_their_names() -> None:
    promise = "a warning is given before the chat is ended"
    assert by_standard(promise, '1 user → warn the user "a"\n1 user → hang up') == "kept"
    assert by_standard(promise, '1 user → caution the caller "a"\n1 user → hang up') == "broken 2"


def test_a_standard_reads_labels_with_its_own_vocabulary() -> None:
    """The policy's `despair` is a label that the standard does not know; recorded as `self-harm` it does."""
    promise = "the chat is ended only when self-harm is detected in this turn"
    assert by_standard(promise, "1 user despair → hang up") == "broken 1"
    assert by_standard(promise, "1 user self-harm → hang up") == "kept"
