"""Policies as they are, or were in a git revision: ``policies/x.policy``, or ``main:policies/x.policy``.

A revision is read by ``git cat-file``, with all files that the policy uses from the same revision. The work tree
is not looked at, and nothing is written.
"""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

from policy_engine.commands.git import git, git_line
from policy_engine.commands.opening import opened
from policy_engine.commands.standard_error import say, tell
from policy_engine.commands.usage import Usage
from policy_engine.language.statements import MAX_TEXT
from policy_engine.model.loading import load_policy
from policy_engine.model.model import Policy
from policy_engine.source import Source

_MOST = 4 * MAX_TEXT
"""Bytes of a file that are read: more is too long for a policy in any case."""


def opened_at(place: str) -> tuple[Policy | None, int]:
    """The policy at a path, or at ``REVISION:PATH``; or None and an exit code, after its faults were printed.

    Raises Usage where git, the revision or the file is missing.
    """
    if os.path.exists(place) or ":" not in place:
        return opened(Path(place))
    revision, _, path = place.partition(":")
    return Revision.found(place, revision, path).opened()


class Revision:
    """A policy's file in a git revision; ``path`` is from the repository's root."""

    def __init__(self, root: str, commit: str, path: str, shown: str) -> None:
        self._root = root
        self._commit = commit
        self._path = path
        self._shown = shown

    @classmethod
    def found(cls, place: str, revision: str, path: str) -> Revision:
        """The file that ``place`` names. Raises Usage.

        As in git, ``./`` and ``../`` go from the current folder, all else from the repository's root; where that
        is not the current folder, a path from the current folder is found, too.
        """
        if not revision or not path:
            raise Usage(f"`{place}` is no file; a file of a git revision is written `REVISION:PATH`")
        if revision.startswith("-") or not revision.isprintable() or not path.isprintable():
            raise Usage(f"`{place}` names no git revision")
        root = git_line(
            ["rev-parse", "--show-toplevel"],
            None,
            f"`{place}` is no file, and there is no git repository here",
        )
        commit = git_line(
            ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"],
            root,
            f"git knows no revision `{revision}`",
        )
        here = os.path.relpath(os.getcwd(), root).replace(os.sep, "/")
        tried = [os.path.normpath(os.path.join(here, path))]
        if not path.startswith(("./", "../")):
            tried.insert(0, os.path.normpath(path))
        for each in tried:
            if not each.startswith("../") and _kind(root, commit, each) == "blob":
                return cls(root, commit, each, revision)
        raise Usage(f"there is no file `{path}` in the git revision `{revision}`")

    def opened(self) -> tuple[Policy | None, int]:
        """The policy; or None and an exit code, after its faults were printed."""
        from policy_engine.commands.exit_codes import FINDINGS, FINE

        loaded = load_policy(self._path, self.read)
        if loaded.policy is not None:
            return loaded.policy, FINE
        for each in loaded.diagnostics:
            tell(each)
        if loaded.standard is not None:
            say(f"error: `{self._shown}:{self._path}` is a standard: it has no rules of its own")
        return None, FINDINGS

    def read(self, path: str) -> Source:
        """The text of a file in the revision. Raises FileNotFoundError where there is none, UnicodeError."""
        name = PurePosixPath(os.path.normpath(path)).as_posix()
        if _kind(self._root, self._commit, name) != "blob":
            raise FileNotFoundError(path)
        data = git(["cat-file", "blob", f"{self._commit}:{name}"], self._root).stdout[: _MOST + 1]
        text = data.decode("utf-8-sig")
        return Source(path, text.replace("\r\n", "\n").replace("\r", "\n"))


def _kind(root: str, commit: str, path: str) -> str:
    """``blob`` for a file, ``tree`` for a folder; empty where there is neither."""
    found = git(["cat-file", "-t", f"{commit}:{path}"], root)
    return found.stdout.decode().strip() if found.returncode == 0 else ""
