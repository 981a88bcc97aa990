"""Diagnostics as code hosts show them beside the changed lines: workflow commands of GitHub, code quality of GitLab."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from policy_engine.diagnostics import Diagnostic, Severity
from policy_engine.reports.sarif import fingerprint
from policy_engine.reports.screen import clean


def github(found: Iterable[Diagnostic]) -> Iterator[str]:
    """One workflow command a line; what is in a policy cannot begin another command."""
    for each in found:
        kind = "error" if each.severity is Severity.ERROR else "warning"
        fields = {"file": _file(each)}
        if each.location is not None:
            source, span = each.location.source, each.location.span
            line, column = source.position(span.start)
            end_line, end_column = source.position(min(span.end, len(source.text)))
            fields |= {"line": str(line), "endLine": str(end_line)}
            if line == end_line:  # columns of several lines are refused
                fields |= {"col": str(column), "endColumn": str(end_column)}
        fields["title"] = each.code if each.number is None else f"{each.code} ({each.number})"
        shown = ",".join(f"{name}={_property(text)}" for name, text in fields.items())
        yield f"::{kind} {shown}::{_data(_said(each))}"


def gitlab(found: Iterable[Diagnostic]) -> list[dict[str, object]]:
    """The code quality report: one entry a finding, each with a fingerprint of its own."""
    met: Counter[str] = Counter()
    report: list[dict[str, object]] = []
    for each in found:
        mark = fingerprint(each)
        met[mark] += 1
        report.append(
            {
                "description": _said(each).replace("\n", " "),
                "check_name": each.code,
                "fingerprint": mark if met[mark] == 1 else f"{mark}-{met[mark]}",
                "severity": "major" if each.severity is Severity.ERROR else "minor",
                "location": {
                    "path": _file(each),
                    "lines": {"begin": each.location.line if each.location else 1},
                },
            }
        )
    return report


def _file(diagnostic: Diagnostic) -> str:
    name = diagnostic.location.name if diagnostic.location else diagnostic.subject or "unknown"
    return clean(PurePath(name).as_posix())


def _said(diagnostic: Diagnostic) -> str:
    lines = [diagnostic.message, *([diagnostic.hint] if diagnostic.hint else []), *diagnostic.notes]
    return "\n".join(map(clean, lines))


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
