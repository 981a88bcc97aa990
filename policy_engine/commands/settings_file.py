"""Which settings go for a folder: those of the nearest parent folder that has any."""

from __future__ import annotations

import os
from pathlib import Path

from policy_engine.diagnostics import Diagnostic, why_unreadable
from policy_engine.lint.settings import CFG_NAME, YAML_NAME, Settings, read_settings
from policy_engine.model.loading import read_file
from policy_engine.source import is_pipe


def settings_for(path: Path) -> tuple[Settings | None, tuple[Diagnostic, ...]]:
    """What is set for a file or folder; None, and what is wrong, where the settings cannot be used.

    The search ends at the top of a repository (a folder with `.git`), else at the root.
    """
    folder = Path(os.path.realpath(path))
    for each in (folder, *folder.parents) if folder.is_dir() else folder.parents:
        for name in (YAML_NAME, CFG_NAME):
            file = each / name
            if not os.path.lexists(file) or is_pipe(file):
                continue
            settings, faults = _read(file)
            if settings is not None or faults:
                return settings, faults
        if (each / ".git").exists():
            break
    return Settings(), ()


def _read(file: Path) -> tuple[Settings | None, tuple[Diagnostic, ...]]:
    shown = os.path.relpath(file)
    try:
        source = read_file(shown)
    except (OSError, UnicodeError) as fault:
        return None, (Diagnostic(*why_unreadable(shown, fault), subject=shown),)
    return read_settings(source)
