"""Results as JUnit XML, which every CI shows: one case for each thing that was looked at."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Case:
    """One thing that was looked at: ``failure`` says in a line what is wrong, ``detail`` in full; ``skipped`` says why
    it was not. ``place`` is the file (and line) that it stands in; ``seconds`` is how long it took.
    """

    suite: str
    name: str
    place: str = ""
    failure: str | None = None
    detail: str = ""
    skipped: str | None = None
    seconds: float = 0.0


def junit(cases: Iterable[Case]) -> Iterator[str]:
    """The lines of the report: a suite for each that the cases name, in their order."""
    suites: dict[str, list[Case]] = {}
    for case in cases:
        suites.setdefault(case.suite, []).append(case)
    yield '<?xml version="1.0" encoding="utf-8"?>'
    yield f"<testsuites{_numbers([each for several in suites.values() for each in several])}>"
    for name, several in suites.items():
        yield f"  <testsuite name={_quoted(name)}{_numbers(several)}>"
        for case in several:
            yield from _case(case)
        yield "  </testsuite>"
    yield "</testsuites>"


def _numbers(cases: list[Case]) -> str:
    failures = sum(each.failure is not None for each in cases)
    skipped = sum(each.skipped is not None for each in cases)
    seconds = sum(each.seconds for each in cases)
    return f' tests="{len(cases)}" failures="{failures}" errors="0" skipped="{skipped}" time="{seconds:.3f}"'


def _case(case: Case) -> Iterator[str]:
    place = f" file={_quoted(case.place)}" if case.place else ""
    head = f"    <testcase classname={_quoted(case.suite)} name={_quoted(case.name)}{place}"
    head += f' time="{case.seconds:.3f}"'
    if case.failure is None and case.skipped is None:
        yield f"{head}/>"
        return
    yield f"{head}>"
    if case.skipped is not None:
        yield f"      <skipped message={_quoted(case.skipped)}/>"
    if case.failure is not None:
        yield f"      <failure message={_quoted(case.failure)}>{escape(_sound(case.detail))}</failure>"
    yield "    </testcase>"


def _quoted(text: str) -> str:
    return quoteattr(_sound(text))


def _sound(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return _NO_XML.sub("\ufffd", text)
