"""What came of test files as JUnit XML, which CI services read.

The form is that of the Ant task: ``testsuites``, ``testsuite``, ``testcase`` and in it ``failure`` or ``error``.
There are no times in it, so that equal results are equal files.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as Xml

from policy_engine.diagnostics import Diagnostic
from policy_engine.policytest.running import CaseResult, CheckResult, SuiteResult
from policy_engine.reports.expected import asked_words, came_words
from policy_engine.reports.screen import clean

_MOST_TEXT = 2_000


def junit_xml(results: Sequence[SuiteResult], faults: Sequence[Diagnostic]) -> str:
    """The whole document. A file that could not be read is a suite with one error for each fault."""
    root = Xml.Element("testsuites", name="policy-engine")
    for result in results:
        _suite(root, result)
    by_file: dict[str, list[Diagnostic]] = {}
    for fault in faults:
        by_file.setdefault(fault.location.name if fault.location else fault.subject or "", []).append(fault)
    for file, found in by_file.items():
        _unusable(root, file, found)
    for key in ("tests", "failures", "errors"):
        root.set(key, str(sum(int(suite.get(key, "0")) for suite in root)))
    Xml.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Xml.tostring(root, encoding="unicode") + "\n"


def _suite(root: Xml.Element, result: SuiteResult) -> None:
    failed = sum(not each.passed for each in result.every)
    suite = _suite_of(root, result.suite.source.name, len(result.every), failed, 0)
    for each in result.every:
        place = each.case.location if isinstance(each, CaseResult) else each.check.location
        name = each.case.name if isinstance(each, CaseResult) else each.check.name
        case = Xml.SubElement(suite, "testcase", name=_shown(name), classname=_shown(result.suite.source.name),
                              file=_shown(place.name), line=str(place.line))  # fmt: skip
        if not each.passed:
            lines = _case_lines(each, result) if isinstance(each, CaseResult) else _check_lines(each)
            failure = Xml.SubElement(case, "failure", message=_shown(lines[0]), type="unexpected")
            failure.text = "\n".join(map(_shown, lines))


def _unusable(root: Xml.Element, file: str, faults: Sequence[Diagnostic]) -> None:
    suite = _suite_of(root, file, len(faults), 0, len(faults))
    for number, fault in enumerate(faults, 1):
        place = f"line {fault.location.line}" if fault.location else f"fault {number}"
        case = Xml.SubElement(suite, "testcase", name=f"can be read: {place}", classname=_shown(file))
        error = Xml.SubElement(case, "error", message=_shown(fault.message), type=fault.code)
        error.text = _shown(fault.hint or "")


def _suite_of(root: Xml.Element, name: str, tests: int, failures: int, errors: int) -> Xml.Element:
    counts = {"tests": str(tests), "failures": str(failures), "errors": str(errors)}
    return Xml.SubElement(root, "testsuite", {"name": _shown(name), **counts})


def _case_lines(result: CaseResult, within: SuiteResult) -> list[str]:
    policy = within.suite.policy
    lines = [result.fault] if result.fault else []
    for failure in result.failures:
        step = failure.step
        lines.append(
            f"line {step.location.line}, messages {step.first} to {step.last}: "
            f"expected {'; '.join(asked_words(failure, policy))}; "
            f"came {'; '.join(came_words(failure, policy)) or 'nothing'}"
        )
    return lines


def _check_lines(result: CheckResult) -> list[str]:
    lines = (
        [result.fault]
        if result.fault
        else [f"broken in {result.broken:,} of {result.spoken_of:,} conversations"]
    )
    for each in result.breaches:
        lines.append(f"{each.simulation.conversation.id}, at message {each.message}")
    return lines


def _shown(text: str) -> str:
    """Harmless, and of a length that a CI shows; XML has no control characters, and the text has none left."""
    return clean(text[:_MOST_TEXT])
