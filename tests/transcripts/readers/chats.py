"""What the tests of readers share: reading a text, random chats, and a classifier that is none of the shipped ones."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from hypothesis import strategies as st

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.message import Conversation, Label, Role
from policy_engine.transcripts.reader import Log, Origin, Read, Reader, Settings

ORIGIN = Origin("log", "log")
REFUSAL_ON_REPLIES = {"refusal": frozenset({Role.ASSISTANT})}

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
scores = st.floats(0, 1)


@dataclass(frozen=True)
class Fake:
    """Keeps every score, and looks for self-harm on the messages of users, for hate on all."""

    name: str
    looks_for: Mapping[str, frozenset[Role] | None] = field(
        default_factory=lambda: MappingProxyType({"self-harm": frozenset({Role.USER}), "hate": None})
    )

    def labels(self, output: object) -> tuple[Label, ...]:
        """One label for each score."""
        named = output.get("category_scores", output) if isinstance(output, dict) else None
        if not isinstance(named, dict):
            raise ValueError("is not an object")
        return tuple(Label(name, value, self.name) for name, value in named.items())


def faked(*names: str) -> Settings:
    """Settings with a fake classifier of each name."""
    return Settings(classifiers={name: Fake(name) for name in names})


def read(reader: Reader, text: str | bytes, settings: Settings | None = None) -> list[Read]:
    """Everything that the reader makes of the text."""
    raw = text.encode() if isinstance(text, str) else text
    return list(reader.read(Log(io.BytesIO(raw), ORIGIN, settings or Settings())))


def conversations(reader: Reader, *values: object, settings: Settings | None = None) -> list[Conversation]:
    """The conversations of a log of values, one a line; there must be no fault."""
    found = read(reader, "".join(json.dumps(value) + "\n" for value in values), settings)
    assert not [each for each in found if isinstance(each, Diagnostic)], found
    return [each for each in found if isinstance(each, Conversation)]


def one(reader: Reader, value: object, settings: Settings | None = None) -> Conversation:
    """The one conversation of a value."""
    (found,) = conversations(reader, value, settings=settings)
    return found


def fault(reader: Reader, value: object) -> str:
    """What is said of a value that cannot be read."""
    (found,) = read(reader, json.dumps(value) + "\n")
    assert isinstance(found, Diagnostic), found
    assert found.subject == "log:1"
    return found.message


def said(conversation: Conversation) -> list[tuple[Role, str | None]]:
    """Who said what."""
    return [(message.role, message.content) for message in conversation.messages]


def refused(conversation: Conversation) -> list[str | None]:
    """The sources of the refusals, in order."""
    return [
        label.source
        for message in conversation.messages
        for label in message.labels
        if label.name == "refusal" and label.value is True
    ]
