"""Compiled rules and ladders: their trigger, what stops them, and what they ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policy_engine.machine.latches import Recent
from policy_engine.machine.moment import Moment, Slots
from policy_engine.machine.network import Network, Test
from policy_engine.machine.triggers import Due, DueLadder, compile_trigger
from policy_engine.model.decision import Cause, Stop
from policy_engine.model.model import Act, Guards, Ladder, Override, Rule


@dataclass(frozen=True, slots=True)
class Outcome:
    """A due rule at a message: the actions it takes (none where it is stopped), and every stop."""

    rule: CompiledRule
    actions: tuple[Act, ...]
    stops: tuple[Stop, ...]


class CompiledRule:
    """A rule or ladder of the network."""

    def __init__(self, network: Network, rule: Rule | Ladder) -> None:
        self.name = rule.name
        self.trial = isinstance(rule, Rule) and rule.trial
        self.due: Due = (
            compile_trigger(network, rule.trigger) if isinstance(rule, Rule) else DueLadder(network, rule)
        )
        self._steps = [rule.actions] if isinstance(rule, Rule) else [step.actions for step in rule.steps]
        self._guard(network, rule.guards)
        self.overridden_by: list[tuple[int, int]] = []
        """Slot of the winner's firing in this turn, and the number of the ``overrides``."""
        self.fired_in_turn: int | None = None

    def _guard(self, network: Network, guards: Guards) -> None:
        self.applies = network.test(guards.applies) if guards.applies is not None else None
        self.only_if = network.test(guards.only_if) if guards.only_if is not None else None
        self.excepts = [network.test(each) for each in guards.excepts]
        self.cooldown: Recent | None = network.recent(guards.at_most.window) if guards.at_most else None

    def win(self, network: Network) -> int:
        """The slot that says that it has fired in this turn; for overrides."""
        if self.fired_in_turn is None:
            self.fired_in_turn = network.slot(False)
            network.turn_flags.append(self.fired_in_turn)
        return self.fired_in_turn

    def actions(self, slots: Slots) -> tuple[Act, ...]:
        """What it asks for when it fires now."""
        return self._steps[slots[self.due.step] if isinstance(self.due, DueLadder) else 0]

    def outcome(
        self,
        slots: Slots,
        moment: Moment,
        nevers: dict[str, list[tuple[int, Test]]],
        allowed: frozenset[str] | None,
    ) -> Outcome | None:
        """What comes of it at this message; None where it is not due. ``allowed`` are the actions left
        after the ending (None: all)."""
        if not self.due.is_due(slots, moment):
            return None
        actions = self.actions(slots)
        if allowed is not None:
            actions = tuple(each for each in actions if each.action in allowed)
        applies = 2 if self.applies is None else self.applies(slots, moment)
        if not actions or applies == 0:
            return None
        stops = self._guard_stops(slots, moment, applies)
        taken_away = _never_stops(self.name, actions, slots, moment, nevers)
        removed = {each.action for each in taken_away}
        left = () if stops else tuple(each for each in actions if each.action not in removed)
        return Outcome(self, left, (*stops, *taken_away))

    def _guard_stops(self, slots: Slots, moment: Moment, applies: int) -> list[Stop]:
        stops = [] if applies == 2 else [Stop(self.name, Cause.APPLIES, unknown=True)]
        if self.only_if is not None and (value := self.only_if(slots, moment)) != 2:
            stops.append(Stop(self.name, Cause.ONLY_IF, unknown=value == 1))
        for clause, test in enumerate(self.excepts):
            if (value := test(slots, moment)) != 0:
                stops.append(Stop(self.name, Cause.EXCEPT, clause, unknown=value == 1))
        if self.cooldown is not None and self.cooldown.holds(slots, moment.time):
            stops.append(Stop(self.name, Cause.COOLDOWN))
        stops.extend(
            Stop(self.name, Cause.OVERRIDES, number) for slot, number in self.overridden_by if slots[slot]
        )
        return stops

    def fire(self, slots: Slots, moment: Moment) -> None:
        """It has fired: the trigger, the cooldown and those that it overrides remember it."""
        self.due.fire(slots, moment)
        if self.cooldown is not None:
            self.cooldown.mark(slots, moment.time)


def _never_stops(
    name: str,
    actions: tuple[Act, ...],
    slots: Slots,
    moment: Moment,
    nevers: dict[str, list[tuple[int, Test]]],
) -> list[Stop]:
    found: dict[tuple[int, str], Stop] = {}
    for act in actions:
        for number, test in nevers.get(act.action, ()):
            value = test(slots, moment)
            if value != 0:
                found[number, act.action] = Stop(name, Cause.NEVER, number, act.action, unknown=value == 1)
    return [found[key] for key in sorted(found, key=lambda each: each[0])]


def winners_first(rules: Sequence[CompiledRule], overrides: Sequence[Override]) -> list[CompiledRule]:
    """The rules in an order in which whoever overrides comes before whom it overrides."""
    if not overrides:
        return list(rules)
    from graphlib import TopologicalSorter

    order: TopologicalSorter[str] = TopologicalSorter()
    for each in overrides:
        order.add(each.loser, each.winner)
    by_name = {rule.name: rule for rule in rules}
    involved = [by_name[name] for name in order.static_order()]
    names = {rule.name for rule in involved}
    return [*involved, *(rule for rule in rules if rule.name not in names)]
