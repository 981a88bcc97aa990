"""Labels to observations: what implication and hostile vocabularies may not do."""

from __future__ import annotations

from policy_engine.machine.encoder import ABSENT, DETECTED, UNKNOWN, Encoder
from policy_engine.model.model import Reading
from policy_engine.transcripts.message import Label, Message, Role
from policy_engine.vocabulary.vocabulary import Kind, LabelEntry, Vocabulary

SPOKEN = frozenset({Role.USER, Role.ASSISTANT})
LAYERS = 60


def diamonds() -> Vocabulary:
    """Two labels a layer, each implying both of the layer below: 2**60 ways from the top to the bottom."""
    labels = {}
    for layer in range(LAYERS):
        below = () if layer == 0 else (f"a{layer - 1}", f"b{layer - 1}")
        for side in "ab":
            labels[f"{side}{layer}"] = LabelEntry(f"{side}{layer}", Kind.CATEGORY, SPOKEN, implies=below)
    return Vocabulary(labels)


def test_a_score_of_nothing_is_not_the_same_as_absent_where_zero_holds() -> None:
    labels = {
        "a": LabelEntry("a", Kind.CATEGORY, SPOKEN, threshold=0),
        "b": LabelEntry("b", Kind.CATEGORY, SPOKEN),
    }
    for name, reading in (("a", Reading("a")), ("b", Reading("b", 0))):
        encoder = Encoder(Vocabulary(labels), [reading])
        for value, expected in ((False, ABSENT), (0.0, DETECTED), (0, DETECTED), (False, ABSENT)):
            assert encoder.observe(Message(Role.USER, (Label(name, value),))).values == (expected,), value


def test_labels_implied_in_many_ways_are_worked_out_once() -> None:
    encoder = Encoder(diamonds(), [Reading("a0")])
    top = f"b{LAYERS - 1}"
    assert encoder.observe(Message(Role.USER, (Label(top),))).values == (DETECTED,)
    assert encoder.observe(Message(Role.USER, (Label(top, None),))).values == (UNKNOWN,)
