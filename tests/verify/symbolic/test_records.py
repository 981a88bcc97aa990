"""A message that is read back from the variables of another means the same to every vocabulary."""

from __future__ import annotations

import pytest
from random_policies import VOCABULARIES, random_conversation
from scale import sources

from policy_engine.machine.encoder import Encoder
from policy_engine.model.model import Reading
from policy_engine.verify.symbolic.circuit import Circuit
from policy_engine.verify.symbolic.records import Records


@pytest.mark.seeds
@pytest.mark.parametrize("pair", [(0, 0), (1, 2), (3, 2), (0, 3)])
def test_there_and_back(pair: tuple[int, int]) -> None:
    vocabularies = [VOCABULARIES[number] for number in pair]
    for source in sources(21, 60):
        records = Records(Circuit(), vocabularies)
        labels = source.sample(sorted(vocabularies[0].labels), 4)
        readings = [Reading(label, at) for label in labels for at in (None, source.choice((0.0, 0.3, 0.9)))]
        for number in range(2):
            for reading in readings:
                records.reading(number, reading)
        conversation = random_conversation(source, False)
        sought = records.sought(records.looked_for(conversation.looked_for))
        encoders = [
            (
                Encoder(vocabulary, readings, conversation.looked_for),
                Encoder(vocabulary, readings, sought),
            )
            for vocabulary in vocabularies
        ]
        for message in conversation.messages:
            again = records.message(records.recorded(message), message.time)
            for as_it_was, as_read_back in encoders:
                assert as_it_was.observe(message) == as_read_back.observe(again)
