"""What came of test files, on a terminal: failures with what was expected, what was done, and the timeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policy_engine.policytest.running import Breach, CaseResult, CheckResult, Failure, SuiteResult
from policy_engine.reports.english import many, policy_title
from policy_engine.reports.expected import asked_words, came_words, missing_words, unexpected_words
from policy_engine.reports.screen import COLUMNS, Screen, clean, cut, pieces, wrapped
from policy_engine.reports.timeline import Shown, timeline

MOST_SHOWN = 10
"""Failures that are told in full; of the others, the names."""
_MOST_STEPS = 5
"""Steps of one case that are told."""


def suite_text(result: SuiteResult, screen: Screen) -> Iterator[str]:
    """The lines for one test file: its failures, and how many there were."""
    suite = result.suite
    title = f"{clean(suite.source.name)} · {clean(policy_title(suite.policy))}"
    yield screen.signs(screen.paint(cut(title, COLUMNS), "bold"))
    failed = [each for each in result.every if not each.passed]
    for each in failed[:MOST_SHOWN]:
        yield ""
        lines = _case(each, result, screen) if isinstance(each, CaseResult) else _check(each, result, screen)
        yield from map(screen.signs, lines)
    if len(failed) > MOST_SHOWN:
        yield ""
        yield screen.signs(f"{many(len(failed) - MOST_SHOWN, 'more failure')}:")
        for each in failed[MOST_SHOWN:]:
            yield screen.signs(f"  {cut(clean(_name(each)), COLUMNS - 2)}")
    if failed:
        yield ""


def count_words(results: Sequence[SuiteResult], unusable: int) -> str:
    """``12 tests, 2 failed, 3 checks, 1 broken``: what all test files come to."""
    cases = [each for result in results for each in result.cases]
    checks = [each for result in results for each in result.checks]
    failed = sum(not each.passed for each in cases)
    broken = sum(not each.passed for each in checks)
    said = [many(len(cases), "test"), f"{failed:,} failed" if failed else "all as expected"]
    if not cases:
        said = [many(0, "test")]
    if checks:
        said += [many(len(checks), "check"), f"{broken:,} broken" if broken else "all kept"]
    if unusable:
        said.append(f"{many(unusable, 'file')} with mistakes")
    return ", ".join(said)


def _name(result: CaseResult | CheckResult) -> str:
    return result.case.name if isinstance(result, CaseResult) else result.check.name


def _titled(word: str, name: str, place: str, screen: Screen) -> Iterator[str]:
    yield from _filled(f"{screen.paint(word, 'red')} {clean(name)}", "", "  ")
    yield f"  {clean(place)}"


def _filled(text: str, first: str, rest: str) -> Iterator[str]:
    words = (piece for word in text.split(" ") for piece in pieces(word, COLUMNS - len(rest)))
    return wrapped(words, COLUMNS, first, rest)


def _case(result: CaseResult, within: SuiteResult, screen: Screen) -> Iterator[str]:
    place = result.case.location
    yield from _titled("failed:", result.case.name, f"{place.name}:{place.line}", screen)
    if result.fault:
        yield from _filled(clean(result.fault), "  ", "    ")
        return
    for failure in result.failures[:_MOST_STEPS]:
        yield from _step(failure, within)
    if len(result.failures) > _MOST_STEPS:
        yield f"  and {many(len(result.failures) - _MOST_STEPS, 'step')} more"
    yield ""
    if result.simulation is not None:
        yield from timeline(result.simulation, screen, Shown(why=True))


def _step(failure: Failure, within: SuiteResult) -> Iterator[str]:
    step, policy = failure.step, within.suite.policy
    where = (
        f"at message {step.first}" if step.first == step.last else f"at messages {step.first} to {step.last}"
    )
    turn = f" ({clean(step.words)})" if step.words else ""
    yield from _filled(f"line {step.location.line}, {where}{turn}", "  ", "    ")
    asked, came = asked_words(failure, policy), came_words(failure, policy)
    yield from _listed("expected", asked)
    yield from _listed("came", came or ("nothing",))
    if len(asked) > 1 or step.expected.counts:
        yield from _listed("missing", [missing_words(each, policy) for each in failure.missing])
    if len(came) > len(failure.unexpected):
        yield from _listed("too much", [unexpected_words(each, policy) for each in failure.unexpected])


def _listed(title: str, items: Sequence[str]) -> Iterator[str]:
    for number, item in enumerate(items):
        lead = f"    {title if number == 0 else '':<9} "
        yield from _filled(clean(item), lead, " " * len(lead))


def _check(result: CheckResult, within: SuiteResult, screen: Screen) -> Iterator[str]:
    place = result.check.location
    yield from _titled("broken:", result.check.name, f"{place.name}:{place.line}", screen)
    if result.fault:
        yield from _filled(clean(result.fault), "  ", "    ")
    if result.broken:
        of = f"of {result.spoken_of:,}" if result.spoken_of != 1 else "of the one"
        yield f"  in {many(result.broken, 'conversation')} {of} that it speaks of"
    for breach in result.breaches:
        yield f"  broken by {_breach_words(breach)}"
    if result.broken > len(result.breaches):
        yield f"  and by {many(result.broken - len(result.breaches), 'more', 'more')}"
    for breach in result.breaches[:1]:
        yield ""
        yield from timeline(breach.simulation, screen, Shown(why=True))


def _breach_words(breach: Breach) -> str:
    return f"{cut(clean(breach.simulation.conversation.id), 50)}, at message {breach.message}"
