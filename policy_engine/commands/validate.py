"""``validate``: parse, resolve and type-check files and folders."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from policy_engine.commands.exit_codes import FINDINGS, FINE, UNUSABLE
from policy_engine.commands.opening import UNREADABLE
from policy_engine.diagnostics import Diagnostic, Severity
from policy_engine.model.loading import load_policy, load_vocabulary_file
from policy_engine.source import is_pipe

POLICIES = (".policy", ".standard")
_VOCABULARY_KEYS = ("categories:", "acts:", "events:", "attributes:", "actions:", "notices:", "extends:")


def validate(paths: Sequence[Path], as_json: bool) -> int:
    """Check everything at ``paths`` and print what is wrong. The exit code."""
    found: dict[tuple[object, ...], Diagnostic] = {}
    files = 0
    unreadable = False
    for path in paths:
        for file in _files(path):
            files += isinstance(file, Path)
            for each in _check(file) if isinstance(file, Path) else (file,):
                found.setdefault((each.code, *each.order), each)
                unreadable = unreadable or (each.code in UNREADABLE and each.location is None)
    ordered = sorted(found.values(), key=lambda each: each.order)
    (_print_json if as_json else _print_text)(ordered, files)
    if unreadable:
        return UNUSABLE
    return FINDINGS if any(each.severity is Severity.ERROR for each in ordered) else FINE


def _files(path: Path) -> Iterator[Path | Diagnostic]:
    """The file, or every policy, standard and vocabulary of the folder; and what keeps it from being searched."""
    if not os.path.isdir(path):
        yield path
        return
    faults: list[OSError] = []
    is_any = False
    for folder, names, files in os.walk(path, onerror=faults.append):
        names[:] = sorted(name for name in names if not name.startswith("."))
        for name in sorted(files):
            file = Path(folder, name)
            if not is_pipe(file) and (name.endswith(POLICIES) or _is_vocabulary(file)):
                is_any = True
                yield file
    for fault in faults:
        reason = (fault.strerror or "unknown reason").lower()
        yield Diagnostic("unreadable", f"the folder cannot be read: {reason}", subject=str(fault.filename))
    if not is_any and not faults:
        yield Diagnostic("missing-file", "no policy, standard or vocabulary is in this folder", subject=str(path),
                         hint="their names end in .policy, .standard or .yaml")  # fmt: skip


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


def _check(path: Path) -> Sequence[Diagnostic]:
    if path.suffix in (".yaml", ".yml"):
        return load_vocabulary_file(path)[1]
    return load_policy(path).diagnostics


def _print_text(found: Sequence[Diagnostic], files: int) -> None:
    from policy_engine.reports.screen import Screen

    screen = Screen(sys.stdout)
    if found:
        from policy_engine.reports.diagnostics_text import diagnostic_text

        for each in found:
            print(diagnostic_text(each, screen))
        print()
    errors = sum(each.severity is Severity.ERROR for each in found)
    warnings = len(found) - errors
    said = [_many(files, "file"), _many(errors, "error")] + ([_many(warnings, "warning")] if warnings else [])
    print(", ".join(said))


def _print_json(found: Sequence[Diagnostic], files: int) -> None:
    from policy_engine.reports.diagnostics_json import FORMAT_VERSION, diagnostic_json

    shown = [diagnostic_json(each) for each in found]
    print(json.dumps({"format_version": FORMAT_VERSION, "files": files, "diagnostics": shown}, indent=2))


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
