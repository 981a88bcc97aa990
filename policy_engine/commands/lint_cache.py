"""What was found in files before, kept in the user's own cache folder: what has not changed is not looked at anew.

An entry is found by what was asked: the file's name and text, the rules, their settings, the day and the tool itself.
It holds what else was read, and counts only while that is still the same. It is JSON; an entry that is not exactly of
its shape, a folder of somebody else's, and one that others can write to are passed over. Nothing here raises.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from policy_engine import __version__
from policy_engine.diagnostics import Diagnostic, Edit, Fix, Severity
from policy_engine.language.grammar import cache_folder, grammar_path
from policy_engine.model.loading import Read
from policy_engine.source import Location, Source, Span
from policy_engine.vocabulary.shipped import shipped_path

MOST_ENTRIES = 20_000
"""Entries that are kept; when there are more, the oldest half goes."""
MOST_BYTES = 1_000_000
"""Bytes of one entry."""


class _Place(msgspec.Struct, array_like=True):
    file: str
    start: int
    end: int


class _Edit(msgspec.Struct, array_like=True):
    place: _Place
    text: str


class _Fix(msgspec.Struct, array_like=True):
    title: str
    safe: bool
    edits: tuple[_Edit, ...]


class _Found(msgspec.Struct, array_like=True):
    code: str
    message: str
    place: _Place
    hint: str | None
    severity: Severity
    number: str | None
    notes: tuple[str, ...]
    fix: _Fix | None


class Entry(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    """What was found in a file, and what it rests on.

    ``files`` are digests of the texts that were read, ``asked`` those of the answers about what stands around.
    """

    files: tuple[tuple[str, str], ...]
    asked: tuple[tuple[str, str], ...]
    set_aside: int
    found: tuple[_Found, ...]


def content_digest(text: str) -> str:
    """What tells two texts apart."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class LintCache:
    """The entries of one run: all with one way of asking, which ``asking`` tells apart from others."""

    def __init__(self, folder: Path, asking: object) -> None:
        self._folder = folder
        self._asking = json.dumps([__version__, _stamp(), asking], sort_keys=True)

    def key(self, path: str, text: str) -> str:
        """The name of the entry about a file."""
        return content_digest(json.dumps([self._asking, path, content_digest(text)]))

    def kept(
        self, key: str, read: Read, digest: Callable[[str], str]
    ) -> tuple[tuple[Diagnostic, ...], int] | None:
        """What an entry says, where all that it rests on is as it was; ``digest`` is that of an answer now."""
        entry = self._entry(key)
        if entry is None:
            return None
        sources: dict[str, Source] = {}
        try:
            for path, wanted in entry.files:
                sources[path] = read(path)
                if content_digest(sources[path].text) != wanted:
                    return None
            if any(digest(question) != wanted for question, wanted in entry.asked):
                return None
            return tuple(_diagnostic(each, sources) for each in entry.found), entry.set_aside
        except (OSError, UnicodeError, KeyError, ValueError):
            return None

    def _entry(self, key: str) -> Entry | None:
        try:
            handle = os.open(self._folder / f"{key}.json", os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
            with os.fdopen(handle, "rb") as file:
                about = os.fstat(file.fileno())
                if not stat.S_ISREG(about.st_mode) or about.st_size > MOST_BYTES:
                    return None
                return msgspec.json.decode(file.read(MOST_BYTES), type=Entry)
        except (OSError, msgspec.MsgspecError, RecursionError):
            return None

    def keep(
        self,
        key: str,
        read: Iterable[tuple[str, str]],
        asked: Iterable[tuple[str, str]],
        found: Sequence[Diagnostic],
        set_aside: int,
    ) -> None:
        """Write an entry, whole or not at all; findings without a place are not kept."""
        if any(each.location is None for each in found):
            return
        entry = Entry(tuple(sorted(read)), tuple(sorted(asked)), set_aside, tuple(map(_kept, found)))
        data = msgspec.json.encode(entry)
        if len(data) > MOST_BYTES:
            return
        part = self._folder / f".{os.urandom(8).hex()}.part"
        with suppress(OSError):
            handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            part.replace(self._folder / f"{key}.json")

    def tidy(self) -> None:
        """Take the oldest half out where there are too many."""
        with suppress(OSError):
            entries = [each for each in os.scandir(self._folder) if each.name.endswith((".json", ".part"))]
            if len(entries) > MOST_ENTRIES:
                entries.sort(key=lambda each: each.stat(follow_symlinks=False).st_mtime)
                for each in entries[: len(entries) - MOST_ENTRIES // 2]:
                    os.unlink(each.path)


def own_folder() -> Path | None:
    """The folder of the user's own for it, made if it is not there; None where none can be trusted."""
    base = cache_folder()
    if base is None:
        return None
    folder = base / "lint"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder if all(map(_is_own, (base, folder))) else None
    except (OSError, ValueError):
        return None


def _is_own(folder: Path) -> bool:
    about = os.lstat(folder)
    if not stat.S_ISDIR(about.st_mode):
        return False
    return not hasattr(os, "geteuid") or (about.st_uid == os.geteuid() and not about.st_mode & 0o022)


def _stamp() -> str:
    """What tells two states of the tool apart, also where its own code is worked on."""
    root = Path(__file__).resolve().parent.parent
    files = [grammar_path(), shipped_path("vocabularies", "default.yaml")]
    for where, names, found in os.walk(root):
        names[:] = sorted(name for name in names if name != "__pycache__")
        files += [Path(where, name) for name in sorted(found)]
    marks = hashlib.sha256()
    for file in files:
        with suppress(OSError):
            about = file.stat()
            marks.update(f"{file.name} {about.st_size} {about.st_mtime_ns}\n".encode())
    return marks.hexdigest()


def _kept(found: Diagnostic) -> _Found:
    assert found.location is not None
    fix = None
    if found.fix is not None:
        edits = tuple(_Edit(_place(each.location), each.text) for each in found.fix.edits)
        fix = _Fix(found.fix.title, found.fix.safe, edits)
    return _Found(
        found.code, found.message, _place(found.location), found.hint, found.severity, found.number, found.notes, fix
    )  # fmt: skip


def _place(location: Location) -> _Place:
    return _Place(location.name, location.span.start, location.span.end)


def _diagnostic(kept: _Found, sources: dict[str, Source]) -> Diagnostic:
    """The finding; KeyError or ValueError where it speaks of a place that there is not."""
    fix = None
    if kept.fix is not None:
        edits = tuple(Edit(_location(each.place, sources), each.text) for each in kept.fix.edits)
        fix = Fix(kept.fix.title, edits, kept.fix.safe)
    return Diagnostic(
        kept.code, kept.message, _location(kept.place, sources), kept.hint, None, kept.severity, kept.number,
        kept.notes, fix,
    )  # fmt: skip


def _location(place: _Place, sources: dict[str, Source]) -> Location:
    source = sources[place.file]
    if not 0 <= place.start <= place.end <= len(source.text) + 1:
        raise ValueError("a place outside of the text")
    return Location(source, Span(place.start, place.end))
