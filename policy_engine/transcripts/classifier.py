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
        """The labels of one message, from what the classifier said of it (the values that JSON holds, or a text).

        Everything that it looks for is there: detected (with a score or without), absent, or unknown where it did not
        say. So a conversation may count ``looks_for`` as looked for; on a message of which the classifier said
        nothing, :func:`unsaid` has to stand.

        A name that the mapping does not have keeps its own name, after the classifier's and a colon, so
        that it can be reported. Something that could not be said is None (unknown). Raises
        ValueError, with a fragment to show, where the output is not of this classifier's form.
        """
        ...


def unsaid(classifier: Classifier, role: Role) -> tuple[Label, ...]:
    """The labels of a message of ``role`` of which the classifier said nothing, though it speaks of others:
    unknown, each that it looks for on such messages. Without them they would count as absent.
    """
    sought = classifier.looks_for.items()
    return tuple(
        Label(name, None, classifier.name) for name, roles in sought if roles is None or role in roles
    )
