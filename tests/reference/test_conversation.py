"""Section 3 of the language: what a conversation is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from random_policies import PLAIN
from reference.examples import (
    HARM,
    HERE,
    chat,
    conversation,
    decide,
    detected,
    done_at,
    done_by_machine,
    last,
    only_if,
    policy,
    refusals,
    rule,
    seconds,
    turns,
    when,
)
from reference.examples import after as after_counts
from sound import policy_of

from policy_engine.model.model import (
    Attribute,
    CountReached,
    Detected,
    Doubt,
    Not,
    Reading,
    When,
)
from policy_engine.reference.history import turns_of
from policy_engine.reference.interpreter import MissingTime, OutOfOrder, interpret
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.vocabulary.vocabulary import Lasting, Vocabulary


def changed(label: str, **changes: object) -> Vocabulary:
    entry = replace(PLAIN.labels[label], **changes)  # type: ignore[arg-type]
    return replace(PLAIN, labels={**PLAIN.labels, label: entry})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("u|a|u|a", [1, 1, 2, 2]),
        ("y|a|u|a", [0, 0, 1, 1]),  # what comes before the first user message is turn 0
        ("u|u|a|a|u", [1, 1, 1, 1, 2]),  # two user messages running are one turn
        ("u|t|u|a|y|u|s", [1, 1, 1, 1, 1, 2, 2]),  # others neither begin nor end one
    ],
)
def test_turns(text: str, expected: list[int]) -> None:
    assert turns_of(chat(text)) == expected


@pytest.mark.parametrize(
    ("label", "holds"),
    [
        ("harm", True),
        ("no-harm", False),
        ("harm=0.5", True),
        ("harm=0.49", False),
        ("harm=1.5", False),
        ("harm?", False),
        ("H1", True),  # an alias is the same label
        ("H1 no-harm", True),  # detected beats unknown beats absent
        ("harm/intent", True),  # implied
        ("harm/intent=0.6", False),  # below the threshold of its own, 0.7
        ("never-heard-of", False),
    ],
)
def test_a_label_holds(label: str, holds: bool) -> None:
    assert done_at(policy(rule(when("harm"))), f"u {label}") == ([0] if holds else [])


@pytest.mark.parametrize(
    ("label", "is_unknown"),
    [("harm?", True), ("harm=1.5", True), ("harm=nan", True), ("harm/intent?", True), ("no-harm H1?", True)],
)
def test_unknown_labels(label: str, is_unknown: bool) -> None:
    trigger = when("harm", doubt=Doubt.UNCHECKED)
    assert done_at(policy(rule(trigger)), f"u {label}|u harm|u") == ([0] if is_unknown else [])


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("harm=0.8", True),
        ("harm=0.79", False),
        ("harm", True),
        ("harm=0.2 harm/intent=0.8", True),  # the highest of the label and those that imply it
        ("harm=0.2 harm/intent?", None),
    ],
)
def test_at_a_score(label: str, expected: bool | None) -> None:
    for doubt, value in ((Doubt.DETECTED, True), (Doubt.UNCHECKED, None)):
        trigger = When(Detected((Reading("harm", 0.8),), None, doubt, HERE))
        assert done_at(policy(rule(trigger)), f"u {label}") == ([0] if value is expected else [])


def test_elsewhere_a_label_is_ignored() -> None:
    made = policy(rule(when("harm", "refusal", "appeal")))
    assert done_at(made, "s harm|u refusal|a appeal|y harm|t harm") == []
    assert done_at(made, "s appeal|u|a refusal|u harm") == [0, 2, 3]


def test_an_act_on_a_category() -> None:
    made = policy(rule(after_counts(refusals(1, HARM))))
    assert done_at(made, "u harm|a refusal") == [1]
    assert done_at(made, "u|a refusal harm") == [1]
    assert done_at(made, "u harm|u|t|a|a refusal") == [4]
    assert done_at(made, "u harm|a|u|a refusal") == []  # of another turn
    assert done_at(made, "u|a harm|a refusal") == []  # neither on it nor on a user message
    assert done_at(made, "u|a refusal|u harm") == []  # not before it


def test_what_was_looked_for() -> None:
    doubtful = policy(rule(when("harm", doubt=Doubt.UNCHECKED)))
    assert done_at(doubtful, "u|a", looked_for={"H1": None}) == []
    assert done_at(doubtful, "u|a|s", looked_for={"spam": None}) == [0, 1]
    assert done_at(doubtful, "u|a", looked_for={"harm": frozenset({Role.USER})}) == [1]
    # A label nobody looked for implies nothing.
    assert done_at(doubtful, "u", looked_for={"harm": None}) == []


def test_when_unknown() -> None:
    made = policy(rule(when("harm")), vocabulary=changed("harm", when_unknown="detected"))
    assert done_at(made, "u harm?|u|u harm/intent?") == [0, 2]
    assert done_at(made, "u", looked_for={}) == [0]
    # It implies what it implies where it was recorded, not where nobody looked for it.
    child = policy(rule(when("harm")), vocabulary=changed("harm/intent", when_unknown="detected"))
    assert done_at(child, "u harm/intent?") == [0]
    assert done_at(child, "u", looked_for={"harm": None}) == []
    absent = policy(only_if(Not(detected("harm"))), vocabulary=changed("harm", when_unknown="absent"))
    assert done_at(absent, "u harm? spam") == [0]


def test_unknown_is_not_no() -> None:
    assert done_at(policy(only_if(Not(detected("harm")))), "u harm?|u spam") == []
    assert done_at(policy(only_if(detected("harm"))), "u harm?|u spam") == []
    excepted = policy(rule(when("spam"), excepts=(detected("harm"),)))
    assert [stop.unknown for stop in decide(excepted, "u harm?|u spam")[1].stopped] == [True]
    doubt = detected("harm", doubt=Doubt.DETECTED_OR_UNCHECKED)
    assert done_at(policy(only_if(doubt)), "u harm?|u spam") == [1]


def test_unknown_lasts() -> None:
    brief = changed("harm", unknown_lasts=turns(2))
    made = policy(only_if(Not(detected("harm"))), vocabulary=brief)
    assert done_at(made, "u harm? spam|a|u spam|a|u spam") == [4]
    timed = policy(
        only_if(Not(detected("harm"))), vocabulary=changed("harm", unknown_lasts=seconds(5)), timed=True
    )
    assert done_at(timed, "u @0 harm?|u @5 spam|u @6 spam") == [2]


def test_a_count_in_a_condition_lies_between_the_certain_and_the_possible() -> None:
    two = CountReached(refusals(2))
    assert done_at(policy(only_if(two)), "u|a refusal|u|a refusal|u spam") == [4]
    assert done_at(policy(only_if(two)), "u|a refusal|u|a refusal?|u spam") == []
    assert done_at(policy(only_if(Not(two))), "u|a refusal|u|a refusal?|u spam") == []
    assert done_at(policy(only_if(Not(two))), "u|a refusal?|u|a|u spam") == [4]
    # forgotten once what makes it uncertain is forgotten
    brief = changed("refusal", unknown_lasts=turns(1))
    assert done_at(policy(only_if(Not(two)), vocabulary=brief), "u|a refusal|u|a refusal?|u spam") == [4]


def test_an_uncertain_match_is_forgotten_with_the_unknown_that_makes_it_uncertain() -> None:
    none = only_if(Not(CountReached(refusals(1, HARM))))
    brief = policy(none, vocabulary=changed("harm", unknown_lasts=turns(2)))
    doubt = "u harm?|a refusal"  # the refusal is certain, and has no unknown that could last
    timed = policy(none, vocabulary=changed("harm", unknown_lasts=seconds(5)), timed=True)
    for asked in (done_at, done_by_machine):
        assert asked(brief, f"{doubt}|u spam|a|u spam") == [4]
        assert asked(brief, f"{doubt}|u|a refusal?|u spam") == [4]  # by the message that is still in doubt
        assert asked(brief, "u harm|a refusal?|u|a|u spam|a|u spam") == []
        # from the message that shows the category, not from the refusal
        assert asked(timed, "u @0 harm?|a @4 refusal|u @5 spam|a @5|u @6 spam") == [4]


def test_a_turn_with_a_certain_match_counts_by_that_match() -> None:
    made = policy(only_if(Not(CountReached(refusals(1, within=seconds(5))))))
    assert done_at(made, "u @0|a @0 refusal|a @6 refusal?|u @6 spam") == [3]
    assert done_at(made, "u @0|a @0 refusal?|a @6 refusal?|u @6 spam") == []


def test_a_run_in_a_condition_may_end_before_this_turn() -> None:
    made = policy(only_if(CountReached(refusals(2, in_a_row=True))))
    assert done_at(made, "u|a refusal|u|a refusal|u spam|a|u spam") == [4]


def test_times() -> None:
    made = policy(rule(after_counts(refusals(1, within=seconds(5)))))
    with pytest.raises(OutOfOrder) as late:
        interpret(made, conversation("u @2|a @1"))
    assert late.value.index == 1
    with pytest.raises(MissingTime) as missing:
        interpret(made, conversation("u @2|a @2|u"))
    assert missing.value.index == 2
    untimed = policy(rule(after_counts(refusals(1))))
    assert done_at(untimed, "u @2|a @1 refusal|u") == [1]


def test_attributes() -> None:
    def holds(condition: Attribute, attributes: dict[str, object]) -> bool:
        return bool(done_at(policy(only_if(condition)), "u spam", attributes=attributes))

    assert holds(Attribute("minor", "is", (True,)), {})  # assumed
    assert not holds(Attribute("minor", "is", (True,)), {"minor": 1})
    assert holds(Attribute("model", "is", ("small", "large")), {"model": "large"})
    assert not holds(Attribute("model", "is", ("small",)), {"model": "huge"})
    assert holds(Attribute("age", "at least", (18,)), {"age": 18})
    assert not holds(Attribute("age", "more than", (18,)), {"age": 18})
    assert not holds(Attribute("age", "at least", (18,)), {"age": "old"})


def test_an_attribute_nobody_gave_is_unknown_but_a_strange_value_is_none_of_the_listed() -> None:
    made = policy(only_if(Not(Attribute("model", "is", ("small",)))))
    assert done_at(made, "u spam") == []
    assert done_at(made, "u spam", attributes={"model": "huge"}) == [0]


def test_scopes() -> None:
    text = "u harm spam|a|u spam|a|u spam"
    assert done_at(policy(only_if(detected("harm"))), text) == [0, 2, 4]
    assert done_at(policy(only_if(detected("harm", scope=HERE))), text) == [0]
    assert done_at(policy(only_if(detected("harm", scope=last(turns(1))))), text) == [0]
    assert done_at(policy(only_if(detected("harm", scope=last(turns(2))))), text) == [0, 2]
    assert done_at(policy(only_if(detected("harm", role=Role.ASSISTANT))), text) == []
    assert done_at(
        policy(only_if(detected("harm", scope=last(seconds(5))))), "u @0 harm|u @5 spam|u @6 spam"
    ) == [1]


def test_what_is_unknown_now_needs_no_time() -> None:
    """`in this message` makes no policy timed, also where the label's unknown lasts seconds."""
    usual = policy_of("rule x\n  when hate is detected, add a strike\n").vocabulary
    hate = replace(usual.labels["hate"], unknown_lasts=Lasting(seconds=10))
    policy = policy_of(
        "rule x\n  when the user asks to end, end the chat, except when hate is detected in this message\n",
        vocabulary=replace(usual, labels={**usual.labels, "hate": hate}),
    )
    assert not policy.timed
    unknown = Message(Role.USER, (Label("hate", None), Label("end-request")))
    chat = Conversation("chat", (unknown, Message(Role.USER, (Label("end-request"),))))
    assert [decision.ends for decision in interpret(policy, chat)] == [False, True]
