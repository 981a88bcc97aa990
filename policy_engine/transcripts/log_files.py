"""The files of the logs that somebody names: themselves, or what a folder holds, in the order of the names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from policy_engine.diagnostics import Diagnostic
from policy_engine.source import is_pipe
from policy_engine.transcripts.lines import cut_short
from policy_engine.transcripts.reader import UNREADABLE, Origin

_NOT_LOGS = ("readme", "license", "licence")
_NOT_LOG_ENDINGS = (".policy", ".standard", ".test.yaml", ".md")
_ENDINGS = (".jsonl", ".ndjson", ".json", ".yaml", ".yml", ".txt", ".csv", ".parquet", ".eval")
_PACKED_ENDINGS = (".gz", ".zst")

_Identity = tuple[int, int]


@dataclass(frozen=True, slots=True)
class LogFile:
    """A file, and where what it holds comes from."""

    path: Path
    origin: Origin


def log_files(path: Path) -> Iterator[LogFile | Diagnostic]:
    """The logs at ``path``: itself, or what a folder and all its folders hold.

    Hidden files, README and LICENSE, policies, Markdown and pipes in a folder are passed over. A link to a folder is
    followed, and no folder is read twice.
    """
    if not os.path.isdir(path):
        yield LogFile(path, Origin(str(path), _stem(path, path)))
        return
    entered: set[_Identity] = set()
    left: list[tuple[Path, frozenset[_Identity]]] = [(path, frozenset())]
    while left:
        folder, above = left.pop()
        try:
            found = folder.stat()
            identity = (found.st_dev, found.st_ino)
            inside, names = ([], []) if identity in entered else _listed(folder)
        except (OSError, ValueError) as fault:
            yield cut_short(str(folder), fault)
            continue
        if identity in above:
            yield _leads_back(folder)
        entered.add(identity)
        files = (each for name in names if not is_pipe(each := folder / name))
        yield from (LogFile(each, Origin(str(each), _stem(each, path))) for each in files)
        left += ((folder / name, above | {identity}) for name in reversed(inside))


def _listed(folder: Path) -> tuple[list[str], list[str]]:
    """The folders in a folder, and the files that may be logs, by name."""
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda each: each.name)
    inside = [each.name for each in listed if not each.name.startswith(".") and _is_folder(each)]
    return inside, [each.name for each in listed if _may_be_log(each.name) and not _is_folder(each)]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _leads_back(folder: Path) -> Diagnostic:
    message = "the folder is a link that leads back to a folder above it"
    return Diagnostic(UNREADABLE, message, hint="everything else in that folder is read", subject=str(folder))


def _may_be_log(name: str) -> bool:
    folded = name.casefold()
    return not folded.startswith((".", *_NOT_LOGS)) and not folded.endswith(_NOT_LOG_ENDINGS)


def _stem(file: Path, asked: Path) -> str:
    """What a file's conversations are called: its path in the folder asked for, without endings."""
    name = file.name if file == asked else file.relative_to(asked).as_posix()
    folder, slash, last = name.rpartition("/")
    for ending in (*_PACKED_ENDINGS, *_ENDINGS):
        last = last.removesuffix(ending) or last
    return f"{folder}{slash}{last}"
