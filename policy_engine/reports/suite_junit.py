"""What came of test files, as cases of JUnit XML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policy_engine.diagnostics import Diagnostic
from policy_engine.policytest.running import CaseResult, CheckResult, SuiteResult
from policy_engine.reports.expected import asked_words, came_words
from policy_engine.reports.junit import Case, Problem


def suite_cases(results: Sequence[SuiteResult], faults: Sequence[Diagnostic]) -> Iterator[Case]:
    """A case for each test and check; a file that could not be read is a suite with one error for each fault."""
    for result in results:
        for each in result.every:
            yield _case(each, result)
    for number, fault in enumerate(faults, 1):
        file = fault.location.name if fault.location else fault.subject or ""
        place = f"line {fault.location.line}" if fault.location else f"fault {number}"
        lines = (fault.hint,) if fault.hint else ()
        yield Case(file, f"can be read: {place}", Problem(fault.code, fault.message, lines, is_error=True))


def _case(result: CaseResult | CheckResult, within: SuiteResult) -> Case:
    asked = result.case if isinstance(result, CaseResult) else result.check
    problem = None
    if not result.passed:
        lines = _case_lines(result, within) if isinstance(result, CaseResult) else _check_lines(result)
        problem = Problem("unexpected", lines[0], tuple(lines))
    place = asked.location
    return Case(within.suite.source.name, asked.name, problem, place.name, place.line)


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
    broken = f"broken in {result.broken:,} of {result.spoken_of:,} conversations"
    lines = [result.fault] if result.fault else [broken]
    for each in result.breaches:
        lines.append(f"{each.simulation.conversation.id}, at message {each.message}")
    return lines
