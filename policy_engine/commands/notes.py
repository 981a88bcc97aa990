"""What a policy passes over in conversations: unknown names, labels out of place, values that are none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from copy import copy
from typing import NamedTuple

from policy_engine.commands.remarks import MOST, Remark, Remarks
from policy_engine.commands.unlabelled import Unlabelled
from policy_engine.diagnostics import Diagnostic, nearest
from policy_engine.machine.machine import compile_policy
from policy_engine.model.model import Policy
from policy_engine.simulation.coverage import is_proper
from policy_engine.transcripts.message import AttributeValue, Conversation, Label, Message, Role

_LONGEST = 100
"""Characters of a name that a note shows."""
_MORE = "note: more that the vocabulary does not know"


class Noted(NamedTuple):
    """What was noted in a part of a log."""

    remarks: list[Remark]
    unlabelled: Unlabelled


class Notes:
    """What was passed over in the conversations, each thing once with how often it came, and where first.

    Without ``unmapped``, labels that the vocabulary does not know are left to somebody else to tell.
    """

    def __init__(self, policy: Policy, unmapped: bool = True) -> None:
        self._unmapped = unmapped
        self._vocabulary = policy.vocabulary
        self._encoder = compile_policy(policy).encoder(None)
        self._attributes = tuple(policy.vocabulary.attributes)
        self._labels = (*policy.vocabulary.labels, *policy.vocabulary.aliases)
        self._heard: dict[tuple[object, ...], str | None] = {}
        self._remarks = Remarks(_MORE)
        self._unlabelled = Unlabelled()
        self._most = MOST

    def anew(self, most: int = MOST) -> Notes:
        """The same, with nothing said so far."""
        fresh = copy(self)
        fresh._remarks = Remarks(_MORE, most)
        fresh._unlabelled = Unlabelled()
        fresh._most = most
        return fresh

    def take(self, conversation: Conversation, before: Conversation) -> None:
        """Look through a conversation; ``before`` is as it was before any detector read its text."""
        self._unlabelled.add(before)
        heard = self._heard
        said: Counter[str] = Counter()
        for role, recorded, _ in conversation.marks():
            for name, value in recorded:
                is_sound = value is None or 0.0 <= value <= 1.0
                key = (name, role, is_sound)
                note = heard[key] if key in heard else self._label_noted(Label(name, value), role, is_sound)
                if note is not None:
                    said[note] += 1
        notes = [self._attribute_noted(name, given) for name, given in conversation.attributes.items()]
        notes += [self._sought_noted(name) for name in conversation.looked_for or ()]
        said.update(note for note in notes if note is not None)
        for note, times in said.items():
            self._say(note, times, conversation.origin)

    def warn(self, warning: Diagnostic) -> None:
        """What a reader remarks on what it reads."""
        self._remarks.warn(warning)

    def noted(self) -> Noted:
        """All that was noted so far."""
        return Noted(list(self._remarks.said()), self._unlabelled)

    def take_noted(self, noted: Noted) -> None:
        """What was found in conversations that come after those that were looked through here."""
        self._remarks.take(noted.remarks)
        self._unlabelled.take(noted.unlabelled)

    def _say(self, note: str, times: int, place: str) -> None:
        self._remarks.add(f"note: {note}", times, place)

    def _remembered(self, key: tuple[object, ...], note: Callable[[], str | None]) -> str | None:
        """The note of that key, worked out once as long as there are not too many."""
        if key not in self._heard:
            if len(self._heard) >= self._most:
                self._heard.clear()
            self._heard[key] = note()
        return self._heard[key]

    def _label_noted(self, label: Label, role: Role, is_sound: bool) -> str | None:
        entry = self._vocabulary.labels.get(self._vocabulary.canonical(label.name) or "")
        if entry is None and not self._unmapped:
            return None
        if entry is not None and role in entry.roles:
            note = f"a score of `{label.name}` is not between 0 and 1: taken as unknown"
            self._heard[(label.name, role, is_sound)] = None if is_sound else note
            return None if is_sound else note
        short = label._replace(name=label.name[:_LONGEST])
        return self._remembered(
            (short.name, role, is_sound),
            lambda: next(iter(self._encoder.notes(Message(role, (short,)))), None),
        )

    def _attribute_noted(self, name: str, given: AttributeValue) -> str | None:
        entry = self._vocabulary.attributes.get(name)
        if entry is not None and is_proper(entry, given):
            return None
        name, value = name[:_LONGEST], str(given)[:_LONGEST]
        if entry is None:
            said, wrong, known = (
                f"the vocabulary does not know the attribute `{name}`",
                name,
                self._attributes,
            )
        else:
            said, wrong, known = f"`{value}` is not a value that `{name}` may have", value, entry.values
        return self._remembered((name, type(given), value), lambda: said + self._like(wrong, known))

    def _sought_noted(self, name: str) -> str | None:
        if self._vocabulary.canonical(name) is not None:
            return None
        name = name[:_LONGEST]
        said = f"the vocabulary does not know the label `{name}` that was looked for"
        return self._remembered((name, "looked for"), lambda: said + self._like(name, self._labels))

    @staticmethod
    def _like(name: str, known: Iterable[str]) -> str:
        like = nearest(name, known)
        return f"; did you mean `{like}`?" if like else ""

    def failed(self, detector: str, fault: str) -> None:
        """One message on which a detector failed. Its fault may say anything: only so many are told apart."""
        fault = "in other ways" if self._remarks.is_full else fault[:_LONGEST]
        self._say(f"the detector `{detector}` failed, its labels are unknown there: {fault}", 1, "")

    def tell(self) -> None:
        """Say it, on standard error."""
        self._remarks.tell()
        self._unlabelled.tell()
