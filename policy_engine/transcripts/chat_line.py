"""Lines of chats that are made of roles and texts alone, read quickly: as a format's reader does, or not at all.

Such lines hold no label, no time and nothing else that a policy could see. Whatever has more in it, or a fault, is left
to the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from itertools import chain
from types import MappingProxyType
from typing import Literal, cast

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

from policy_engine.transcripts.chat_message import ROLES
from policy_engine.transcripts.json_lines import Line, Quick, Text, are_keys_once, line_values
from policy_engine.transcripts.message import Conversation, LookedFor, Mark, Message, Role, known_message
from policy_engine.transcripts.reader import Origin
from policy_engine.transcripts.recorded import Recorded

_NOTHING: LookedFor = MappingProxyType({})


class _Message(Struct, gc=False):
    """A message; each format has its own names for the fields."""

    role: str
    content: Text | UnsetType


class _Chat(Struct, gc=False):
    """A conversation; each format has its own name for the list."""

    messages: list[_Message]
    id: str | UnsetType
    model: str | UnsetType


_Decode = Callable[[bytes], list[Line[_Chat]]]


def quick_chats(
    texts: bool,
    *,
    messages: str = "messages",
    role: str = "role",
    content: str = "content",
    roles: Mapping[str, Role] = ROLES,
) -> Quick:
    """What reads chats whose fields have these names; ``roles`` are the names of the roles.

    An ``id`` and a ``model`` may stand beside the messages. Without ``texts``, what was said is left out.
    """
    decode = _decoder(texts, messages, role, content, tuple(roles))
    return partial(_read, decode=decode, texts=texts, roles=roles)


@cache
def _decoder(texts: bool, messages: str, role: str, content: str, roles: tuple[str, ...]) -> _Decode:
    """What decodes lines of such chats, without ``texts`` with these as they are written."""
    said = str | None | UnsetType if texts else Raw | UnsetType
    message = msgspec.defstruct(
        "_Message",
        [("role", Literal[roles]), ("content", said, UNSET)],
        gc=False,
        forbid_unknown_fields=True,
        rename={"role": role, "content": content},
    )
    chat = msgspec.defstruct(
        "_Chat",
        [
            ("messages", list[message]),  # type: ignore[valid-type]
            ("id", str | UnsetType, UNSET),
            ("model", str | UnsetType, UNSET),
        ],
        gc=False,
        forbid_unknown_fields=True,
        rename={"messages": messages},
    )
    made = msgspec.json.Decoder(list[Line[chat]])  # type: ignore[valid-type]
    return cast(_Decode, made.decode)


def _read(
    lines: bytes,
    origin: Origin,
    first: int,
    *,
    decode: _Decode,
    texts: bool,
    roles: Mapping[str, Role],
) -> list[Conversation] | None:
    try:
        found = line_values(decode, lines)
        said = [each.messages for each in found]
        messages = list(chain.from_iterable(said))
        if [] in said or not _is_said_once(lines, found, messages):
            return None
    except (ValueError, RecursionError):
        return None
    if not texts:
        for message in messages:  # a text as it is written holds on to all that was decoded with it
            message.content = None
    return [
        Recorded.of(
            f"{origin.stem}:{line}" if not each.id else each.id,
            {"model": each.model} if each.model else {},
            _NOTHING,
            _ChatLine(origin, line, each.messages, roles),
        )
        for line, each in enumerate(found, first)
    ]


def _is_said_once(lines: bytes, found: list[_Chat], messages: list[_Message]) -> bool:
    contents = [each.content for each in messages if each.content is not UNSET]
    names = [name for each in found for name in (each.id, each.model) if name is not UNSET]
    keys = len(found) + len(names) + len(messages) + len(contents)
    return are_keys_once(lines, keys, contents, lambda: (0, names))


class _ChatLine(Struct, gc=False):
    """A line of a log as it was decoded."""

    log: Origin
    number: int
    found: list[_Message]
    roles: Mapping[str, Role]

    def origin(self) -> str:
        """Where the line stands."""
        return self.log.at(self.number)

    def messages(self) -> tuple[Message, ...]:
        """The messages."""
        contents = [each.content if isinstance(each.content, str) else None for each in self.found]
        roles = [self.roles[each.role] for each in self.found]
        return tuple(
            [known_message(role, (), content, None) for role, content in zip(roles, contents, strict=True)]
        )

    def marks(self) -> Iterator[Mark]:
        """What each message shows."""
        for each in self.found:
            yield self.roles[each.role], (), None
