"""The machine of a policy: one pure step from a state and an observation to a state and a decision.

Each counter, window, latch, ladder and clock is a small automaton (:mod:`latches`, :mod:`tallies`,
:mod:`doubtful`); the policy is the network of these. A step goes as the language has it: the turn,
then what the message shows, then every rule against the same state, then what was done is remembered.
Steps are kept in a table that is filled as conversations need it: :mod:`table`, or :mod:`timed_table` where
the policy uses durations.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from policy_engine.machine.counter_view import CounterView
from policy_engine.machine.encoder import Encoder, Observation, Symbol
from policy_engine.machine.moment import Moment, Slots
from policy_engine.machine.network import Network, Test
from policy_engine.machine.readings import readings_of
from policy_engine.machine.rules import CompiledRule, Outcome, winners_first
from policy_engine.machine.shape import row, whole
from policy_engine.machine.state import Slots as Kept
from policy_engine.machine.state import State
from policy_engine.machine.table import Table
from policy_engine.machine.timed_table import TimedTable
from policy_engine.machine.walk import TabledWalk, TimedWalk, Walk
from policy_engine.model.decision import Decision, Done, Stop
from policy_engine.model.model import Policy
from policy_engine.model.parts import parts_of
from policy_engine.transcripts.message import AttributeValue, LookedFor, Role

_UNKNOWN = 1
"""Of the three values of a condition."""

NOTHING_YET, BEFORE_USER, USER_SPOKE, ASSISTANT_SPOKE = range(4)


_MOST_ENCODERS = 100
"""Sets of labels looked for whose encoders are kept."""


class Machine:
    """A compiled policy. Made by :func:`compile_policy`; holds no conversation."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        network = self._network = Network(policy.vocabulary, readings_of(policy))
        self._phase = network.slot(NOTHING_YET, whole(NOTHING_YET, ASSISTANT_SPOKE))
        self._ended = network.slot(False)
        made = [CompiledRule(network, rule) for rule in policy.rules]
        made += [CompiledRule(network, ladder) for ladder in policy.ladders]
        self._nevers: dict[str, list[tuple[int, Test]]] = {}
        for number, never in enumerate(policy.nevers):
            self._nevers.setdefault(never.action, []).append((number, network.test(never.when)))
        by_name = {rule.name: rule for rule in made}
        for number, each in enumerate(policy.overrides):
            if not by_name[each.winner].trial:
                by_name[each.loser].overridden_by.append((by_name[each.winner].win(network), number))
        self._rules = winners_first(made, policy.overrides)
        self._by_name = sorted(made, key=lambda rule: rule.name)
        self._reasons = {part.name: part.reason for part in parts_of(policy) if part.reason is not None}
        entries = policy.vocabulary.actions
        self._even_after_end = frozenset(name for name, entry in entries.items() if entry.even_after_end)
        self._ends = frozenset(name for name, entry in entries.items() if entry.ends)
        self.readings = network.readings
        self.lifts = network.lifts
        """By slot: where the times of its states are, if they hold any."""
        self.timed = policy.timed
        self._shape = row(*network.shapes)
        self._table = Table(self.leap, self.counters)
        self._timed_table = TimedTable(self.leap, network.lifts)
        self.asked = frozenset(each.name for each in network.attributes)
        """The attributes that the policy asks for, by name."""
        self._encoders: dict[frozenset[tuple[str, frozenset[Role] | None]] | None, Encoder] = {}

    # --- the public face ---

    def encoder(self, looked_for: LookedFor | None = None) -> Encoder:
        """The encoder for conversations in which ``looked_for`` was looked for (None: everything)."""
        key = None if looked_for is None else frozenset(looked_for.items())
        found = self._encoders.get(key)
        if found is None:
            if len(self._encoders) >= _MOST_ENCODERS:
                self._encoders.clear()
            found = self._encoders[key] = Encoder(self.policy.vocabulary, self.readings, looked_for)
        return found

    def initial(self, attributes: Mapping[str, AttributeValue] | None = None) -> State:
        """The state before the first message of a conversation with these attributes."""
        slots = list(self._network.initial)
        slots[self._network.attribute_slot] = self._network.attribute_values(dict(attributes or {}))
        return State(tuple(slots), 0, 0, None, self.policy.digest)

    def could_be(self, state: State) -> bool:
        """Whether a state is of this machine, and of a form that its automata could have left."""
        return (
            state.key == self.policy.digest
            and (state.time is not None) <= self.timed
            and self._shape(state.slots)
        )

    def walk(self, state: State) -> Walk:
        """A conversation that goes on from ``state``."""
        if self.timed:
            return TimedWalk(self._timed_table, self.counters, state)
        return TabledWalk(self._table, state)

    def step(self, state: State, seen: Observation) -> tuple[State, Decision]:
        """The state after a message, and what the policy does at it.

        Raises TimeOrderError where the policy needs times and the message's is missing or earlier
        than the last; nothing has then happened.
        """
        walk = self.walk(state)
        decision = walk.step(seen.symbol, seen.time)
        return walk.state, decision

    def not_knowing(self, state: State, names: Collection[str]) -> State:
        """The state, but with these attributes unknown: as if they were neither given nor assumed."""
        slots = list(state.slots)
        at = self._network.attribute_slot
        slots[at] = tuple(
            _UNKNOWN if each.name in names else value
            for each, value in zip(self._network.attributes, slots[at], strict=True)
        )
        return state._replace(slots=tuple(slots))

    def is_ended(self, state: State) -> bool:
        """Whether the policy has ended the chat."""
        return bool(state.slots[self._ended])

    # --- the step ---

    def _look(self, before: Sequence[object], seen: Symbol, time: int) -> tuple[Slots, Moment]:
        """The turn, and what the message shows."""
        slots: Slots = list(before)
        phase = slots[self._phase]
        new_turn = begins_turn(phase, seen.role)
        moment = Moment(seen.role, seen.values, time, phase != NOTHING_YET, new_turn)
        slots[self._phase] = next_phase(phase, seen.role)
        network = self._network
        if new_turn:
            for each in network.turning:
                each.turn(slots)
            for rule in self._by_name:
                rule.due.turn(slots)
            for slot in network.turn_flags:
                slots[slot] = False
        for peak in network.peaks:
            peak.see(slots, moment)
        for automaton in network.seeing:
            automaton.see(slots, moment)
        for rule in self._by_name:
            rule.due.see(slots, moment)
        return slots, moment

    def counters(self, before: Kept, seen: Symbol, time: int) -> tuple[CounterView, ...]:
        """Every counter at a message, before a firing resets it."""
        slots, moment = self._look(before, seen, time)
        return tuple(view for rule in self._by_name for view in rule.due.views(slots, moment, rule.name))

    def leap(
        self, before: Kept, seen: Symbol, time: int, besides: frozenset[str] = frozenset()
    ) -> tuple[Kept, bool, Decision]:
        """The step itself: slots before and after it, whether a turn begins, and the decision.

        ``time`` is not looked at where the policy is not timed. ``besides`` are actions that are taken at this
        message by rules that were left out. Whoever goes through states rather than conversations steps so;
        nothing is kept.
        """
        slots, moment = self._look(before, seen, time)
        after_end = slots[self._ended]
        allowed = self._even_after_end if after_end else None
        outcomes = []
        for rule in self._rules:
            outcome = rule.outcome(slots, moment, self._nevers, allowed)
            if outcome is None:
                continue
            outcomes.append(outcome)
            if outcome.actions and rule.fired_in_turn is not None:
                slots[rule.fired_in_turn] = True
        decision = self._decided(outcomes, after_end)
        self._remember(slots, moment, outcomes, decision, besides)
        return tuple(slots), moment.new_turn, decision

    def _decided(self, outcomes: list[Outcome], after_end: bool) -> Decision:
        if not outcomes:
            return _AFTER_END if after_end else _NOTHING
        actions = self._together(each for each in outcomes if not each.rule.trial)
        trial = self._together(each for each in outcomes if each.rule.trial)
        stops: list[Stop] = []
        for outcome in sorted(outcomes, key=lambda each: each.rule.name):
            stops.extend(outcome.stops)
        ends = any(each.action in self._ends for each in actions) and not after_end
        return Decision(actions, trial, tuple(stops), ends, after_end)

    def _together(self, outcomes: Iterable[Outcome]) -> tuple[Done, ...]:
        """Equal action and text are one action; strongest first, then by text."""
        rules: dict[tuple[int, str, str, str | None], set[str]] = {}
        for outcome in outcomes:
            for act in outcome.actions:
                rank = self.policy.vocabulary.actions[act.action].rank
                rules.setdefault((rank, act.text or "", act.action, act.text), set()).add(outcome.rule.name)
        order = sorted(rules, key=lambda each: each[:3])
        return tuple(Done(key[2], key[3], *self._of(rules[key])) for key in order)

    def _of(self, rules: set[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The rules in order, and their reasons."""
        names = tuple(sorted(rules))
        given = (self._reasons[name] for name in names if name in self._reasons)
        return names, tuple(dict.fromkeys(given))

    def _remember(
        self,
        slots: Slots,
        moment: Moment,
        outcomes: list[Outcome],
        decision: Decision,
        besides: frozenset[str],
    ) -> None:
        for outcome in outcomes:
            if outcome.actions:
                outcome.rule.fire(slots, moment)
        for action in {each.action for each in decision.actions} | besides:
            for recent in self._network.taken.get(action, ()):
                recent.mark(slots, moment.time)
            for compiled, fired in self._network.since.get(action, ()):
                for tally in compiled.tallies:
                    tally.restart(slots)
                slots[fired] = False
        if decision.ends or besides & self._ends:
            slots[self._ended] = True


_NOTHING = Decision()
_AFTER_END = Decision(after_end=True)


def begins_turn(phase: int, role: Role) -> bool:
    """Whether a message of the role begins a turn, where the conversation stands so."""
    return role is Role.USER and phase != USER_SPOKE


def next_phase(phase: int, role: Role) -> int:
    """How a conversation stands after a message of the role."""
    if role is Role.USER:
        return USER_SPOKE
    if phase == NOTHING_YET:
        return BEFORE_USER
    if role is Role.ASSISTANT and phase == USER_SPOKE:
        return ASSISTANT_SPOKE
    return phase


def compile_policy(policy: Policy) -> Machine:
    """The machine of a policy, ready to step."""
    return Machine(policy)
