"""What a detector is: something that reads labels off the text of a message.

A new detector is one new file in ``detectors/`` that holds a ``DETECTOR``; nothing else changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from policy_engine.transcripts.message import Label, Message, Role


class Detector(Protocol):
    """Reads labels off a message. It never raises for what a message holds, and takes linear time."""

    @property
    def name(self) -> str:
        """The word that chooses this detector, and says on a label who spoke."""
        ...

    @property
    def looks_for(self) -> Mapping[str, frozenset[Role]]:
        """The labels that it can find, and on whose messages."""
        ...

    def detect(self, message: Message) -> tuple[Label, ...]:
        """A label for everything that it looks for on such a message: True, False, or None for unknown."""
        ...
