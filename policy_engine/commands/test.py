"""``test``: test files beside policies, run; what was expected and did not come is told."""

from __future__ import annotations

import fnmatch
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from policy_engine.commands.exit_codes import FINDINGS, FINE, UNUSABLE
from policy_engine.commands.standard_error import say, tell
from policy_engine.commands.usage import Usage
from policy_engine.diagnostics import Diagnostic, Severity
from policy_engine.policytest.case import Suite
from policy_engine.policytest.file_name import ENDING, tests_beside
from policy_engine.policytest.reading import read_suite
from policy_engine.policytest.running import SuiteResult, run_suite
from policy_engine.source import is_pipe
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.reading import read_conversations

_UNREADABLE = frozenset({"missing-file", "unreadable", "not-text"})


@dataclass(frozen=True, slots=True)
class Options:
    """Which tests to run, and how to tell what came of them."""

    only: Sequence[str] = ()
    as_json: bool = False
    junit: Path | None = None


def test(paths: Sequence[Path], options: Options) -> int:
    """Run and print. The exit code."""
    try:
        return _Run(options).over(paths)
    except Usage as fault:
        say(f"error: {fault}")
        return UNUSABLE


class _Run:
    """One call of the command."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.faults: list[Diagnostic] = []
        self.is_unreadable = False
        self.unusable = 0
        """Test files that have mistakes."""

    def over(self, paths: Sequence[Path]) -> int:
        """Go through everything at ``paths``."""
        results = [result for suite in self._suites(paths) if (result := self._result(suite)) is not None]
        is_any = any(each.cases or each.checks for each in results)
        if self.options.only and not is_any and not self.faults:
            shown = ", ".join(f"`{each}`" for each in self.options.only)
            raise Usage(f"no test is called like {shown}")
        self._print(results)
        if self.options.junit is not None:
            self._write_junit(results, self.options.junit)
        if self.is_unreadable:
            return UNUSABLE
        return FINE if not self.faults and all(each.passed for each in results) else FINDINGS

    # --- which tests ---

    def _suites(self, paths: Sequence[Path]) -> Iterator[Suite]:
        seen: set[str] = set()
        for path in paths:
            for file in test_files(path):
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

    def _result(self, suite: Suite) -> SuiteResult | None:
        others = self._others(suite)
        if others is None:
            return None
        return run_suite(suite, others, self._is_wanted)

    def _others(self, suite: Suite) -> list[Conversation] | None:
        """The recorded conversations that the checks look at, too; None where some cannot be read."""
        read = list(read_conversations(suite.others))
        faults = [each for each in read if isinstance(each, Diagnostic)]
        self._take(faults)
        return None if faults else [each for each in read if isinstance(each, Conversation)]

    # --- results ---

    def _print(self, results: Sequence[SuiteResult]) -> None:
        if self.options.as_json:
            from policy_engine.reports.suite_json import suites_json

            print(json.dumps(suites_json(results, self.faults), indent=2))
            return
        from policy_engine.reports.screen import Screen
        from policy_engine.reports.suite_text import count_words, suite_text

        screen = Screen(sys.stdout)
        for result in results:
            for line in suite_text(result, screen) if not result.passed else ():
                print(line)
        print(screen.signs(count_words(results, self.unusable)))

    def _write_junit(self, results: Sequence[SuiteResult], path: Path) -> None:
        from policy_engine.reports.junit import junit_xml

        _write(path, junit_xml(results, self.faults))


def test_files(path: Path) -> Iterator[Path]:
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
        raise Usage(f"`{fault.filename}` cannot be read: {(fault.strerror or 'unknown reason').lower()}")


def _write(path: Path, text: str) -> None:
    """Write a result to a file, whole or not at all. Raises Usage."""
    from policy_engine.whole_file import WholeFile

    try:
        with WholeFile(path) as file:
            file.write([text])
    except OSError as fault:
        raise Usage(f"`{path}` cannot be written: {(fault.strerror or 'unknown reason').lower()}") from None
