"""Paths to policies: reads a file and all that it uses, and resolves them to one policy or standard.

Reading is a function that the shell may give; nothing else here touches the world.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

from policy_engine.diagnostics import Diagnostic, Report, nearest, why_unreadable
from policy_engine.language.parser import parse
from policy_engine.language.statements import MAX_TEXT
from policy_engine.language.tree import LadderLine, PolicyFile, PromiseLine, RuleLine, UseLine
from policy_engine.model.model import Policy, Standard
from policy_engine.model.resolver import Resolved, resolve
from policy_engine.model.timing import is_timed
from policy_engine.source import Source, Span, is_pipe
from policy_engine.vocabulary.joining import join
from policy_engine.vocabulary.loader import load_vocabulary
from policy_engine.vocabulary.shipped import default_source, default_vocabulary
from policy_engine.vocabulary.vocabulary import Vocabulary

MAX_FILES = 100
"""Files that one policy may use."""

Read = Callable[[str], Source]
"""Reads the text at a path. Raises OSError where it cannot, UnicodeError where it is not text."""


@dataclass(frozen=True)
class Loaded:
    """What came of a file: a policy or a standard where nothing is wrong, and every fault.

    ``files`` are the trees of all policies and standards read, the main one first.
    """

    policy: Policy | None
    standard: Standard | None
    diagnostics: tuple[Diagnostic, ...]
    sources: tuple[Source, ...]
    files: tuple[PolicyFile, ...] = ()


def read_file(path: str) -> Source:
    """The text of a file or pipe, UTF-8, with line breaks as ``\\n``; no more than is needed to see that it
    is too long. Raises OSError, also where it is neither, or UnicodeError.
    """
    mode = os.stat(path).st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISFIFO(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "it is not a file")
    with Path(path).open("rb") as file:
        data = file.read(4 * MAX_TEXT + 1)
    text = data.decode("utf-8-sig")
    return Source(path, text.replace("\r\n", "\n").replace("\r", "\n"))


def load_policy(path: Path | str, read: Read = read_file) -> Loaded:
    """The policy or standard of a file, with all that it uses. Never raises for what the files hold."""
    loading = _Loading(os.fspath(path), read)
    loading.file(os.fspath(path), None, ())
    return loading.result()


def load_text(text: str, name: str = "<text>", vocabulary: Vocabulary | None = None) -> Loaded:
    """The policy of a text that uses no files; for tests, documents and editors."""

    def read(path: str) -> Source:
        if path != name:
            raise FileNotFoundError(path)
        return Source(name, text)

    loading = _Loading(name, read, vocabulary)
    loading.file(name, None, ())
    return loading.result()


def policy_of_trees(
    files: Sequence[PolicyFile], vocabulary: Vocabulary, digest: str
) -> tuple[Policy | None, tuple[Diagnostic, ...]]:
    """The policy of files that were parsed before, the main one first, and every fault of it."""
    report = Report()
    policy = _policy(files, resolve(files, vocabulary, report), vocabulary, digest, report)
    return (None if report.has_errors else policy), report.diagnostics


def load_vocabulary_file(
    path: Path | str, read: Read = read_file
) -> tuple[Vocabulary | None, tuple[Diagnostic, ...]]:
    """The vocabulary of a YAML file, and every fault of it. Never raises for what the file holds."""
    report = Report()
    loading = _Loading(os.fspath(path), read)
    source = loading.source(os.fspath(path), None, None)
    if source is None:
        return None, loading.report.diagnostics
    vocabulary, faults = load_vocabulary(source, loading.base_of(os.fspath(path)))
    report.extend(faults)
    return vocabulary, report.diagnostics


class _Loading:
    """One run of loading: the files read so far, and what is wrong with them."""

    def __init__(self, main: str, read: Read, vocabulary: Vocabulary | None = None) -> None:
        self.main = main
        self.read = read
        self.report = Report()
        self.files: dict[str, PolicyFile] = {}
        self.sources: dict[str, Source] = {}
        self.given = vocabulary
        self.vocabularies: dict[str, Vocabulary | None] = {}
        self.places: dict[str, tuple[Source, Span]] = {}
        """Where each vocabulary is first used."""

    def source(self, path: str, user: Source | None, span: Span | None) -> Source | None:
        """The text at a path; where it cannot be read, the fault is told at the ``use`` that asks for it."""
        try:
            source = self.read(path)
        except (OSError, UnicodeError) as fault:
            code, message = why_unreadable(path, fault)
            hint = self._like(path) if isinstance(fault, FileNotFoundError) else None
            self.report.add(code, message, user, span, hint=hint, subject=path)
            return None
        self.sources[path] = source
        return source

    def _like(self, path: str) -> str | None:
        try:
            beside = [each.name for each in Path(path).parent.iterdir()]
        except OSError:
            return None
        like = nearest(PurePath(path).name, beside)
        if like is None:
            return None
        return f"did you mean `{PurePath(path).with_name(like).as_posix()}`?"

    def file(self, path: str, used: tuple[Source, Span] | None, above: tuple[str, ...]) -> None:
        """Read a policy file and what it uses."""
        source = self.source(path, *(used or (None, None)))
        if source is None:
            return
        tree, faults = parse(source)
        self.report.extend(faults)
        self.files[_key(path)] = tree
        for line in tree.lines:
            if isinstance(line, UseLine):
                self._use(line, path, tree, (*above, _key(path)))

    def _use(self, line: UseLine, path: str, tree: PolicyFile, above: tuple[str, ...]) -> None:
        target = os.path.normpath(os.path.join(os.path.dirname(path), line.path.replace("\0", "")))
        key = _key(target)
        place = (tree.source, line.span)
        if (problem := _path_problem(line.path)) is not None:
            self.report.add("bad-path", problem[0], *place, hint=problem[1])
        elif os.path.isabs(line.path) or not self._is_inside(target):
            self.report.add("outside-folder", f"`{line.path}` is outside the policy's folder", *place,
                            hint="keep what a policy uses in its folder or below")  # fmt: skip
        elif is_pipe(target):
            self.report.add("unreadable", f"`{line.path}` is not a file", *place)
        elif key in above:
            circle = " → ".join(PurePath(each).name for each in (*above[above.index(key) :], key))
            self.report.add(
                "cycle",
                f"these files use each other in a circle: {circle}",
                *place,
                hint="leave one `use` out",
            )
        elif len(self.files) + len(self.vocabularies) >= MAX_FILES:
            self.report.add("beyond-limit", f"a policy uses at most {MAX_FILES} files", *place)
        elif target.endswith((".yaml", ".yml")):
            if key not in self.vocabularies:
                self.vocabularies[key] = self._vocabulary(target, place)
                self.places[key] = place
        elif key not in self.files:
            self.file(target, place, above)

    def _is_inside(self, target: str) -> bool:
        folder = os.path.realpath(os.path.dirname(self.main) or ".")
        return os.path.commonpath([folder, os.path.realpath(target)]) == folder

    def _vocabulary(self, path: str, used: tuple[Source, Span]) -> Vocabulary | None:
        source = self.source(path, *used)
        if source is None:
            return None
        vocabulary, faults = load_vocabulary(source, self.base_of(path))
        self.report.extend(faults)
        return vocabulary

    def base_of(self, path: str) -> Callable[[str], Source | None]:
        """Reads what a vocabulary extends."""

        def base(reference: str) -> Source | None:
            if reference == "default":
                return default_source()
            target = os.path.normpath(os.path.join(os.path.dirname(path), reference.replace("\0", "")))
            if _path_problem(reference) is not None or os.path.isabs(reference):
                return None
            if not self._is_inside(target) or is_pipe(target):
                return None
            try:
                self.sources[target] = self.read(target)
            except (OSError, UnicodeError):
                return None
            return self.sources[target]

        return base

    def result(self) -> Loaded:
        """What came of it all."""
        vocabulary = self._merged()
        policy, standard = None, None
        if self.files and vocabulary is not None:
            files = list(self.files.values())
            made = resolve(files, vocabulary, self.report)
            if _is_standard(files[0]):
                standard = self._standard(files, made, vocabulary)
            else:
                policy = _policy(files, made, vocabulary, self._digest(), self.report)
        is_sound = not self.report.has_errors
        return Loaded(
            policy if is_sound else None, standard if is_sound else None, self.report.diagnostics,
            tuple(self.sources.values()), tuple(self.files.values()),
        )  # fmt: skip

    def _merged(self) -> Vocabulary | None:
        if self.given is not None:
            return self.given
        if not self.vocabularies:
            return default_vocabulary()
        sound = [each for each in self.vocabularies.values() if each is not None]
        if len(sound) < len(self.vocabularies):
            return None
        if len(sound) == 1:
            return sound[0]
        joined, conflicts = join(sound, default_vocabulary())
        places = list(self.places.values())
        for number, message in conflicts:
            self.report.add("duplicate-name", message, *places[number], hint="let one extend the other")
        return joined

    def _standard(self, files: list[PolicyFile], made: Resolved, vocabulary: Vocabulary) -> Standard:
        message = "a standard has `require` sentences only"
        _misplaced(files, RuleLine, message, "put rules into a policy", self.report)
        if not made.promises and not self.report.has_errors:
            self.report.add(
                "empty-policy", "a standard has at least one `require` sentence", files[0].source, Span(0, 1)
            )
        return Standard(
            PurePath(self.main).stem,
            vocabulary,
            tuple(made.promises),
            self._digest(),
            tuple(sorted(made.groups.items())),
        )

    def _digest(self) -> str:
        """Of all the texts, in an order that does not depend on where they are kept."""
        sources = sorted((PurePath(path).name, source.text) for path, source in self.sources.items())
        if self.given is None and not self.vocabularies:
            sources.append(("default", default_source().text))
        return hashlib.sha256(repr(sources).encode()).hexdigest()


def _policy(
    files: Sequence[PolicyFile], made: Resolved, vocabulary: Vocabulary, digest: str, report: Report
) -> Policy:
    message = "`require` belongs in a standard"
    _misplaced(files, PromiseLine, message, "in a policy, write `check that`", report)
    main = files[0].source
    if not made.rules and not made.ladders and not report.has_errors:
        report.add("empty-policy", "a policy has at least one rule or ladder", main, Span(0, 1))
    header = made.headers.get(main.name)
    policy = Policy(
        name=header.name if header else PurePath(main.name).stem,
        version=header.version if header else None,
        effective_from=header.effective_from if header else None,
        vocabulary=vocabulary,
        rules=tuple(made.rules[name] for name in sorted(made.rules)),
        ladders=tuple(made.ladders[name] for name in sorted(made.ladders)),
        nevers=tuple(
            {
                repr((e.action, e.when)): e
                for e in sorted(made.nevers, key=lambda e: repr((e.action, e.when)))
            }.values()
        ),
        overrides=tuple(sorted(set(made.overrides), key=lambda each: (each.winner, each.loser))),
        promises=tuple(made.promises),
        applies=made.applies.get(main.name),
        digest=digest,
        groups=tuple(sorted(made.groups.items())),
    )
    return replace(policy, timed=is_timed(policy))


def _misplaced(files: Sequence[PolicyFile], kind: type, message: str, hint: str, report: Report) -> None:
    for file in files:
        for line in file.lines:
            if isinstance(line, PromiseLine) and kind is PromiseLine and line.required:
                report.add("wrong-place", message, file.source, line.span, hint=hint)
            elif isinstance(line, RuleLine | LadderLine) and kind is RuleLine:
                report.add("wrong-place", message, file.source, line.name.span, hint=hint)


def _path_problem(path: str) -> tuple[str, str] | None:
    """What is wrong with the path that a file names, and what to do; None where it is one."""
    if not path.strip():
        return "`use` names no file", 'for example: use "crisis.policy"'
    if "://" in path:
        return f"`{path}` is an address, not a file", "keep what a policy uses in its folder or below"
    if not path.isprintable():
        return f"`{path}` holds a character that no file name has", "write the name again"
    return None


def _key(path: str) -> str:
    return os.path.realpath(path)


def _is_standard(file: PolicyFile) -> bool:
    if file.source.name.endswith(".standard"):
        return True
    required = any(isinstance(line, PromiseLine) and line.required for line in file.lines)
    return required and not any(isinstance(line, RuleLine | LadderLine) for line in file.lines)
