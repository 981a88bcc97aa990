"""``format``: policies and standards in their one canonical form; ``--check`` and ``--diff`` only say what is not."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from policy_engine.commands.exit_codes import FINDINGS, FINE, UNUSABLE
from policy_engine.commands.policy_files import POLICIES, policy_files
from policy_engine.commands.standard_error import say, tell
from policy_engine.diagnostics import Diagnostic
from policy_engine.language.formatter import formatted
from policy_engine.language.statements import MAX_TEXT
from policy_engine.reports.diagnostics_text import clean_line
from policy_engine.source import Source
from policy_engine.whole_file import WholeFile

STANDARD_INPUT = Path("-")


@dataclass(frozen=True)
class Options:
    """Both write nothing: ``check`` says which files are not in the form, ``diff`` shows what would change."""

    check: bool = False
    diff: bool = False


class _Unusable(Exception):
    """A file cannot be read or written."""


def format(paths: Sequence[Path], options: Options) -> int:
    """Format everything at ``paths``, or say what is not in the form. The exit code."""
    seen = changed = faulty = 0
    unusable = False
    for each in _files(paths):
        if isinstance(each, Diagnostic):
            tell(each)
            unusable = True
            continue
        seen += 1
        try:
            outcome = _format(each, options)
        except _Unusable as fault:
            say(f"error: {each}: {fault}")
            unusable = True
            continue
        changed += outcome is True
        faulty += outcome is None
    if STANDARD_INPUT not in paths:
        _sum_up(seen, changed, faulty, options)
    if unusable:
        return UNUSABLE
    is_found = faulty or (changed and (options.check or options.diff))
    return FINDINGS if is_found else FINE


def _files(paths: Sequence[Path]) -> Iterator[Path | Diagnostic]:
    """Each file once, in the order asked for."""
    seen: set[Path] = set()
    for path in paths:
        found = [path] if path == STANDARD_INPUT else policy_files(path, vocabularies=False)
        for each in found:
            if isinstance(each, Diagnostic):
                yield each
            elif each not in seen:
                seen.add(each)
                yield each


def _format(path: Path, options: Options) -> bool | None:
    """Whether the text is changed (or would be); None where it has faults, which are told."""
    name = "<stdin>" if path == STANDARD_INPUT else str(path)
    written = _read(path)
    line_break = "\r\n" if "\r\n" in written else "\n"
    plain = written.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    form, faults = formatted(Source(name, plain))
    for fault in faults:
        tell(fault)
    if form is None:
        return None
    result = form.replace("\n", line_break)
    if options.diff and result != written:
        sys.stdout.writelines(_difference(name, plain, form))
    if path == STANDARD_INPUT and not (options.check or options.diff):
        sys.stdout.write(result)
    elif result != written and not (options.check or options.diff):
        _write(path, result)
    if result != written and not options.diff and path != STANDARD_INPUT:
        print(f"{name}  {'is not in the form' if options.check else 'formatted'}")
    return result != written


def _read(path: Path) -> str:
    """The text as it is, line breaks and all."""
    if path != STANDARD_INPUT and path.suffix not in POLICIES:
        raise _Unusable(f"this is no policy or standard: its name does not end in {' or '.join(POLICIES)}")
    try:
        if path == STANDARD_INPUT:
            data = sys.stdin.buffer.read(4 * MAX_TEXT + 1)
        else:
            with path.open("rb") as file:
                data = file.read(4 * MAX_TEXT + 1)
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise _Unusable("this is not UTF-8 text") from None
    except (OSError, ValueError) as fault:
        raise _Unusable(_reason(fault)) from None


def _write(path: Path, text: str) -> None:
    try:
        with WholeFile(path) as file:
            file.write([text])
    except OSError as fault:
        raise _Unusable(_reason(fault)) from None


def _reason(fault: OSError | ValueError) -> str:
    return (getattr(fault, "strerror", None) or str(fault) or "unknown reason").lower()


def _difference(name: str, before: str, after: str) -> Iterator[str]:
    """A unified diff; a text without a line break at its end is shown as such."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), name, f"{name} (formatted)"
    )
    for line in lines:
        end = "" if line.endswith("\n") else "\\ No newline at end of file\n"
        yield f"{clean_line(line.removesuffix(chr(10)))}\n{end}"


def _sum_up(seen: int, changed: int, faulty: int, options: Options) -> None:
    said = [f"{seen:,} {'file' if seen == 1 else 'files'}"]
    said.append(f"{changed:,} {'not in the form' if options.check or options.diff else 'formatted'}")
    if faulty:
        said.append(f"{faulty:,} with faults, left as {'it is' if faulty == 1 else 'they are'}")
    print(", ".join(said), file=sys.stderr if options.diff else sys.stdout)
