"""What tests have tried of a policy, on a terminal: how much, and with its line what they have not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policy_engine.policytest.goals import Aspect
from policy_engine.policytest.reaching import Reached, percent_tried
from policy_engine.reports.mutation_text import percent_words
from policy_engine.reports.screen import COLUMNS, Screen, clean, pieces, wrapped

_LINE = 6
_ORDER = {aspect: number for number, aspect in enumerate(Aspect)}


def coverage_text(found: Sequence[Reached], screen: Screen) -> Iterator[str]:
    """The lines: each file with what was not tried of it, then how much of all was."""
    yield screen.paint("What the tests have tried", "bold")
    for file, mine in by_file(found).items():
        yield ""
        yield from map(screen.signs, wrapped(f"{clean(file)}: {tried_words(mine)}".split(" "), rest="  "))
        for each in mine:
            if not each.is_tried:
                yield from map(screen.signs, _open(each))
    if len(by_file(found)) != 1:
        yield ""
        yield from map(screen.signs, wrapped(f"all together: {tried_words(found)}".split(" "), rest="  "))


def by_file(found: Sequence[Reached]) -> dict[str, list[Reached]]:
    """The goals by the file that they stand in, in the order of its text."""
    files: dict[str, list[Reached]] = {}
    for each in found:
        files.setdefault(each.covered.goal.location.name, []).append(each)
    for mine in files.values():
        mine.sort(key=lambda each: (each.covered.goal.location.span.start, _ORDER[each.covered.goal.aspect]))
    return files


def tried_words(found: Sequence[Reached]) -> str:
    """``35 of 42 tried: 83.3 %; 2 cannot be``"""
    unable = sum(each.cannot_be for each in found)
    undecided = sum(each.is_undecided for each in found)
    tried = sum(each.is_tried for each in found)
    said = f"{tried:,} of {len(found) - unable:,} tried: {percent_words(percent_tried(found))}"
    if unable:
        said += f"; {unable:,} cannot be"
    return said + (f"; of {undecided:,} it is not known whether they can be" if undecided else "")


def goal_words(each: Reached) -> str:
    """``rule mission: 3 refusals on extreme: one short of it``."""
    goal = each.covered.goal
    if goal.clause in goal.owner:
        return f"{goal.owner}: {goal.aspect.value}"
    said = goal.clause if goal.clause.startswith(goal.owner) else f"{goal.owner}: {goal.clause}"
    return f"{said}: {goal.aspect.value}"


def state_words(each: Reached) -> str:
    """Whether it was tried, and if not, whether it can be."""
    if each.is_tried:
        return "tried"
    if each.cannot_be:
        return "cannot be: no conversation leads to it"
    return "not tried, and it is not known whether it can be" if each.is_undecided else "not tried"


def _open(each: Reached) -> Iterator[str]:
    lead = f"{each.covered.goal.location.line:>{_LINE - 1}} "
    mark = "·" if each.cannot_be else "–"
    said = f"{mark} {clean(goal_words(each))}"
    if each.cannot_be or each.is_undecided:
        said += f" ({state_words(each)})"
    words = (piece for word in said.split(" ") for piece in pieces(word, COLUMNS - _LINE - 2))
    yield from wrapped(words, COLUMNS, lead, " " * (_LINE + 2))
