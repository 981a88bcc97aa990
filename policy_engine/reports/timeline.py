"""One conversation as a timeline: who spoke, what was detected, what counted, what was done and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policy_engine.model.model import Policy
from policy_engine.reports.english import duration_words, listed, many, value_words
from policy_engine.reports.reasons import (
    counters_words,
    not_done_words,
    place_words,
    stop_kind,
    stop_words,
    times,
)
from policy_engine.reports.screen import Screen, clean, cut, pad, width
from policy_engine.simulate.clauses import part_named, parts_of
from policy_engine.simulate.coverage import Coverage, attributes_in
from policy_engine.simulate.evidence import Found
from policy_engine.simulate.moments import Cited, Moment, NotDone, Stopped
from policy_engine.simulate.simulation import Simulation

COLUMNS = 80
_TURN, _WHO, _FOUND, _DONE = 5, 11, 21, 44
_MOST_TEXT = 1_000
"""How much of a text is looked at before it is cut, in characters."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a timeline shows. ``columns`` is how wide it may be."""

    why: bool = False
    text: bool = True
    columns: int = COLUMNS


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of the right column; ``mark`` is its sign, or empty where it goes on from the line before."""

    mark: str
    text: str
    colour: str = ""


def timeline(simulation: Simulation, screen: Screen, options: Shown | None = None) -> Iterator[str]:
    """The lines of a timeline."""
    for line in _lines(simulation, screen, options or Shown()):
        yield screen.signs(line).rstrip()


def _lines(simulation: Simulation, screen: Screen, options: Shown) -> Iterator[str]:
    yield from _filled(_head(simulation), options.columns)
    yield ""
    titles = pad(_lead("  #", "turn", "who") + "what was detected", _DONE) + "what the policy did"
    yield screen.paint(titles, "bold")
    turn = -1
    is_over = False
    for moment in simulation.moments:
        if moment.decision.after_end and not is_over:
            is_over = True
            yield screen.paint(
                f"{' ' * _WHO}the chat was ended here; what follows came after the end", "bold"
            )
        yield from _moment(moment, simulation.policy, screen, options, moment.turn != turn)
        turn = moment.turn
    yield ""
    for sentence in _foot(simulation, options):
        yield from _filled([sentence], options.columns)


def _lead(number: str, turn: str, who: str) -> str:
    """The columns before what was detected."""
    return pad(pad(pad(number, _TURN) + turn, _WHO) + who, _FOUND)


def _filled(parts: Sequence[str], columns: int, indent: str = "") -> Iterator[str]:
    """The parts with `` · `` between them, broken at spaces."""
    words = " · ".join(clean(part) for part in parts).split(" ")
    line = ""
    for word in words:
        if line and width(line) + 1 + width(word) > columns:
            yield line
            line = indent
        line = f"{line} {word}" if line.strip() else line + cut(word, columns)
    yield line


# --- The head and the foot ------------------------------------------------------------


def _head(simulation: Simulation) -> list[str]:
    policy = simulation.policy
    name = f"{policy.name} {policy.version}" if policy.version else policy.name
    covered = _covered_words(simulation)
    supposed = (
        f"no times: {duration_words(simulation.pace)} supposed between messages" if simulation.pace else ""
    )
    return [
        cut(clean(simulation.conversation.id), 60),
        many(len(simulation.decisions), "message"),
        many(simulation.turn_count, "turn"),
        f"{name} ({covered})" if covered else name,
        *([supposed] if supposed else []),
    ]


def _covered_words(simulation: Simulation) -> str:
    names = sorted({each.name for each in attributes_in(simulation.policy.applies)})
    if not names:
        return ""
    given = simulation.attributes
    values = {name: value_words(given[name]) for name in names if name in given}
    known = listed([f"{name} is {value}" for name, value in values.items()], "and")
    match simulation.covered:
        case Coverage.CERTAIN:
            return f"covered: {known}"
        case Coverage.ASSUMED:
            guessed = listed(
                [f"{name} is {values[name]}" for name in names if name in simulation.assumed], "and"
            )
            return f"covered, because {guessed} is assumed"
        case Coverage.NOT:
            return f"not covered: {known}"
        case Coverage.UNKNOWN:
            missing = [name for name in names if name not in given]
            return f"not known whether covered: nobody recorded {listed(missing)}"


def _foot(simulation: Simulation, options: Shown) -> Iterator[str]:
    vocabulary = simulation.policy.vocabulary
    if simulation.ended is None:
        yield "Never ended."
    else:
        after = simulation.after_end
        follow = f"; {many(after, 'message')} came after" if after else ""
        yield f"Ended {place_words(simulation.ended)}{follow}."
    done: Counter[str] = Counter()
    stopped: Counter[str] = Counter()
    kinds: dict[str, dict[str, None]] = {}
    for moment in simulation.moments:
        done.update(each.done.action for each in moment.cited if not each.trial)
        acting = [each for each in moment.stopped if not each.trial]
        stopped.update({action for each in acting for action in each.actions})
        for each in acting:
            for action in each.actions:
                kinds.setdefault(action, {})[stop_kind(each)] = None
    order = sorted(done, key=lambda name: vocabulary.actions[name].rank)
    shown = [f"{vocabulary.actions[name].past} {times(done[name])}" for name in order]
    if shown:
        yield f"{shown[0][:1].upper()}{'; '.join(shown)[1:]}."
    for action in sorted(stopped, key=lambda name: vocabulary.actions[name].rank):
        by = listed([f"`{kind}`" for kind in kinds[action]], "and")
        yield f"Stopped {times(stopped[action])}, by {by}: {vocabulary.actions[action].phrase}."
    held = simulation.held_open
    if held is not None:
        missing = [*(f"{each} was never looked for" for each in held.never_looked_for),
                   *(f"{each} could not be checked" for each in held.not_checked)]  # fmt: skip
        where = place_words(held.place)
        yield f"Held open only by a missing label: {listed(missing, 'and')}; if absent, ended {where}."
    if options.why:
        quiet = _never_counted(simulation)
        if quiet:
            yield f"Nothing was ever counted or due for: {', '.join(quiet)}."
    if done:
        yield "What the user would have done after an action is not known."
    if not options.why:
        yield "Why not elsewhere? Add --why."


def _never_counted(simulation: Simulation) -> list[str]:
    policy = simulation.policy
    concerned = {
        name
        for moment in simulation.moments
        for name in (
            *(rule for each in moment.cited for rule in each.done.rules),
            *(each.stop.rule for each in moment.stopped),
            *(view.owner for view in moment.moved),
        )
    }
    return [part.name for part in parts_of(policy) if part.name not in concerned]


# --- One message ----------------------------------------------------------------------


def _moment(
    moment: Moment, policy: Policy, screen: Screen, options: Shown, is_new_turn: bool
) -> Iterator[str]:
    room = options.columns - _DONE - 3
    right = [
        _Line(line.mark if first else "", part, line.colour)
        for line in _done(moment, policy, options)
        for first, part in _numbered(_wrapped(line.text, room))
    ]
    left = list(_found(moment, options))
    lead = _lead(f"{moment.number:>3}", str(moment.turn) if is_new_turn else "", moment.role.value)
    said = _said(moment, options)
    if said:
        yield lead + screen.paint(said, "dim")
        lead = " " * _FOUND
    elif not left:
        left = ["–"]
    for number in range(max(len(left), len(right))):
        row = pad(lead + (left[number] if number < len(left) else ""), _DONE)
        lead = " " * _FOUND
        if number < len(right):
            line = right[number]
            words = f"{pad(line.mark, 3)}{line.text}"
            row += screen.paint(words, line.colour) if line.colour else words
        yield row


def _said(moment: Moment, options: Shown) -> str:
    """The beginning of what was said, in quotes; empty where it is not shown."""
    content = (moment.message.content or "").strip()
    if not options.text or not content:
        return ""
    return cut(f"“{clean(content[:_MOST_TEXT]).strip()}”", options.columns - _FOUND)


def _numbered(lines: Iterator[str]) -> Iterator[tuple[bool, str]]:
    for number, line in enumerate(lines):
        yield number == 0, line


def _wrapped(text: str, room: int) -> Iterator[str]:
    """The text, which is clean, in lines of at most ``room`` columns; a line break stays one."""
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            while width(word) > room:
                if line:
                    yield line
                    line = ""
                yield word[: room // 2]
                word = word[room // 2 :]
            if line and width(line) + 1 + width(word) > room:
                yield line
                line = word
            else:
                line = f"{line} {word}" if line else word
        yield line


def _found(moment: Moment, options: Shown) -> Iterator[str]:
    """The labels, comma-separated, in lines of the column's width."""
    room = _DONE - _FOUND - 2
    line = ""
    last = len(moment.found) - 1
    for number, each in enumerate(moment.found):
        said = clean(_label(each, options)) + ("," if number < last else "")
        for part in _broken(said, room):
            space = "" if not line or line.endswith("/") else " "
            if line and width(line + space + part) > room:
                yield line
                line = part
            else:
                line += space + part
    if line:
        yield line


def _broken(label: str, room: int) -> list[str]:
    """A label that is too long, broken behind its slashes; what is still too long is cut."""
    if width(label) <= room:
        return [label]
    *heads, tail = label.split("/")
    return [cut(part, room) for part in (*(f"{head}/" for head in heads), tail)]


def _label(found: Found, options: Shown) -> str:
    said = found.label
    if found.unknown:
        return f"{said}: unknown"
    if options.why and found.score is not None:
        said += f" {found.score:.2g}"
    return f"{said} (by text)" if found.is_from_text else said


def _done(moment: Moment, policy: Policy, options: Shown) -> Iterator[_Line]:
    fired = {name for each in moment.cited for name in each.done.rules}
    idle = {each.rule: each for each in moment.not_done}
    for name in dict.fromkeys(view.owner for view in moment.moved):
        if options.why and name in idle:
            continue
        if name in idle and (idle[name].fired or idle[name].is_inert or idle[name].after_end):
            continue  # a rule that has had its say, or has none
        views = [view for view in moment.moved if view.owner == name]
        words = counters_words(views, part_named(policy, name), policy.vocabulary)
        yield _Line("·", clean(f"{name} {words}"))
    for cited in moment.cited:
        yield _cited(cited, policy, options)
    for stops in _together(moment.stopped):
        yield _stopped(stops, policy, bool(fired & {each.stop.rule for each in stops}))
    if options.why:
        for each in moment.not_done:
            yield _not_done(each, policy)


def _cited(cited: Cited, policy: Policy, options: Shown) -> _Line:
    entry = policy.vocabulary.actions[cited.done.action]
    text = f": “{clean(cited.done.text)}”" if cited.done.text else ""
    rules = f"({', '.join(cited.done.rules)})"
    parts = [f"{entry.past}{text} {rules}"]
    if cited.trial:
        parts = [f"on trial: would {entry.phrase}{text} {rules}"]
    parts.extend(cited.reasons)
    if cited.assumed:
        parts.append(f"assumed: {listed(cited.assumed, 'and')}")
    if options.why and cited.because:
        parts.append(f"because of {_because(cited)}")
    mark = "■" if entry.ends and not cited.trial else "▸"
    colour = "" if cited.trial else "red" if entry.ends else "green"
    return _Line(mark, "\n".join(clean(part) for part in parts), colour)


def _because(cited: Cited) -> str:
    by_message: dict[int, list[str]] = {}
    for each in cited.because:
        label = f"{each.found.label} (not checked)" if each.found.unknown else each.found.label
        by_message.setdefault(each.message, []).append(label)
    return "; ".join(f"{', '.join(dict.fromkeys(labels))} at message {n}" for n, labels in by_message.items())


def _together(stopped: Sequence[Stopped]) -> list[list[Stopped]]:
    """The stops of one rule in one place, however many clauses said so."""
    by_rule: dict[str, list[Stopped]] = {}
    for each in stopped:
        by_rule.setdefault(each.stop.rule, []).append(each)
    return list(by_rule.values())


def _stopped(stops: Sequence[Stopped], policy: Policy, is_partly_done: bool) -> _Line:
    actions = policy.vocabulary.actions
    names = dict.fromkeys(action for each in stops for action in each.actions)
    what = listed([actions[name].phrase for name in names], "and")
    trial = "on trial: " if stops[0].trial else ""
    parts = [f"{trial}would {what}, but did not:"]
    said: dict[str, list[str]] = {}
    for each in stops:
        said.setdefault(stop_words(each, policy), []).append(stop_kind(each))
    rule = stops[0].stop.rule
    parts.extend(f"{words} ({rule}: {', '.join(dict.fromkeys(kinds))})" for words, kinds in said.items())
    if not is_partly_done and _stays_due(stops[0], policy):
        parts.append("it stays due")
    ends = any(actions[name].ends for name in names)
    return _Line("■" if ends else "–", "\n".join(clean(part) for part in parts), "yellow")


def _stays_due(stopped: Stopped, policy: Policy) -> bool:
    from policy_engine.model.model import After, Ladder

    part = part_named(policy, stopped.stop.rule)
    return isinstance(part, Ladder) or isinstance(part.trigger, After)


def _not_done(each: NotDone, policy: Policy) -> _Line:
    actions = policy.vocabulary.actions
    ends = any(actions[name].ends for name in each.actions)
    what = "not ended" if ends else "not done"
    return _Line("–", clean(f"{what} ({each.rule}): {not_done_words(each, policy)}"), "dim")
