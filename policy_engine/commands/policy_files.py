"""The policies, standards and vocabularies that a command is given: files, or folders of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from policy_engine.diagnostics import Diagnostic, reason_of
from policy_engine.source import is_pipe

POLICIES = (".policy", ".standard")
_TEXTS = ("policy or standard", ".policy or .standard")
_VOCABULARY_KEYS = ("categories:", "acts:", "events:", "attributes:", "actions:", "notices:", "extends:")


def policy_files(path: Path, *, vocabularies: bool = True) -> Iterator[Path | Diagnostic]:
    """The file at ``path`` itself; or every policy, standard and vocabulary of the folder, sorted, and what keeps it
    from being searched. Hidden folders, pipes, and links that lead round in a circle are passed over.
    """
    if not os.path.isdir(path):
        yield path
        return
    faults: list[OSError] = []
    is_any = False
    for folder, names, files in os.walk(path, onerror=faults.append):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in sorted(files):
            file = Path(folder, name)
            if not is_pipe(file) and (name.endswith(POLICIES) or (vocabularies and _is_vocabulary(file))):
                is_any = True
                yield file
    for fault in faults:
        reason = reason_of(fault)
        yield Diagnostic("unreadable", f"the folder cannot be read: {reason}", subject=str(fault.filename))
    if not is_any and not faults:
        kinds = ("policy, standard or vocabulary", ".policy, .standard or .yaml") if vocabularies else _TEXTS
        yield Diagnostic("missing-file", f"no {kinds[0]} is in this folder", subject=str(path),
                         hint=f"their names end in {kinds[1]}")  # fmt: skip


def _is_vocabulary(path: Path) -> bool:
    if path.suffix not in (".yaml", ".yml"):
        return False
    from policy_engine.policytest.file_name import ENDING  # most call it for no YAML

    if path.name.endswith(ENDING):
        return False
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            lines = file.read(100_000).splitlines()
    except OSError:
        return True
    is_conversation = any(line.startswith(("messages:", "- ")) for line in lines)
    return not is_conversation and any(line.startswith(_VOCABULARY_KEYS) for line in lines)
