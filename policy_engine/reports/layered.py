"""Where boxes stand and lines run when a drawing is read from left to right.

The method of Sugiyama, Tagawa and Toda, "Methods for visual understanding of hierarchical system structures"
(IEEE Transactions on Systems, Man, and Cybernetics 11, 1981): turn round the lines that close a circle, give
each box a column (longest path), put stand-ins where a line passes through a column, order each column by the
barycentres of its neighbours, then place. Heights are placed by least squares: each box is drawn to the mean
of its neighbours, and boxes that would overlap move together (pool adjacent violators: Barlow, Bartholomew,
Bremner and Brunk, "Statistical Inference under Order Restrictions", 1972). Parts that no line ties are laid
out by themselves and packed in rows.

Time and memory are bounded: sweeps are counted, and once there are ``MOST_STAND_INS``, further long lines are
drawn straight. All lengths are pixels; y grows downwards. They are added with ``fsum``: ``sum`` rounds otherwise
since Python 3.12, and a picture is the same with every Python.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import fsum

from policy_engine.reports.columns import columns_of, turned_lines
from policy_engine.reports.layout import Box, Layout, Line, Point

MOST_STAND_INS = 20_000
SWEEPS = 8
NEARLY_LEVEL = 16.0
MOST_SETTLINGS = 40
GAP_X = 56.0
GAP_Y = 18.0
LINE_GAP = 12.0
"""Least distance of a line that passes through a column from what is beside it."""
PORT_GAP = 19.0
"""Distance of lines that touch the same side of a box, where it is high enough."""
ARROW = 10.0
WIDEST_ROW = 1_500.0


def lay_out(boxes: Sequence[Box], lines: Sequence[Line]) -> Layout:
    """Place boxes and lines. The result depends on nothing but the arguments and their order."""
    corners: dict[str, Point] = {}
    routes: list[Sequence[Point]] = [()] * len(lines)
    words: list[Point] = [(0.0, 0.0)] * len(lines)
    sizes = {box.name: box for box in boxes}
    x = y = row = widest = 0.0
    made = []
    for names, numbers in _tied(boxes, lines):
        component = _Component([sizes[name] for name in names], [lines[number] for number in numbers])
        component.run()
        made.append((component, numbers))
    row_width = max([WIDEST_ROW, *(component.width for component, _ in made)])
    for component, numbers in made:
        if x and x + component.width > row_width:
            x, y, row = 0.0, y + row + 2 * GAP_Y, 0.0
        for name, (left, top) in component.corners().items():
            corners[name] = (left + x, top + y)
        for number, (route, word) in zip(numbers, component.routes(), strict=True):
            routes[number] = [(left + x, top + y) for left, top in route]
            words[number] = (word[0] + x, word[1] + y)
        row = max(row, component.height)
        x += component.width
        widest = max(widest, x)
        x += GAP_X
    return Layout(widest, y + row, corners, routes, words)


def _tied(boxes: Sequence[Box], lines: Sequence[Line]) -> list[tuple[list[str], list[int]]]:
    """The parts of the drawing that no line ties to each other: names of boxes and numbers of lines."""
    heads = {box.name: box.name for box in boxes}

    def head(name: str) -> str:
        while heads[name] != name:
            heads[name] = heads[heads[name]]
            name = heads[name]
        return name

    for line in lines:
        heads[head(line.target)] = head(line.source)
    found: dict[str, tuple[list[str], list[int]]] = {}
    for box in boxes:
        found.setdefault(head(box.name), ([], []))[0].append(box.name)
    for number, line in enumerate(lines):
        found[head(line.source)][1].append(number)
    return list(found.values())


@dataclass(slots=True)
class _Spot:
    """A box, or the place where a line passes through a column (``box`` is then None)."""

    box: Box | None
    column: int
    height: float
    before: list[_Touch] = field(default_factory=list)
    after: list[_Touch] = field(default_factory=list)
    place: int = 0
    y: float = 0.0
    """Of its middle."""


@dataclass(frozen=True, slots=True)
class _Touch:
    """The spot at the other end of a piece of a line.

    ``shift`` is how much lower the middle of the one stands than that of the other when the piece is level,
    and ``pull`` how much it counts that it is.
    """

    spot: _Spot
    shift: float
    pull: float


@dataclass(slots=True)
class _Path:
    """The spots of a line from left to right; ``turned``: the line runs from right to left."""

    line: Line
    spots: list[_Spot]
    turned: bool


class _Component:
    """One part of the drawing, all of it tied together."""

    def __init__(self, boxes: Sequence[Box], lines: Sequence[Line]) -> None:
        self.boxes = boxes
        self.lines = lines
        self.columns: list[list[_Spot]] = []
        self.paths: list[_Path] = []
        self.lefts: list[float] = []
        self.widths: list[float] = []
        self.runs: list[float] = []
        """How far before each column lines are level: room for their words."""
        self.width = self.height = 0.0

    def run(self) -> None:
        turned = turned_lines(self.boxes, self.lines)
        columns = columns_of(self.boxes, self.lines, turned)
        self._make_spots(columns, turned)
        self._order()
        self._place_y()
        self._place_x()

    # --- spots --------------------------------------------------------------------------

    def _make_spots(self, columns: Mapping[str, int], turned: Sequence[bool]) -> None:
        spots = {box.name: _Spot(box, columns[box.name], box.height) for box in self.boxes}
        self.columns = [[] for _ in range(max(columns.values()) + 1)]
        for spot in spots.values():
            self.columns[spot.column].append(spot)
        left_over = MOST_STAND_INS
        for line, is_turned in zip(self.lines, turned, strict=True):
            first, last = spots[line.source], spots[line.target]
            if is_turned:
                first, last = last, first
            span = last.column - first.column - 1
            between = (
                [_Spot(None, first.column + 1 + each, 0.0) for each in range(span)]
                if span <= left_over
                else []
            )
            left_over -= len(between)
            for spot in between:
                self.columns[spot.column].append(spot)
            self.paths.append(_Path(line, [first, *between, last], is_turned))
            _join(self.paths[-1], spots[line.source])

    # --- order --------------------------------------------------------------------------

    def _order(self) -> None:
        """Sweep to and fro; keep the order with the fewest crossings."""
        self._number()
        best, fewest = self._places(), self._crossings()
        for sweep in range(SWEEPS):
            forth = sweep % 2 == 0
            for column in self.columns if forth else reversed(self.columns):
                middles = {
                    id(spot): _mean(
                        [each.spot.place for each in (spot.before if forth else spot.after)], spot.place
                    )
                    for spot in column
                }
                column.sort(key=lambda spot: (middles[id(spot)], spot.place))
                for place, spot in enumerate(column):
                    spot.place = place
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = self._places(), crossings
            if not fewest:
                break
        self.columns = best
        self._number()

    def _places(self) -> list[list[_Spot]]:
        return [list(column) for column in self.columns]

    def _number(self) -> None:
        for column in self.columns:
            for place, spot in enumerate(column):
                spot.place = place

    def _crossings(self) -> int:
        """Pairs of lines that cross between two columns: inversions, counted with a Fenwick tree."""
        total = 0
        for column in self.columns:
            ends = [place for spot in column for place in sorted(each.spot.place for each in spot.after)]
            total += _inversions(ends)
        return total

    # --- places -------------------------------------------------------------------------

    def _place_x(self) -> None:
        self.widths = [
            max((spot.box.width for spot in column if spot.box is not None), default=0.0)
            for column in self.columns
        ]
        self.runs = [ARROW] * len(self.columns)
        bends = [0] * len(self.columns)
        for path in self.paths:
            for left, right in pairwise(path.spots):
                bends[right.column] += left.y != right.y
            gap = path.spots[1 if path.turned else -1].column
            if path.line.label:
                self.runs[gap] = max(self.runs[gap], path.line.label + 2 * ARROW)
        x = 0.0
        for column, width in enumerate(self.widths):
            if column:
                x += GAP_X + min(GAP_X, bends[column] * 4) + self.runs[column]
            self.lefts.append(x)
            x += width
        self.width = x

    def _place_y(self) -> None:
        for column in self.columns:
            _settle(column, [0.0] * len(column))
        for sweep in range(MOST_SETTLINGS):
            forth = sweep % 2 == 0
            before = [spot.y for column in self.columns for spot in column]
            for column in self.columns if forth else reversed(self.columns):
                _settle(column, [_wish(spot, sweep) for spot in column])
            after = (spot.y for column in self.columns for spot in column)
            if sweep > SWEEPS and all(abs(old - new) < 0.5 for old, new in zip(before, after, strict=True)):
                break
        for column in self.columns:
            _settle(column, [_level(spot) for spot in column])
        top = min(spot.y - spot.height / 2 for column in self.columns for spot in column)
        for column in self.columns:
            for spot in column:
                spot.y -= top
        self.height = max(spot.y + spot.height / 2 for column in self.columns for spot in column)

    # --- result -------------------------------------------------------------------------

    def corners(self) -> dict[str, Point]:
        """By name."""
        return {
            spot.box.name: (self.lefts[spot.column], spot.y - spot.height / 2)
            for column in self.columns
            for spot in column
            if spot.box is not None
        }

    def routes(self) -> list[tuple[list[Point], Point]]:
        """Each line's route, and where its words end, in the order of the lines."""
        ports = self._ports()
        found = []
        for number, path in enumerate(self.paths):
            first, *through, last = path.spots
            start, end = ports[number, False], ports[number, True]
            right = self.lefts[first.column] + self.widths[first.column]
            points = [
                (self.lefts[first.column] + (first.box.width if first.box else 0.0), start),
                (right, start),
            ]
            for spot in through:
                left = self.lefts[spot.column]
                points += [(left - self.runs[spot.column], spot.y), (left + self.widths[spot.column], spot.y)]
            left = self.lefts[last.column]
            points += [(left - self.runs[last.column], end), (left, end)]
            words = (self.lefts[path.spots[1].column], points[2][1]) if path.turned else (left, end)
            found.append((points[::-1] if path.turned else points, (words[0] - ARROW - 2, words[1])))
        return found

    def _ports(self) -> dict[tuple[int, bool], float]:
        """How high each line touches its box on the left and its box on the right.

        Lines with words keep apart at their targets; others of one kind meet.
        """
        sides: dict[tuple[int, bool], list[int]] = {}
        spots: dict[int, _Spot] = {}
        for number, path in enumerate(self.paths):
            for spot, is_entry in ((path.spots[0], False), (path.spots[-1], True)):
                spots[id(spot)] = spot
                sides.setdefault((id(spot), is_entry), []).append(number)
        found: dict[tuple[int, bool], float] = {}
        for (key, is_entry), numbers in sides.items():
            for number, y in self._side(spots[key], is_entry, numbers):
                found[number, is_entry] = y
        return found

    def _side(self, spot: _Spot, is_entry: bool, numbers: Sequence[int]) -> Iterable[tuple[int, float]]:
        """The heights of the lines on one side of a box."""
        top = spot.y - spot.height / 2
        free = []
        for number in numbers:
            path = self.paths[number]
            leaves = path.line.leaves
            if leaves is not None and path.turned == is_entry:
                yield number, top + leaves
            else:
                free.append(number)
        bundles: dict[object, list[int]] = {}
        for number in free:
            line, is_target = self.paths[number].line, self.paths[number].turned != is_entry
            bundles.setdefault(number if line.label and is_target else (line.kind, is_target), []).append(
                number
            )
        near = -2 if is_entry else 1
        heights = {
            key: _mean([self.paths[number].spots[near].y for number in bundle], spot.y)
            for key, bundle in bundles.items()
        }
        ordered = sorted(bundles, key=lambda key: heights[key])
        step = min(PORT_GAP, (spot.height - 10) / max(len(ordered) - 1, 1))
        for place, key in enumerate(ordered):
            for number in bundles[key]:
                yield number, spot.y + (place - (len(ordered) - 1) / 2) * step


def _join(path: _Path, source: _Spot) -> None:
    """Make the spots of a line neighbours of each other."""
    line = path.line
    leaves = 0.0 if line.leaves is None else line.leaves - source.height / 2
    for left, right in pairwise(path.spots):
        shift = leaves if left is source else -leaves if right is source else 0.0
        left.after.append(_Touch(right, -shift, line.pull))
        right.before.append(_Touch(left, shift, line.pull))


def _wish(spot: _Spot, sweep: int) -> float:
    """Where the neighbours would have a spot: first those on one side, by turns, then those on both."""
    sides = (spot.before, spot.after) if sweep >= SWEEPS else ((spot.before, spot.after)[sweep % 2],)
    near = [each for side in sides for each in side]
    if not near:
        return spot.y
    return fsum((each.spot.y + each.shift) * each.pull for each in near) / fsum(each.pull for each in near)


def _level(spot: _Spot) -> float:
    """Where a spot is level with the one before it that pulls most, if that is near; else where it is."""
    if not spot.before:
        return spot.y
    strongest = max(spot.before, key=lambda each: each.pull)
    level = strongest.spot.y + strongest.shift
    return level if abs(level - spot.y) < NEARLY_LEVEL else spot.y


def _settle(column: Sequence[_Spot], wishes: Sequence[float]) -> None:
    """Give each spot of a column its wish, or the nearest to it that keeps order and distance."""
    offsets, offset = [], 0.0
    for place, spot in enumerate(column):
        if place:
            above = column[place - 1]
            gap = GAP_Y if spot.box is not None and above.box is not None else LINE_GAP
            offset += above.height / 2 + gap + spot.height / 2
        offsets.append(offset)
    pools: list[tuple[float, float, int]] = []
    """Sum of the wishes, weight, number of spots."""
    for spot, wish, offset in zip(column, wishes, offsets, strict=True):
        weight = 1.0 if spot.box is not None else 2.0
        pool = ((wish - offset) * weight, weight, 1)
        while pools and pools[-1][0] / pools[-1][1] > pool[0] / pool[1]:
            above_pool = pools.pop()
            pool = (above_pool[0] + pool[0], above_pool[1] + pool[1], above_pool[2] + pool[2])
        pools.append(pool)
    spots = iter(zip(column, offsets, strict=True))
    for total, weight, count in pools:
        for _ in range(count):
            spot, offset = next(spots)
            spot.y = total / weight + offset


def _inversions(ends: Sequence[int]) -> int:
    tree = [0] * (max(ends, default=0) + 2)
    total = 0
    for seen, end in enumerate(ends):
        total += seen
        place = end + 1
        while place:
            total -= tree[place]
            place -= place & -place
        place = end + 1
        while place < len(tree):
            tree[place] += 1
            place += place & -place
    return total


def _mean(values: Sequence[float], otherwise: float) -> float:
    return fsum(values) / len(values) if values else otherwise
