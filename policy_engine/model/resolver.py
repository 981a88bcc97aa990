"""Trees to a model: one policy of all its files, names bound, everything checked.

Groups and points come first, over all files, since any of them may be named anywhere; then each file's
sentences; then what only the whole can tell: names given twice, overrides, counts that never count.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from policy_engine.diagnostics import Report, nearest
from policy_engine.language.tree import (
    AppliesLine,
    Clauses,
    GroupLine,
    LadderLine,
    LanguageLine,
    NeverLine,
    OverridesLine,
    Phrase,
    PointsLine,
    PolicyFile,
    PolicyLine,
    PromiseLine,
    RuleLine,
    StepLine,
)
from policy_engine.model.binding import Binder
from policy_engine.model.counts import MAX_COUNT, MAX_POINTS
from policy_engine.model.model import (
    After,
    AtMostOnce,
    Condition,
    Guards,
    Ladder,
    Never,
    Override,
    Promise,
    Reading,
    Rule,
    SinceAction,
    StartOver,
    Step,
)
from policy_engine.model.names import MOST_SUGGESTIONS, Names
from policy_engine.model.promises import bind_promise
from policy_engine.source import Location, Source, Span
from policy_engine.vocabulary.vocabulary import Vocabulary

EDITION = 1
"""The edition of the language that this version speaks."""
MAX_NESTED = 50
"""Groups that name one another in a chain."""


@dataclass
class Resolved:
    """What the sentences of all files come to."""

    rules: dict[str, Rule] = field(default_factory=dict)
    ladders: dict[str, Ladder] = field(default_factory=dict)
    nevers: list[Never] = field(default_factory=list)
    overrides: list[Override] = field(default_factory=list)
    promises: list[Promise] = field(default_factory=list)
    applies: dict[str, Condition | None] = field(default_factory=dict)
    """By the name of the file's source."""
    headers: dict[str, PolicyLine] = field(default_factory=dict)
    """Likewise."""
    groups: dict[str, tuple[Reading, ...]] = field(default_factory=dict)


def resolve(files: Sequence[PolicyFile], vocabulary: Vocabulary, report: Report) -> Resolved:
    """Bind the files, the main one first. Faults go into ``report``; what has one is left out."""
    names = Names(vocabulary)
    binders = [(file, Binder(names, file.source, report)) for file in files]
    _groups(binders, names)
    _points(binders, names)
    made = Resolved(groups=names.groups)
    for file, binder in binders:
        _FileResolver(file, binder, made).run()
    for file, binder in binders:
        _check_losers(file, binder, made)
    _check_overrides(made, report)
    _check_since(made, report)
    return made


# --- groups and points ------------------------------------------------------------------


def _groups(binders: Sequence[tuple[PolicyFile, Binder]], names: Names) -> None:
    lines: dict[str, tuple[GroupLine, Binder]] = {}
    for file, binder in binders:
        for line in file.lines:
            if isinstance(line, GroupLine) and _may_name(binder, line.name, "group", names):
                if line.name.text in lines and not _same_group(line, lines[line.name.text][0]):
                    _twice(
                        binder,
                        line.name,
                        "group",
                        lines[line.name.text][1].source,
                        lines[line.name.text][0].span,
                    )
                lines.setdefault(line.name.text, (line, binder))
    for name in lines:
        _define(name, lines, names, ())


def _same_group(line: GroupLine, other: GroupLine) -> bool:
    mine, theirs = (
        {(each.phrase.without_noise().text, each.at) for each in one.labels} for one in (line, other)
    )
    return mine == theirs


def _define(
    name: str, lines: dict[str, tuple[GroupLine, Binder]], names: Names, path: tuple[str, ...]
) -> None:
    if name in names.groups:
        return
    line, binder = lines[name]
    if len(path) > MAX_NESTED:
        binder.fault("too-deep", f"groups name groups more than {MAX_NESTED} deep here", line.name.span,
                     "name the labels themselves")  # fmt: skip
        names.groups |= {other: () for other in lines if other not in names.groups}  # told once
        return
    if name in path:
        circle = " → ".join([*path[path.index(name) :], name])
        binder.fault("cycle", f"the group `{name}` names itself: {circle}", line.name.span)
        names.groups[name] = ()
        return
    for ref in line.labels:
        inner = ref.phrase.without_noise().text
        if inner in lines:
            _define(inner, lines, names, (*path, name))
    if name not in names.groups:
        names.groups[name] = binder.labels(line.labels) or ()


def _points(binders: Sequence[tuple[PolicyFile, Binder]], names: Names) -> None:
    lines: dict[str, tuple[PointsLine, Binder]] = {}
    for file, binder in binders:
        for line in file.lines:
            if not isinstance(line, PointsLine) or not _may_name(binder, line.name, "table of points", names):
                continue
            weights = _weights(binder, line)
            first, its_binder = lines.setdefault(line.name.text, (line, binder))
            if set(names.points.setdefault(line.name.text, weights)) != set(weights):
                _twice(binder, line.name, "table of points", its_binder.source, first.span)


def _weights(binder: Binder, line: PointsLine) -> tuple[tuple[Reading, int], ...]:
    found: dict[Reading, int] = {}
    for number, ref in line.weights:
        weight = binder.whole(number, MAX_POINTS, "a number of points", ref.span)
        for reading in binder.labels([ref]) or ():
            found[reading] = max(found.get(reading, 0), weight or 0)
    return tuple(found.items())


def _may_name(binder: Binder, phrase: Phrase, what: str, names: Names) -> bool:
    name = binder.new_name(phrase, what)
    if name is not None and names.vocabulary.canonical(name) is not None:
        binder.fault(
            "duplicate-name",
            f"the vocabulary already has a label `{name}`",
            phrase.span,
            "choose another name",
        )
        return False
    return name is not None


def _twice(binder: Binder, phrase: Phrase, what: str, source: Source, span: Span) -> None:
    place = f" ({source.name}:{source.position(span.start)[0]})"
    binder.fault(
        "duplicate-name",
        f"there is another {what} `{phrase.text}`{place}",
        phrase.span,
        "choose another name",
    )


# --- one file ---------------------------------------------------------------------------


class _FileResolver:
    """Binds the sentences of one file into ``made``."""

    def __init__(self, file: PolicyFile, binder: Binder, made: Resolved) -> None:
        self.file = file
        self.binder = binder
        self.made = made
        self.applies: Condition | None = None

    def run(self) -> None:
        """Bind every line."""
        self._header()
        self._applies()
        for line in self.file.lines:
            match line:
                case RuleLine():
                    self._rule(line)
                case LadderLine():
                    self._ladder(line)
                case NeverLine():
                    self._never(line)
                case OverridesLine():
                    place = self._place(line.span)
                    self.made.overrides.append(Override(line.winner.text, line.loser.text, place))
                case PromiseLine():
                    promise = bind_promise(self.binder, line)
                    self.made.promises.extend([promise] if promise is not None else [])
                case _:
                    continue

    def _place(self, span: Span) -> Location:
        return Location(self.file.source, span)

    def _header(self) -> None:
        for kind, what in ((LanguageLine, "language"), (PolicyLine, "policy"), (AppliesLine, "applies when")):
            lines = [line for line in self.file.lines if isinstance(line, kind)]
            for extra in lines[1:]:
                self.binder.fault(
                    "duplicate-name", f"`{what}` stands twice in this file", extra.span, "leave one out"
                )
        for line in self.file.lines:
            if isinstance(line, LanguageLine) and line.edition != EDITION:
                self.binder.fault("unknown-edition", f"language {line.edition:g} is not known here", line.span,
                                  f"this version of the software speaks language {EDITION}")  # fmt: skip
            elif isinstance(line, PolicyLine):
                self._date(line)
                self.made.headers.setdefault(self.file.source.name, line)

    def _date(self, line: PolicyLine) -> None:
        try:
            date.fromisoformat(line.effective_from or "2025-01-01")
        except ValueError:
            self.binder.fault("bad-value", f"there is no day {line.effective_from}", line.span)

    def _applies(self) -> None:
        for line in self.file.lines:
            if isinstance(line, AppliesLine):
                self.applies = self.binder.attributes_only(line.condition, "applies when")
                break
        self.made.applies[self.file.source.name] = self.applies

    def _new(self, phrase: Phrase, what: str, same: object) -> str | None:
        name = self.binder.new_name(phrase, what)
        if name is None:
            return None
        before = self.made.rules.get(name) or self.made.ladders.get(name)
        if before is not None and before != same:
            location = before.location
            place = f" ({location.name}:{location.line})" if location else ""
            self.binder.fault("duplicate-name", f"there is another rule or ladder `{name}`{place}", phrase.span,
                              "choose another name")  # fmt: skip
        return name if before is None else None

    def _rule(self, line: RuleLine) -> None:
        binder = self.binder
        acts = self._acts(line)
        start_over = binder.start_over(line.start_over, acts) if line.start_over else None
        trigger = binder.trigger(line.trigger, start_over)
        actions = binder.actions(line.actions)
        guards = self._guards(line.clauses)
        if trigger is None or actions is None or guards is None or (line.start_over and start_over is None):
            binder.new_name(line.name, "rule")
            return
        reason = line.clauses.reasons[0][0] if line.clauses.reasons else None
        rule = Rule(line.name.text, trigger, actions, guards, line.trial, reason, self._place(line.span))
        if self._new(line.name, "rule", rule) is not None:
            self.made.rules[rule.name] = rule

    def _acts(self, line: RuleLine) -> set[str]:
        counts = getattr(line.trigger, "counts", ())
        known = self.binder.names.acts
        return {known[each.phrase.text] for each in counts if each.phrase.text in known}

    def _guards(self, clauses: Clauses) -> Guards | None:
        self._once(clauses)
        only_ifs = [self.binder.condition(each) for each in clauses.only_ifs[:1]]
        excepts = [self.binder.condition(each) for each in clauses.excepts]
        windows = [self.binder.lasting(amount) for amount, _ in clauses.at_most[:1] if amount is not None]
        if None in only_ifs or None in excepts or None in windows:
            return None
        at_most = AtMostOnce(windows[0] if windows else None) if clauses.at_most else None
        sound = tuple(each for each in excepts if each is not None)
        return Guards(self.applies, only_ifs[0] if only_ifs else None, sound, at_most)

    def _once(self, clauses: Clauses) -> None:
        spans = {
            "only if": [each.span for each in clauses.only_ifs],
            "at most once": [span for _, span in clauses.at_most],
            "reason": [span for _, span in clauses.reasons],
            "start over": [each.span for each in clauses.resets],
        }
        for what, found in spans.items():
            if len(found) > 1:
                hint = "join the two with `and`" if what == "only if" else "leave one out"
                self.binder.fault("duplicate-name", f"`{what}` stands twice", found[1], hint)

    def _ladder(self, line: LadderLine) -> None:
        binder = self.binder
        acts = [self._step_act(step) for step in line.steps]
        self._check_more(line.steps)
        if None not in acts and len(set(acts)) > 1:
            binder.fault(
                "syntax",
                "a ladder counts one act",
                line.steps[1].phrase.span,
                f"write `{line.steps[0].phrase.text}`",
            )
        on = binder.on(line.on)[1] if line.on else None
        steps = [self._step(step) for step in line.steps]
        guards = self._guards(line.clauses)
        reset = line.clauses.resets[0] if line.clauses.resets else None
        start_over = binder.start_over(reset, [each for each in acts if each]) if reset else None
        sound = tuple(each for each in steps if each is not None)
        is_whole = len(sound) == len(steps) and None not in acts and len(set(acts)) == 1
        if not is_whole or guards is None or (line.on and on is None) or (reset and start_over is None):
            binder.new_name(line.name, "ladder")
            return
        self._add_ladder(line, acts[0] or "", on, sound, guards, start_over)

    def _add_ladder(
        self, line: LadderLine, act: str, on: tuple[Reading, ...] | None, steps: tuple[Step, ...], guards: Guards,
        start_over: StartOver | None,
    ) -> None:  # fmt: skip
        reason = line.clauses.reasons[0][0] if line.clauses.reasons else None
        ladder = Ladder(line.name.text, act, on, steps, guards, start_over, reason, self._place(line.span))
        if self._new(line.name, "ladder", ladder) is not None:
            self.made.ladders[ladder.name] = ladder

    def _check_more(self, steps: Sequence[StepLine]) -> None:
        """Each step but the first says `more`: `after 4 refusals` behind `after 2 refusals` could mean 4 in all."""
        total = 0
        for number, step in enumerate(steps):
            count, word = int(min(step.number, MAX_COUNT)), _without_more(step.phrase).text
            says_more = step.phrase.words[0] == "more"
            if number and not says_more:
                hint = f"write `after {count} more {word}`"
                if count > total > 0:
                    hint += f", or, if you mean {count} in all, `after {count - total} more {word}`"
                self.binder.fault("syntax", "a step counts from the step before", step.phrase.span, hint)
            elif says_more and not number:
                self.binder.fault("syntax", "there is no step before this one", step.phrase.span,
                                  f"write `after {count} {word}`")  # fmt: skip
            total = count if count > total and not says_more else total + count

    def _step_act(self, step: StepLine) -> str | None:
        phrase = _without_more(step.phrase)
        act = self.binder.names.acts.get(phrase.text)
        if act is None:
            self.binder.unknown("act", phrase, self.binder.names.acts)
        return act

    def _step(self, step: StepLine) -> Step | None:
        need = self.binder.whole(step.number, MAX_COUNT, "a count", step.span)
        actions = self.binder.actions(step.actions)
        return None if need is None or actions is None else Step(need, actions, self._place(step.span))

    def _never(self, line: NeverLine) -> None:
        action = self.binder.bare_action(line.action)
        condition = self.binder.condition(line.condition)
        if action is not None and condition is not None:
            self.made.nevers.append(Never(action, condition, self._place(line.span)))


# --- the whole --------------------------------------------------------------------------


def _fault(report: Report, code: str, message: str, place: Location | None, hint: str | None = None) -> None:
    if place is not None:
        report.add(code, message, place.source, place.span, hint=hint)


def _check_losers(file: PolicyFile, binder: Binder, made: Resolved) -> None:
    """Whether what is overridden is called by its kind, in whichever file it stands."""
    for line in file.lines:
        if not isinstance(line, OverridesLine):
            continue
        name = line.loser.text
        if name in (made.ladders if line.loser_kind == "rule" else made.rules):
            other = {"rule": "ladder", "ladder": "rule"}[line.loser_kind]
            binder.fault("wrong-kind", f"`{name}` is a {other}", line.loser.span, f"write `{other} {name}`")


def _check_overrides(made: Resolved, report: Report) -> None:
    known: dict[str, Rule | Ladder] = {**made.rules, **made.ladders}
    if report.has_errors or not made.overrides:
        return
    unknown = 0
    for each in made.overrides:
        for name in (each.winner, each.loser):
            if name not in known:
                unknown += 1
                like = nearest(name, known) if unknown <= MOST_SUGGESTIONS else None
                hint = f"did you mean `{like}`?" if like else None
                _fault(report, "unknown-name", f"unknown rule or ladder `{name}`", each.location, hint)
        _check_winner(known.get(each.winner), each, report)
    circle = _circle(made.overrides)
    for each in made.overrides:
        if circle[:2] == [each.winner, each.loser]:
            _fault(
                report, "cycle", "these overrides go round in a circle: " + " → ".join(circle), each.location
            )
            return


def _check_winner(winner: Rule | Ladder | None, override: Override, report: Report) -> None:
    if isinstance(winner, Ladder):
        _fault(report, "wrong-kind", f"`{winner.name}` is a ladder: only a rule overrides", override.location)
    elif winner is not None and winner.trial:
        _fault(report, "never-true", f"the trial rule `{winner.name}` overrides nobody", override.location)


def _circle(overrides: Iterable[Override]) -> list[str]:
    """A way from a rule, the first by name, over those that it overrides back to itself; empty where there is none."""
    from graphlib import CycleError, TopologicalSorter

    order: TopologicalSorter[str] = TopologicalSorter()
    for each in overrides:
        order.add(each.loser, each.winner)
    try:
        order.prepare()
    except CycleError as fault:
        circle = [str(each) for each in fault.args[1][1:]]
        first = circle.index(min(circle))
        return [*circle[first:], *circle[: first + 1]]
    return []


def _check_since(made: Resolved, report: Report) -> None:
    taken = {act.action for rule in made.rules.values() if not rule.trial for act in rule.actions}
    taken |= {act.action for ladder in made.ladders.values() for step in ladder.steps for act in step.actions}
    if report.has_errors:
        return
    for rule in made.rules.values():
        for count in rule.trigger.counts if isinstance(rule.trigger, After) else ():
            if isinstance(count.since, SinceAction) and count.since.action not in taken:
                message = f"nothing counts since `{count.since.action}`: no rule of the policy takes it"
                hint = "add a rule that takes it, or count without `since`"
                _fault(report, "never-counts", message, rule.location, hint)


def _without_more(phrase: Phrase) -> Phrase:
    """The act of a step, without the `more` before it."""
    return phrase.tail(1) if phrase.words[0] == "more" and len(phrase.words) > 1 else phrase
