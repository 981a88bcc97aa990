"""Plain text: ``user: …`` and ``agent: …``, one conversation a file. Nothing was looked for.

Only a known speaker at the start of a line begins a message, written as the file first writes it
(``user:`` throughout or ``User:`` throughout, and ``AI:`` beside either): replies run over blank lines and hold
other lines that begin with a word and a colon. No plain text can keep a message from forging such a line; logs
that matter belong in a format that quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.lines import whole_text
from policy_engine.transcripts.message import Conversation, Message, Role
from policy_engine.transcripts.reader import Head, Log, Malformed, Read, Reader, Settings

SPEAKERS: Mapping[str, Role] = MappingProxyType(
    {
        "user": Role.USER,
        "human": Role.USER,
        "agent": Role.ASSISTANT,
        "assistant": Role.ASSISTANT,
        "ai": Role.ASSISTANT,
        "system": Role.SYSTEM,
    }
)
"""Who speaks under which word, in lower case."""

_ANY_SPEAKER = re.compile(r"^([^\W\d_][\w.' -]{0,29}?)[ \t]*:(?=[ \t]+\S)", re.MULTILINE)
_MOST_SPEAKERS = 4


def speakers_like(text: str) -> tuple[str, ...]:
    """The words that begin lines as speakers do, where the first line has one and there are two or a few of them."""
    begun = text.lstrip()
    first = _ANY_SPEAKER.match(begun)
    words = tuple(dict.fromkeys(each[1] for each in _ANY_SPEAKER.finditer(begun)))
    return words if first is not None and 2 <= len(words) <= _MOST_SPEAKERS else ()


class PlainText:
    """Reads transcripts whose speakers are ``speakers`` (words in lower case to roles), or those of the settings."""

    name = "plain-text"
    heeds = ("speakers",)

    def __init__(self, speakers: Mapping[str, Role] = SPEAKERS) -> None:
        if not speakers:
            raise ValueError("plain text needs at least one speaker")
        self._speakers = {word.lower(): role for word, role in speakers.items()}
        words = "|".join(re.escape(word) for word in sorted(self._speakers, key=len, reverse=True))
        self._begins = re.compile(rf"^({words})[ \t]*:[ \t]*", re.IGNORECASE | re.MULTILINE)

    @property
    def form(self) -> str:
        """The speakers that are known, and how others are."""
        words = {role: word for word, role in reversed(self._speakers.items())}
        return (
            "plain text of "
            + ", ".join(f"`{word}: …`" for word in reversed(words.values()))
            + "; others: `--speakers`"
        )

    gives = "who spoke, and nothing else"

    def claims(self, head: Head) -> bool:
        """The first line that is not blank begins with a known speaker."""
        return bool(self._as_set(head.settings)._begins.match(head.text.lstrip()))

    def read(self, log: Log) -> Iterator[Read]:
        """The one conversation of the file."""
        return self._as_set(log.settings)._read(log)

    def _as_set(self, settings: Settings) -> PlainText:
        """The reader of the speakers that the settings name: then nobody else speaks."""
        return PlainText(settings.speakers) if settings.speakers else self

    def _read(self, log: Log) -> Iterator[Read]:
        origin = log.origin
        text = whole_text(log.stream, origin)
        if isinstance(text, Diagnostic):
            yield text
            return
        try:
            messages = tuple(self._messages(text))
        except Malformed as fault:
            yield fault.diagnostic(origin, 1)
            return
        line = text[: len(text) - len(text.lstrip())].count("\n") + 1
        yield Conversation(origin.stem, messages, looked_for=MappingProxyType({}), origin=origin.at(line))

    def _messages(self, text: str) -> Iterator[Message]:
        # without regard to case, `s` is also the long `ſ`, of which no speaker is known
        starts = [each for each in self._begins.finditer(text) if each[1].lower() in self._speakers]
        if not starts:
            raise Malformed("the conversation has no messages", f"a message begins with {self._words()}")
        if text[: starts[0].start()].strip():
            raise Malformed("text stands before the first speaker", f"a message begins with {self._words()}")
        spelled: dict[str, str] = {}
        starts = [each for each in starts if spelled.setdefault(each[1].lower(), each[1]) == each[1]]
        ends = [each.start() for each in starts[1:]] + [len(text)]
        for start, end in zip(starts, ends, strict=True):
            yield Message(self._speakers[start[1].lower()], content=text[start.end() : end].strip())

    def _words(self) -> str:
        return ", ".join(f"`{word}:`" for word in self._speakers)


READER: Reader = PlainText()
