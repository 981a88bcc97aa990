"""The equations of rules and ladders: what they take, and what stops them: see :mod:`policy_engine.machine.rules`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from policy_engine.model.decision import Cause, Stop
from policy_engine.model.model import Act, Ladder, Never, Override, Rule
from policy_engine.verify.symbolic.circuit import FALSE, TRUE, Signal
from policy_engine.verify.symbolic.kleene import YES, Kleene, in_doubt
from policy_engine.verify.symbolic.latches import Recent
from policy_engine.verify.symbolic.memory import Latch
from policy_engine.verify.symbolic.network import Network
from policy_engine.verify.symbolic.triggers import Due, DueLadder, due


class RuleEquations:
    """A rule or ladder. After :meth:`settle`, its signals say what comes of it at this message."""

    def __init__(self, network: Network, part: Rule | Ladder) -> None:
        self.network = network
        self.circuit = network.circuit
        self.part = part
        self.name = part.name
        self.trial = isinstance(part, Rule) and part.trial
        self.due: Due = due(network, part.trigger) if isinstance(part, Rule) else DueLadder(network, part)
        guards = part.guards
        for condition in (guards.applies, guards.only_if, *guards.excepts):
            network.prepare(condition)
        self.cooldown: Recent | None = (
            network.recent(f"{part.name}/at most once", guards.at_most.window) if guards.at_most else None
        )
        self.overridden_by: list[tuple[Latch, int]] = []
        """Whether the winner has fired in this turn, and the number of the ``overrides``."""
        self.fired_in_turn: Latch | None = None
        self.fires = FALSE
        self.is_due = FALSE
        """Whether it is due, applies for certain or perhaps, and has an action that the end leaves it."""
        self.acts: dict[Act, Signal] = {}
        """Each action with its text: whether it is taken at this message."""
        self.stops: list[tuple[Stop, Signal]] = []
        """Each stop, as decisions tell it, and whether it is told at this message."""

    def win(self) -> Latch:
        """Remembers whether it has fired in this turn; for overrides."""
        if self.fired_in_turn is None:
            self.fired_in_turn = self.network.equations.latch(f"{self.name}/fired in turn")
        return self.fired_in_turn

    def turn(self) -> None:
        """A turn begins, perhaps."""
        self.due.turn()
        if self.fired_in_turn is not None:
            self.fired_in_turn.set(self.network.equations.new_turn, FALSE)

    def settle(self, nevers: Sequence[Never], even_after_end: frozenset[str], ended: Signal) -> None:
        """Work out what comes of it."""
        circuit, test = self.circuit, self.network.test
        asked = self._asked()
        open_to = {act: TRUE if act.action in even_after_end else ended ^ 1 for act in asked}
        asked = {act: circuit.both(asks, open_to[act]) for act, asks in asked.items()}
        guards = self.part.guards
        applies = YES if guards.applies is None else test(guards.applies)
        self.is_due = circuit.all((self.due.is_due, applies.possible, circuit.any(asked.values())))
        self.stops = list(self._guard_stops(applies))
        free = circuit.both(self.is_due, circuit.any([signal for _, signal in self.stops]) ^ 1)
        for act, asks in asked.items():
            values = [
                (number, test(each.when)) for number, each in enumerate(nevers) if each.action == act.action
            ]
            self.acts[act] = circuit.all((free, asks, *(value.possible ^ 1 for _, value in values)))
        self._never_stops(nevers, asked)
        self.fires = circuit.any(self.acts.values())
        if self.fired_in_turn is not None:
            self.fired_in_turn.set(self.fires)

    def _asked(self) -> dict[Act, Signal]:
        """Each action with its text, and whether the rule asks for it when it fires now."""
        if not isinstance(self.part, Ladder) or not isinstance(self.due, DueLadder):
            return dict.fromkeys(self.part.actions, TRUE)  # type: ignore[union-attr]
        found: dict[Act, Signal] = {}
        for number, step in enumerate(self.part.steps):
            for act in step.actions:
                found[act] = self.circuit.either(found.get(act, FALSE), self.due.stands_on(number))
        return found

    def _guard_stops(self, applies: Kleene) -> Iterator[tuple[Stop, Signal]]:
        circuit, test, guards = self.circuit, self.network.test, self.part.guards
        found = [(Stop(self.name, Cause.APPLIES, unknown=True), applies.certain ^ 1)]
        if guards.only_if is not None:
            found += self._doubled(Stop(self.name, Cause.ONLY_IF), test(guards.only_if).negated())
        for clause, condition in enumerate(guards.excepts):
            found += self._doubled(Stop(self.name, Cause.EXCEPT, clause), test(condition))
        if self.cooldown is not None:
            found.append((Stop(self.name, Cause.COOLDOWN), self.cooldown.holds))
        for latch, number in self.overridden_by:
            found.append((Stop(self.name, Cause.OVERRIDES, number), latch.value))
        for stop, signal in found:
            yield stop, circuit.both(self.is_due, signal)

    def _doubled(self, stop: Stop, value: Kleene) -> list[tuple[Stop, Signal]]:
        """A clause that stops unless its condition is false: for certain, or in doubt."""
        return [(stop, value.certain), (replace(stop, unknown=True), in_doubt(self.circuit, value))]

    def _never_stops(self, nevers: Sequence[Never], asked: dict[Act, Signal]) -> None:
        for number, never in enumerate(nevers):
            asks = self.circuit.any([signal for act, signal in asked.items() if act.action == never.action])
            stops = self._doubled(
                Stop(self.name, Cause.NEVER, number, never.action), self.network.test(never.when)
            )
            self.stops += [
                (stop, self.circuit.all((self.is_due, asks, signal)))
                for stop, signal in stops
                if asks != FALSE
            ]

    def fire(self) -> None:
        """What has fired remembers it."""
        self.due.fire(self.fires)
        if self.cooldown is not None:
            self.cooldown.mark(self.fires)


def winners_first(rules: Sequence[RuleEquations], overrides: Sequence[Override]) -> list[RuleEquations]:
    """The rules in an order in which whoever overrides comes before whom it overrides."""
    from graphlib import TopologicalSorter

    order: TopologicalSorter[str] = TopologicalSorter({each.name: () for each in rules})
    for each in overrides:
        order.add(each.loser, each.winner)
    by_name = {rule.name: rule for rule in rules}
    return [by_name[name] for name in order.static_order()]
