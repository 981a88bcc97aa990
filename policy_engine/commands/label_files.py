"""``--labels``: opening the files, and telling what came of joining their labels to a log."""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import BinaryIO, cast

from policy_engine.commands.faults import Faults
from policy_engine.commands.standard_error import say
from policy_engine.commands.usage import Usage
from policy_engine.diagnostics import why_unreadable
from policy_engine.reports.english import many
from policy_engine.transcripts.classifier import Classifier
from policy_engine.transcripts.joining import Joined, Joining, JoiningError
from policy_engine.transcripts.label_file import label_lines
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.reader import UNREADABLE, Origin
from policy_engine.vocabulary.vocabulary import Vocabulary

_GZIP = b"\x1f\x8b"
_MOST_DIFFERING = 5
"""Labels on which sources differ that are told one by one."""


class LabelFiles:
    """The labels of some files, joined to the conversations of a log; Usage is raised where they cannot be."""

    def __init__(
        self, paths: Sequence[Path], known: Mapping[str, Classifier], vocabulary: Vocabulary
    ) -> None:
        self._paths = paths
        self._joining = Joining(vocabulary, known)
        self.malformed = 0
        """Lines that could not be read."""
        faults = Faults()
        for path in paths:
            self._add(path, known, faults)
        faults.tell_rest()

    def _add(self, path: Path, known: Mapping[str, Classifier], faults: Faults) -> None:
        try:
            with path.open("rb") as file:
                stream: BinaryIO = file
                if file.peek(2).startswith(_GZIP):
                    stream = cast(BinaryIO, gzip.GzipFile(fileobj=file))
                for fault in self._joining.add(label_lines(stream, Origin(str(path), path.stem), known)):
                    self.malformed += 1
                    faults.tell(fault)
                    if fault.code == UNREADABLE:
                        raise Usage(f"`{path}` cannot be read to its end")
        except (OSError, ValueError) as fault:
            raise Usage(why_unreadable(str(path), fault)[1]) from None
        except JoiningError as fault:
            raise Usage(str(fault)) from None

    def joined(self, conversation: Conversation) -> Conversation:
        """The conversation with its labels from the files."""
        try:
            return self._joining.joined(conversation)
        except JoiningError as fault:
            raise Usage(str(fault)) from None

    def completed(self, conversation: Conversation) -> Conversation:
        """The conversation, once all labels are on it: see Joining."""
        return self._joining.completed(conversation)

    def pass_over(self, conversation: str) -> None:
        """A conversation that nobody asked for is there."""
        self._joining.pass_over(conversation)

    @contextmanager
    def shared(self) -> Iterator[None]:
        """While it lasts, other processes can have a :meth:`part` of it. Raises Usage."""
        try:
            with self._joining.shared():
                yield
        except JoiningError as fault:
            raise Usage(str(fault)) from None

    @contextmanager
    def part(self) -> Iterator[LabelFiles]:
        """The same for a part of a log, with nothing joined so far."""
        fresh = copy(self)
        fresh._joining = self._joining.part()
        try:
            yield fresh
        finally:
            fresh._joining.close()

    def of_part(self) -> Joined:
        """What came of a part of a log."""
        return self._joining.of_part()

    def take(self, joined: Joined) -> None:
        """What came of a part of the log that comes after what was joined so far."""
        self._joining.take(joined)

    def tell(self) -> None:
        """What was joined, what was not, and where sources differ: on standard error."""
        tally, unmet = self._joining.tally, self._joining.unmet
        say(f"note: {many(tally.joined, 'line')} of labels joined, of {tally.lines:,}")
        if unmet.lines:
            names = many(unmet.conversations, "conversation")
            say(f"note: {many(unmet.lines, 'line')} of labels joined to nothing: {names} not in the log, "
                f"first `{unmet.first}`")  # fmt: skip
        if tally.no_message:
            say(f"note: {many(tally.no_message, 'line')} of labels joined to no message, "
                f"first {tally.first_no_message}")  # fmt: skip
        if tally.repeated:
            say(f"note: {many(tally.repeated, 'line')} of labels say again what their source said of a message; "
                "all are kept, and detected counts")  # fmt: skip
        if tally.met_again:
            say(
                f"note: {many(tally.met_again, 'conversation')} with an id that came before: labels are joined to each"
            )
        if tally.unlabelled:
            of = tally.labelled + tally.unlabelled
            say(
                f"note: {tally.unlabelled:,} of {many(of, 'message')} of user and assistant without a joined label"
            )
        self._tell_differing()

    def _tell_differing(self) -> None:
        found = self._joining.tally.differing.most_common()
        found.sort(key=lambda each: (-each[1], each[0]))
        for name, number in found[:_MOST_DIFFERING]:
            say(f"note: sources differ on `{name}` on {many(number, 'message')}: detected counts")
        if len(found) > _MOST_DIFFERING:
            say(f"note: sources differ on {many(len(found) - _MOST_DIFFERING, 'more label')}")
