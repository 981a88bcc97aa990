"""Which column of a drawing each box stands in: lines run from left to right, but for those that are turned round.

The first two steps of :mod:`policy_engine.reports.layered`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from policy_engine.reports.layout import Box, Line


def turned_lines(boxes: Sequence[Box], lines: Sequence[Line]) -> list[bool]:
    """Which lines to turn round so that none closes a circle: weak ones where that is enough."""
    after: dict[str, list[tuple[str, int]]] = {box.name: [] for box in boxes}
    turned = [False] * len(lines)
    for number, line in enumerate(lines):
        if not line.weak:
            after[line.source].append((line.target, number))
    for number in _closing(after):
        turned[number] = True
    ahead: dict[str, set[str]] = {box.name: set() for box in boxes}
    for number, line in enumerate(lines):
        if not line.weak:
            source, target = (line.target, line.source) if turned[number] else (line.source, line.target)
            ahead[source].add(target)
    for number, line in enumerate(lines):
        if line.weak:
            turned[number] = _reaches(line.target, line.source, ahead)
            source, target = (line.target, line.source) if turned[number] else (line.source, line.target)
            ahead[source].add(target)
    return turned


def _closing(after: Mapping[str, list[tuple[str, int]]]) -> list[int]:
    """The lines that lead back to a box on the way to them, depth first."""
    found: list[int] = []
    done: set[str] = set()
    for start in after:
        if start in done:
            continue
        on_way = {start}
        stack = [(start, iter(after[start]))]
        while stack:
            name, rest = stack[-1]
            step = next(rest, None)
            if step is None:
                stack.pop()
                on_way.discard(name)
                done.add(name)
            elif step[0] in on_way:
                found.append(step[1])
            elif step[0] not in done:
                on_way.add(step[0])
                stack.append((step[0], iter(after[step[0]])))
    return found


def _reaches(start: str, goal: str, ahead: Mapping[str, set[str]]) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        name = waiting.pop()
        if name == goal:
            return True
        new = ahead[name] - seen
        seen |= new
        waiting.extend(new)
    return False


def columns_of(boxes: Sequence[Box], lines: Sequence[Line], turned: Sequence[bool]) -> dict[str, int]:
    """The column of each box: as far left as its lines let it; what nothing leads to stands near its first target."""
    after: dict[str, list[str]] = {box.name: [] for box in boxes}
    waits = dict.fromkeys(after, 0)
    for line, is_turned in zip(lines, turned, strict=True):
        source, target = (line.target, line.source) if is_turned else (line.source, line.target)
        after[source].append(target)
        waits[target] += 1
    first = [name for name, count in waits.items() if not count]
    columns = dict.fromkeys(first, 0)
    waiting = list(first)
    while waiting:
        name = waiting.pop()
        for target in after[name]:
            columns[target] = max(columns.get(target, 0), columns[name] + 1)
            waits[target] -= 1
            if not waits[target]:
                waiting.append(target)
    for name in first:
        if after[name]:
            columns[name] = min(columns[target] for target in after[name]) - 1
    return columns
