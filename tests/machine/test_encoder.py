"""Labels to observations: what implication and hostile vocabularies may not do."""

from __future__ import annotations

from policy_engine.machine.encoder import DETECTED, UNKNOWN, Encoder
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


def test_labels_implied_in_many_ways_are_worked_out_once() -> None:
    encoder = Encoder(diamonds(), [Reading("a0")])
    top = f"b{LAYERS - 1}"
    assert encoder.observe(Message(Role.USER, (Label(top),))).values == (DETECTED,)
    assert encoder.observe(Message(Role.USER, (Label(top, None),))).values == (UNKNOWN,)
