"""One conversation as a timeline on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policy_engine.model.model import Policy
from policy_engine.reports.account import (
    IS_OVER,
    NOTHING,
    Kind,
    Remark,
    heading,
    labels,
    remarks,
    said,
    sentences,
)
from policy_engine.reports.groups import with_group_names
from policy_engine.reports.screen import COLUMNS, Screen, clean, cut, pad, pieces, width, wrapped
from policy_engine.simulation.moments import Moment
from policy_engine.simulation.simulation import Simulation

_TURN, _WHO, _FOUND, _DONE = 5, 11, 21, 44


@dataclass(frozen=True, slots=True)
class Shown:
    """What a timeline shows. ``columns`` is how wide it may be.

    ``is_quoted``: it stands within something else, which tells whose it is; so only its messages are shown.
    """

    why: bool = False
    text: bool = True
    columns: int = COLUMNS
    is_quoted: bool = False


def timeline(simulation: Simulation, screen: Screen, options: Shown | None = None) -> Iterator[str]:
    """The lines of a timeline."""
    for line in _lines(simulation, screen, options or Shown()):
        yield screen.signs(line).rstrip()


def _lines(simulation: Simulation, screen: Screen, options: Shown) -> Iterator[str]:
    if not options.is_quoted:
        yield from _filled(_head(simulation), options.columns)
        yield ""
    titles = pad(_lead("  #", "turn", "who") + "what was detected", _DONE) + "what the policy did"
    yield screen.paint(titles, "bold")
    policy = with_group_names(simulation.policy)
    turn = -1
    is_over = False
    for moment in simulation.moments:
        if moment.decision.after_end and not is_over:
            is_over = True
            yield screen.paint(f"{' ' * _WHO}{IS_OVER}", "bold")
        yield from _moment(moment, policy, screen, options, moment.turn != turn)
        turn = moment.turn
    if options.is_quoted:
        return
    yield ""
    for sentence in sentences(simulation, options.why):
        yield from _filled([sentence], options.columns)
    if not options.why:
        yield "Why not elsewhere? Add --why."


def _lead(number: str, turn: str, who: str) -> str:
    """The columns before what was detected."""
    return pad(pad(pad(number, _TURN) + turn, _WHO) + who, _FOUND)


def _filled(parts: Sequence[str], columns: int) -> Iterator[str]:
    """The parts with `` · `` between them; a word that is too long is cut."""
    words = " · ".join(clean(part) for part in parts).split(" ")
    return wrapped((cut(word, columns) for word in words), columns)


def _head(simulation: Simulation) -> list[str]:
    head = heading(simulation)
    policy = f"{head.policy} ({head.covered})" if head.covered else head.policy
    said = [cut(clean(head.conversation), 60), head.messages, head.turns, policy, head.times]
    return [each for each in said if each]


# --- One message ----------------------------------------------------------------------


def _moment(
    moment: Moment, policy: Policy, screen: Screen, options: Shown, is_new_turn: bool
) -> Iterator[str]:
    room = options.columns - _DONE - 3
    right = [
        (remark.mark if first else "", part, _colour(remark))
        for remark in remarks(moment, policy, options.why)
        for first, part in _numbered(_wrapped(_text(remark), room))
    ]
    left = list(_found(moment, options))
    lead = _lead(f"{moment.number:>3}", str(moment.turn) if is_new_turn else "", moment.role.value)
    quote = _said(moment, options)
    if quote:
        yield lead + screen.paint(quote, "dim")
        lead = " " * _FOUND
    elif not left:
        left = [NOTHING]
    for number in range(max(len(left), len(right))):
        row = pad(lead + (left[number] if number < len(left) else ""), _DONE)
        lead = " " * _FOUND
        if number < len(right):
            mark, text, colour = right[number]
            words = f"{pad(mark, 3)}{text}"
            row += screen.paint(words, colour) if colour else words
        yield row


def _text(remark: Remark) -> str:
    """Its lines, harmless."""
    return "\n".join(clean("".join(line)) for line in (remark.says, *remark.details))


def _colour(remark: Remark) -> str:
    match remark.kind:
        case Kind.DONE:
            return "" if remark.trial else "red" if remark.ends else "green"
        case Kind.STOPPED:
            return "yellow"
        case Kind.NOT_DONE:
            return "dim"
        case _:
            return ""


def _said(moment: Moment, options: Shown) -> str:
    """The beginning of what was said, in quotes; empty where it is not shown."""
    content = said(moment)
    if not options.text or not content:
        return ""
    return cut(f"“{clean(content).strip()}”", options.columns - _FOUND)


def _numbered(lines: Iterator[str]) -> Iterator[tuple[bool, str]]:
    for number, line in enumerate(lines):
        yield number == 0, line


def _wrapped(text: str, room: int) -> Iterator[str]:
    """The text, which is clean, in lines of at most ``room`` columns; a line break stays one."""
    for paragraph in text.split("\n"):
        yield from wrapped((piece for word in paragraph.split(" ") for piece in pieces(word, room)), room)


def _found(moment: Moment, options: Shown) -> Iterator[str]:
    """The labels, comma-separated, in lines of the column's width."""
    room = _DONE - _FOUND - 2
    line = ""
    detected = labels(moment, options.why)
    last = len(detected) - 1
    for number, each in enumerate(detected):
        words = clean(each) + ("," if number < last else "")
        for part in _broken(words, room):
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
