"""A policy as equations: what the machine of a policy does at a message, for all states and messages at once.

:mod:`policy_engine.machine.machine` takes a step; this writes down, once, what every step is. It goes in the same
order: the turn, then what the message shows, then every rule against the same state, then what was done is remembered.
Each automaton has its equations in the module of the same name. That both are the same is held by tests that run random
policies and conversations through both, step by step.
"""

from __future__ import annotations

from policy_engine.model.decision import Cause, Decision, Done
from policy_engine.model.model import Act, Ladder, Policy, Rule
from policy_engine.model.parts import parts_of
from policy_engine.verify.symbolic.circuit import FALSE, Signal
from policy_engine.verify.symbolic.network import Network, Senses
from policy_engine.verify.symbolic.rules import RuleEquations, winners_first


class PolicyEquations:
    """A policy within some equations; ``senses`` are those of its vocabulary.

    :meth:`turn` and :meth:`look` come before :meth:`decide`, and after those of the senses.
    """

    def __init__(self, senses: Senses, policy: Policy, name: str) -> None:
        equations = self.equations = senses.equations
        self.circuit = equations.circuit
        self.policy = policy
        self.name = name
        self.network = Network(senses, name)
        equations.owner = name
        self._ended = equations.latch("ended")
        self.ended = self._ended.state
        """Whether the chat was ended at an earlier message."""
        if policy.timed:
            equations.needs_times()
        parts: tuple[Rule | Ladder, ...] = (*policy.rules, *policy.ladders)
        self.rules = [self._rule(part, name) for part in parts]
        for never in policy.nevers:
            self.network.prepare(never.when)
        self._override()
        entries = policy.vocabulary.actions
        self._even_after_end = frozenset(each for each, entry in entries.items() if entry.even_after_end)
        self.ends = FALSE
        """Whether the chat is ended at this message."""
        self.acts: dict[Act, Signal] = {}
        """Each action with its text, of all rules that are not on trial: whether it is taken at this message."""

    def _rule(self, part: Rule | Ladder, name: str) -> RuleEquations:
        self.equations.owner = f"{name}/{part.name}"
        made = RuleEquations(self.network, part)
        self.equations.owner = ""
        return made

    def _override(self) -> None:
        by_name = {rule.name: rule for rule in self.rules}
        for number, each in enumerate(self.policy.overrides):
            if not by_name[each.winner].trial:
                by_name[each.loser].overridden_by.append((by_name[each.winner].win(), number))

    # --- the step ---

    def turn(self) -> None:
        """A turn begins, perhaps."""
        self.network.turn()
        for rule in self.rules:
            rule.turn()

    def look(self) -> None:
        """What the message shows."""
        for rule in self.rules:
            rule.due.see()

    def decide(self) -> None:
        """What is done, and what is remembered of it."""
        for rule in winners_first(self.rules, self.policy.overrides):
            rule.settle(self.policy.nevers, self._even_after_end, self.ended)
        asked: dict[Act, list[Signal]] = {}
        for rule in self.rules:
            for act, signal in rule.acts.items():
                if not rule.trial:
                    asked.setdefault(act, []).append(signal)
        self.acts = {act: self.circuit.any(signals) for act, signals in asked.items()}
        for rule in self.rules:
            rule.fire()
        for action in sorted({act.action for act in self.acts}):
            self._taken(action, self.does(action))

    def does(self, action: str) -> Signal:
        """Whether an action is taken at this message, with whatever text."""
        return self.circuit.any([signal for act, signal in self.acts.items() if act.action == action])

    def _taken(self, action: str, condition: Signal) -> None:
        self.network.take(action, condition)
        for rule in self.rules:
            rule.due.since(action, condition)
        if self.policy.vocabulary.actions[action].ends:
            self.ends = self.circuit.both(condition, self.ended ^ 1)
            self._ended.set(self.ends)

    # --- what it says ---

    @property
    def signals(self) -> list[Signal]:
        """All that a decision is read from."""
        return [
            self.ended,
            self.ends,
            *(signal for rule in self.rules for signal in rule.acts.values()),
            *(signal for rule in self.rules for _, signal in rule.stops),
        ]

    def decision(self, true: frozenset[Signal]) -> Decision:
        """The decision at a message, where these of :attr:`signals` are true."""
        stops = [stop for rule in self.rules for stop, signal in rule.stops if signal in true]
        causes = list(Cause)
        stops.sort(key=lambda stop: (stop.rule, causes.index(stop.cause)))
        return Decision(
            self._done(true, False),
            self._done(true, True),
            tuple(stops),
            self.ends in true,
            self.ended in true,
        )

    def _done(self, true: frozenset[Signal], trial: bool) -> tuple[Done, ...]:
        names: dict[Act, list[str]] = {}
        for rule in self.rules:
            for act, signal in rule.acts.items():
                if rule.trial is trial and signal in true:
                    names.setdefault(act, []).append(rule.name)
        entries = self.policy.vocabulary.actions
        order = sorted(names, key=lambda act: (entries[act.action].rank, act.text or "", act.action))
        reasons = {part.name: part.reason for part in parts_of(self.policy) if part.reason is not None}
        return tuple(
            Done(
                act.action,
                act.text,
                tuple(sorted(names[act])),
                tuple(dict.fromkeys(reasons[name] for name in sorted(names[act]) if name in reasons)),
            )
            for act in order
        )
