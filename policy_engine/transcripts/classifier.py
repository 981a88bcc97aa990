"""What a classifier's output is worth: how the labels of one are read, in the names of the vocabulary.

Readers of logs that carry outputs of a classifier (moderation results, safety ratings, evaluations) hand
them over as they are; the classifier knows their fields, names and values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from policy_engine.transcripts.message import Label, Role


class Classifier(Protocol):
    """Reads the outputs of one classifier, of one version. It never looks at a text."""

    @property
    def name(self) -> str:
        """The word that chooses this classifier, and says on a label who spoke."""
        ...

    @property
    def looks_for(self) -> Mapping[str, frozenset[Role] | None]:
        """The labels that it can tell, in the names of the vocabulary, and on whose messages (None: all).

        What is not named here it does not look for: that stays unknown.
        """
        ...

    def labels(self, output: object) -> tuple[Label, ...]:
        """The labels of one message, from what the classifier said of it (the values that JSON holds).

        A name that the mapping does not have keeps its own name, after the classifier's and a colon, so
        that it can be reported. Something that could not be said is None (unknown). Raises
        ValueError, with a fragment to show, where the output is not of this classifier's form.
        """
        ...
