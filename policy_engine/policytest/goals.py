"""What tests of a policy have to try: every rule, clause, threshold, window and step, each as a question.

A goal is reached by a conversation if its formula (:mod:`policy_engine.verify.question`) is true at a message of
it. So the same value says what recorded tests have tried, and asks a prover for a conversation that tries it, or
for a proof that none can.

    acts                the rule does what it asks for
    stops it            the clause stops the rule, and nothing else does: it makes a difference
    one short of it     the count stands one below its number, at a message that adds to it
    reached             the count is reached, at a message that adds to it
    one more            the count is reached by one more than it needs
    just inside         the rule acts otherwise than with a window that is shorter by one
    just outside        the rule acts otherwise than with a window that is longer by one

What lets a rule act (an `except` that is false, an `only if` that is true) is tried where it acts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum

from policy_engine.language.tree import (
    AfterRef,
    LadderLine,
    NeverLine,
    OverridesLine,
    PolicyFile,
    RuleLine,
)
from policy_engine.model.decision import Cause
from policy_engine.model.model import After, Count, Ladder, Never, Policy, Rule
from policy_engine.model.names import Names
from policy_engine.model.parts import action_names, parts_of
from policy_engine.policytest.case import Suite
from policy_engine.policytest.changing import changed_file, changed_policy
from policy_engine.policytest.mutants import Mutant, mutants_of
from policy_engine.source import Location, Span
from policy_engine.verify.question import (
    And,
    CounterAt,
    Does,
    Fires,
    Formula,
    Negation,
    Or,
    Question,
    ReachedNow,
    Stopped,
    both,
    own_view,
)
from policy_engine.verify.stops import stops_of


class Aspect(Enum):
    """What of a clause is to be tried."""

    ACTS = "acts"
    STOPS = "stops it, alone"
    LETS = "lets it act"
    BELOW = "one short of it"
    AT = "reached"
    ABOVE = "one more"
    INSIDE = "just inside"
    OUTSIDE = "just outside"
    RESTS = "one more after the last step"


@dataclass(frozen=True, slots=True)
class Goal:
    """One thing to try. ``owner`` is the sentence (``rule mission``), ``clause`` its part, in the author's words."""

    owner: str
    clause: str
    aspect: Aspect
    location: Location
    question: Question

    @property
    def key(self) -> tuple[str, int, int, str, str]:
        """What tells goals apart, also those of a file that several policies use."""
        span = self.location.span
        return (self.location.source.name, span.start, span.end, self.aspect.value, self.clause)


Place = tuple[str, Span]
"""The author's words for a clause, and where it stands."""


def goals_of(suite: Suite) -> tuple[Goal, ...]:
    """Every goal of a suite's policy, file by file in the order of the text."""
    return tuple(goal for file in suite.loaded.files for goal in _Goals(suite, file).goals())


class _Goals:
    """The goals of one file of a policy."""

    def __init__(self, suite: Suite, file: PolicyFile) -> None:
        self._suite = suite
        self._policy = suite.policy
        self._file = file
        self._parts: Mapping[str, Rule | Ladder] = {part.name: part for part in parts_of(suite.policy)}

    def goals(self) -> Iterator[Goal]:
        """Sentence by sentence."""
        windows = self._windows()
        for number, line in enumerate(self._file.lines):
            match line:
                case RuleLine():
                    yield from self._rule(line)
                case LadderLine():
                    yield from self._ladder(line)
                case NeverLine():
                    yield from self._never(line)
                case OverridesLine():
                    yield from self._override(line)
                case _:
                    continue
            yield from windows.get(number, ())

    def _goal(self, owner: str, place: Place, aspect: Aspect, formula: Formula, *more: Policy) -> Goal:
        policies = (self._policy, *more)
        views = tuple(own_view(policies, number) for number in range(len(policies)))
        words, span = place
        return Goal(
            owner, words, aspect, Location(self._file.source, span), Question(policies, views, formula)
        )

    def _place(self, span: Span, opening: str = "") -> Place:
        words = " ".join(self._file.source.text[span.start : span.end].split())
        return f"{opening}{words}", span

    # --- rules and ladders ---

    def _rule(self, line: RuleLine) -> Iterator[Goal]:
        rule = self._parts[line.name.text]
        owner = f"{'trial ' if line.trial else ''}rule {rule.name}"
        yield self._goal(owner, self._place(line.name.span), Aspect.ACTS, Fires(0, rule.name))
        if isinstance(line.trigger, AfterRef) and isinstance(rule, Rule) and isinstance(rule.trigger, After):
            for number, (ref, count) in enumerate(zip(line.trigger.counts, rule.trigger.counts, strict=True)):
                yield from self._threshold(owner, rule.name, self._place(ref.span), number, count)
        yield from self._guards(owner, line, rule)

    def _threshold(self, owner: str, name: str, place: Place, number: int, count: Count) -> Iterator[Goal]:
        """A count one short, reached, and one beyond, each at a message that adds to it."""
        for aspect, need in (
            (Aspect.BELOW, count.need - 1),
            (Aspect.AT, count.need),
            (Aspect.ABOVE, count.need + 1),
        ):
            if need < 1:
                continue
            reached = ReachedNow(0, (replace(count, need=need),))
            if aspect is Aspect.BELOW:
                reached_here = CounterAt(0, name, number, need)
                yield self._goal(owner, place, aspect, both(reached, reached_here))
            else:
                yield self._goal(owner, place, aspect, reached)

    def _ladder(self, line: LadderLine) -> Iterator[Goal]:
        ladder = self._parts[line.name.text]
        assert isinstance(ladder, Ladder)
        owner, one = f"ladder {ladder.name}", ReachedNow(0, (Count(ladder.act, 1, ladder.on),))
        for number, (ref, step) in enumerate(zip(line.steps, ladder.steps, strict=True)):
            place = self._place(ref.span)
            at = CounterAt(0, ladder.name, 0, step.need, number)
            if step.need > 1:
                below = CounterAt(0, ladder.name, 0, step.need - 1, number)
                yield self._goal(owner, place, Aspect.BELOW, both(one, below))
            yield self._goal(owner, place, Aspect.ACTS, both(Fires(0, ladder.name), at))
        last = CounterAt(0, ladder.name, 0, 0, len(ladder.steps))
        yield self._goal(owner, self._place(line.steps[-1].span), Aspect.RESTS, both(one, last))
        yield from self._guards(owner, line, ladder)

    def _guards(self, owner: str, line: RuleLine | LadderLine, part: Rule | Ladder) -> Iterator[Goal]:
        places = [(self._place(each.span, "only if "), Cause.ONLY_IF, 0) for each in line.clauses.only_ifs]
        places += [
            (self._place(each.span, "except when "), Cause.EXCEPT, number)
            for number, each in enumerate(line.clauses.excepts)
        ]
        places += [(self._place(span), Cause.COOLDOWN, 0) for _, span in line.clauses.at_most]
        for place, cause, clause in places:
            yield self._goal(
                owner, place, Aspect.STOPS, self._alone(part, Stopped(0, part.name, cause, clause))
            )
            yield self._goal(owner, place, Aspect.LETS, Fires(0, part.name))

    def _alone(self, part: Rule | Ladder, stop: Stopped) -> Formula:
        """The clause stops it, and no other does."""
        others = [each for each in stops_of(self._policy, part) if each != stop]
        return both(stop, *(Negation(each) for each in others))

    # --- what is said of all rules ---

    def _never(self, line: NeverLine) -> Iterator[Goal]:
        for never in self._nevers_at(line.span):
            number = self._policy.nevers.index(never)
            touched = [part for part in self._parts.values() if never.action in action_names(part)]
            if not touched:
                return
            owner, place = f"never {line.action.phrase.text}", self._place(line.span)
            stops = tuple(self._alone(part, Stopped(0, part.name, Cause.NEVER, number)) for part in touched)
            yield self._goal(owner, place, Aspect.STOPS, stops[0] if len(stops) == 1 else Or(stops))
            yield self._goal(owner, place, Aspect.LETS, Does(0, never.action))

    def _nevers_at(self, span: Span) -> list[Never]:
        """The ``never`` of the policy that stands there; none where the same stands in another place, too."""
        place = Location(self._file.source, span)
        return [each for each in self._policy.nevers if each.location == place]

    def _override(self, line: OverridesLine) -> Iterator[Goal]:
        for number, override in enumerate(self._policy.overrides):
            if (override.winner, override.loser) == (line.winner.text, line.loser.text):
                owner, place = f"{override.winner} overrides {override.loser}", self._place(line.span)
                loser = self._parts[override.loser]
                stop = Stopped(0, loser.name, Cause.OVERRIDES, number)
                yield self._goal(owner, place, Aspect.STOPS, self._alone(loser, stop))
                yield self._goal(owner, place, Aspect.LETS, Fires(0, loser.name))

    # --- windows and periods ---

    def _windows(self) -> dict[int, list[Goal]]:
        """By sentence: for each length in it, that some rule acts otherwise than with one shorter, or longer."""
        found: dict[int, list[Goal]] = {}
        for mutant in mutants_of(self._file, Names(self._policy.vocabulary, dict(self._policy.groups))):
            if not mutant.longer:
                continue
            tree = changed_file(self._file, mutant)
            changed = None if tree is None else changed_policy(self._suite.loaded, tree)
            if changed is not None:
                aspect = Aspect.OUTSIDE if mutant.longer > 0 else Aspect.INSIDE
                formula = self._otherwise(mutant)
                place = self._place(mutant.span)
                found.setdefault(mutant.line, []).append(
                    self._goal(self._owner(mutant), place, aspect, formula, changed)
                )
        return found

    def _owner(self, mutant: Mutant) -> str:
        is_trial = getattr(self._parts.get(mutant.owner.removeprefix("rule ")), "trial", False)
        return f"trial {mutant.owner}" if is_trial else mutant.owner

    def _otherwise(self, mutant: Mutant) -> Formula:
        """The rule that the length is in acts, and would not with the other one; or the other way round."""
        line = self._file.lines[mutant.line]
        if isinstance(line, RuleLine | LadderLine):
            names = [line.name.text]
        else:
            actions = {each.action for each in self._nevers_at(line.span)}
            names = sorted(name for name, part in self._parts.items() if actions & action_names(part))
        pairs = [(Fires(0, name), Fires(1, name)) for name in names]
        return Or(
            tuple(And((one, Negation(two))) for one, two in pairs)
            + tuple(And((two, Negation(one))) for one, two in pairs)
        )
