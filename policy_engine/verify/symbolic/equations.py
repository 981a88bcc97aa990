"""The equations of one step, while they are written: what is shown, what is remembered, what is possible.

One set of equations may hold several policies, and the automata of a promise, that all read the same conversation.
"""

from __future__ import annotations

from collections.abc import Sequence

from policy_engine.transcripts.message import Role
from policy_engine.verify.symbolic.circuit import FALSE, TRUE, Circuit, Signal, Time
from policy_engine.verify.symbolic.memory import Countdown, Latch, Register
from policy_engine.verify.symbolic.records import Records
from policy_engine.verify.symbolic.standing import Standing
from policy_engine.vocabulary.vocabulary import Vocabulary


class Equations:
    """The step of a conversation. ``begun`` and ``new_turn`` say where it stands at this message.

    ``now`` is the time of this message; it means nothing unless :attr:`is_timed`.
    """

    def __init__(self, vocabularies: Sequence[Vocabulary]) -> None:
        circuit = self.circuit = Circuit()
        self.records = Records(circuit, vocabularies)
        self.standing = Standing(circuit)
        self.latches: list[Latch] = []
        self.registers: list[Register] = []
        self.countdowns: list[Countdown] = []
        self.owner = ""
        """Whose automata are being made: what :class:`Latch` says."""
        self.now = circuit.time("now")
        self.is_timed = False
        self._before: Register | None = None
        self._begin()

    def _begin(self) -> None:
        """Turns: a message of the user begins one, unless the user spoke and no assistant since."""
        circuit, roles = self.circuit, self.records.roles
        begun, waits = self.latch("begun"), self.latch("user spoke")
        self.begun = begun.state
        self.is_user = roles[Role.USER]
        self.new_turn = circuit.both(self.is_user, waits.state ^ 1)
        waits.set(roles[Role.ASSISTANT], FALSE)
        waits.set(self.is_user)
        begun.set(TRUE)

    # --- memory ---

    def latch(self, name: str, first: bool = False) -> Latch:
        """A new latch of the present owner."""
        made = Latch(self.circuit, f"{self.owner}/{name}", self.owner, first)
        self.latches.append(made)
        return made

    def countdown(self, name: str, most: int) -> Countdown:
        """A new countdown of the present owner, at 0."""
        places = range(most.bit_length())
        made = Countdown(self.circuit, [self.latch(f"{name}/{1 << place}") for place in places], most)
        self.countdowns.append(made)
        return made

    def register(self, name: str) -> Register:
        """A new time that the present owner remembers."""
        self.needs_times()
        return self._register(name, self.owner)

    def needs_times(self) -> None:
        """Every message needs a time, and none is earlier than the one before."""
        if not self.is_timed:
            self.is_timed = True
            self._before = self._register("before", "")
            self._before.set(TRUE, self.now)

    def _register(self, name: str, owner: str) -> Register:
        made = Register(self.circuit, f"{owner}/{name}", owner)
        self.registers.append(made)
        return made

    def within(self, time: Time, length: int) -> Signal:
        """Whether ``time`` was at most ``length`` microseconds ago."""
        return self.circuit.at_most(self.now, time, length)

    def over(self, time: Time, length: int) -> Signal:
        """Whether at least ``length`` microseconds have passed since ``time``."""
        return self.circuit.at_most(time, self.now, -length)

    # --- what is possible ---

    def possible_start(self) -> Signal:
        """What holds of every conversation, from its beginning on."""
        return self.standing.possible()

    def possible_step(self) -> Signal:
        """What holds of every message."""
        in_order = TRUE
        if self._before is not None:
            in_order = self.over(self._before.state, 0)
        return self.circuit.both(self.records.possible(), in_order)
