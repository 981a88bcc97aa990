"""Which lines of a text are not as they were."""

from __future__ import annotations

from difflib import SequenceMatcher

MOST_COMPARED = 3_000
"""Lines between the first and the last difference that are compared one by one: more would take too long."""


def changed_lines(before: str, after: str) -> frozenset[int]:
    """The numbers (from 1) of the lines of ``after`` that are new or other than in ``before``.

    Where the texts differ over too long a stretch, every line of it counts as changed.
    """
    old, new = before.split("\n"), after.split("\n")
    first = 0
    while first < min(len(old), len(new)) and old[first] == new[first]:
        first += 1
    last = 0
    while last < min(len(old), len(new)) - first and old[-1 - last] == new[-1 - last]:
        last += 1
    old, end = old[first : len(old) - last], len(new) - last
    new = new[first:end]
    if max(len(old), len(new)) > MOST_COMPARED:
        return frozenset(range(first + 1, end + 1))
    found: set[int] = set()
    for kind, _, _, start, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind in ("replace", "insert"):
            found.update(range(first + start + 1, first + stop + 1))
    return frozenset(found)
