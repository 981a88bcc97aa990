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
from policy_engine.commands.settings_file import settings_for
from policy_engine.commands.standard_error import say, tell
from policy_engine.commands.surroundings import Around
from policy_engine.commands.workers import WorkerLost, can_share, cores, in_order
from policy_engine.diagnostics import Diagnostic, Fix, Severity, reason_of
from policy_engine.lint.fixing import mended
from policy_engine.lint.linting import chosen, lint, rule_named, rules
from policy_engine.lint.rule import Rule, Subject
from policy_engine.lint.settings import Settings
from policy_engine.model.loading import load_policy, read_file
from policy_engine.reports.diagnostics_text import clean_line
from policy_engine.reports.english import many
from policy_engine.reports.manual import Page, Sample, page_text
from policy_engine.reports.screen import COLUMNS, wrapped
from policy_engine.source import Source, is_pipe
from policy_engine.whole_file import WholeFile

if TYPE_CHECKING:
    from policy_engine.commands.lint_cache import LintCache
    from policy_engine.reports.junit import Case


@dataclass(frozen=True)
class Options:
    """What is asked of `lint`. ``fail_on`` is ``error``, ``warning`` or ``never``; None leaves it to the settings.

    ``cache`` says whether to keep, and to take, what was found before; ``prove``, whether to ask rules that prove what
    they say, too. Those that are selected by name are asked in any case.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fix: bool = False
    unsafe: bool = False
    diff: bool = False
    fail_on: str | None = None
    form: str = "text"
    cache: bool = True
    prove: bool = False


_ENOUGH_FOR_A_PROCESS = 20
"""Files that make another process worth its start."""


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
    plans: list[_Plan] = []
    for path in paths:
        plan = _plan(path, options)
        if plan is None:
            return UNUSABLE
        plans.append(plan)
    tasks, found = _files(paths, plans)
    is_failing = any(_fails(each, plan.fail_on) for each, plan in found)
    everything = [each for each, _ in found]
    aside = 0
    try:
        for task, looked in _looked_at(tasks, options):
            is_failing = is_failing or any(_fails(each, task.plan.fail_on) for each in looked.found)
            everything += looked.found
            _say_undecided(task.path, looked.undecided)
            aside += looked.set_aside
    except WorkerLost:
        say("error: a process that looked at policies ended before its time; is there too little memory?")
        return UNUSABLE
    ordered = _once(everything)
    _put(ordered, len(tasks), aside, options)
    if any(each.code in UNREADABLE and each.location is None for each in ordered):
        return UNUSABLE
    return FINDINGS if is_failing else FINE


def found_in(path: Path) -> tuple[Diagnostic, ...]:
    """What is found in one file by the rules that the team has set; nothing, after a message, without settings."""
    plan = _plan(path, Options())
    return () if plan is None else tuple(_Linting(_Task(path, plan), Around(date.today())).found)


@dataclass(frozen=True)
class _Plan:
    """How the files of one path are looked at."""

    asked: tuple[Rule, ...]
    settings: Settings
    fail_on: str


@dataclass(frozen=True)
class _Task:
    """A file that is to be looked at."""

    path: Path
    plan: _Plan


@dataclass(frozen=True)
class _Looked:
    """What was found in a file, how much comments have set aside, and what no proof was found of in time."""

    found: tuple[Diagnostic, ...]
    set_aside: int
    undecided: tuple[str, ...] = ()


def _plan(path: Path, options: Options) -> _Plan | None:
    """What the command says, else what the team has set; None, after a message, where one of the two is wrong."""
    settings, faults = settings_for(path)
    if settings is None:
        for each in faults:
            tell(each)
        return None
    try:
        select, ignore = options.select or settings.select, (*options.ignore, *settings.ignore)
        asked = chosen(select, ignore, proofs=options.prove or bool(select))
    except ValueError as fault:
        say(f"error: {fault}")
        return None
    return _Plan(asked, settings, options.fail_on or settings.fail_on or "warning")


def _files(
    paths: Sequence[Path], plans: Sequence[_Plan]
) -> tuple[list[_Task], list[tuple[Diagnostic, _Plan]]]:
    """The files at the paths, each once, and what keeps others from being found."""
    tasks: dict[Path, _Task] = {}
    faults: list[tuple[Diagnostic, _Plan]] = []
    for path, plan in zip(paths, plans, strict=True):
        for each in policy_files(path, vocabularies=False):
            if isinstance(each, Diagnostic):
                faults.append((each, plan))
            else:
                tasks.setdefault(each, _Task(each, plan))
    return list(tasks.values()), faults


def _looked_at(tasks: Sequence[_Task], options: Options) -> Iterator[tuple[_Task, _Looked]]:
    """What is in the files: what was kept from before where nothing has changed, else looked at, in several processes
    where there are many. With fixes, one after the other: a file may be used by the next.
    """
    around = Around(date.today())
    if options.fix or options.diff:
        for task in tasks:
            linting = _Linting(task, around)
            linting.mend(options)
            yield task, _Looked(tuple(linting.found), linting.aside, linting.undecided)
        return
    caches = _caches(tasks, around.today) if options.cache else {}
    kept = [_kept_before(task, around, caches.get(id(task.plan))) for task in tasks]
    left = [task for task, each in zip(tasks, kept, strict=True) if each is None]
    jobs = min(cores(), len(left) // _ENOUGH_FOR_A_PROCESS)

    def look(task: int) -> _Looked:
        return _look(left[task], around, caches.get(id(left[task].plan)))

    numbers = range(len(left))
    made = in_order(look, numbers, jobs) if jobs > 1 and can_share() else map(look, numbers)
    for task, each in zip(tasks, kept, strict=True):
        yield task, each if each is not None else next(made)
    for cache in set(caches.values()) if left else ():
        cache.tidy()


def _caches(tasks: Sequence[_Task], today: date) -> dict[int, LintCache]:
    """For each plan, what was found before; empty where the user has no folder for it that can be trusted."""
    from policy_engine.commands.lint_cache import LintCache, own_folder

    folder = own_folder()
    found: dict[int, LintCache] = {}
    for task in tasks if folder is not None else ():
        plan = task.plan
        if folder is not None and id(plan) not in found:
            asked = [rule.name for rule in plan.asked]
            values = [[*key, value] for key, value in sorted(plan.settings.values.items())]
            found[id(plan)] = LintCache(folder, [asked, values, today.isoformat()])
    return found


def _kept_before(task: _Task, around: Around, cache: LintCache | None) -> _Looked | None:
    if cache is None:
        return None
    name = str(task.path)
    try:
        key = cache.key(name, read_file(name).text) if not is_pipe(name) else None
    except (OSError, UnicodeError):
        return None
    before = cache.kept(key, read_file, lambda asked: around.digest(task.path, asked)) if key else None
    return None if before is None else _Looked(*before)


def _look(task: _Task, around: Around, cache: LintCache | None) -> _Looked:
    """What is found in a file, kept for the next time."""
    linting = _Linting(task, around)
    looked = _Looked(tuple(linting.found), linting.aside, linting.undecided)
    is_whole = (
        linting.source is not None and not linting.undecided
    )  # what took too long may not the next time
    if cache is not None and linting.source is not None and is_whole and not is_pipe(task.path):
        from policy_engine.commands.lint_cache import content_digest

        asked = [(each, around.digest(task.path, each)) for each in sorted(linting.questions)]
        read = [(path, content_digest(text)) for path, text in linting.read.items()]
        cache.keep(
            cache.key(str(task.path), linting.source.text), read, asked, looked.found, looked.set_aside
        )
    return looked


class _Linting:
    """One file, as it was found and as it is after the fixes."""

    def __init__(self, task: _Task, around: Around) -> None:
        self.path = task.path
        self.plan = task.plan
        self.around = around
        self.aside = 0
        self.undecided: tuple[str, ...] = ()
        self.source: Source | None = None
        self.read: dict[str, str] = {}
        self.questions: set[str] = set()
        _, self.found = self._look(None)

    def _look(self, text: Source | None) -> tuple[bool, tuple[Diagnostic, ...]]:
        """What is found in the file, or in ``text`` in its place; and whether that can be read."""
        name = str(self.path)

        def read(path: str) -> Source:
            source = text if text is not None and path == name else read_file(path)
            self.read[path] = source.text
            return source

        loaded = load_policy(name, read)
        if (loaded.policy is None and loaded.standard is None) or not loaded.files:
            return False, loaded.diagnostics
        subject = Subject(
            loaded.files[0], loaded.policy, loaded.standard, self.around.of(self.path, self.questions.add),
            self.plan.settings.values, loaded.files[1:],
        )  # fmt: skip
        self.source = subject.source
        linted = lint(subject, self.plan.asked)
        self.aside = linted.set_aside
        self.undecided = linted.undecided
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
        try:
            _write(self.path, after.text)
        except OSError as fault:
            _, self.found = self._look(None)
            why = reason_of(fault)
            self.found += (
                Diagnostic("unreadable", f"the file cannot be written: {why}", subject=str(self.path)),
            )
        else:
            say(f"note: {self.path}: {many(len(done), 'fix', 'fixes')} put in")


def _say_undecided(path: Path, undecided: Sequence[str]) -> None:
    """What was not found out is said, once for each file: it is no finding, and no proof of the contrary."""
    open_questions = dict.fromkeys(undecided)
    if open_questions:
        from policy_engine.findings.proofs import SECONDS

        number = many(len(open_questions), "question")
        was = "was" if len(open_questions) == 1 else "were"
        listed = "; ".join(open_questions)
        say(f"note: {path}: {number} {was} not decided within {SECONDS:g} s: {listed}")


def _write(path: Path, text: str) -> None:
    """The text in place of the old one, with the line breaks that the file has."""
    with path.open("rb") as file:
        line_break = "\r\n" if b"\r\n" in file.read() else "\n"
    with WholeFile(path) as whole:
        whole.write([text.replace("\n", line_break)])


def _difference(before: Source, after: Source, done: Sequence[Fix]) -> Iterator[str]:
    safe = sum(fix.safe for fix in done)
    yield f"# {many(safe, 'safe fix', 'safe fixes')}, {many(len(done) - safe, 'unsafe fix', 'unsafe fixes')}\n"
    told = dict.fromkeys((not fix.safe, fix.title) for fix in done)
    yield from (
        f"# {'unsafe' if unsafe else 'safe'}: {clean_line(title)}\n" for unsafe, title in sorted(told)
    )
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
    said = [many(files, "file"), many(errors, "error"), many(len(found) - errors, "warning")]
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


def _fails(found: Diagnostic, fail_on: str) -> bool:
    failing = {"never": (), "error": (Severity.ERROR,)}.get(fail_on, tuple(Severity))
    return found.severity in failing
