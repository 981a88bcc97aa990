"""``validate``: parse, resolve and type-check files and folders."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from policy_engine.commands.exit_codes import FINDINGS, FINE, UNUSABLE
from policy_engine.commands.opening import UNREADABLE
from policy_engine.commands.policy_files import policy_files
from policy_engine.diagnostics import Diagnostic, Severity
from policy_engine.model.loading import load_policy, load_vocabulary_file


def validate(paths: Sequence[Path], as_json: bool) -> int:
    """Check everything at ``paths`` and print what is wrong. The exit code."""
    found: dict[tuple[object, ...], Diagnostic] = {}
    files = 0
    unreadable = False
    for path in paths:
        for file in policy_files(path):
            files += isinstance(file, Path)
            for each in _check(file) if isinstance(file, Path) else (file,):
                found.setdefault((each.code, *each.order), each)
                unreadable = unreadable or (each.code in UNREADABLE and each.location is None)
    ordered = sorted(found.values(), key=lambda each: each.order)
    (_print_json if as_json else _print_text)(ordered, files)
    if unreadable:
        return UNUSABLE
    return FINDINGS if any(each.severity is Severity.ERROR for each in ordered) else FINE


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
