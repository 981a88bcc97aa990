"""How good tests are, on a terminal: the changes of a policy that they did not notice, each as a difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policy_engine.machine.machine import compile_policy
from policy_engine.policytest.mutants import Mutant
from policy_engine.policytest.mutation import Fate, MutantResult, Score, score_of
from policy_engine.policytest.writing import written_test
from policy_engine.reports.english import many
from policy_engine.reports.screen import COLUMNS, Screen, clean, cut, pieces, wrapped
from policy_engine.simulation.simulation import Simulation, run

MOST_LINES = 6
"""Lines of a difference that are shown, of what was and of what is each."""
_MOST_TURNS = 60
"""Lines of a test that are shown."""


def survivor_text(result: MutantResult, screen: Screen) -> Iterator[str]:
    """The lines for a change that no test noticed, with a test that would have."""
    mutant = result.mutant
    title = f"{result.fate.value}: {mutant.what} ({mutant.owner})"
    first, *more = _filled(clean(title), "", "  ")
    yield screen.signs(screen.paint(first, "red"))
    yield from map(screen.signs, more)
    yield screen.signs(cut(f"  {clean(mutant.source.name)}:{mutant.location.line}", COLUMNS))
    for line in difference_lines(mutant):
        yield screen.signs(cut(f"    {line}", COLUMNS))
    if result.why:
        yield from map(
            screen.signs,
            _filled(f"whether it changes anything was not found out {clean(result.why)}", "  ", "  "),
        )
    if result.witness is not None:
        simulation = run(compile_policy(result.witness.suite.policy), result.witness.conversation)
        none = ", and none is shorter" if result.witness.is_shortest else ""
        yield f"  this test would have noticed it ({many(len(simulation.decisions), 'message')}{none}):"
        yield from map(screen.signs, _test(simulation, test_name(mutant)))


def test_name(mutant: Mutant) -> str:
    """What a test is called that notices a mutant: ``rule last-warning: 10 turns to 11 turns is noticed``."""
    return clean(f"{mutant.owner}: {mutant.what} is noticed")


def difference_lines(mutant: Mutant) -> Iterator[str]:
    """The lines of the file that the change takes out (``-``) and puts in (``+``)."""
    old, new = mutant.source.text.split("\n"), mutant.text.split("\n")
    start = next((n for n, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), 0)
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    for sign, lines in (("-", old[start : len(old) - end]), ("+", new[start : len(new) - end])):
        shown = [each for each in lines if each.strip()]
        for line in shown[:MOST_LINES]:
            yield f"{sign} {_kept_spaces(line)}"
        if len(shown) > MOST_LINES:
            yield f"{sign} …"


def score_lines(results: Sequence[MutantResult], screen: Screen) -> Iterator[str]:
    """How many changes there were of each file, and what became of them; then of all."""
    by_file: dict[str, list[MutantResult]] = {}
    for each in results:
        by_file.setdefault(each.mutant.source.name, []).append(each)
    for file, found in by_file.items():
        said = f"{clean(file)}: {score_words(score_of(found))}"
        yield from map(screen.signs, wrapped(said.split(" "), rest="  "))
    if len(by_file) != 1:
        said = f"{many(len(by_file), 'file')}: {score_words(score_of(results))}"
        yield from map(screen.signs, wrapped(said.split(" "), rest="  "))


def score_words(score: Score) -> str:
    """``62 changes, 60 noticed, 1 not noticed, 1 changes nothing: 98.4 %``."""
    total = sum(score.counts.values())
    parts = [f"{score.counts[fate]:,} {fate.value}" for fate in Fate if score.counts[fate]]
    return f"{', '.join([many(total, 'change'), *parts])}: {percent_words(score.percent)}"


def percent_words(percent: float) -> str:
    """``98.4 %``; nothing is rounded up to 100."""
    shown = int(percent * 10) / 10
    return f"{shown:.0f} %" if shown == int(shown) else f"{shown:.1f} %"


def _test(simulation: Simulation, name: str) -> Iterator[str]:
    lines = written_test(simulation, name, trial=True).rstrip().split("\n")
    for line in lines[:_MOST_TURNS]:
        yield cut(f"  {_kept_spaces(line)}", COLUMNS)
    if len(lines) > _MOST_TURNS:
        yield f"    … {many(len(lines) - _MOST_TURNS, 'line')} more"


def _kept_spaces(line: str) -> str:
    """A line harmless, with the blanks at its beginning."""
    return " " * (len(line) - len(line.lstrip(" "))) + clean(line.lstrip(" "))


def _filled(text: str, first: str, rest: str) -> Iterator[str]:
    words = (piece for word in text.split(" ") for piece in pieces(word, COLUMNS - len(rest) - 1))
    return wrapped(words, COLUMNS, first, rest)
