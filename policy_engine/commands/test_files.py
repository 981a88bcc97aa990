"""Files that ``test`` writes: tests that are added or made, and results."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from policy_engine.commands.exit_codes import FINE
from policy_engine.commands.opening import opened
from policy_engine.commands.standard_error import say
from policy_engine.commands.usage import Usage
from policy_engine.diagnostics import reason_of
from policy_engine.machine.machine import compile_policy
from policy_engine.model.loading import load_policy, read_file
from policy_engine.model.model import Policy
from policy_engine.policytest.appending import Unappendable, appended
from policy_engine.policytest.asking import asking
from policy_engine.policytest.case import Case, Suite
from policy_engine.policytest.covering import Watching
from policy_engine.policytest.file_name import tests_beside
from policy_engine.policytest.generating import generated, generated_text
from policy_engine.policytest.goals import Goal
from policy_engine.policytest.mutation import MutantResult
from policy_engine.policytest.narrowing import Wanted
from policy_engine.policytest.reaching import Reached
from policy_engine.policytest.reading import read_suite
from policy_engine.policytest.running import passes
from policy_engine.policytest.writing import written_test
from policy_engine.reports.coverage_text import goal_words
from policy_engine.reports.english import many
from policy_engine.reports.mutation_text import test_name
from policy_engine.reports.screen import clean
from policy_engine.simulation.simulation import run
from policy_engine.source import Source
from policy_engine.transcripts.message import Conversation
from policy_engine.verify.prover import Shown
from policy_engine.whole_file import WholeFile

_XML = b"<?xml"


def write_junit(path: Path, text: str) -> None:
    """Write JUnit XML, in the place of nothing but XML. Raises Usage."""
    try:
        with path.open("rb") as file:
            beginning = file.read(len(_XML))
    except (FileNotFoundError, IsADirectoryError):
        beginning = b""
    except OSError as fault:
        raise Usage(f"`{path}` cannot be written: {reason_of(fault)}") from None
    if beginning and beginning != _XML:
        raise Usage(f"`{path}` exists and is not XML: it is not overwritten")
    write(path, text)


def write(path: Path, text: str) -> None:
    """Write a file, whole or not at all. Raises Usage."""
    try:
        with WholeFile(path) as file:
            file.write([text])
    except OSError as fault:
        raise Usage(f"`{path}` cannot be written: {reason_of(fault)}") from None


@dataclass(frozen=True, slots=True)
class Missing:
    """A test that a test file lacks: its conversation, and whether tests that were added before do for it, too."""

    suite: Suite
    conversation: Conversation
    name: str
    is_done_by: Callable[[Sequence[Case]], bool]


def missing_tests(tried: Sequence[Reached], mutants: Sequence[MutantResult]) -> Iterator[Missing]:
    """The tests that would try what none does, and notice what none did."""
    for each in tried:
        if isinstance(each.answer, Shown):
            done = partial(_is_tried, each.goal)
            yield Missing(each.suite, each.answer.conversation, goal_words(each), done)
    for result in mutants:
        witness = result.witness
        if witness is not None:
            name = test_name(result.mutant)
            yield Missing(witness.suite, witness.conversation, name, partial(_is_noticed, witness.changed))


def _is_tried(goal: Goal, added: Sequence[Case]) -> bool:
    return any(any(Watching([goal]).take(case.conversation)) for case in added)


def _is_noticed(changed: Policy, added: Sequence[Case]) -> bool:
    machine = compile_policy(changed)
    return any(not passes(machine, case) for case in added)


def add_tests(missing: Iterable[Missing]) -> Iterator[tuple[Path, int]]:
    """Add to each test file what it lacks; the file, and how many tests were added to it.

    Raises Usage where a file is not such that text can be added to it.
    """
    by_file: dict[Path, list[Missing]] = {}
    for each in missing:
        by_file.setdefault(each.suite.path, []).append(each)
    for path, mine in by_file.items():
        yield path, _add(mine[0].suite, mine)


def _add(suite: Suite, missing: Sequence[Missing]) -> int:
    """The tests that are needed. How many were added."""
    machine = compile_policy(suite.policy)
    names = {case.name for case in suite.cases}
    texts: list[str] = []
    text, kept = suite.source.text, suite
    for each in missing:
        if texts and each.is_done_by(kept.cases[len(suite.cases) :]):
            continue
        name = _free(clean(each.name), names)
        names.add(name)
        texts.append(written_test(run(machine, each.conversation), name, trial=True))
        text, kept = _with(suite, texts)
    write(suite.path, text)
    return len(texts)


def _with(suite: Suite, texts: Sequence[str]) -> tuple[str, Suite]:
    """The text of the file with the tests, and what it says. Raises Usage."""
    try:
        text = appended(suite.source, texts)
    except Unappendable as fault:
        raise Usage(f"no test can be added to `{suite.path}`: {fault}") from None
    return text, _again(suite, text, len(texts))


def _again(suite: Suite, text: str, added: int) -> Suite:
    """The suite of the new text, which says all that the old one said, and so many tests more. Raises Usage."""
    name = os.fspath(suite.path)
    again, _ = read_suite(suite.path, lambda path: Source(path, text) if path == name else read_file(path))
    old = [(case.name, case.conversation) for case in suite.cases]
    new = [] if again is None else [(case.name, case.conversation) for case in again.cases]
    if again is None or len(new) != len(old) + added or new[: len(old)] != old:
        raise Usage(f"no test can be added to `{suite.path}` without changing what it says")
    return again


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number behind it where there is one of that name."""
    number = 1
    found = name
    while found in taken:
        number += 1
        found = f"{name} ({number})"
    return found


def generate(paths: Sequence[Path], seconds: float) -> int:
    """Make a test file beside each policy that has none. The exit code. Raises Usage."""
    for path in paths:
        if path.suffix != ".policy":
            raise Usage(f"`{path}` is not a policy: `--generate` makes the test file beside one")
        target = tests_beside(path)
        if os.path.lexists(target):
            raise Usage(f"`{target}` is there already: tests are not overwritten")
        policy, code = opened(path)
        if policy is None:
            return code
        suite = Suite(target, Source(os.fspath(target), ""), policy, load_policy(path), ())
        found = generated(suite, asking(seconds, wanted=Wanted.ANY))
        if not (found.chosen or found.unable or found.undecided):
            raise Usage(
                f"`{path}` says nothing of its own that could be tried: ask for the files that it uses"
            )
        if not found.chosen:
            raise Usage(f"no conversation was found that tries anything of `{path}`")
        write(target, generated_text(suite, found))
        tried = sum(len(each.goals) for each in found.chosen)
        what = f"{many(tried, 'thing')} in {many(len(found.chosen), 'test')}"
        say(f"note: `{target}` tries {what}; read what they expect")
        if found.undecided:
            say(
                f"note: of {len(found.undecided):,} more it was not found out how to try them; the file names them"
            )
    return FINE
