"""What a command reads is never what it writes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from policy_engine.whole_file import are_one_file


def what_would_be_lost(path: Path, shown: Path, inputs: Iterable[Path], what: str) -> str | None:
    """Why ``what`` (``the page``) cannot be written to ``path``, which is called ``shown``: a fragment to show.

    None where it is none of ``inputs``, the files and folders that are read, and lies in none of them.
    """
    for each in inputs:
        known = Path(os.path.realpath(each))
        if known == path or are_one_file(known, path):
            return f"`{shown}` is read here: {what} would overwrite it"
        if known.is_dir() and path.is_relative_to(known):
            return f"`{shown}` lies in `{each}`, whose files are read: write {what} elsewhere"
    return None
