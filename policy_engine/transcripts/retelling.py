"""One conversation out of calls to a model, each of which may tell again what was said before.

Who keeps no state on the provider's side sends the whole conversation with every call, or the last part of it.
What a call tells again is found in order in what is known, message by message: the same role, and the same
text but for blanks at its ends. What stands before the last message that is known was said before it, perhaps
in other words (a summary, a system message with the time of day): it is no news. What stands after it is.

Where no call of a conversation holds a reply, calls do not tell again: the same words are then said again.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import replace

from policy_engine.transcripts.chat_message import Said
from policy_engine.transcripts.message import Label, Message, Role

_Key = tuple[Role, str | None]


class Retelling:
    """What is known of a conversation, call by call, in the order in which they began.

    ``repeats`` says whether calls tell again what was said before.
    """

    def __init__(self, *, repeats: bool) -> None:
        self._repeats = repeats
        self._said: list[Said] = []
        self._places: dict[_Key, list[int]] = defaultdict(list)
        """Where a message was said, in order."""
        self._answers: dict[Hashable, int] = {}

    def hear(
        self,
        asked: Sequence[Said],
        answer: Sequence[Said],
        times: tuple[int | None, int | None],
        names: Sequence[Hashable] = (),
    ) -> None:
        """Take in a call: what it told, what was answered, and when it began and ended.

        ``names`` are those by which a label may later be put on its answer.
        """
        known, new = self._known(asked)
        began, ended = times
        for each in new:
            self._say(each, began)
        if any(each.message.role is Role.USER for each in answer):
            _, answer = self._matched(answer)  # a whole conversation is given back, as applications keep it
            known, new = len(self._said) - 1, []
        if new or not self._is_next(known, answer):
            for each in answer:
                self._say(each, began if ended is None else ended)
            last = len(self._said) - 1
        else:
            last = known + len(answer)
        if last >= 0:
            self._answers |= dict.fromkeys(names, last)

    def label(self, name: Hashable, label: Label) -> bool:
        """Put a label on the answer of that name; whether there is one."""
        place = self._answers.get(name)
        if place is None:
            return False
        said = self._said[place]
        labelled = said.message.with_labels((*said.message.labels, label))
        self._said[place] = said._replace(message=labelled)
        return True

    def said(self) -> list[Said]:
        """Everything that was said, in the order of the times; without times, if a message has none."""
        if any(each.message.time is None for each in self._said):
            return [each._replace(message=replace(each.message, time=None)) for each in self._said]
        return sorted(self._said, key=lambda each: each.message.time or 0)

    def _known(self, asked: Sequence[Said]) -> tuple[int, list[Said]]:
        """The place of the last message of ``asked`` that was said before, and those that are new."""
        if not self._repeats:
            return len(self._said) - 1, [each for each in asked if not self._is_old_system(each.message)]
        return self._matched(asked)

    def _matched(self, told: Sequence[Said]) -> tuple[int, list[Said]]:
        """The place of the last message that is found, message by message, and what stands after it."""
        place, after = -1, 0
        for number, each in enumerate(told, 1):
            places = self._places.get(_key(each.message), [])
            next_one = bisect_right(places, place)
            if next_one < len(places):
                place, after = places[next_one], number
        return place, list(told[after:])

    def _is_old_system(self, message: Message) -> bool:
        return message.role is Role.SYSTEM and _key(message) in self._places

    def _is_next(self, place: int, answer: Sequence[Said]) -> bool:
        """Whether the answer is what followed: the same call, told twice."""
        followed = self._said[place + 1 : place + 1 + len(answer)]
        return self._repeats and bool(answer) and list(map(_key_of, followed)) == list(map(_key_of, answer))

    def _say(self, said: Said, time: int | None) -> None:
        self._places[_key(said.message)].append(len(self._said))
        self._said.append(said._replace(message=replace(said.message, time=time)))


def _key(message: Message) -> _Key:
    return message.role, None if message.content is None else message.content.strip()


def _key_of(said: Said) -> _Key:
    return _key(said.message)
