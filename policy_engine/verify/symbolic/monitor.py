"""The equations of a question's formula: what is so at a message, and what has to be remembered for it.

Atoms that look at conditions and counts are read before the policies decide, since what a policy does counts from
the next message on; atoms that look at what is done are read after.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policy_engine.model.model import (
    After,
    All,
    Any,
    Attribute,
    Condition,
    CountReached,
    Detected,
    Doubt,
    Every,
    Not,
    Reading,
)
from policy_engine.model.parts import singles_of
from policy_engine.verify.question import (
    And,
    ChatBegins,
    CounterAt,
    Differ,
    Does,
    Earlier,
    Ended,
    Fires,
    Formula,
    Happens,
    HeldOnce,
    Holds,
    MoreOften,
    Negation,
    Or,
    Overdue,
    Question,
    Reached,
    ReachedNow,
    Stopped,
    TurnBegins,
    Unanswered,
)
from policy_engine.verify.symbolic.circuit import FALSE, TRUE, Signal
from policy_engine.verify.symbolic.equations import Equations
from policy_engine.verify.symbolic.lowering import PolicyEquations
from policy_engine.verify.symbolic.memory import Countdown, Latch
from policy_engine.verify.symbolic.network import Network
from policy_engine.verify.symbolic.tallies import Cells, Row, cells
from policy_engine.verify.symbolic.triggers import CountSoFar, Due, DueAfter, DueEvery, DueLadder

MONITOR = "question"
"""The owner of what only the formula remembers."""


class Monitor:
    """The memory of a formula, and its truth at a message.

    ``networks`` read for the views: a view that sees a policy as the policy sees itself shares the policy's own.
    """

    def __init__(
        self, equations: Equations, question: Question, policies: Sequence[PolicyEquations],
        networks: Sequence[Network], own: Sequence[Network],
    ) -> None:  # fmt: skip
        self.equations = equations
        self.circuit = equations.circuit
        self.question = question
        self.policies = tuple(policies)
        self.networks = tuple(networks)
        self._own = tuple(own)
        """Of the networks, those that are no policy's."""
        self._surely: dict[HeldOnce, tuple[Latch, Signal]] = {}
        """Of ``once``, where a doubt is remembered for longer than the language does: what held for certain, and what
        may hold at this message."""
        self._read: dict[Formula, Signal] = {}
        self._latches: dict[Formula, Latch] = {}
        self._dues: dict[Formula, Due] = {}
        self._counts: dict[Formula, CountSoFar] = {}
        self._often: dict[MoreOften, Cells] = {}
        self._waiting: dict[Unanswered, tuple[Countdown, Latch]] = {}
        self._known: dict[Formula, Signal] = {}
        equations.owner = MONITOR
        for formula in (question.bad, *question.assumed):
            self._prepare(formula)
        equations.owner = ""

    # --- before the message ---

    def _prepare(self, formula: Formula) -> None:
        number = len(self._read)
        if formula in self._read:
            return
        for part in _parts(formula):
            self._prepare(part)
        self._read[formula] = FALSE
        name = f"{type(formula).__name__.lower()} {number}"
        match formula:
            case Holds(view, condition):
                self.networks[view].prepare(condition)
            case HeldOnce():
                self._prepare_once(formula, name)
            case Happens(view, event):
                network = self.networks[view]
                self._read[formula] = network.here(event.detected).certain
                if event.first:
                    self._latches[formula] = self.equations.latch(name)
            case Reached(view, count):
                self._counts[formula] = CountSoFar(self.networks[view], count, name)
            case ReachedNow(view, counts):
                self._dues[formula] = self._named(name, DueAfter, view, After(counts))
            case Overdue(view, _, period):
                self._dues[formula] = self._named(name, DueEvery, view, Every(period))
            case Earlier():
                self._latches[formula] = self.equations.latch(name)
            case MoreOften(_, _, times, window):
                self._often[formula] = cells(self.equations, name, times + 1, False, window)
            case Unanswered(turns=turns):
                self._waiting[formula] = (
                    self.equations.countdown(name, turns),
                    self.equations.latch(f"{name}/answered"),
                )
            case _:
                return

    def _named(self, name: str, kind: type[DueAfter] | type[DueEvery], view: int, trigger: object) -> Due:
        owner, self.equations.owner = self.equations.owner, f"{MONITOR}/{name}"
        made = kind(self.networks[view], trigger)  # type: ignore[arg-type]
        self.equations.owner = owner
        return made

    def _prepare_once(self, formula: HeldOnce, name: str) -> None:
        """What ``once`` remembers: of a detection, what one in the whole conversation does; else that it was so."""
        network, condition = self.networks[formula.view], formula.condition
        if isinstance(condition, Any):
            return
        if isinstance(condition, Detected) and condition.doubt is Doubt.DETECTED:
            network.prepare(_whole(condition))
            return
        network.prepare(condition)
        self._latches[formula] = self.equations.latch(name)
        forgotten = (network.vocabulary.labels[each.label].unknown_lasts for each in _forgettable(condition))
        if any(forgotten) and any(map(_can_be_in_doubt, singles_of(condition))):
            self._surely[formula] = self.equations.latch(f"{name}/surely"), FALSE

    # --- the step ---

    def turn(self) -> None:
        """A turn begins, perhaps."""
        for network in self._own:
            network.turn()
        for due in self._dues.values():
            due.turn()
        for count in self._counts.values():
            for tally in count.tallies:
                tally.turn()
        for kept in self._often.values():
            kept.turn()

    def look(self) -> None:
        """What the message shows; and what conditions come to at it."""
        for due in self._dues.values():
            due.see()
        for count in self._counts.values():
            _look(count)
        for formula in self._read:
            self._read[formula] = self._seen(formula)

    def _seen(self, formula: Formula) -> Signal:
        """What is known of an atom before the policies decide."""
        match formula:
            case Holds(view, condition, certain):
                value = self.networks[view].test(condition)
                return value.certain if certain else value.possible
            case HeldOnce():
                return self._held_once(formula)
            case Happens(event=event):
                return self._first(formula, self._read[formula]) if event.first else self._read[formula]
            case Reached():
                return self._reached(formula)
            case ReachedNow() | Overdue():
                return self._dues[formula].is_due
            case CounterAt():
                return self._stands_at(formula)
            case Ended(policy):
                return self.policies[policy].ended
            case TurnBegins():
                return self.equations.new_turn
            case ChatBegins():
                return self.equations.begun ^ 1
            case Earlier():
                return self._latches[formula].state
            case _:
                return FALSE

    def _first(self, formula: Formula, here: Signal) -> Signal:
        was = self._latches[formula]
        is_first = self.circuit.both(here, was.value ^ 1)
        was.set(here)
        return is_first

    def _held_once(self, formula: HeldOnce) -> Signal:
        network, condition = self.networks[formula.view], formula.condition
        if isinstance(condition, Any):
            return self.circuit.any([self._read[each] for each in _parts(formula)])
        if formula not in self._latches:
            assert isinstance(condition, Detected)
            return network.test(_whole(condition)).possible
        latch, value = self._latches[formula], network.test(condition)
        latch.set(value.possible)
        if formula in self._surely:
            surely, _ = self._surely[formula]
            surely.set(value.certain)
            self._surely[formula] = surely, value.possible
        return latch.value

    def _reached(self, formula: Reached) -> Signal:
        return self.circuit.any(
            tally.kept.so_far if isinstance(tally.kept, Row) else tally.kept.reaches(formula.count.need)
            for tally in self._counts[formula].tallies
        )

    def _stands_at(self, asked: CounterAt) -> Signal:
        due = next(rule.due for rule in self.policies[asked.policy].rules if rule.name == asked.rule)
        if isinstance(due, DueAfter):
            counted = due.counts[asked.count]
            return self._is_at(counted, asked.value, counted.count.need) if asked.step is None else FALSE
        if not isinstance(due, DueLadder) or asked.count:
            return FALSE
        steps = range(len(due.ladder.steps) + 1) if asked.step is None else [asked.step]
        return self.circuit.any(self._on_step(due, step, asked.value) for step in steps)

    def _on_step(self, due: DueLadder, step: int, value: int) -> Signal:
        """A ladder that rests needs nothing, and its counter stands at nothing."""
        if step >= len(due.ladder.steps):
            return due.rests if step == len(due.ladder.steps) and value == 0 else FALSE
        return self.circuit.both(due.stands_on(step), self._is_at(due, value, due.ladder.steps[step].need))

    def _is_at(self, counted: CountSoFar | DueLadder, value: int, need: int) -> Signal:
        if value > need or value < 0:
            return FALSE
        least = TRUE if value == 0 else counted.reaches(value)
        more = FALSE if value == need else counted.reaches(value + 1)
        return self.circuit.both(least, more ^ 1)

    # --- once the policies have decided ---

    def settle(self) -> tuple[Signal, Signal]:
        """Whether the formula is true at this message, and whether all that is assumed is so; and remember it all."""
        for atom, kept in self._often.items():
            for signal in self._deeds(atom.view, atom.action).values():
                kept.add(signal, 1)
        bad = self.truth(self.question.bad)
        assumed = self.circuit.all([self.truth(each) for each in self.question.assumed])
        self._remember()
        return bad, assumed

    def surely(self) -> Signal:
        """Whether the formula is true, of the doubts that ``once`` asks for, with those alone that are here now.

        To be asked once all is settled. It is true nowhere else than the formula; where no doubt is remembered for
        longer than it should be, it is the formula.
        """
        if not self._surely:
            return self.truth(self.question.bad)
        for formula in self._read:
            if isinstance(formula, HeldOnce):
                self._read[formula] = self._surely_held(formula)
        joined = (And, Or, Negation, HeldOnce)
        self._known = {each: signal for each, signal in self._known.items() if not isinstance(each, joined)}
        return self.truth(self.question.bad)

    def _surely_held(self, formula: HeldOnce) -> Signal:
        if formula in self._surely:
            latch, here = self._surely[formula]
            return self.circuit.either(latch.value, here)
        if isinstance(formula.condition, Any):
            return self.circuit.any([self._read[each] for each in _parts(formula)])
        return self._read[formula]

    def truth(self, formula: Formula) -> Signal:
        """Whether a part of the formula is true at this message."""
        if formula not in self._known:
            self._known[formula] = self._truth(formula)
        return self._known[formula]

    def _truth(self, formula: Formula) -> Signal:
        circuit = self.circuit
        match formula:
            case And(several):
                return circuit.all([self.truth(each) for each in several])
            case Or(several):
                return circuit.any([self.truth(each) for each in several])
            case Negation(part):
                return self.truth(part) ^ 1
            case Does(view, action, texts):
                done = self._deeds(view, action)
                return circuit.any(signal for text, signal in done.items() if texts is None or text in texts)
            case Fires(policy, name):
                return circuit.any(rule.fires for rule in self.policies[policy].rules if rule.name == name)
            case Stopped():
                return self._stopped(formula)
            case Differ(one, other, action):
                return self._differ(one, other, action)
            case MoreOften(times=times):
                return self._often[formula].reaches(times + 1)
            case Unanswered():
                return self._unanswered(formula)
            case _:
                return self._read[formula]

    def _deeds(self, view: int, action: str) -> dict[str | None, Signal]:
        """By text, whether the view's policy does what is called so there."""
        eyes = self.question.views[view]
        return {
            act.text: signal
            for act, signal in self.policies[eyes.policy].acts.items()
            if eyes.named(act.action) == action
        }

    def _stopped(self, asked: Stopped) -> Signal:
        return self.circuit.any(
            signal
            for rule in self.policies[asked.policy].rules
            for stop, signal in rule.stops
            if (stop.rule, stop.cause, stop.clause) == (asked.rule, asked.cause, asked.clause)
            and asked.unknown in (None, stop.unknown)
        )

    def _differ(self, one: int, other: int, action: str | None) -> Signal:
        mine, theirs = self.policies[one].acts, self.policies[other].acts
        acts = [act for act in dict.fromkeys((*mine, *theirs)) if action in (None, act.action)]
        return self.circuit.any(
            self.circuit.same(mine.get(act, FALSE), theirs.get(act, FALSE)) ^ 1 for act in acts
        )

    def _unanswered(self, formula: Unanswered) -> Signal:
        """The turns that are left to the oldest event without an answer, and whether this turn has had one."""
        circuit, new_turn = self.circuit, self.equations.new_turn
        left, answered = self._waiting[formula]
        event, answer = self.truth(formula.event), self.truth(formula.answer)
        too_late = circuit.both(new_turn, left.is_(1))
        left.tick(new_turn)
        answered.set(new_turn, FALSE)
        left.set(answer, 0)
        answered.set(answer)
        asks = circuit.all((event, left.runs ^ 1, answered.value ^ 1))
        left.set(asks, formula.turns)
        cut_short = circuit.both(self.policies[formula.policy].ends, left.runs)
        left.set(cut_short, 0)
        return circuit.either(too_late, cut_short)

    def _remember(self) -> None:
        for formula, latch in self._latches.items():
            if isinstance(formula, Earlier):
                latch.set(self.truth(formula.formula))
        for formula, due in self._dues.items():
            if isinstance(formula, Overdue) and isinstance(due, DueEvery):
                due.fire(self.circuit.both(self.truth(Does(formula.view, formula.action)), due.has_begun))
        for view, eyes in enumerate(self.question.views):
            self._take(view, {eyes.named(act.action) for act in self.policies[eyes.policy].acts})

    def _take(self, view: int, actions: set[str | None]) -> None:
        """What was done counts from the next message on."""
        network = self.networks[view]
        for action in sorted(each for each in actions if each is not None):
            done = self.truth(Does(view, action))
            if network in self._own:
                network.take(action, done)
            for formula, due in self._dues.items():
                if isinstance(formula, ReachedNow) and formula.view == view:
                    due.since(action, done)
            for formula, count in self._counts.items():
                if isinstance(formula, Reached) and formula.view == view and count.since_action == action:
                    count.restart(done)


def _parts(formula: Formula) -> Iterator[Formula]:
    match formula:
        case And(several) | Or(several):
            yield from several
        case Negation(part) | Earlier(part):
            yield part
        case Unanswered(event=event, answer=answer):
            yield from (event, answer)
        case HeldOnce(view, Any(several_conditions)):
            for each in several_conditions:
                yield HeldOnce(view, each)
        case _:
            return


def _look(count: CountSoFar) -> None:
    is_marked = count.is_marked()
    for tally in count.tallies:
        tally.see(is_marked)
        tally.restart(is_marked)


def _whole(detected: Detected) -> Detected:
    """The detection that is now so where ``detected`` ever was.

    A scope holds the present message, so what was detected in it was detected at all; and an unknown was remembered
    from its own message on.
    """
    return Detected(detected.readings, detected.role)


def _can_be_in_doubt(single: Condition) -> bool:
    """Whether it has three values."""
    return isinstance(single, CountReached | Attribute) or (
        isinstance(single, Detected) and single.doubt is Doubt.DETECTED
    )


def _forgettable(condition: Condition, is_so: bool = True) -> Iterator[Reading]:
    """The readings whose unknowns let a condition be (or, without ``is_so``, not be) until they are forgotten."""
    match condition:
        case Not(inner):
            yield from _forgettable(inner, not is_so)
        case All(several) | Any(several):
            for each in several:
                yield from _forgettable(each, is_so)
        case Detected(readings=readings) if is_so:
            yield from readings
        case CountReached(count) if is_so:
            yield from (Reading(count.act), *(count.on or ()))
        case _:
            return
