"""What stands around a policy file: its neighbours and its tests. Each folder is looked at once in a run."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

from policy_engine.commands.policy_files import POLICIES
from policy_engine.language.statements import MAX_TEXT, understood
from policy_engine.lint.contents import words_in
from policy_engine.lint.rule import Opening, Surroundings
from policy_engine.model.loading import read_file
from policy_engine.policytest.file_name import ENDING, tests_beside
from policy_engine.source import is_pipe

MOST_BESIDE = 5_000
"""Policies of one folder, with those in it, that are looked at."""

_HEADER = re.compile(
    r'^[ \t]*policy\s+"([^"\n]*)"(?:\s+version\s+"([^"\n]*)")?(?:\s+effective\s+from\s+(\d{4}-\d\d-\d\d))?',
    re.MULTILINE,
)
_TESTS_FOLDER = "tests"

Answer = TypeVar("Answer")


class Around:
    """What stands around files, on a day."""

    def __init__(self, today: date) -> None:
        self.today = today
        self._openings: dict[Path, tuple[Opening, ...]] = {}
        self._words: dict[Path, frozenset[str]] = {}
        self._digests: dict[tuple[Path, str], str] = {}

    def of(self, path: Path, asked: Callable[[str], None] = lambda _: None) -> Surroundings:
        """What stands around a file; ``asked`` is told the name of each question that a rule has about it."""

        def tell(name: str, answer: Callable[[Path], Answer]) -> Callable[[], Answer]:
            def ask() -> Answer:
                asked(name)
                return answer(path)

            return ask

        return Surroundings(
            self.today,
            tell("neighbours", self.neighbours),
            tell("has_tests", self.has_tests),
            tell("longest_test", self.longest_test),
            tell("words_beside", self.words_beside),
        )

    def digest(self, path: Path, question: str) -> str:
        """What tells two answers to a question of :meth:`of` apart; a test is not read for it, only compared."""
        match question:
            case "neighbours" | "words_beside":
                of_folder = (path.parent, question)
                if of_folder not in self._digests:
                    found = (
                        self._folder(path.parent)
                        if question == "neighbours"
                        else sorted(self.words_beside(path))
                    )
                    self._digests[of_folder] = _digest(found)
                return self._digests[of_folder]
            case "longest_test":
                return _digest([(os.fspath(each), _content(each)) for each in _tests_of(path)])
            case _:
                return _digest(self.has_tests(path))

    def neighbours(self, path: Path) -> tuple[Opening, ...]:
        """The other policies of its folder."""
        return tuple(each for each in self._folder(path.parent) if each.file != path.name)

    def has_tests(self, path: Path) -> bool:
        """Whether there is a test file for it."""
        return any(_tests_of(path))

    def longest_test(self, path: Path) -> int | None:
        """The turns of the longest test that is written for it; None where there is none that can be read."""
        from policy_engine.policytest.reading import read_suite
        from policy_engine.transcripts.message import Role

        longest: int | None = None
        for file in _tests_of(path):
            suite, _ = read_suite(file)
            for case in suite.cases if suite is not None else ():
                turns, is_over = 0, True
                for message in case.conversation.messages:
                    if message.role is Role.USER and is_over:
                        turns, is_over = turns + 1, False
                    elif message.role is Role.ASSISTANT:
                        is_over = True
                longest = max(longest or 0, turns)
        return longest

    def words_beside(self, path: Path) -> frozenset[str]:
        """The words of all policies and standards of its folder, and of folders in it."""
        folder = path.parent
        if folder not in self._words:
            found: set[str] = set()
            for number, (where, names, files) in enumerate(os.walk(folder)):
                names[:] = sorted(name for name in names if not name.startswith("."))
                for name in sorted(files):
                    if name.endswith(POLICIES):
                        found |= words_in(understood(_text(Path(where, name))))
                if number > MOST_BESIDE:
                    break
            self._words[folder] = frozenset(found)
        return self._words[folder]

    def _folder(self, folder: Path) -> tuple[Opening, ...]:
        if folder not in self._openings:
            try:
                names = sorted(name for name in os.listdir(folder) if name.endswith(POLICIES))[:MOST_BESIDE]
            except OSError:
                names = []
            found = (_opening(folder / name) for name in names)
            self._openings[folder] = tuple(each for each in found if each is not None)
        return self._openings[folder]


def _opening(path: Path) -> Opening | None:
    header = _HEADER.search(re.sub(r"^[ \t]*#[^\n]*", "", understood(_text(path)), flags=re.MULTILINE))
    if header is None:
        return None
    try:
        day = date.fromisoformat(header[3]) if header[3] else None
    except ValueError:
        day = None
    return Opening(path.name, header[1], header[2], day)


def _text(path: Path) -> str:
    """The text of a file; nothing where it cannot be read: whoever lints it is told."""
    if is_pipe(path):
        return ""
    try:
        return read_file(os.fspath(path)).text[:MAX_TEXT]
    except (OSError, UnicodeError):
        return ""


def _tests_of(path: Path) -> tuple[Path, ...]:
    """The test files of a policy: beside it, and in a folder `tests` beside it."""
    beside = tests_beside(path)
    inside = path.parent / _TESTS_FOLDER
    found = [beside, inside / beside.name]
    return tuple(each for each in found if each.is_file() and each.name.endswith(ENDING))


def _content(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _digest(answer: object) -> str:
    return hashlib.sha256(repr(answer).encode("utf-8", "surrogatepass")).hexdigest()
