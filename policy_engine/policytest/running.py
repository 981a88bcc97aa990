"""Test files run: every case through the machine, and what was done held against what was expected."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policy_engine.machine.counter_view import CounterView
from policy_engine.machine.machine import Machine, compile_policy
from policy_engine.machine.walk import TimeOrderError
from policy_engine.model.decision import Decision, Done, Stop
from policy_engine.model.model import Policy, Promise, Sometimes
from policy_engine.policytest.case import (
    Case,
    Check,
    ExpectedAction,
    ExpectedCount,
    ExpectedStop,
    Step,
    Suite,
)
from policy_engine.simulation.simulation import Simulation, Simulator
from policy_engine.transcripts.message import Conversation

if TYPE_CHECKING:
    from policy_engine.policytest.monitor import Monitor

Expected = ExpectedAction | ExpectedStop | ExpectedCount


@dataclass(frozen=True, slots=True)
class Missing:
    """Something expected that did not come. ``trial``: of trial rules. ``counter`` is where the counter stands."""

    expected: Expected
    trial: bool = False
    counters: tuple[CounterView, ...] = ()


@dataclass(frozen=True, slots=True)
class Unexpected:
    """An action that was done, or that a trial rule would have done, and that nothing in the test says."""

    done: Done
    trial: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """A step at which the policy did something else than expected."""

    step: Step
    missing: tuple[Missing, ...]
    unexpected: tuple[Unexpected, ...]
    decisions: tuple[Decision, ...]
    """What was decided at the messages of the step."""


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What came of a case. ``fault`` says why it could not be run; empty where it could."""

    case: Case
    simulation: Simulation | None
    failures: tuple[Failure, ...] = ()
    fault: str = ""

    @property
    def passed(self) -> bool:
        """Whether all is as expected."""
        return not self.failures and not self.fault


@dataclass(frozen=True, slots=True)
class Breach:
    """A conversation that a check does not hold of; ``message`` shows it (from 1)."""

    simulation: Simulation
    message: int


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What came of a check over ``conversations``. ``fault`` says why it could not be judged, or is empty.

    ``breaches`` are the first few that break it, ``broken`` how many do. ``spoken_of`` counts those that it
    speaks of; a promise that some conversation does something is broken where none of them does.
    """

    check: Check
    conversations: int
    spoken_of: int
    broken: int
    breaches: tuple[Breach, ...] = ()
    fault: str = ""

    @property
    def passed(self) -> bool:
        """Whether it holds of all."""
        return not self.broken and not self.fault


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """What came of a test file."""

    suite: Suite
    cases: tuple[CaseResult, ...]
    checks: tuple[CheckResult, ...]

    @property
    def passed(self) -> bool:
        """Whether everything is as expected."""
        return all(each.passed for each in self.every)

    @property
    def every(self) -> tuple[CaseResult | CheckResult, ...]:
        """All results, in the order of the file."""
        return (*self.cases, *self.checks)


MOST_BREACHES = 3
"""Conversations that are shown of those that break a check."""


def run_suite(
    suite: Suite,
    others: Iterable[Conversation] = (),
    wanted: Callable[[str], bool] = lambda name: True,
) -> SuiteResult:
    """Run the cases and checks whose names are ``wanted``; ``others`` are more conversations for the checks."""
    simulator = Simulator(compile_policy(suite.policy))
    cases = tuple(run_case(simulator, each) for each in suite.cases if wanted(each.name))
    checks = [_Judging(suite.policy, each) for each in suite.checks if wanted(each.name)]
    for simulation in _simulations(simulator, suite, cases, others) if checks else ():
        for each in checks:
            each.take(simulation)
    return SuiteResult(suite, cases, tuple(each.result() for each in checks))


def run_case(simulator: Simulator, case: Case) -> CaseResult:
    """Run one case."""
    try:
        simulation = simulator.run(case.conversation)
    except TimeOrderError as fault:
        return CaseResult(case, None, fault=str(fault))
    return CaseResult(case, simulation, tuple(failures_of(case, simulation)))


def passes(machine: Machine, case: Case) -> bool:
    """Whether all is as expected under another machine; stops looking at the first failure."""
    try:
        simulation = Simulator(machine).run(case.conversation)
    except TimeOrderError:
        return False
    return next(failures_of(case, simulation), None) is None


def breaks(policy: Policy, machine: Machine, check: Check, conversations: Iterable[Conversation]) -> bool:
    """Whether a check does not hold of the conversations under another policy, whose machine is given."""
    judging, simulator = _Judging(policy, check), Simulator(machine)
    for conversation in conversations:
        judging.take(_run_or_fault(simulator, conversation))
    return not judging.result().passed


def failures_of(case: Case, simulation: Simulation) -> Iterator[Failure]:
    """The steps at which something else was done than expected, in order."""
    counters = _counters(case, simulation)
    for step in case.steps:
        decisions = simulation.decisions[step.first - 1 : step.last]
        missing, unexpected = [], []
        for trial, expected, others in (
            (False, step.expected.actions, step.expected.others),
            (True, step.expected.trial, False),
        ):
            if expected is not None:
                done = [each for decision in decisions for each in _done(decision, trial)]
                missing += [
                    Missing(each, trial) for each in expected if not any(_fits(each, one) for one in done)
                ]
                unexpected += [
                    Unexpected(one, trial)
                    for one in done
                    if not others and not any(_fits(each, one) for each in expected)
                ]
        stops = [stop for decision in decisions for stop in decision.stopped]
        missing += [
            Missing(each) for each in step.expected.stops if not any(_stops(each, one) for one in stops)
        ]
        for count in step.expected.counts:
            views = tuple(each for each in counters[step.last] if each.owner == count.rule)
            if not any((each.value, each.need) == (count.value, count.need) for each in views):
                missing.append(Missing(count, counters=views))
        if missing or unexpected:
            yield Failure(step, tuple(missing), tuple(unexpected), decisions)


def _done(decision: Decision, trial: bool) -> tuple[Done, ...]:
    return decision.trial if trial else decision.actions


def _fits(expected: ExpectedAction, done: Done) -> bool:
    return (
        expected.action == done.action
        and expected.text in (None, done.text)
        and expected.rules in (None, done.rules)
    )


def _stops(expected: ExpectedStop, stop: Stop) -> bool:
    return (
        expected.rule == stop.rule
        and expected.cause is stop.cause
        and expected.clause in (None, stop.clause)
        and stop.unknown >= expected.unknown
    )


def _counters(case: Case, simulation: Simulation) -> dict[int, tuple[CounterView, ...]]:
    """By message: where the counters stand there, before anything is done; only where a test asks."""
    asked = {step.last for step in case.steps if step.expected.counts}
    found: dict[int, tuple[CounterView, ...]] = {}
    if asked:
        walk = simulation.machine.walk(simulation.machine.initial(simulation.attributes))
        for number, seen in enumerate(simulation.observations, 1):
            if number in asked:
                found[number] = walk.views(*seen)
            walk.step(*seen)
    return found


# --- checks -----------------------------------------------------------------------------


def _simulations(
    simulator: Simulator, suite: Suite, cases: Sequence[CaseResult], others: Iterable[Conversation]
) -> Iterator[Simulation | str]:
    """All conversations of the file, also those of cases that are not run, and the others; or why there is none."""
    known = {each.case.name: each.simulation for each in cases}
    for case in suite.cases:
        simulation = known[case.name] if case.name in known else run_case(simulator, case).simulation
        if simulation is not None:
            yield simulation
    yield from (_run_or_fault(simulator, each) for each in others)


def _run_or_fault(simulator: Simulator, conversation: Conversation) -> Simulation | str:
    """The simulation, or why there is none, in words."""
    try:
        return simulator.run(conversation)
    except TimeOrderError as fault:
        return f"{conversation.id}: {fault}"


class _Judging:
    """One check, conversation by conversation."""

    def __init__(self, policy: Policy, check: Check) -> None:
        self._policy = policy
        self._check = check
        self._conversations = self._spoken_of = self._broken = 0
        self._breaches: list[Breach] = []
        self._witnessed = False
        self._monitor: Monitor | None = None
        self._fault = ""

    def take(self, simulation: Simulation | str) -> None:
        """One conversation more, or why there is none."""
        self._conversations += 1
        if isinstance(simulation, str):
            self._fault = self._fault or simulation
        elif self._check.promise is None:
            self._take_action(simulation)
        else:
            self._take_promise(simulation, self._check.promise)

    def _take_action(self, simulation: Simulation) -> None:
        self._spoken_of += 1
        for number, decision in enumerate(simulation.decisions, 1):
            if any(each.action == self._check.action for each in decision.actions):
                self._breach(simulation, number)
                return

    def _take_promise(self, simulation: Simulation, promise: Promise) -> None:
        from policy_engine.policytest.monitor import Monitor, Timeless
        from policy_engine.verify.promised import question_of

        if self._monitor is None:
            self._monitor = Monitor(question_of(self._policy, promise))
        if not self._monitor.speaks_of(simulation.conversation):
            return
        self._spoken_of += 1
        try:
            at = self._monitor.first_true(simulation.conversation)
        except Timeless:
            self._fault = (
                self._fault
                or f"{simulation.conversation.id}: a message has no time, and the promise needs one"
            )
            return
        if isinstance(promise.claim, Sometimes):
            self._witnessed = self._witnessed or at is not None
        elif at is not None:
            self._breach(simulation, at + 1)

    def _breach(self, simulation: Simulation, message: int) -> None:
        self._broken += 1
        if len(self._breaches) < MOST_BREACHES:
            self._breaches.append(Breach(simulation, message))

    def result(self) -> CheckResult:
        """What came of it."""
        promise = self._check.promise
        if promise is not None and isinstance(promise.claim, Sometimes) and not self._witnessed:
            self._broken = self._spoken_of
            self._fault = self._fault or "no conversation does so"
        return CheckResult(
            self._check,
            self._conversations,
            self._spoken_of,
            self._broken,
            tuple(self._breaches),
            self._fault,
        )
