"""Diagnostics for programs."""

from __future__ import annotations

from policy_engine.diagnostics import Diagnostic, Fix

FORMAT_VERSION = 1
"""The version of the shape; a key is only ever added within one version."""


def diagnostic_json(diagnostic: Diagnostic) -> dict[str, object]:
    """One diagnostic: lines and columns count from 1, ``end_column`` is behind the last character.

    The edits of a fix are offsets in characters, line breaks being one.
    """
    found: dict[str, object] = {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
        "file": diagnostic.subject,
        "line": None,
        "column": None,
        "end_line": None,
        "end_column": None,
    }
    if diagnostic.location is not None:
        source, span = diagnostic.location.source, diagnostic.location.span
        line, column = source.position(span.start)
        end_line, end_column = source.position(min(span.end, len(source.text)))
        found |= {
            "file": source.name,
            "line": line,
            "column": column,
            "end_line": end_line,
            "end_column": end_column,
        }
    if diagnostic.number is not None:  # what a lint rule found
        found |= {"number": diagnostic.number, "notes": list(diagnostic.notes), "fix": _fix(diagnostic.fix)}
    return found


def _fix(fix: Fix | None) -> dict[str, object] | None:
    if fix is None:
        return None
    edits = [
        {
            "file": each.location.name,
            "start": each.location.span.start,
            "end": each.location.span.end,
            "text": each.text,
        }
        for each in fix.edits
    ]
    return {"title": fix.title, "safe": fix.safe, "edits": edits}
