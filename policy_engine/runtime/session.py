"""One live conversation: feed it messages, get decisions; its state can be stored at any time."""

from __future__ import annotations

import json
from collections.abc import Mapping

from policy_engine.machine.encoder import Encoder
from policy_engine.machine.machine import Machine
from policy_engine.machine.state import State
from policy_engine.model.decision import Decision
from policy_engine.transcripts.message import LookedFor, Message, Role


class Session:
    """A conversation under a policy. Made by ``policy.session()``; not safe to share between threads.

    The session holds the conversation's state and nothing else: no message is kept. A branch of the
    conversation is a :meth:`copy`.
    """

    __slots__ = ("_encoder", "_looked_for", "_machine", "_walk")

    def __init__(self, machine: Machine, state: State, looked_for: LookedFor | None) -> None:
        self._machine = machine
        self._encoder: Encoder = machine.encoder(looked_for)
        self._looked_for = looked_for
        self._walk = machine.walk(state)

    def observe(self, message: Message) -> Decision:
        """What the policy does at the next message, which may come from anybody.

        Raises TimeOrderError where the policy needs times and the message has none, or an earlier one
        than the message before; the session is then as it was.
        """
        return self._walk.step(self._encoder.symbol(message.role, message.labels), message.time)

    def notes(self, message: Message) -> tuple[str, ...]:
        """What of the message's labels is passed over, and why; empty where all is well."""
        return self._encoder.notes(message)

    @property
    def state(self) -> State:
        """Where the conversation stands: a plain value."""
        return self._walk.state

    @property
    def ended(self) -> bool:
        """Whether the policy has ended the chat."""
        return self._machine.is_ended(self.state)

    @property
    def turn(self) -> int:
        """The current turn; 0 before the user's first message."""
        return self._walk.turn

    def copy(self) -> Session:
        """A branch of the conversation, independent from here on."""
        return Session(self._machine, self.state, self._looked_for)

    def save(self) -> str:
        """The session as one line of JSON, to be read back by ``policy.restore``."""
        return json.dumps([_written(self._looked_for), self.state.to_json()], separators=(",", ":"))


def read_saved(text: str) -> tuple[LookedFor | None, State]:
    """What :meth:`Session.save` wrote. Raises ValueError for anything else."""
    try:
        looked_for, state = json.loads(text)
        read = (
            None if looked_for is None else {str(name): _roles(roles) for name, roles in looked_for.items()}
        )
    except (ValueError, TypeError, AttributeError, RecursionError) as fault:
        raise ValueError("this is not a saved session") from fault
    if not isinstance(state, str):
        raise ValueError("this is not a saved session")
    return read, State.from_json(state)


def _written(looked_for: LookedFor | None) -> Mapping[str, list[str] | None] | None:
    if looked_for is None:
        return None
    return {
        name: None if roles is None else sorted(role.value for role in roles)
        for name, roles in sorted(looked_for.items())
    }


def _roles(roles: list[str] | None) -> frozenset[Role] | None:
    return None if roles is None else frozenset(Role(each) for each in roles)
