"""ShareGPT's form: ``{"id": …, "conversations": [{"from": "human", "value": …}]}``, in one array or a line each.

Some write ``role`` and ``content`` in it. Nothing was looked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from policy_engine.transcripts.chat_log import model_of, own_id
from policy_engine.transcripts.chat_message import Said, chat_messages, role_named
from policy_engine.transcripts.json_values import beginnings, json_conversations_of
from policy_engine.transcripts.message import Conversation, Message, Role
from policy_engine.transcripts.misnamed import misnamed
from policy_engine.transcripts.reader import Head, Log, Malformed, Origin, Read, Reader

_SPEAKERS: Mapping[str, Role] = MappingProxyType(
    {
        "human": Role.USER,
        "user": Role.USER,
        "gpt": Role.ASSISTANT,
        "chatgpt": Role.ASSISTANT,
        "assistant": Role.ASSISTANT,
        "bing": Role.ASSISTANT,
        "bard": Role.ASSISTANT,
        "model": Role.ASSISTANT,
        "function_call": Role.ASSISTANT,
        "system": Role.SYSTEM,
        "tool": Role.TOOL,
        "function": Role.TOOL,
        "observation": Role.TOOL,
        "function_response": Role.TOOL,
    }
)


_KEYS: Mapping[str, str] = MappingProxyType({"from": "value", "role": "content"})
"""The key of who speaks, and that of what was said beside it."""


class ShareGpt:
    """A name for a speaker that is not known is a fault of that conversation."""

    name = "sharegpt"
    by_line = True
    gives = "who spoke, and nothing else"
    form = 'JSON of `{"conversations": [{"from": "human", "value": …}]}`'

    def claims(self, head: Head) -> bool:
        """The first object has a list of what speakers said."""
        listed = next((each.get("conversations") for each in beginnings(head)), None)
        return isinstance(listed, list) and all(
            isinstance(each, dict) and (_KEYS.keys() & each.keys()) for each in listed[:1]
        )

    def read(self, log: Log) -> Iterator[Read]:
        """A conversation for every object."""
        from policy_engine.transcripts.chat_line import quick_chats

        names = {"messages": "conversations", "role": "from", "content": "value"}
        quick = quick_chats(log.settings.texts, roles=_SPEAKERS, **names)
        return json_conversations_of(log, _conversations, quick=quick)


def _conversations(value: object, origin: Origin, line: int) -> Iterator[Read]:
    if not isinstance(value, dict) or "conversations" not in value:
        raise Malformed("there is no list of `conversations`")
    said = chat_messages(value["conversations"], _message, "conversations")
    if not said:
        raise Malformed("the conversation has no messages")
    system = value.get("system")
    before = [Said(Message(Role.SYSTEM, content=system))] if isinstance(system, str) and system else []
    yield Conversation(
        id=own_id(value) or f"{origin.stem}:{line}",
        messages=tuple(each.message for each in (*before, *said)),
        attributes=model_of(value),
        looked_for=MappingProxyType({}),
        origin=origin.at(line),
    )
    for speaker, text in _KEYS.items():
        its_own = [each for each in value["conversations"] if _speaker_key(each) == speaker]
        yield from misnamed(its_own, (text,), "messages", origin, line)


def _message(value: object) -> tuple[Said, ...]:
    if not isinstance(value, dict):
        raise Malformed("a message is not an object")
    speaker = _speaker_key(value)
    text = value.get(_KEYS[speaker])
    if not (text is None or isinstance(text, str)):
        raise Malformed(f"`{_KEYS[speaker]}` is not a text")
    return (Said(Message(role_named(value.get(speaker), _SPEAKERS), content=text)),)


def _speaker_key(message: Mapping[str, object]) -> str:
    return next((key for key in _KEYS if key in message), "from")


READER: Reader = ShareGpt()
