"""Results as JUnit XML, which every CI shows: one case for each thing that was looked at.

The form is that of the Ant task: ``testsuites``, ``testsuite``, ``testcase`` and in it ``failure`` or ``error``.
There are no times in it, so that equal results are equal files.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as Xml

from policy_engine.reports.screen import clean

_MOST_TEXT = 2_000


@dataclass(frozen=True)
class Problem:
    """What is wrong with a case: its kind, a line that says so, and more lines.

    ``is_error``: the case could not be looked at.
    """

    kind: str
    message: str
    lines: tuple[str, ...] = ()
    is_error: bool = False


@dataclass(frozen=True)
class Case:
    """One thing that was looked at: where it stands, and what is wrong with it (None: nothing)."""

    suite: str
    name: str
    problem: Problem | None = None
    file: str | None = None
    line: int | None = None


def junit_xml(cases: Iterable[Case]) -> str:
    """The whole document: a suite for each that the cases name, in their order."""
    suites: dict[str, list[Case]] = {}
    for case in cases:
        suites.setdefault(case.suite, []).append(case)
    root = Xml.Element("testsuites", name="policy-engine")
    for name, several in suites.items():
        suite = Xml.SubElement(root, "testsuite", name=_shown(name))
        _count(suite, several)
        for each in several:
            _case(suite, each)
    _count(root, [each for several in suites.values() for each in several])
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _count(element: Xml.Element, cases: list[Case]) -> None:
    errors = sum(each.problem is not None and each.problem.is_error for each in cases)
    failures = sum(each.problem is not None for each in cases) - errors
    for key, number in (("tests", len(cases)), ("failures", failures), ("errors", errors)):
        element.set(key, str(number))


def _case(suite: Xml.Element, case: Case) -> None:
    made = Xml.SubElement(suite, "testcase", name=_shown(case.name), classname=_shown(case.suite))
    if case.file is not None:
        made.set("file", _shown(case.file))
    if case.line is not None:
        made.set("line", str(case.line))
    problem = case.problem
    if problem is not None:
        tag = "error" if problem.is_error else "failure"
        found = Xml.SubElement(made, tag, message=_shown(problem.message), type=problem.kind)
        found.text = "\n".join(map(_shown, problem.lines))


def _shown(text: str) -> str:
    """Harmless, and of a length that a CI shows; XML has no control characters, and the text has none left."""
    return clean(text[:_MOST_TEXT])
