"""What a detector is: something that reads labels off the text of a message.

A new detector is one new file in ``detectors/`` that holds a ``DETECTOR``, or an entry point of the group
``policy_engine.detectors`` in somebody else's package; nothing else changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from policy_engine.transcripts.message import Label, Message, Role
from policy_engine.vocabulary.vocabulary import Vocabulary

TEXT_PATTERN = "text pattern"
"""How the source of a label begins that one of the patterns here read off the text."""
KEYWORDS = "keywords"
"""How the source of a label begins that stands there because of a word on somebody's list."""


@runtime_checkable
class Detector(Protocol):
    """Reads labels off a message. It never raises for what a message holds, and takes linear time."""

    @property
    def name(self) -> str:
        """The word that chooses this detector, and says on a label who spoke."""
        ...

    @property
    def gives(self) -> str:
        """What it finds, as a fragment for people."""
        ...

    @property
    def finds(self) -> Mapping[str, frozenset[Role]]:
        """The labels that it can find, and on whose messages: nothing else may come from it."""
        ...

    @property
    def looks_for(self) -> Mapping[str, frozenset[Role]]:
        """Those of them whose silence means something: where it says nothing, the label is absent.

        What is not named here, but can be found, is unknown where it is not found.
        """
        ...

    def detect(self, message: Message) -> tuple[Label, ...]:
        """What it has to say of such a message: a score, True, False, or None for unknown.

        A label without a source gets the detector's name for one.
        """
        ...


@runtime_checkable
class DetectorOf(Protocol):
    """A detector that has to be told something first: ``NAME:WHAT``, a file or an address."""

    @property
    def name(self) -> str:
        """The word before the colon."""
        ...

    @property
    def gives(self) -> str:
        """What it finds, as a fragment for people."""
        ...

    @property
    def takes(self) -> str:
        """What stands behind the colon, as it is shown in a usage: ``FILE.yaml``."""
        ...

    def told(self, what: str, vocabulary: Vocabulary) -> Detector:
        """The detector of what stands behind the colon.

        Raises ValueError, with a fragment to show, where there is none of that, or PolicyError, with the
        faults of a file.
        """
        ...
