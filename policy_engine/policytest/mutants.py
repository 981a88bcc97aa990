"""Small changes of a policy's text, one at a time: what good tests notice (mutation testing).

After DeMillo, Lipton and Sayward, "Hints on Test Data Selection" (1978), with the changes that matter to rules of
escalation: a number moved by one, a window longer or shorter by one, a clause left out, `and` and `or` swapped, a
category or an action put in another's place, how far back a condition looks.

A change is an edit of the text, so that it can be shown as a difference with its line. The syntax tree says
where; no name is looked up here but those of other categories and actions that could stand in the same place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from policy_engine.language.tree import (
    ActionRef,
    AfterRef,
    Amount,
    AppliesLine,
    Clauses,
    Compared,
    ConditionRef,
    CountedRef,
    CountRef,
    DetectedRef,
    EveryRef,
    GroupLine,
    Joined,
    LabelRef,
    LadderLine,
    Line,
    NeverLine,
    OverridesLine,
    PointsLine,
    PolicyFile,
    ResetRef,
    RuleLine,
    ScopeRef,
    SinceRef,
    Stated,
    StepLine,
    TriggerRef,
)
from policy_engine.model.names import Names
from policy_engine.source import Location, Source, Span
from policy_engine.vocabulary.phrases import telling_words
from policy_engine.vocabulary.vocabulary import Kind

_BELOW = {"week": (7, "day"), "day": (24, "hour"), "hour": (60, "minute"), "minute": (60, "second")}
"""How many of the next smaller unit a unit of time has."""
_NUMBER = r"\d+(?:\.\d+)?"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A policy file with ``span`` of its text replaced. ``what`` says the change, ``owner`` is the sentence it is in.

    ``line`` is the number of the sentence in the file's tree, from 0, and ``sentence`` where it stands.
    """

    source: Source
    line: int
    sentence: Span
    owner: str
    what: str
    span: Span
    replacement: str
    longer: int = 0
    """Of a change of a window or a period: 1 where it is longer by one, -1 where it is shorter."""

    @property
    def location(self) -> Location:
        """Where the change is: at its first word."""
        blanks = re.compile(r"[\s,]*").match(self.source.text, self.span.start, self.span.end)
        start = blanks.end() if blanks and blanks.end() < self.span.end else self.span.start
        return Location(self.source, Span(start, self.span.end))

    @property
    def text(self) -> str:
        """The whole text of the changed file."""
        old = self.source.text
        return old[: self.span.start] + self.replacement + old[self.span.end :]


class Edit(NamedTuple):
    """What is changed, where, and what stands there instead. ``longer`` as in :class:`Mutant`."""

    what: str
    span: Span
    replacement: str = ""
    longer: int = 0


Edits = Iterator[Edit]


def mutants_of(file: PolicyFile, names: Names) -> Iterator[Mutant]:
    """Every mutant of a file, in the order of its text; ``names`` are those of a policy that the file is part of."""
    changes = _Changes(file.source, names)
    for number, line in enumerate(file.lines):
        owner = _owner(line)
        for edit in changes.of_line(line):
            yield Mutant(
                file.source, number, line.span, owner, edit.what, edit.span, edit.replacement, edit.longer
            )


def _owner(line: Line) -> str:
    match line:
        case RuleLine():
            return f"rule {line.name.text}"
        case LadderLine():
            return f"ladder {line.name.text}"
        case NeverLine():
            return f"never {line.action.phrase.text}"
        case OverridesLine():
            return f"{line.winner.text} overrides {line.loser.text}"
        case GroupLine():
            return f"group {line.name.text}"
        case PointsLine():
            return f"points {line.name.text}"
        case _:
            return "applies when"


class _Changes:
    """The changes of one file's sentences."""

    def __init__(self, source: Source, names: Names) -> None:
        self._text = source.text
        self._names = names
        labels = names.vocabulary.labels
        self._by_kind = {kind: [each.name for each in labels.values() if each.kind is kind] for kind in Kind}

    def of_line(self, line: Line) -> Edits:
        """What can be changed in a sentence."""
        match line:
            case RuleLine():
                yield from self._rule(line)
            case LadderLine():
                yield from self._ladder(line)
            case NeverLine():
                yield Edit("never left out", line.span)
                yield from self._condition(line.condition)
            case OverridesLine():
                yield Edit("override left out", line.span)
            case AppliesLine():
                yield Edit("applies when left out", line.span)
                yield from self._condition(line.condition)
            case GroupLine():
                yield from self._labels(line.labels)
            case PointsLine():
                for _, label in line.weights:
                    yield from self._number_before(label.span, line.span)
                yield from self._each_label([label for _, label in line.weights])
            case _:
                return

    def _rule(self, line: RuleLine) -> Edits:
        yield Edit("rule left out", line.span)
        if line.trial:
            yield from self._word_left_out("trial", line.span)
        yield from self._trigger(line.trigger, self._ends(line.actions))
        if line.start_over is not None:
            yield from self._left_out(
                r",?\s*starting\s+over", line.start_over.span, line.span, "starting over"
            )
            yield from self._reset(line.start_over)
        yield from self._actions(line.actions)
        yield from self._clauses(line.clauses, line.span)

    def _ladder(self, line: LadderLine) -> Edits:
        yield Edit("ladder left out", line.span)
        yield from self._labels(line.on)
        for number, step in enumerate(line.steps):
            yield from self._step(step)
            if number and number == len(line.steps) - 1:
                before = line.steps[number - 1].span.end
                yield Edit("last step left out", Span(before, step.span.end))
        yield from self._clauses(line.clauses, line.span)
        for reset in line.clauses.resets:
            yield from self._left_out(r",?\s*start\s+over", reset.span, line.span, "start over")
            yield from self._reset(reset)

    def _step(self, step: StepLine) -> Edits:
        yield from self._number_in(step.span)
        yield from self._actions(step.actions)

    # --- triggers and counts ---

    def _ends(self, actions: Sequence[ActionRef]) -> bool:
        """Whether the chat is ended: what ends it acts once, however often its count is reached."""
        orders, entries = self._names.orders, self._names.vocabulary.actions
        names = (orders.get(telling_words(" ".join(each.phrase.words))) for each in actions)
        return any(name is not None and entries[name].ends for name in names)

    def _trigger(self, trigger: TriggerRef, is_final: bool) -> Edits:
        match trigger:
            case EveryRef(amount):
                yield from self._amount(amount)
            case AfterRef(counts, repeat, span):
                every = re.compile(r"after(\s+every)?").match(self._text, span.start)
                if every is not None and (repeat or not is_final):
                    what = "every left out" if repeat else "every put in"
                    yield Edit(what, Span(span.start, every.end()), "after" if repeat else "after every")
                yield from self._counts(counts)
            case _:
                yield from self._when(trigger.condition)

    def _when(self, condition: ConditionRef) -> Edits:
        if isinstance(condition, DetectedRef):
            if condition.first:
                yield from self._word_left_out("first", condition.span)
            yield from self._detected(condition)

    def _counts(self, counts: Sequence[CountRef]) -> Edits:
        for number, count in enumerate(counts):
            yield from self._count(count)
            if len(counts) > 1:
                span = (
                    Span(count.span.start, counts[1].span.start)
                    if number == 0
                    else Span(counts[number - 1].span.end, count.span.end)
                )
                yield Edit("one of the counts left out", span)

    def _count(self, count: CountRef) -> Edits:
        yield from self._number_in(count.span)
        yield from self._labels(count.on)
        same = re.compile(r"the\s+same\s+category\s+of\s+|same\s+category\s+of\s+").search(
            self._text, count.span.start, count.span.end
        )
        if same is not None:
            yield Edit("`the same category of` left out", Span(*same.span()))
        for limit in count.limits:
            yield from self._limit(limit)

    def _limit(self, limit: ScopeRef | SinceRef) -> Edits:
        if isinstance(limit, SinceRef):
            yield Edit("since left out", self._with_space(limit.span))
            return
        what = {"in a row": "in a row", "within": "within"}.get(limit.kind, "how far back")
        yield Edit(f"{what} left out", self._with_space(limit.span))
        if limit.amount is not None:
            yield from self._amount(limit.amount)

    def _reset(self, reset: ResetRef) -> Edits:
        if reset.quiet is not None:
            yield from self._amount(reset.quiet)

    # --- actions and clauses ---

    def _actions(self, actions: Sequence[ActionRef]) -> Edits:
        for number, action in enumerate(actions):
            other = self._other_action(action)
            if other is not None:
                yield Edit("another action", action.span, other)
            if len(actions) > 1:
                span = (
                    Span(action.span.start, actions[1].span.start)
                    if number == 0
                    else Span(actions[number - 1].span.end, action.span.end)
                )
                yield Edit("one of the actions left out", span)

    def _other_action(self, ref: ActionRef) -> str | None:
        """An action of the vocabulary that takes as much: the next weaker one, from the weakest the strongest."""
        orders, entries = self._names.orders, self._names.vocabulary.actions
        words = ref.phrase.words
        name = orders.get(telling_words(" ".join(words)))
        notice = ""
        if name is None:
            name, notice = orders.get(telling_words(" ".join(words[:-1]))), f" {words[-1]}"
        if name is None:
            return None
        ordered = sorted(entries.values(), key=lambda each: each.rank)
        at = ordered.index(entries[name])
        text = "" if ref.text is None else f' "{ref.text}"'
        for other in (*ordered[at + 1 :], *ordered[:at]):
            if other.takes == entries[name].takes:
                return f"{other.phrase}{notice}{text}"
        return None

    def _clauses(self, clauses: Clauses, within: Span) -> Edits:
        for condition in clauses.only_ifs:
            yield from self._left_out(r",?\s*only\s+if", condition.span, within, "only if")
            yield from self._condition(condition)
        for condition in clauses.excepts:
            yield from self._left_out(r",?\s*except\s+when", condition.span, within, "except")
            yield from self._condition(condition)
        for amount, span in clauses.at_most:
            comma = re.compile(r",?\s*$").search(self._text, within.start, span.start)
            yield Edit("at most once left out", Span(comma.start() if comma else span.start, span.end))
            if amount is not None:
                yield from self._amount(amount)

    def _left_out(self, opening: str, inner: Span, within: Span, what: str) -> Edits:
        """The clause that opens so, with ``inner`` in it, and the brackets around that."""
        found = self._last(rf"({opening})\s*(\(*)\s*", Span(within.start, inner.start))
        if found is None or found.end() < inner.start:
            return
        end = inner.end
        for _ in found[2]:
            closing = re.compile(r"\s*\)").match(self._text, end)
            end = closing.end() if closing else end
        yield Edit(f"{what} left out", Span(found.start(), end))

    # --- conditions ---

    def _condition(self, condition: ConditionRef) -> Edits:
        match condition:
            case Joined():
                yield from self._joined(condition)
            case DetectedRef():
                yield from self._detected(condition)
                yield from self._scope(condition.scope, condition.span)
            case Stated():
                yield from self._stated(condition)
            case Compared(_, _, number, _, span):
                for moved in (number + 1, number - 1):
                    yield from self._last_number(span, moved)
            case CountedRef(counted):
                yield from self._number_in(counted.span)
                yield from self._labels(counted.on)
                for limit in counted.limits:
                    yield from self._limit(limit)

    def _joined(self, joined: Joined) -> Edits:
        other = {"and": "or", "or": "and"}[joined.word]
        pieces = []
        for number, condition in enumerate(joined.conditions):
            if number:
                gap = self._text[joined.conditions[number - 1].span.end : condition.span.start]
                pieces.append(re.sub(rf"\b{joined.word}\b", other, gap, count=1))
            said = self._text[condition.span.start : condition.span.end]
            is_open = self._text[: condition.span.start].rstrip().endswith("(")
            pieces.append(said if is_open or " or " not in said else f"({said})")
        start, end = joined.conditions[0].span.start, joined.conditions[-1].span.end
        yield Edit(f"{joined.word} to {other}", Span(start, end), "".join(pieces))
        for condition in joined.conditions:
            yield from self._condition(condition)

    def _detected(self, detected: DetectedRef) -> Edits:
        yield from self._labels(detected.labels)
        span = detected.span
        role = re.compile(r"\s+from\s+(?:the\s+)?(?:user|assistant)").search(self._text, span.start, span.end)
        if role is not None:
            yield Edit("from whom left out", Span(*role.span()))
        doubt = re.compile(r"\s+or\s+could\s+not\s+be\s+checked").search(self._text, span.start, span.end)
        if doubt is not None:
            yield Edit("or could not be checked left out", Span(*doubt.span()))

    def _scope(self, scope: ScopeRef | None, span: Span) -> Edits:
        if scope is None:
            yield Edit("in this turn put in", Span(span.end, span.end), " in this turn")
            return
        yield Edit("how far back left out", self._with_space(scope.span))
        if scope.amount is not None:
            yield from self._amount(scope.amount)

    def _stated(self, stated: Stated) -> Edits:
        if stated.perfect:
            yield from self._scope(stated.scope, stated.span)
        if len(stated.values) > 0 and stated.said is not None:
            spans = [stated.said.span, *(each.span for each in stated.values)]
            yield from self._one_left_out(spans, "one of the values left out")

    # --- labels ---

    def _labels(self, labels: Sequence[LabelRef]) -> Edits:
        yield from self._each_label(labels)
        yield from self._one_left_out([each.span for each in labels], "one of the names left out")

    def _each_label(self, labels: Sequence[LabelRef]) -> Edits:
        beside = {
            reading.label
            for ref in labels
            for reading in self._names.readings(ref.phrase.without_noise().text) or ()
        }
        for ref in labels:
            other = self._sibling(ref, beside)
            if other is not None:
                yield Edit(
                    f"{ref.phrase.without_noise().text} to {other}", ref.phrase.without_noise().span, other
                )
            if ref.at is not None:
                yield Edit("the score left out", Span(ref.phrase.span.end, ref.span.end))

    def _sibling(self, ref: LabelRef, beside: set[str]) -> str | None:
        """A label of the same kind that is not named here already: one of the same parent, else the next by name."""
        readings = self._names.readings(ref.phrase.without_noise().text)
        if not readings:
            return None
        name = readings[0].label
        labels = self._names.vocabulary.labels
        kin = {name, *labels[name].implies}
        found = [
            each
            for each in self._by_kind[labels[name].kind]
            if each not in beside | kin and name not in labels[each].implies
        ]
        parent = name.rpartition("/")[0] or name
        near = [each for each in found if each.rpartition("/")[0] == parent]
        later = [each for each in found if each > name]
        return next(iter((*near, *sorted(later), *sorted(found))), None)

    def _one_left_out(self, spans: Sequence[Span], what: str) -> Edits:
        """One of several names that `or` joins."""
        for number, span in enumerate(spans if len(spans) > 1 else ()):
            end = spans[1].start if number == 0 else span.end
            yield Edit(what, Span(span.start if number == 0 else spans[number - 1].end, end))

    # --- numbers and words ---

    def _number_in(self, span: Span) -> Edits:
        """The first number of a stretch, one more and one less."""
        found = re.compile(_NUMBER).search(self._text, span.start, span.end)
        if found is not None:
            yield from self._moved(int(float(found[0])), Span(*found.span()))

    def _number_before(self, label: Span, within: Span) -> Edits:
        found = self._last(_NUMBER, Span(within.start, label.start))
        if found is not None:
            yield from self._moved(int(float(found[0])), Span(*found.span()))

    def _moved(self, number: int, span: Span) -> Edits:
        yield Edit(f"{number} to {number + 1}", span, str(number + 1))
        if number > 1:
            yield Edit(f"{number} to {number - 1}", span, str(number - 1))

    def _last_number(self, span: Span, moved: float) -> Edits:
        found = self._last(_NUMBER, span)
        if found is not None and moved >= 0:
            yield Edit(f"{found[0]} to {moved:g}", Span(*found.span()), f"{moved:g}")

    def _amount(self, amount: Amount) -> Edits:
        """A length, longer and shorter by one of its unit; what is one of its unit, by one of the unit below."""
        number, unit = int(amount.number), amount.unit
        yield self._length(amount, number + 1, unit, 1)
        if number > 1:
            yield self._length(amount, number - 1, unit, -1)
        elif unit in _BELOW:
            many, below = _BELOW[unit]
            yield self._length(amount, many - 1, below, -1)

    def _length(self, amount: Amount, number: int, unit: str, longer: int) -> Edit:
        said = f"{number} {unit}" if number == 1 else f"{number} {unit}s"
        written = " ".join(self._text[amount.span.start : amount.span.end].split())
        return Edit(f"{written} to {said}", amount.span, said, longer)

    def _last(self, pattern: str, span: Span) -> re.Match[str] | None:
        """The last place in a stretch that the pattern fits."""
        found = list(re.compile(pattern).finditer(self._text, span.start, span.end))
        return found[-1] if found else None

    def _word_left_out(self, word: str, within: Span) -> Edits:
        found = re.compile(rf"\b{word}\b\s*").search(self._text, within.start, within.end)
        if found is not None:
            yield Edit(f"{word} left out", Span(*found.span()))

    def _with_space(self, span: Span) -> Span:
        """The stretch with the blanks before it."""
        start = span.start
        while start and self._text[start - 1].isspace():
            start -= 1
        return Span(start, span.end)
