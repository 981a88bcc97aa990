"""Diagnostics for people: what is wrong, where, the line with the fault underlined, and what to do."""

from __future__ import annotations

from policy_engine.diagnostics import Diagnostic, Severity
from policy_engine.reports.screen import COLUMNS, Screen, clean, cut, width, wrapped
from policy_engine.source import Location


def diagnostic_text(diagnostic: Diagnostic, screen: Screen) -> str:
    """One diagnostic, several lines, without a line break at the end."""
    colour = "red" if diagnostic.severity is Severity.ERROR else "yellow"
    head = screen.paint(f"{diagnostic.severity.value}:", colour)
    first, *more = broken(
        f"{clean(diagnostic.message)}  ({_name(diagnostic)})", len(diagnostic.severity.value) + 2
    )
    lines = [f"{head} {first}", *more]
    if diagnostic.location is not None:
        lines += _excerpt(diagnostic.location, diagnostic.hint, screen)
    else:
        if diagnostic.subject is not None:
            lines.append(f"  {clean(diagnostic.subject)}")
        if diagnostic.hint is not None:
            lines += _wrapped(clean(diagnostic.hint), 4)
    lines += [f"    {clean_line(note)}" for note in diagnostic.notes]
    if diagnostic.fix is not None:
        kind = "safe fix" if diagnostic.fix.safe else "unsafe fix"
        lines += _wrapped(f"[{kind}: {clean(diagnostic.fix.title)}]", 4)
    return screen.signs("\n".join(lines))


def _name(diagnostic: Diagnostic) -> str:
    return diagnostic.code if diagnostic.number is None else f"{diagnostic.code}, {diagnostic.number}"


def _excerpt(location: Location, hint: str | None, screen: Screen) -> list[str]:
    start = location.column - 1
    whole = location.source.line(location.line)
    skipped = max(0, start - COLUMNS)  # a line may be a megabyte long, and is shown in one of the terminal's
    text = whole[skipped : start + 2 * COLUMNS].expandtabs(1)
    start -= skipped
    end = min(len(text), start + location.span.end - location.span.start)
    number = f"{location.line:>5}"
    room = COLUMNS - len(number) - 5
    more = "…" if skipped else ""
    before, fault, after = _window(
        more + clean_line(text[:start]), clean_line(text[start:end]), clean_line(text[end:]), room
    )
    mark = screen.paint("━" * max(1, width(fault)), "red")
    under = f"{' ' * len(number)} │ {' ' * width(before)}{mark}"
    lines = [
        f"  {clean(location.name)}:{location.line}:{location.column}",
        f"{number} │ {before}{fault}{after}".rstrip(),
    ]
    if hint is None:
        return [*lines, under]
    said = clean(hint)
    used = len(number) + 3 + width(before) + max(1, width(fault)) + 1
    if used + width(said) <= COLUMNS:
        return [*lines, f"{under} {said}"]
    return [*lines, under, *_wrapped(said, len(number) + 3)]


def broken(text: str, before: int = 0) -> list[str]:
    """The text in lines of the terminal's width; the first of them stands behind so many columns."""
    if width(text) <= COLUMNS - before:
        return [text]
    first, *more = _wrapped(text, 4, before)
    return [first[before:], *more]


def clean_line(text: str) -> str:
    """Part of an excerpt with its spaces kept and nothing harmful in it."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(char if char == " " else clean(char) for char in text)


def _window(before: str, fault: str, after: str, room: int) -> tuple[str, str, str]:
    """The fault with as much of its line as fits."""
    if width(before) + width(fault) + width(after) <= room:
        return before, fault, after
    fault = cut(fault, room - 20)
    left = (room - width(fault)) // 2
    if width(before) > left:
        before = "…" + before[-(left - 1) :]
    return before, fault, cut(after, max(1, room - width(before) - width(fault)))


def _wrapped(text: str, indent: int, first: int | None = None) -> list[str]:
    """The text in lines of the terminal's width behind ``indent`` columns, the first one behind ``first``."""
    lead = " " * (indent if first is None else first)
    return list(wrapped(text.split(" "), first=lead, rest=" " * indent))
