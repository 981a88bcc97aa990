"""``lint``: what is doubtful in policies and standards, and what a fix would change."""

from __future__ import annotations

import difflib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from policy_engine.commands.exit_codes import FINDINGS, FINE, UNUSABLE
from policy_engine.commands.opening import UNREADABLE
from policy_engine.commands.policy_files import policy_files
from policy_engine.commands.standard_error import say
from policy_engine.diagnostics import Diagnostic, Fix, Severity
from policy_engine.lint.fixing import mended
from policy_engine.lint.linting import chosen, lint, rule_named, rules
from policy_engine.lint.rule import Rule, Subject, Surroundings
from policy_engine.model.loading import Loaded, load_policy, read_file
from policy_engine.reports.diagnostics_text import clean_line
from policy_engine.reports.manual import Page, Sample, page_text
from policy_engine.reports.screen import COLUMNS, wrapped
from policy_engine.source import Source
from policy_engine.whole_file import WholeFile

if TYPE_CHECKING:
    from policy_engine.reports.junit import Case


@dataclass(frozen=True)
class Options:
    """What is asked of `lint`. ``fail_on`` is ``error``, ``warning`` or ``never``."""

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fix: bool = False
    unsafe: bool = False
    diff: bool = False
    fail_on: str = "warning"
    form: str = "text"


def explain(name: str) -> int:
    """Print the manual page of a rule. The exit code."""
    try:
        rule = rule_named(name)
    except ValueError as fault:
        say(f"error: {fault}")
        return UNUSABLE
    print("\n".join(page_text(_page(rule))))
    return FINE


def show_all() -> int:
    """Print a line for every rule. The exit code."""
    longest = max(len(rule.name) for rule in rules())
    for rule in rules():
        for line in wrapped(
            rule.summary.split(), COLUMNS, f"{rule.number}  {rule.name:<{longest}}  ", " " * 9
        ):
            print(line)
    return FINE


def _page(rule: Rule) -> Page:
    samples = [
        tuple(Sample(each.text, each.fixed) for each in several) for several in (rule.invalid, rule.valid)
    ]
    return Page(rule.name, rule.number, rule.severity, rule.manual, rule.fixes, rule.proves, *samples)


def run(paths: Sequence[Path], options: Options) -> int:
    """Look at everything at ``paths``, print what was found, and mend what is to be mended. The exit code."""
    try:
        asked = chosen(options.select, options.ignore)
    except ValueError as fault:
        say(f"error: {fault}")
        return UNUSABLE
    found: list[Diagnostic] = []
    files = aside = 0
    for each in _files(paths):
        if isinstance(each, Diagnostic):
            found.append(each)
            continue
        files += 1
        linting = _Linting(each, asked)
        if options.fix or options.diff:
            linting.mend(options)
        found += linting.found
        aside += linting.aside
    ordered = _once(found)
    _put(ordered, files, aside, options)
    return _code(ordered, options)


def _files(paths: Sequence[Path]) -> Iterator[Path | Diagnostic]:
    seen: set[Path] = set()
    for path in paths:
        for each in policy_files(path, vocabularies=False):
            if isinstance(each, Diagnostic) or each not in seen:
                yield each
            if isinstance(each, Path):
                seen.add(each)


class _Linting:
    """One file, as it was found and as it is after the fixes."""

    def __init__(self, path: Path, asked: Sequence[Rule]) -> None:
        self.path = path
        self.asked = asked
        self.aside = 0
        self.source: Source | None = None
        _, self.found = self._look(None)

    def _look(self, text: Source | None) -> tuple[bool, tuple[Diagnostic, ...]]:
        """What is found in the file, or in ``text`` in its place; and whether that can be read."""
        name = str(self.path)

        def read(path: str) -> Source:
            return text if text is not None and path == name else read_file(path)

        loaded = load_policy(name, read)
        subject = _subject(loaded, Path(name))
        if subject is None:
            return False, loaded.diagnostics
        self.source = subject.source
        linted = lint(subject, self.asked)
        self.aside = linted.set_aside
        return True, (*loaded.diagnostics, *linted.findings)

    def mend(self, options: Options) -> None:
        """Put the fixes in, or show what they would change."""
        if self.source is None:
            return
        before = self.source
        after, done = mended(before, self._look, unsafe=options.unsafe)
        if not done:
            return
        if options.diff:
            sys.stdout.writelines(_difference(before, after, done))
            return
        _, self.found = self._look(after)
        _write(self.path, after.text)
        say(f"note: {self.path}: {_many(len(done), 'fix', 'fixes')} put in")


def _subject(loaded: Loaded, path: Path) -> Subject | None:
    if (loaded.policy is None and loaded.standard is None) or not loaded.files:
        return None
    around = Surroundings(date.today())
    return Subject(loaded.files[0], loaded.policy, loaded.standard, around, used=loaded.files[1:])


def _write(path: Path, text: str) -> None:
    """The text in place of the old one, with the line breaks that the file has."""
    with path.open("rb") as file:
        line_break = "\r\n" if b"\r\n" in file.read() else "\n"
    with WholeFile(path) as whole:
        whole.write([text.replace("\n", line_break)])


def _difference(before: Source, after: Source, done: Sequence[Fix]) -> Iterator[str]:
    safe = sum(fix.safe for fix in done)
    yield f"# {_many(safe, 'safe fix', 'safe fixes')}, {_many(len(done) - safe, 'unsafe fix', 'unsafe fixes')}\n"
    lines = difflib.unified_diff(
        before.text.splitlines(), after.text.splitlines(), before.name, f"{before.name} (mended)", lineterm=""
    )
    yield from (f"{clean_line(line)}\n" for line in lines)


def _once(found: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Each finding once, though several policies may use the file that it stands in; by file and place."""
    kept = {(each.code, *each.order): each for each in found}
    return sorted(kept.values(), key=lambda each: (*each.order, each.code))


def _put(found: Sequence[Diagnostic], files: int, aside: int, options: Options) -> None:
    if options.form != "text":
        _put_for_programs(found, files, options.form)
        return
    from policy_engine.reports.diagnostics_text import diagnostic_text
    from policy_engine.reports.screen import Screen

    screen = Screen(sys.stdout)
    for each in found:
        print(diagnostic_text(each, screen))
    if found:
        print()
    errors = sum(each.severity is Severity.ERROR for each in found)
    said = [_many(files, "file"), _many(errors, "error"), _many(len(found) - errors, "warning")]
    said += [f"{aside:,} set aside by comments"] if aside else []
    print(", ".join(said))


def _put_for_programs(found: Sequence[Diagnostic], files: int, form: str) -> None:
    match form:
        case "json":
            from policy_engine.reports.diagnostics_json import FORMAT_VERSION, diagnostic_json

            shown = [diagnostic_json(each) for each in found]
            _put_json({"format_version": FORMAT_VERSION, "files": files, "diagnostics": shown})
        case "sarif":
            from policy_engine import __version__
            from policy_engine.reports.sarif import sarif

            _put_json(sarif(found, {rule.name: _page(rule) for rule in rules()}, __version__))
        case "gitlab":
            from policy_engine.reports.annotations import gitlab

            _put_json(gitlab(found))
        case "github":
            from policy_engine.reports.annotations import github

            for line in github(found):
                print(line)
        case _:
            from policy_engine.reports.junit import junit_xml

            sys.stdout.write(junit_xml(map(_case, found)))


def _put_json(value: object) -> None:
    print(json.dumps(value, indent=2))


def _case(found: Diagnostic) -> Case:
    from policy_engine.reports.junit import Case, Problem

    name = found.location.name if found.location else found.subject or ""
    line = found.location.line if found.location else None
    said = (*((found.hint,) if found.hint else ()), *found.notes)
    problem = Problem(found.code, found.message, said, is_error=found.severity is Severity.ERROR)
    return Case("policy-engine lint", f"{name}:{line or 1} {found.code}", problem, name, line)


def _code(found: Sequence[Diagnostic], options: Options) -> int:
    if any(each.code in UNREADABLE and each.location is None for each in found):
        return UNUSABLE
    failing = {"never": (), "error": (Severity.ERROR,)}.get(options.fail_on, tuple(Severity))
    return FINDINGS if any(each.severity in failing for each in found) else FINE


def _many(number: int, what: str, more: str | None = None) -> str:
    return f"{number:,} {what if number == 1 else more or f'{what}s'}"
