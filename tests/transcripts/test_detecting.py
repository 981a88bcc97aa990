"""Detectors add to what was recorded, and never overrule it; what goes wrong in one is unknown, and told."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pytest
from decided import decided
from sound import POLICIES, policy_at

from policy_engine.transcripts.detecting import Failed, apply, detectors, detectors_named
from policy_engine.transcripts.detector import Detector, DetectorOf
from policy_engine.transcripts.detectors.refusal import DETECTOR
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.vocabulary.shipped import default_vocabulary

REPLY = "I can't help with that."
SOURCE = "text pattern (refusal)"
WORDS = default_vocabulary()


class Fake:
    """A detector of self-harm on the user's messages that answers what a test wants."""

    name = "fake"
    gives = "what a test wants"
    finds: Mapping[str, frozenset[Role]] = MappingProxyType({"self-harm": frozenset({Role.USER})})
    looks_for = finds

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def detect(self, message: Message) -> tuple[Label, ...]:
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer  # type: ignore[return-value]


def said_by(detector: Detector, message: Message, failed: Failed | None = None) -> tuple[Label, ...]:
    return apply(Conversation("a", (message,)), [detector], WORDS, failed).messages[0].labels


# --- Which there are ----------------------------------------------------------------------


def test_every_detector_is_found_and_says_what_it_finds() -> None:
    found = {detector.name: detector for detector in detectors()}
    assert list(found) == [
        "end-request", "keywords", "redirection", "refusal", "refusal-loose", "refusal-strict",
    ]  # fmt: skip
    assert found["refusal"] is DETECTOR
    for detector in found.values():
        assert isinstance(detector, Detector | DetectorOf)
        assert detector.gives
        for name, roles in getattr(detector, "finds", {}).items():
            assert roles <= WORDS.labels[name].roles


def test_detectors_are_named_with_commas_and_more_than_once() -> None:
    written = ["refusal, redirection", "end-request", "refusal"]
    assert [each.name for each in detectors_named(written, WORDS)] == [
        "refusal",
        "redirection",
        "end-request",
    ]
    assert detectors_named(["refusal,"], WORDS) == (DETECTOR,)
    assert detectors_named([], WORDS) == ()


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("refusals", "unknown detector `refusals` (did you mean `refusal`?)"),
        (",", "no detector is named (known: end-request, "),
        ("zzz", "unknown detector `zzz` (known: end-request, keywords, redirection, refusal, "),
        ("keywords", "`keywords` has to be told more: keywords:FILE.yaml"),
        ("refusal:all", "`refusal` takes nothing behind a colon"),
    ],
)
def test_what_cannot_be_meant_is_told(written: str, told: str) -> None:
    with pytest.raises(ValueError) as raised:
        detectors_named([written], WORDS)
    assert str(raised.value).startswith(told)


# --- What they add ------------------------------------------------------------------------


def test_a_detector_adds_labels_and_says_that_it_looked() -> None:
    user, reply = Message(Role.USER, content=REPLY), Message(Role.ASSISTANT, content=REPLY)
    found = apply(Conversation("a", (user, reply), looked_for={"violence": None}), [DETECTOR])
    assert found.messages == (user, Message(Role.ASSISTANT, (Label("refusal", True, SOURCE),), REPLY))
    assert found.looked_for == {"violence": None, "refusal": frozenset({Role.ASSISTANT})}


@pytest.mark.parametrize("value", [True, False, None, 0.3])
@pytest.mark.parametrize("name", ["self-harm", "S11"])
def test_what_was_recorded_stays_whatever_its_name(name: str, value: float | bool | None) -> None:
    message = Message(Role.USER, (Label(name, value, "human"),), "…")
    assert said_by(Fake((Label("self-harm"),)), message) == message.labels


def test_of_two_detectors_for_one_label_the_first_speaks() -> None:
    first, second = Fake((Label("self-harm", 0.2, "one"),)), Fake((Label("self-harm", 0.9, "two"),))
    found = apply(Conversation("a", (Message(Role.USER),)), [first, second], WORDS)
    assert found.messages[0].labels == (Label("self-harm", 0.2, "one"),)


def test_a_label_without_a_source_gets_the_detectors_name() -> None:
    assert said_by(Fake((Label("self-harm", 0.7),)), Message(Role.USER)) == (
        Label("self-harm", 0.7, "detector (fake)"),
    )


def test_what_was_looked_for_only_grows() -> None:
    message = Message(Role.USER)
    for before in (None, {"refusal": None}):
        assert apply(Conversation("a", (message,), looked_for=before), [DETECTOR]).looked_for == before
    found = apply(Conversation("a", (message,), looked_for={"refusal": frozenset({Role.USER})}), [DETECTOR])
    assert found.looked_for == {"refusal": frozenset({Role.USER, Role.ASSISTANT})}
    assert apply(found, []) is found


# --- What goes wrong in them ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (RuntimeError("no\nmodel"), "RuntimeError: no model"),
        (SystemExit("bye"), "SystemExit: bye"),
        (None, "TypeError: 'NoneType' object is not iterable"),
        (("self-harm",), "it answered 'self-harm', which is no label"),
        ((Label("violence"),), "it answered `violence`, which it does not look for on such a message"),
        ((Label("self-harm", "yes"),), "it answered 'yes' for `self-harm`, which is no score"),
        ((Label("self-harm", True, 5),), "the source of its label is 5, which is no text"),
    ],
)  # fmt: skip
def test_a_fault_in_a_detector_is_unknown_on_that_message_and_told(answer: object, told: str) -> None:
    faults: list[tuple[str, str]] = []
    unknown = (Label("self-harm", None, "detector (fake)"),)
    assert said_by(Fake(answer), Message(Role.USER), lambda *fault: faults.append(fault)) == unknown
    assert faults == [("fake", told)]
    assert said_by(Fake(answer), Message(Role.ASSISTANT)) == ()


class Refuses(Fake):
    """A detector of refusals that breaks down."""

    finds = looks_for = MappingProxyType({"refusal": frozenset({Role.ASSISTANT})})


def test_a_fault_ends_no_chat() -> None:
    chat = Conversation("a", (Message(Role.USER, (Label("sexual/minors"),)), Message(Role.ASSISTANT)) * 6)
    policy = policy_at(POLICIES.parent / "examples" / "mission.policy")

    def is_ended(answer: object) -> bool:
        labelled = apply(chat, [Refuses(answer)])
        return any(decision.actions for decision in decided(policy, labelled))

    assert is_ended((Label("refusal"),))
    assert not is_ended(RuntimeError("down"))
