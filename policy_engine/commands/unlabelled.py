"""A log of the project's own form in which nothing has a label, and nothing says what was looked for.

By the language, everything was then looked for, and not found. That is right where people write conversations; a log of
which it is true would be a rare one, and one that nobody has labelled looks the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from policy_engine.commands.standard_error import say
from policy_engine.reports.english import many
from policy_engine.transcripts.message import Conversation

_BY_HAND = (".yaml", ".yml")


@dataclass(slots=True)
class Unlabelled:
    """Counts conversations that do not say what was looked for, as only the project's own form leaves it open."""

    labelled: int = 0
    bare: int = 0
    """Those in which no message has a label."""
    first: str = ""
    """The place of the first of those."""

    def add(self, conversation: Conversation) -> None:
        """One more, as it was recorded. YAML is written by people, who know what they left out: it does not count."""
        if conversation.looked_for is not None or conversation.origin.rpartition(":")[0].endswith(_BY_HAND):
            return
        if any(labels for _, labels, _ in conversation.marks()):
            self.labelled += 1
        else:
            self.first = self.first or conversation.origin
            self.bare += 1

    def take(self, other: Unlabelled) -> None:
        """Those that come after these."""
        self.labelled += other.labelled
        self.bare += other.bare
        self.first = self.first or other.first

    def tell(self) -> None:
        """Say it on standard error, where no conversation has a label."""
        if not self.bare or self.labelled:
            return
        several = many(self.bare, "conversation")
        say(
            f"note: {several} of the project's own form without any label, and nothing says what was looked for, "
            f"first at {self.first}: that means that everything was looked for, and nothing found; if nobody "
            "looked, write `looked-for: []`, or read texts alone with `--from openai`"
        )
