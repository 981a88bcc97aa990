"""Many simulations in numbers: added up one by one, in memory that does not grow with the log.

Medians come from histograms of turns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from policy_engine.machine.encoder import UNKNOWN
from policy_engine.model.decision import Cause, Decision
from policy_engine.model.model import Condition, Policy
from policy_engine.model.parts import attributes_in, parts_of
from policy_engine.simulation.coverage import Coverage, coverage
from policy_engine.simulation.evidence import read_by
from policy_engine.simulation.simulation import Simulation
from policy_engine.simulation.standing import Standing, every_rules
from policy_engine.transcripts.message import Conversation
from policy_engine.vocabulary.vocabulary import Lasting


@dataclass
class Tally:
    """How often something happened, in how many conversations, and in which turn first."""

    conversations: int = 0
    times: int = 0
    first_turns: Counter[int] = field(default_factory=Counter)

    def add(self, turns: list[int]) -> None:
        """One conversation in which it happened in these turns, in order."""
        self.conversations += 1
        self.times += len(turns)
        self.first_turns[turns[0]] += 1

    def take(self, other: Tally) -> None:
        """What happened in other conversations, too."""
        self.conversations += other.conversations
        self.times += other.times
        self.first_turns.update(other.first_turns)

    @property
    def median(self) -> int | None:
        """The median turn in which it happened first (the lower of two in the middle)."""
        return median(self.first_turns)


@dataclass
class RuleTally:
    """How often a rule fired, and how often it was stopped."""

    fired: Tally = field(default_factory=Tally)
    stopped: Tally = field(default_factory=Tally)
    """At each message at which it was; an `every` rule stays due, and is stopped at every later message."""
    occasions: int = 0
    """Where a stop of it began, or became one by other clauses: of an `every` rule not each message."""

    def take(self, other: RuleTally) -> None:
        """What happened in other conversations, too."""
        self.fired.take(other.fired)
        self.stopped.take(other.stopped)
        self.occasions += other.occasions


@dataclass
class Reach:
    """The ``rules`` (and ladders) that share one ``applies when`` (None: all are covered), and whom they cover."""

    applies: Condition | None
    rules: tuple[str, ...]
    covered: Counter[Coverage] = field(default_factory=Counter)

    @property
    def attributes(self) -> frozenset[str]:
        """The attributes that it asks for, by name."""
        return frozenset(each.name for each in attributes_in(self.applies))


Clause = tuple[str, Cause, int]
"""A clause of a rule that stops it: rule, cause, number. For ``never`` and ``overrides`` the rule is ``""``."""


def median(histogram: Mapping[int, int]) -> int | None:
    """The median of a histogram (the lower of two in the middle); None where it is empty."""
    left = (sum(histogram.values()) + 1) // 2
    for value in sorted(histogram):
        left -= histogram[value]
        if left <= 0:
            return value
    return None


def reaches_of(policy: Policy) -> tuple[Reach, ...]:
    """The different ``applies when`` of a policy's files: the main file's first, then by their rules."""
    rules: dict[Condition | None, list[str]] = {}
    for part in parts_of(policy):
        rules.setdefault(part.guards.applies, []).append(part.name)
    ordered = sorted(rules, key=lambda applies: (applies != policy.applies, rules[applies][0]))
    return tuple(Reach(applies, tuple(rules[applies])) for applies in ordered)


class Summary:
    """Adds up simulations of one policy. ``detecting`` says that labels were read off the text."""

    def __init__(self, policy: Policy, detecting: bool = False) -> None:
        self.policy = policy
        self._detecting = detecting
        self._even_after_end = frozenset(
            name for name, entry in policy.vocabulary.actions.items() if entry.even_after_end
        )
        self.reaches = reaches_of(policy)
        """One for each ``applies when``; several where the files of a policy differ in it."""
        self._applies = frozenset(each.name for each in attributes_in(policy.applies)).union(
            *(each.attributes for each in self.reaches)
        )
        self._every = every_rules(policy)
        self.conversations = 0
        self.messages = 0
        self.turns = 0
        self.covered: Counter[Coverage] = Counter()
        self.assumed: Counter[str] = Counter()
        """By attribute that ``applies when`` asks for: conversations in which it was assumed."""
        self.unrecorded: Counter[str] = Counter()
        """The same, where it was neither recorded nor assumed."""
        self.actions: dict[str, Tally] = {}
        self.trial: dict[str, Tally] = {}
        self.rules: dict[str, RuleTally] = {}
        self.stopped_by: Counter[Cause] = Counter()
        """Conversations in which a clause of that kind stopped something."""
        self.unknown: Counter[str] = Counter()
        """By label that the policy reads: messages on which it is unknown to the policy."""
        self.stopped_unknown = 0
        """Conversations in which something was stopped because a condition was unknown."""
        self.clauses: Counter[Clause] = Counter()
        self.ended = 0
        self.ended_if_absent = 0
        self.held_open = 0
        self.never_looked_for: Counter[str] = Counter()
        self.not_checked: Counter[str] = Counter()
        self.only_in_doubt: Counter[str] = Counter()
        """By action: conversations in which it was done, and would not be if unknown labels were absent."""
        self.shown_after_end = 0
        self.with_messages_after_end = 0
        self.from_text: Counter[str] = Counter()
        """By label: conversations in which a pattern read it off the text."""
        self.from_keywords: Counter[str] = Counter()
        """By label: conversations in which a word on a list stood for it."""
        self.on_keywords: Counter[str] = Counter()
        """By action: conversations in which it was done because of a word on a list, among other things."""
        self.malformed = 0
        self.out_of_order = 0
        self.faults: Counter[str] = Counter()
        """By kind, in words: what could not be read, and conversations that the policy cannot decide about."""
        self.repeated = 0
        """Conversations with the id of one that came before."""
        self.paced = 0
        """Conversations without a time, in which the times are supposed."""
        self.pace: Lasting | None = None
        """The time supposed between two messages of those."""

    def add(self, simulation: Simulation) -> None:
        """One conversation more."""
        self.conversations += 1
        self.messages += len(simulation.decisions)
        self.turns += simulation.turn_count
        self.covered[simulation.covered] += 1
        if simulation.pace is not None:
            self.paced += 1
            self.pace = simulation.pace
        self._add_coverage(simulation)
        self._add_decisions(simulation.decisions, simulation.turns)
        self._add_ending(simulation)
        if self._detecting:
            self._add_read_off(simulation)

    def _add_read_off(self, simulation: Simulation) -> None:
        self.from_text.update(_read_off(simulation.conversation, "text"))
        by_keywords = _read_off(simulation.conversation, "keywords")
        if by_keywords:
            self.from_keywords.update(by_keywords)
            self.on_keywords.update(
                {
                    cited.done.action
                    for moment in simulation.moments_at(_is_acting)
                    for cited in moment.cited
                    if not cited.trial and any(each.found.read_by == "keywords" for each in cited.because)
                }
            )

    def amounts(self) -> dict[str, object]:
        """Everything that was counted, without the policy: what another process can be told of it."""
        kept = {name: value for name, value in vars(self).items() if type(value) in (int, Counter, dict)}
        return {**kept, "pace": self.pace, "reaches": [each.covered for each in self.reaches]}

    def take(self, amounts: Mapping[str, object]) -> None:
        """The ``amounts`` of conversations that come after those that were added: as if each had been added here."""
        for name, amount in amounts.items():
            mine = getattr(self, name)
            if isinstance(mine, int) and isinstance(amount, int):
                setattr(self, name, mine + amount)
            elif isinstance(mine, Counter) and isinstance(amount, Counter):
                mine.update(amount)
            elif isinstance(mine, dict) and isinstance(amount, dict):
                for key, tally in amount.items():
                    mine.setdefault(key, type(tally)()).take(tally)
            elif isinstance(amount, list):
                for reach, covered in zip(self.reaches, amount, strict=True):
                    reach.covered.update(covered)
            elif isinstance(amount, Lasting):
                self.pace = amount

    def _add_coverage(self, simulation: Simulation) -> None:
        policy, recorded = simulation.policy, simulation.conversation.attributes
        for reach in self.reaches:
            if reach.applies == policy.applies:
                reach.covered[simulation.covered] += 1
            else:
                given = simulation.attributes
                reach.covered[coverage(reach.applies, recorded, given)] += 1
        for name in self._applies:
            if name in simulation.assumed:
                self.assumed[name] += 1
            elif name not in recorded:
                self.unrecorded[name] += 1

    def _add_decisions(self, decisions: tuple[Decision, ...], turns: tuple[int, ...]) -> None:
        done: dict[tuple[str, str], list[int]] = {}
        occasions: Counter[str] = Counter()
        clauses: set[Clause] = set()
        causes: set[Cause] = set()
        is_unknown = False
        standing = Standing(self._every)
        for decision, turn in zip(decisions, turns, strict=True):
            going_on = standing.after(decision)
            if decision.actions or decision.trial:
                self._note_done(decision, turn, done)
            for name in {stop.rule for stop in decision.stopped}:
                done.setdefault(("stopped", name), []).append(turn)
                occasions[name] += name not in going_on
            for stop in decision.stopped:
                rule = "" if stop.cause in (Cause.NEVER, Cause.OVERRIDES) else stop.rule
                clauses.add((rule, stop.cause, stop.clause))
                causes.add(stop.cause)
                is_unknown = is_unknown or stop.unknown
        for (what, name), where in done.items():
            self._tally(what, name).add(where)
        for name, number in occasions.items():
            self.rules[name].occasions += number
        self.clauses.update(clauses)
        self.stopped_by.update(causes)
        self.stopped_unknown += is_unknown

    @staticmethod
    def _note_done(decision: Decision, turn: int, done: dict[tuple[str, str], list[int]]) -> None:
        for name in {each.action for each in decision.actions}:
            done.setdefault(("action", name), []).append(turn)
        for name in {each.action for each in decision.trial}:
            done.setdefault(("trial", name), []).append(turn)
        for name in {rule for each in (*decision.actions, *decision.trial) for rule in each.rules}:
            done.setdefault(("fired", name), []).append(turn)

    def _tally(self, what: str, name: str) -> Tally:
        if what in ("action", "trial"):
            kept = self.actions if what == "action" else self.trial
            return kept.setdefault(name, Tally())
        rule = self.rules.setdefault(name, RuleTally())
        return rule.fired if what == "fired" else rule.stopped

    def _add_ending(self, simulation: Simulation) -> None:
        if simulation.ended is not None:
            self.ended += 1
            self.with_messages_after_end += simulation.after_end > 0
            self.shown_after_end += any(
                done.action in self._even_after_end
                for decision in simulation.decisions[simulation.ended.message :]
                for done in decision.actions
            )
        if simulation.is_in_doubt:
            self.unknown.update(_unknown(simulation))
            self.ended_if_absent += simulation.if_absent.ended is not None
            self.only_in_doubt.update(simulation.only_in_doubt)
            held = simulation.held_open
            if held is not None:
                self.held_open += 1
                self.never_looked_for.update(held.never_looked_for)
                self.not_checked.update(held.not_checked)
        else:
            self.ended_if_absent += simulation.ended is not None


def _unknown(simulation: Simulation) -> Counter[str]:
    """On how many messages each label is unknown to the policy."""
    found: Counter[str] = Counter()
    readings = simulation.machine.readings
    for values, number in Counter(each.values for each in simulation.observations).items():
        for name in {each.label for each, value in zip(readings, values, strict=True) if value == UNKNOWN}:
            found[name] += number
    return found


def _is_acting(decision: Decision) -> bool:
    return bool(decision.actions)


def _read_off(conversation: Conversation, by: str) -> set[str]:
    """The labels that were read off the text of a conversation, by patterns or by keywords."""
    return {
        label.name
        for message in conversation.messages
        for label in message.labels
        if label.value is not False and read_by(label.source) == by
    }
