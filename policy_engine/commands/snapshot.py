"""A policy repository as it is, or was in a git revision: its files, written out into a folder of their own.

Only what a review reads is written out: policies, standards, YAML, settings, and all that lies in a folder
`conversations`. Links, submodules and pointers to large files are not followed; they are told. The work tree is
never touched, and no file of it runs.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from policy_engine.commands.git import git, git_line
from policy_engine.commands.usage import Usage
from policy_engine.diagnostics import Diagnostic, reason_of
from policy_engine.lint.settings import CFG_NAME
from policy_engine.reports.screen import clean
from policy_engine.source import Source

CONVERSATIONS = "conversations"
"""What a folder of sample conversations is called."""
MOST_FILES = 20_000
MOST_BYTES = 1 << 28
"""Of all files together."""
_ENDINGS = (".policy", ".standard", ".yaml", ".yml")
_POINTER = b"version https://git-lfs.github.com/spec/"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The files of one side, below ``root``; ``notes`` say what was not looked at."""

    root: Path
    files: tuple[str, ...]
    notes: tuple[str, ...]

    def place(self, name: str) -> str:
        """The name that people know a file by: its path from the reviewed folder."""
        return name.removeprefix(f"{self.root}{os.sep}")

    def text(self, file: str) -> str:
        """What a file says, in whatever way; nothing where it is not there."""
        try:
            data = (self.root / file).read_bytes()
        except OSError:
            return ""
        return data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n")

    def told(self, found: Diagnostic) -> Diagnostic:
        """A diagnostic of one of the files, as people know that file."""
        where = found.location
        if where is not None:
            where = replace(where, source=Source(self.place(where.name), where.source.text))
        away = f"{self.root}{os.sep}"
        return replace(
            found, location=where, message=found.message.replace(away, ""),
            hint=None if found.hint is None else found.hint.replace(away, ""),
            subject=None if found.subject is None else found.subject.replace(away, ""),
            notes=tuple(each.replace(away, "") for each in found.notes), fix=None,
        )  # fmt: skip


def snapshot(side: str, beside: str, path: str, root: Path) -> Snapshot:
    """Write out one side into the empty folder ``root``. Raises Usage.

    ``side`` is a folder, else a git revision: then of the folder ``beside``, in whatever repository it lies. Only what
    lies at ``path`` in it is written out.
    """
    writing = _Writing(Path(os.path.realpath(root)))
    if os.path.isdir(side):
        folder = os.path.join(side, path)
        if os.path.isdir(folder):
            writing.folder(os.path.realpath(folder))
    else:
        writing.revision(side, beside, path)
    return writing.done()


class _Writing:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: list[str] = []
        self._notes: list[str] = []
        self._bytes = 0
        # where a search for settings ends: they are never those of the machine
        (root / ".git").mkdir()

    def done(self) -> Snapshot:
        return Snapshot(self._root, tuple(sorted(self._files)), tuple(sorted(self._notes)))

    # --- a folder ---

    def folder(self, top: str) -> None:
        for path in _below(top):
            name = os.path.relpath(path, top).replace(os.sep, "/")
            try:
                mode = os.lstat(path)
                if stat.S_ISLNK(mode.st_mode):
                    self._note(name, "is a link")
                elif stat.S_ISREG(mode.st_mode) and self._has_room(name, mode.st_size):
                    self._write(name, Path(path).read_bytes())
            except OSError as fault:
                self._note(name, f"cannot be read: {reason_of(fault)}")

    # --- a revision ---

    def revision(self, revision: str, beside: str, path: str) -> None:
        """The files of a git revision. Raises Usage."""
        if not revision or revision.startswith("-") or not revision.isprintable():
            raise Usage(f"`{clean(revision)}` is neither a folder nor a git revision")
        top = git_line(
            ["rev-parse", "--show-toplevel"], beside,
            f"`{revision}` is no folder, and there is no git repository here",
        )  # fmt: skip
        found = git(["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"], top)
        if found.returncode:
            raise Usage(_unknown(revision, top))
        commit = found.stdout.decode().strip()
        inside = os.path.relpath(os.path.realpath(os.path.join(beside, path)), os.path.realpath(top))
        tree = commit if inside == "." else f"{commit}:{inside.replace(os.sep, '/')}"
        listed = git(["ls-tree", "-r", "-z", "-l", tree], top)
        if listed.returncode == 0:
            self._blobs(listed.stdout, top)
        elif git(["cat-file", "-e", f"{commit}^{{tree}}"], top).returncode:
            raise Usage(f"the files of `{revision}` are not in this repository: fetch them first")

    def _blobs(self, listed: bytes, top: str) -> None:
        wanted: list[tuple[str, str]] = []
        for line in filter(None, listed.split(b"\0")):
            about, _, raw = line.partition(b"\t")
            mode, kind, blob, size = about.decode().split()
            name = os.fsdecode(raw)
            if kind == "commit":
                self._notes.append(f"`{clean(name)}` is a submodule: it is not looked at")
            elif not _is_wanted(name) or not _is_plain(name):
                continue
            elif mode == "120000":
                self._note(name, "is a link")
            elif size.isdecimal() and self._has_room(name, int(size)):
                wanted.append((name, blob))
        asked = "".join(f"{blob}\n" for _, blob in wanted).encode()
        given = git(["cat-file", "--batch"], top, asked).stdout
        at = 0
        for name, _ in wanted:
            head, _, _ = given[at : at + 200].partition(b"\n")
            words = head.split()
            at += len(head) + 1
            if len(words) != 3:
                self._note(name, "is not in this repository")
                continue
            self._write(name, given[at : at + int(words[2])])
            at += int(words[2]) + 1

    # --- a file ---

    def _has_room(self, name: str, size: int) -> bool:
        if len(self._files) >= MOST_FILES or self._bytes + size > MOST_BYTES:
            self._note(name, "is too much")
            return False
        self._bytes += size
        return True

    def _note(self, name: str, why: str) -> None:
        self._notes.append(f"`{clean(name)}` {why}: it is not looked at")

    def _write(self, name: str, data: bytes) -> None:
        if data.startswith(_POINTER):
            self._note(name, "is kept in Git LFS")
            return
        path = self._root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(data)
        except OSError as fault:
            self._note(name, f"cannot be written out: {reason_of(fault)}")
        else:
            self._files.append(name)


def _below(top: str) -> Iterator[str]:
    """The files of a folder that a review reads, and links by such names."""
    for folder, names, files in os.walk(top):
        names[:] = sorted(each for each in names if not each.startswith("."))
        for each in sorted(files):
            path = os.path.join(folder, each)
            if _is_wanted(os.path.relpath(path, top).replace(os.sep, "/")):
                yield path


def _is_wanted(name: str) -> bool:
    *folders, last = name.split("/")
    if any(each.startswith(".") for each in (*folders, last)):
        return False
    return last.endswith(_ENDINGS) or last == CFG_NAME or CONVERSATIONS in folders


def _is_plain(name: str) -> bool:
    """Whether it stays below its folder on every system: a tree may be made by hand, with any names."""
    return all(
        each not in ("", ".", "..") and "\\" not in each and ":" not in each for each in name.split("/")
    )


def _unknown(revision: str, top: str) -> str:
    """What to say of a revision that git does not know."""
    is_shallow = git(["rev-parse", "--is-shallow-repository"], top).stdout.strip() == b"true"
    if git(["rev-parse", "--verify", "--quiet", "HEAD"], top).returncode:
        return f"git knows no revision `{revision}`: the repository has no history yet"
    more = (
        ": the clone is shallow, so fetch it first (git fetch --depth=1 origin REVISION)"
        if is_shallow
        else ""
    )
    return f"`{revision}` is no folder, and git knows no revision of that name{more}"
