"""``review``: what a change of a policy repository does, as one comment for those who decide on it."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from policy_engine.commands.disagreement import tell_disagreement
from policy_engine.commands.exit_codes import FINDINGS, FINE, UNUSABLE
from policy_engine.commands.lint import found_in
from policy_engine.commands.opening import opened_file
from policy_engine.commands.recorded_pair import RecordedOptions, RecordedPair
from policy_engine.commands.snapshot import CONVERSATIONS, Snapshot, snapshot
from policy_engine.commands.standard_error import say
from policy_engine.commands.test_files import write
from policy_engine.commands.usage import Usage, check_budget
from policy_engine.diagnostics import Diagnostic
from policy_engine.difference.comparison import compare
from policy_engine.difference.difference import Finding
from policy_engine.difference.ladder import ladder
from policy_engine.difference.promises import promises_held
from policy_engine.language.tree import PolicyLine
from policy_engine.model.loading import Loaded, load_policy
from policy_engine.model.model import Policy, Standard
from policy_engine.policytest.covering import covered
from policy_engine.policytest.file_name import tests_beside
from policy_engine.policytest.reading import read_suite
from policy_engine.policytest.running import run_suite
from policy_engine.review.changed_lines import changed_lines
from policy_engine.review.review import Failing, Fate, Review, Reviewed, Tests, errors
from policy_engine.transcripts.reading import read_conversations
from policy_engine.verify.ladder import ladder as promise_ladder
from policy_engine.verify.replay import Disagreement
from policy_engine.verify.verdict import verify

_STANDARDS = "standards"
_TESTS = "tests"


@dataclass(frozen=True, slots=True)
class Options:
    """What is looked at, what the review fails on, and how it is told.

    ``path`` is a folder in both sides, ``seconds`` the budget of each question. ``files`` is an address that paths
    of the new side are put behind, ``report`` one of the full report, ``full`` a file that it is written to.
    """

    path: str = "."
    standards: Sequence[Path] = ()
    recorded: RecordedOptions = field(default_factory=RecordedOptions)
    fail_on: frozenset[Failing] = frozenset()
    seconds: float = 10.0
    form: str = "markdown"
    files: str | None = None
    report: str | None = None
    full: Path | None = None


def failing_named(written: Sequence[str]) -> frozenset[Failing]:
    """What `--fail-on` names, with commas between. Raises Usage."""
    names = [each.strip() for several in written for each in several.split(",") if each.strip()]
    known = {each.value: each for each in Failing}
    for each in names:
        if each not in known:
            raise Usage(f"`--fail-on` knows {', '.join(known)}, and no `{each}`")
    return frozenset(known[each] for each in names)


def review(base: str, head: str, fail_on: Sequence[str], options: Options) -> int:
    """Compare two sides and print. The exit code."""
    try:
        options = replace(options, fail_on=failing_named(fail_on))
        _check(options)
        with tempfile.TemporaryDirectory(prefix="policy-review-") as made:
            found = _Reviewing(*_sides(base, head, options, Path(made)), options).review()
        _print(found, options)
        return FINDINGS if found.fails(options.fail_on) else FINE
    except Usage as fault:
        say(f"error: {fault}")
    except Disagreement as fault:
        tell_disagreement(fault)
    return UNUSABLE


def _check(options: Options) -> None:
    """Whether the options can be followed. Raises Usage."""
    check_budget(options.seconds)
    normal = os.path.normpath(options.path)
    if os.path.isabs(normal) or normal.split(os.sep)[0] == os.pardir:
        raise Usage(f"`--path` is a folder below the one that is reviewed, not `{options.path}`")
    for name, each in (("--file-url", options.files), ("--report-url", options.report)):
        if each is not None and not each.startswith(("https://", "http://")):
            raise Usage(f"`{name}` is an address that begins with https://, not `{each}`")
    if any(str(each) == "-" for each in options.recorded.on):
        raise Usage("`--on` names files or folders here: each policy reads them anew")
    if options.full is not None and options.full.suffix != ".md":
        raise Usage(f"`--full` writes Markdown: call the file something.md, not `{options.full}`")


def _sides(base: str, head: str, options: Options, made: Path) -> tuple[Snapshot, Snapshot]:
    """Both sides, written out; a revision is of the repository of the folder on the other side. Raises Usage."""
    beside = next((each for each in (head, base) if os.path.isdir(each)), os.curdir)
    found = []
    for number, side in enumerate((base, head)):
        root = made / str(number)
        root.mkdir()
        found.append(snapshot(side, beside, options.path, root))
    old, new = found
    if not any(each.endswith(".policy") for each in (*old.files, *new.files)):
        raise Usage("there is no policy on either side; their names end in .policy")
    return old, new


@dataclass(frozen=True, slots=True)
class _Side:
    """One side: its policies that stand for themselves, by path, and all texts that each is made of."""

    snapshot: Snapshot
    loaded: dict[str, Loaded]
    texts: dict[str, dict[str, str]]


def _side(of: Snapshot) -> _Side:
    """Load all policies. One that another uses, and that has no header and no tests, is a part of that one."""
    loaded = {each: load_policy(of.root / each) for each in of.files if each.endswith(".policy")}
    texts = {
        # the file's own text stands here even where it is not text, so that it cannot change unseen
        each: {each: of.text(each)} | {of.place(source.name): source.text for source in found.sources}
        for each, found in loaded.items()
    }
    used = {name for each, several in texts.items() for name in several if name != each}
    own = [each for each in loaded if each not in used or _has_header(loaded[each]) or _tests(of, each)]
    return _Side(of, {each: loaded[each] for each in own}, {each: texts[each] for each in own})


def _has_header(loaded: Loaded) -> bool:
    return bool(loaded.files) and any(isinstance(line, PolicyLine) for line in loaded.files[0].lines)


def _tests(of: Snapshot, path: str) -> str | None:
    """The test file of a policy: beside it, or in a folder `tests` beside it."""
    beside = tests_beside(Path(path))
    for each in (beside, beside.parent / _TESTS / beside.name):
        if each.as_posix() in of.files:
            return each.as_posix()
    return None


class _Reviewing:
    """One review."""

    def __init__(self, old: Snapshot, new: Snapshot, options: Options) -> None:
        self._old = _side(old)
        self._new = _side(new)
        self._options = options
        self._notes: list[str] = [
            *new.notes,
            *(f"before: {each}" for each in old.notes if each not in new.notes),
        ]

    def review(self) -> Review:
        """Look at everything that changed. Raises Usage and Disagreement."""
        given = [self._given_standard(each) for each in self._options.standards]
        moved = self._moved()
        paths = sorted(
            {*self._new.loaded, *(each for each in self._old.loaded if each not in moved.values())}
        )
        found = [
            each for path in paths if (each := self._reviewed(path, moved.get(path, path), given)) is not None
        ]
        findings, elsewhere = self._findings()
        return Review(tuple(found), findings, elsewhere, tuple(dict.fromkeys(self._notes)))

    def _moved(self) -> dict[str, str]:
        """Where policies lay before that lie elsewhere now: those of the same name, if it is theirs alone."""
        before, after = (
            {
                path: loaded.policy.name
                for path, loaded in one.loaded.items()
                if loaded.policy is not None and path not in other.loaded
            }
            for one, other in ((self._old, self._new), (self._new, self._old))
        )
        found = {}
        for path, name in after.items():
            places = [each for each, called in before.items() if called == name]
            if len(places) == 1 and list(after.values()).count(name) == 1:
                found[path] = places[0]
        return found

    def _reviewed(self, path: str, old_path: str, given: Sequence[Standard]) -> Reviewed | None:
        """What became of one policy; None where it, all that it uses, and its tests are as before."""
        old, new = self._old.loaded.get(old_path), self._new.loaded.get(path)
        before, after = self._old.texts.get(old_path, {}), self._new.texts.get(path, {})
        tests = self._tests_of(self._old, old_path), self._tests_of(self._new, path)
        texts = tuple(
            _named_text(side.snapshot, each) for side, each in zip((self._old, self._new), tests, strict=True)
        )
        if before == after and texts[0] == texts[1]:
            return None
        names = sorted({*before, *after})
        files = [each for each in names if before.get(each) != after.get(each)]
        files += [each for each in dict.fromkeys(tests) if each is not None and texts[0] != texts[1]]
        fate = Fate.ADDED if old is None else Fate.REMOVED if new is None else Fate.CHANGED
        policy = new.policy if new is not None else old.policy if old is not None else None
        reviewed = Reviewed(
            path, fate, policy, old_path if old_path != path else None, tuple(dict.fromkeys(files)),
            () if new is None else tuple(self._new.snapshot.told(each) for each in errors(new.diagnostics)),
            old is not None and old.policy is None,
            tests=(_run(self._old.snapshot, tests[0]), _run(self._new.snapshot, tests[1])),
        )  # fmt: skip
        if new is None or new.policy is None:
            return reviewed
        standards = [*given, *self._standards(path)]
        if old is None or old.policy is None:
            verdicts = verify(new.policy, standards, promise_ladder(), self._options.seconds)
            return replace(reviewed, verdicts=tuple(verdicts))
        return self._compared(reviewed, old.policy, new.policy, standards)

    def _compared(
        self, reviewed: Reviewed, old: Policy, new: Policy, standards: Sequence[Standard]
    ) -> Reviewed:
        seconds = self._options.seconds
        comparison = compare(old, new, ladder(), seconds)
        if comparison.finding is not Finding.ALIKE or old.promises != new.promises:
            held = promises_held((old, new), standards, promise_ladder(), seconds)
            comparison = replace(comparison, promises=tuple(held))
        on = self._conversations(reviewed.path)
        if on and comparison.finding is not Finding.ALIKE:
            log = RecordedPair((old, new), replace(self._options.recorded, on=on), is_quiet=True)
            try:
                comparison = replace(comparison, recorded=log.counted())
            except Usage as fault:
                self._notes.append(f"`{reviewed.path}` was tried on no conversation: {fault}")
            if not log.is_sound:
                self._notes.append("some conversations could not be read")
        return replace(reviewed, comparison=comparison)

    # --- what stands around a policy ---

    def _tests_of(self, side: _Side, path: str) -> str | None:
        return _tests(side.snapshot, path) if path in side.loaded else None

    def _conversations(self, path: str) -> tuple[Path, ...]:
        """The sample conversations of a policy: those that were given, else of its folder or the nearest above.

        Where that has a folder that is called as the policy's file is, only those in it.
        """
        if self._options.recorded.on:
            return tuple(self._options.recorded.on)
        name = PurePosixPath(path)
        for folder in name.parents:
            for each in (folder / CONVERSATIONS / name.stem, folder / CONVERSATIONS):
                if any(file.startswith(f"{each}/") for file in self._new.snapshot.files):
                    return (self._new.snapshot.root / each,)
        return ()

    def _standards(self, path: str) -> list[Standard]:
        """The standards in a folder `standards` beside the policy or above; what cannot be read is noted."""
        folders = [f"{each / _STANDARDS}/" for each in PurePosixPath(path).parents]
        found = []
        for file in self._new.snapshot.files:
            if file.endswith(".standard") and f"{PurePosixPath(file).parent}/" in folders:
                standard = load_policy(self._new.snapshot.root / file).standard
                if standard is None:
                    self._notes.append(f"the standard `{file}` has mistakes: no policy is held to it")
                else:
                    found.append(standard)
        return found

    def _given_standard(self, path: Path) -> Standard:
        found, _ = opened_file(path)
        if not isinstance(found, Standard):
            raise Usage(f"`{path}` cannot be used as a standard")
        return found

    # --- lint ---

    def _findings(self) -> tuple[tuple[Diagnostic, ...], int]:
        """What lint finds on changed lines, and how much it finds on others of changed files."""
        old, new = self._old.snapshot, self._new.snapshot
        found: list[Diagnostic] = []
        elsewhere = 0
        for file in new.files:
            before, after = old.text(file), new.text(file)
            if not file.endswith((".policy", ".standard")) or (before == after and file in old.files):
                continue
            lines = changed_lines(before, after) if file in old.files else None
            for each in map(new.told, found_in(new.root / file)):
                if each.location is None or each.location.name != file:
                    continue
                if lines is None or lines & _lines_of(each):
                    found.append(each)
                else:
                    elsewhere += 1
        return tuple(sorted(found, key=lambda each: (*each.order, each.code))), elsewhere


def _lines_of(found: Diagnostic) -> frozenset[int]:
    where = found.location
    if where is None:
        return frozenset()
    last = where.source.position(max(where.span.start, where.span.end - 1))[0]
    return frozenset(range(where.line, last + 1))


def _named_text(of: Snapshot, file: str | None) -> str | None:
    return None if file is None else of.text(file)


def _run(of: Snapshot, file: str | None) -> Tests | None:
    """What comes of a test file; None where there is none."""
    if file is None:
        return None
    suite, found = read_suite(of.root / file)
    mistakes = tuple(map(of.told, errors(found)))
    if suite is None:
        return Tests(mistakes=mistakes)
    others = (each for each in read_conversations(suite.others) if not isinstance(each, Diagnostic))
    result = run_suite(suite, others)
    goals = covered([result])
    failing = [each.case.name for each in result.cases if not each.passed]
    failing += [each.check.name for each in result.checks if not each.passed]
    return Tests(
        len(result.every), tuple(failing), sum(bool(each.by) for each in goals), len(goals), mistakes
    )


def _print(found: Review, options: Options) -> None:
    from policy_engine.reports.review_markdown import Addresses, review_markdown

    addresses = Addresses(options.files, options.report)
    if options.full is not None:
        write(options.full, "\n".join(review_markdown(found, addresses, is_full=True)) + "\n")
    if options.form == "json":
        from policy_engine.reports.review_json import review_json

        print(json.dumps(review_json(found), indent=2, allow_nan=False))
        return
    sys.stdout.write("\n".join(review_markdown(found, addresses)) + "\n")
