"""Diagnostics as SARIF 2.1.0, the format that code hosts read: results with their places, rules and fixes.

Places are counted in Unicode characters, from 1; file names are relative and percent-encoded. A file that cannot be
parsed is a result like any other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import PurePath
from urllib.parse import quote

from policy_engine.diagnostics import Diagnostic, Edit, Fix, Severity
from policy_engine.reports.manual import Page
from policy_engine.reports.screen import clean
from policy_engine.source import Location

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def sarif(found: Sequence[Diagnostic], pages: Mapping[str, Page], version: str) -> dict[str, object]:
    """The log of one run. ``pages`` are the manual pages of the lint rules, by name; ``version`` is the tool's."""
    codes = sorted({each.code for each in found})
    number = {code: at for at, code in enumerate(codes)}
    rules = [_rule(code, pages.get(code)) for code in codes]
    driver = {"name": "policy-engine", "version": version, "semanticVersion": version, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(each, number[each.code]) for each in found],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str, page: Page | None) -> dict[str, object]:
    if page is None:
        return {"id": code, "name": code, "shortDescription": {"text": f"{code.replace('-', ' ')}."}}
    return {
        "id": code,
        "name": page.number,
        "shortDescription": {"text": page.summary},
        "fullDescription": {"text": page.text},
        "help": {"text": page.text, "markdown": page.markdown},
        "defaultConfiguration": {"level": _level(page.severity)},
    }


def _level(severity: Severity) -> str:
    return "error" if severity is Severity.ERROR else "warning"


def _result(diagnostic: Diagnostic, number: int) -> dict[str, object]:
    said = [f"{clean(diagnostic.message)}."]
    said += [clean(diagnostic.hint)] if diagnostic.hint else []
    said += [clean(note) for note in diagnostic.notes]
    result: dict[str, object] = {
        "ruleId": diagnostic.code,
        "ruleIndex": number,
        "level": _level(diagnostic.severity),
        "message": {"text": "\n".join(said)},
        "locations": [{"physicalLocation": _place(diagnostic)}],
        "partialFingerprints": {"policyEngine/v1": fingerprint(diagnostic)},
    }
    if diagnostic.fix is not None:
        result["fixes"] = [_fix(diagnostic.fix)]
    return result


def _place(diagnostic: Diagnostic) -> dict[str, object]:
    if diagnostic.location is None:
        return {"artifactLocation": _artifact(diagnostic.subject or "unknown")}
    place = diagnostic.location
    return {"artifactLocation": _artifact(place.name), "region": _region(place)}


def _artifact(name: str) -> dict[str, str]:
    path = PurePath(name)
    if path.is_absolute():
        return {"uri": path.as_uri()}
    return {"uri": quote(path.as_posix())}


def _region(place: Location) -> dict[str, int]:
    line, column = place.source.position(place.span.start)
    end_line, end_column = place.source.position(min(place.span.end, len(place.source.text)))
    return {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}


def fingerprint(diagnostic: Diagnostic) -> str:
    """What stays the same while lines move: the file, the kind, and the words at the place."""
    words = ""
    if diagnostic.location is not None:
        source, span = diagnostic.location.source, diagnostic.location.span
        words = (
            " ".join(source.line(source.position(span.start)[0]).split()) + source.text[span.start : span.end]
        )
    name = diagnostic.location.name if diagnostic.location else diagnostic.subject or ""
    told = "\0".join((PurePath(name).as_posix(), diagnostic.code, words))
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _fix(fix: Fix) -> dict[str, object]:
    edits = sorted(fix.edits, key=lambda each: (each.location.name, each.location.span.start))
    changes = [
        {"artifactLocation": _artifact(name), "replacements": [_replacement(each) for each in several]}
        for name, several in groupby(edits, key=lambda each: each.location.name)
    ]
    kind = "safe" if fix.safe else "unsafe: it changes what the policy does"
    return {"description": {"text": f"{clean(fix.title)} ({kind})"}, "artifactChanges": changes}


def _replacement(edit: Edit) -> dict[str, object]:
    return {"deletedRegion": _region(edit.location), "insertedContent": {"text": edit.text}}
