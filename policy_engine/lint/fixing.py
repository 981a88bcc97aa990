"""Fixes put into a text: each whole or not at all, and never so that the text can no longer be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from policy_engine.diagnostics import Diagnostic, Edit, Fix
from policy_engine.source import Source

MOST_ROUNDS = 20
"""How often a text is mended and looked at anew: a fix may show what the next one is for."""


def fixed(source: Source, found: Iterable[Diagnostic], *, unsafe: bool) -> tuple[str, tuple[Fix, ...]]:
    """The text with the fixes of ``found`` in it, the first of those that overlap, and which these are."""
    taken: list[Fix] = []
    edits: list[Edit] = []
    for each in found:
        fix = each.fix
        if (
            fix is None
            or not (fix.safe or unsafe)
            or any(edit.location.source.name != source.name for edit in fix.edits)
        ):
            continue
        if not any(_overlap(one, other) for one in fix.edits for other in edits):
            taken.append(fix)
            edits.extend(fix.edits)
    text = source.text
    for edit in sorted(edits, key=lambda each: each.location.span.start, reverse=True):
        span = edit.location.span
        text = text[: span.start] + edit.text + text[span.end :]
    return text, tuple(taken)


def _overlap(one: Edit, other: Edit) -> bool:
    a, b = one.location.span, other.location.span
    return (a.start < b.end and b.start < a.end) or a.start == b.start


def mended(
    source: Source, look: Callable[[Source], tuple[bool, tuple[Diagnostic, ...]]], *, unsafe: bool
) -> tuple[Source, tuple[Fix, ...]]:
    """The text mended again and again until nothing is left that a fix could mend, and all fixes that went in.

    ``look`` says whether a text can be read, and what is found in it. A fix that would make it unreadable is left out.
    """
    done: list[Fix] = []
    is_sound, found = look(source)
    refused: set[Fix] = set()
    for _ in range(MOST_ROUNDS if is_sound else 0):
        wanted = [each for each in found if each.fix is not None and each.fix not in refused]
        text, taken = fixed(source, wanted, unsafe=unsafe)
        if not taken:
            break
        is_sound, after = look(Source(source.name, text))
        if not is_sound:
            taken, text, after = _one_by_one(source, wanted, look, refused, unsafe=unsafe)
            if not taken:
                break
        done += taken
        source, found = Source(source.name, text), after
    return source, tuple(done)


def _one_by_one(
    source: Source,
    wanted: Iterable[Diagnostic],
    look: Callable[[Source], tuple[bool, tuple[Diagnostic, ...]]],
    refused: set[Fix],
    *,
    unsafe: bool,
) -> tuple[tuple[Fix, ...], str, tuple[Diagnostic, ...]]:
    """The first fix that leaves the text readable; those before it are refused."""
    for each in wanted:
        text, taken = fixed(source, [each], unsafe=unsafe)
        if not taken:
            continue
        is_sound, after = look(Source(source.name, text))
        if is_sound:
            return taken, text, after
        refused.update(taken)
    return (), source.text, ()
