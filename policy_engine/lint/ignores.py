"""Comments that set a finding aside: ``# ignore momentary-exception: the request is one message long``.

Such a comment stands in a statement, behind it on its last line, or in the comment lines right above it, and covers
findings in that statement. It has to give a reason; one that covers nothing is itself a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from policy_engine.diagnostics import Diagnostic, Severity, nearest
from policy_engine.language.statements import statements, understood, without_comments
from policy_engine.source import Location, Source, Span

UNUSED = "unused-ignore"
UNREASONED = "ignore-without-reason"
UNKNOWN = "unknown-lint-rule"

_IGNORE = re.compile(r"#\s*ignore\s+([\w-]+(?:\s*,\s*[\w-]+)*)\s*(?::[ \t]*([^\n]*))?", re.IGNORECASE)
_LINE = re.compile(r"[^\n]*")
_TEXT = re.compile(r'"[^"\n]*"')


@dataclass(frozen=True)
class Ignore:
    """One name in one such comment: the statement that it covers, and where the name stands."""

    name: str
    reason: str
    span: Span
    covers: Span


def ignores_in(source: Source) -> tuple[Ignore, ...]:
    """Every comment of a text that sets something aside."""
    text = understood(source.text)
    masked = _TEXT.sub(lambda found: " " * len(found[0]), text)
    stretches = list(_covered(text))
    found: list[Ignore] = []
    for match in _IGNORE.finditer(masked):
        if "#" in masked[masked.rfind("\n", 0, match.start()) + 1 : match.start()]:
            continue  # a comment about such comments
        covers = next((each for each in stretches if each.start <= match.start() < each.end), Span(0, 0))
        for name in re.finditer(r"[\w-]+", match[1]):
            start = match.start(1) + name.start()
            found.append(
                Ignore(name[0].lower(), (match[2] or "").strip(), Span(start, start + len(name[0])), covers)
            )
    return tuple(found)


def _covered(text: str) -> Iterator[Span]:
    """Each statement with the comment lines right above it and what stands behind it on its last line."""
    bare = without_comments(text)
    for span in statements(text):
        start = span.start
        while start > 0:
            above = text.rfind("\n", 0, start - 1) + 1
            if not text[above : start - 1].lstrip().startswith("#"):
                break
            start = above
        last = len(bare[span.start : span.end].rstrip()) + span.start
        end = text.find("\n", last)
        yield Span(start, len(text) if end < 0 else end)


def set_aside(
    source: Source, findings: Iterable[Diagnostic], known: frozenset[str], numbers: dict[str, str]
) -> tuple[list[Diagnostic], int]:
    """What remains of the findings, with what is wrong with the comments themselves; and how many were set aside.

    ``known`` are the names of all rules, ``numbers`` their second names.
    """
    ignores = ignores_in(source)
    used: set[Ignore] = set()
    left: list[Diagnostic] = []
    aside = 0
    for finding in findings:
        fitting = [each for each in ignores if each.reason and _covers(each, finding, numbers)]
        used.update(fitting)
        aside += bool(fitting)
        if not fitting:
            left.append(finding)
    for each in ignores:
        said = _said_of(each, each in used, known, numbers)
        if said is not None:
            code, message, hint = said
            left.append(
                Diagnostic(code, message, Location(source, each.span), hint, severity=Severity.WARNING)
            )
    return left, aside


def _covers(ignore: Ignore, finding: Diagnostic, numbers: dict[str, str]) -> bool:
    name = numbers.get(ignore.name.upper(), ignore.name)
    place = finding.location
    return (
        name == finding.code
        and place is not None
        and ignore.covers.start <= place.span.start < ignore.covers.end
    )


def _said_of(
    ignore: Ignore, is_used: bool, known: frozenset[str], numbers: dict[str, str]
) -> tuple[str, str, str] | None:
    name = numbers.get(ignore.name.upper(), ignore.name)
    if name not in known:
        near = nearest(name, known)
        return (
            UNKNOWN,
            f"no lint rule is called `{ignore.name}`",
            f"did you mean `{near}`?" if near else "see: lint --list",
        )
    if not ignore.reason:
        return (
            UNREASONED,
            f"`{name}` is set aside without a reason",
            f"write: # ignore {name}: why it is right here",
        )
    if not is_used:
        return UNUSED, f"`{name}` is set aside, but was not found here", "take the comment out"
    return None
