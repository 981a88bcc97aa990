"""``test``: test files beside policies, run; what was expected and did not come is told."""

from __future__ import annotations

import fnmatch
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from policy_engine.commands.exit_codes import FINDINGS, FINE, UNUSABLE
from policy_engine.commands.progress import Progress
from policy_engine.commands.standard_error import say, tell
from policy_engine.commands.usage import Usage, check_budget
from policy_engine.diagnostics import Diagnostic, Severity, reason_of
from policy_engine.policytest.case import Suite
from policy_engine.policytest.file_name import ENDING, tests_beside
from policy_engine.policytest.reading import read_suite
from policy_engine.policytest.running import SuiteResult, run_suite
from policy_engine.source import is_pipe
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.reading import read_conversations

if TYPE_CHECKING:
    from policy_engine.policytest.mutation import MutantResult
    from policy_engine.policytest.reaching import Reached
    from policy_engine.reports.screen import Screen

_UNREADABLE = frozenset({"missing-file", "unreadable", "not-text"})


@dataclass(frozen=True, slots=True)
class Options:
    """Which tests to run, and how to tell what came of them."""

    only: Sequence[str] = ()
    as_json: bool = False
    junit: Path | None = None
    coverage: bool = False
    html: Path | None = None
    mutate: bool = False
    write: bool = False
    generate: bool = False
    fail_under: float | None = None
    budget: float = 20.0
    """Seconds for each question to a prover."""


def test(paths: Sequence[Path], options: Options) -> int:
    """Run and print. The exit code."""
    try:
        _check(options)
        if options.generate:
            from policy_engine.commands.test_files import generate

            return generate(paths, options.budget)
        return _Run(options).over(paths)
    except Usage as fault:
        say(f"error: {fault}")
        return UNUSABLE


def _check(options: Options) -> None:
    """Whether the options go together. Raises Usage."""
    if options.write and not (options.coverage or options.mutate):
        raise Usage("`--write` adds what `--coverage` or `--mutate` finds: say one of them")
    if options.html is not None and not options.coverage:
        raise Usage("`--html` writes what `--coverage` finds: say both")
    if options.fail_under is not None and not (options.coverage or options.mutate):
        raise Usage("`--fail-under` is about `--coverage` or `--mutate`: say one of them")
    if options.fail_under is not None and not 0 <= options.fail_under <= 100:
        raise Usage(f"`--fail-under` is a number from 0 to 100, not {options.fail_under:g}")
    check_budget(options.budget)
    if options.only and (options.coverage or options.mutate):
        raise Usage("`--coverage` and `--mutate` look at all tests: leave `--only` out")
    if options.generate and (options.coverage or options.mutate or options.only or options.junit):
        raise Usage("`--generate` goes with no other option but `--budget`")


class _Run:
    """One call of the command."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.faults: list[Diagnostic] = []
        self.is_unreadable = False
        self.unusable = 0
        """Test files that have mistakes."""
        self.tried: list[Reached] = []
        self.mutants: list[MutantResult] = []

    def over(self, paths: Sequence[Path]) -> int:
        """Go through everything at ``paths``."""
        results = [self._result(suite) for suite in self._suites(paths)]
        is_any = any(each.cases or each.checks for each in results)
        if self.options.only and not is_any and not self.faults:
            shown = ", ".join(f"`{each}`" for each in self.options.only)
            raise Usage(f"no test is called like {shown}")
        is_fine = not self.faults and all(each.passed for each in results)
        self._measure(results, is_fine)
        self._print(results)
        if self.options.junit is not None:
            self._write_junit(results, self.options.junit)
        if self.options.html is not None:
            self._write_page(results, self.options.html, paths)
        if self.is_unreadable:
            return UNUSABLE
        return FINE if is_fine and not self._falls_short() else FINDINGS

    # --- which tests ---

    def _suites(self, paths: Sequence[Path]) -> Iterator[Suite]:
        seen: set[str] = set()
        for path in paths:
            for file in files_at(path):
                key = os.path.realpath(file)
                if key not in seen:
                    seen.add(key)
                    suite, found = read_suite(file)
                    self._take(found)
                    if suite is not None:
                        yield suite

    def _take(self, found: Sequence[Diagnostic]) -> None:
        """What is wrong with a test file, told at once."""
        errors = [each for each in found if each.severity is Severity.ERROR]
        self.faults += errors
        self.unusable += bool(errors)
        self.is_unreadable = self.is_unreadable or any(
            each.code in _UNREADABLE and each.location is None for each in errors
        )
        for each in found:
            if not self.options.as_json:
                tell(each)

    def _is_wanted(self, name: str) -> bool:
        folded = name.casefold()
        asked = [each.casefold() for each in self.options.only]
        return not asked or any(
            fnmatch.fnmatchcase(folded, each) if set(each) & set("*?[") else each in folded for each in asked
        )

    def _result(self, suite: Suite) -> SuiteResult:
        return run_suite(suite, self._others(suite), self._is_wanted)

    def _others(self, suite: Suite) -> Iterator[Conversation]:
        """The recorded conversations that the checks look at, too; what cannot be read is told."""
        for each in read_conversations(suite.others):
            if isinstance(each, Diagnostic):
                self._take([each])
            else:
                yield each

    # --- what the tests have tried, and what they notice ---

    def _measure(self, results: Sequence[SuiteResult], is_fine: bool) -> None:
        options = self.options
        if not is_fine:
            if options.mutate or options.coverage:
                say("note: the tests have to pass before it is looked at what they try and notice")
            return
        if options.coverage:
            from policy_engine.policytest.asking import asking
            from policy_engine.policytest.covering import covered
            from policy_engine.policytest.narrowing import Wanted
            from policy_engine.policytest.reaching import reached

            progress = Progress(options.as_json, "goals")
            ask = asking(options.budget, wanted=Wanted.ANY)
            for found in reached(covered(results), ask):
                self.tried.append(found)
                progress.show(len(self.tried))
            progress.clear()
        if options.mutate:
            from policy_engine.policytest.asking import asking
            from policy_engine.policytest.mutation import Mutation

            suites = [each.suite for each in results]
            others = [list(self._others(each)) for each in suites]
            progress = Progress(options.as_json, "changes")
            for each in Mutation(suites, asking(options.budget), others).results():
                self.mutants.append(each)
                progress.show(len(self.mutants))
            progress.clear()

    def _falls_short(self) -> bool:
        """Whether less was tried, or noticed, than was asked for; of what is noticed, all is asked for otherwise."""
        least = self.options.fail_under
        if self.tried and least is not None:
            from policy_engine.policytest.reaching import percent_tried

            if percent_tried(self.tried) < least:
                return True
        if self.mutants:
            from policy_engine.policytest.mutation import score_of

            return score_of(self.mutants).percent < (100.0 if least is None else least)
        return False

    # --- results ---

    def _print(self, results: Sequence[SuiteResult]) -> None:
        if self.options.as_json:
            from policy_engine.reports.suite_json import goals_json, mutants_json, suites_json

            told = suites_json(results, self.faults)
            if self.options.coverage:
                told["coverage"] = goals_json(self.tried)
            if self.options.mutate:
                told["mutation"] = mutants_json(self.mutants)
            print(json.dumps(told, indent=2))
            if self.options.write:
                self._write_tests()
            return
        from policy_engine.reports.screen import Screen
        from policy_engine.reports.suite_text import count_words, suite_text

        screen = Screen(sys.stdout)
        for result in results:
            for line in suite_text(result, screen) if not result.passed else ():
                print(line)
        print(screen.signs(count_words(results, self.unusable)))
        if self.tried:
            from policy_engine.reports.coverage_text import coverage_text

            print()
            for line in coverage_text(self.tried, screen):
                print(line)
        if self.mutants:
            print()
            self._print_mutants(screen)
        if self.options.write:
            self._write_tests()

    def _print_mutants(self, screen: Screen) -> None:
        from policy_engine.policytest.mutation import Fate
        from policy_engine.reports.mutation_text import score_lines, survivor_text

        for each in self.mutants:
            if each.fate in (Fate.SURVIVED, Fate.UNDECIDED):
                for line in survivor_text(each, screen):
                    print(line)
                print()
        for line in score_lines(self.mutants, screen):
            print(line)

    def _write_tests(self) -> None:
        """Add the tests that would have tried or noticed what no test did. Raises Usage."""
        from policy_engine.commands.test_files import add_tests, missing_tests

        for path, number in add_tests(missing_tests(self.tried, self.mutants)):
            say(
                f"note: {number} {'test is' if number == 1 else 'tests are'} added to `{path}`; read what they expect"
            )

    def _write_junit(self, results: Sequence[SuiteResult], path: Path) -> None:
        from policy_engine.commands.test_files import write_junit
        from policy_engine.reports.junit import junit_xml
        from policy_engine.reports.suite_junit import suite_cases

        write_junit(path, junit_xml(suite_cases(results, self.faults)))

    def _write_page(self, results: Sequence[SuiteResult], path: Path, inputs: Sequence[Path]) -> None:
        """Write the page of what was tried. Raises Usage."""
        from policy_engine.commands.page_file import PageFile, PageFileError
        from policy_engine.reports.coverage_page import coverage_page

        if not self.tried:
            say(f"note: there is nothing to show: `{path}` is not written")
            return
        title = ", ".join(dict.fromkeys(each.suite.policy.name for each in results))
        read = [*inputs, *(each.suite.path for each in results)]
        try:
            with PageFile(path, [each for each in read if not each.is_dir()]) as file:
                file.write(coverage_page(self.tried, title))
        except PageFileError as fault:
            raise Usage(str(fault)) from None


def files_at(path: Path) -> Iterator[Path]:
    """The test files at ``path``: itself, that of a policy, or all of a folder and those below. Raises Usage."""
    if os.path.isdir(path):
        found = list(_below(path))
        if not found:
            raise Usage(f"there is no test file in `{path}`; their names end in {ENDING}")
        yield from found
    elif path.suffix == ".policy":
        beside = tests_beside(path)
        if not beside.exists():
            raise Usage(f"there is no test file `{beside}` beside the policy")
        yield beside
    elif path.name.endswith(ENDING):
        yield path
    else:
        raise Usage(f"`{path}` is neither a policy nor a test file: the name of a test file ends in {ENDING}")


def _below(path: Path) -> Iterator[Path]:
    faults: list[OSError] = []
    for folder, names, files in os.walk(path, onerror=faults.append):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in sorted(files):
            if name.endswith(ENDING) and not name.startswith(".") and not is_pipe(Path(folder, name)):
                yield Path(folder, name)
    for fault in faults:
        raise Usage(f"`{fault.filename}` cannot be read: {reason_of(fault)}")
