"""How good tests are: each small change of a policy (:mod:`policy_engine.policytest.mutants`) against them.

A change of a file is noticed if a test fails of any policy that the file is part of. What no test notices
either changes nothing, or a test is missing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum

from policy_engine.language.tree import PolicyFile
from policy_engine.machine.machine import Machine, compile_policy
from policy_engine.model.model import Policy
from policy_engine.model.names import Names
from policy_engine.policytest.asking import Ask
from policy_engine.policytest.case import Case, Suite
from policy_engine.policytest.changing import changed_file, changed_policy
from policy_engine.policytest.difference import difference_question
from policy_engine.policytest.mutants import Mutant, mutants_of
from policy_engine.policytest.running import breaks, passes
from policy_engine.transcripts.message import Conversation
from policy_engine.verify.prover import GaveUp, Shown


class Fate(Enum):
    """What became of a mutant."""

    NOTICED = "noticed"
    """A test fails."""
    SURVIVED = "not noticed"
    """No test fails."""
    SAME = "changes nothing"
    """No conversation shows the change."""
    UNDECIDED = "not decided"
    """No test fails, and whether some conversation shows the change was not found out."""
    NO_POLICY = "no policy"
    """What was left is no policy."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A conversation in which the policy of a suite, and the same with the mutant in it, do different things.

    ``is_shortest``: no conversation that shows it has fewer messages.
    """

    suite: Suite
    conversation: Conversation
    changed: Policy
    is_shortest: bool


@dataclass(frozen=True, slots=True)
class MutantResult:
    """A mutant and what became of it.

    ``by`` names the test that noticed it, ``witness`` is what would have, ``why`` says why it was not decided.
    """

    mutant: Mutant
    fate: Fate
    by: str = ""
    witness: Witness | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants of each fate there are."""

    counts: Mapping[Fate, int]

    @property
    def differing(self) -> int:
        """The mutants that differ, or may."""
        return sum(self.counts.get(each, 0) for each in (Fate.NOTICED, Fate.SURVIVED, Fate.UNDECIDED))

    @property
    def percent(self) -> float:
        """How many of those that differ were noticed, in per cent; of none, 100."""
        return 100.0 * self.counts.get(Fate.NOTICED, 0) / self.differing if self.differing else 100.0


def score_of(results: Iterable[MutantResult]) -> Score:
    """What the results add up to."""
    counts = dict.fromkeys(Fate, 0)
    for each in results:
        counts[each.fate] += 1
    return Score(counts)


class Mutation:
    """The mutants of all policy files of some suites, each held against the tests of those that it is part of.

    ``others`` are the recorded conversations that the checks of a suite look at, by its number. ``ask`` is asked
    about the changes that no test notices.
    """

    def __init__(
        self, suites: Sequence[Suite], ask: Ask, others: Sequence[Sequence[Conversation]] = ()
    ) -> None:
        self._ask = ask
        self._trials = [
            _Trial(each, mine) for each, mine in zip(suites, others or [()] * len(suites), strict=True)
        ]
        self._files: dict[str, tuple[PolicyFile, list[_Trial]]] = {}
        for trial in self._trials:
            for file in trial.suite.loaded.files:
                self._files.setdefault(os.path.realpath(file.source.name), (file, []))[1].append(trial)

    def results(self) -> Iterator[MutantResult]:
        """Every mutant, file by file in the order of the suites."""
        for file, trials in self._files.values():
            policy = trials[0].suite.policy
            for mutant in mutants_of(file, Names(policy.vocabulary, dict(policy.groups))):
                yield self._result(mutant, file, trials)

    def _result(self, mutant: Mutant, file: PolicyFile, trials: Sequence[_Trial]) -> MutantResult:
        changed = changed_file(file, mutant)
        if changed is None:
            return MutantResult(mutant, Fate.NO_POLICY)
        policies = [(trial, changed_policy(trial.suite.loaded, changed)) for trial in trials]
        sound = [(trial, policy) for trial, policy in policies if policy is not None]
        if not sound:
            return MutantResult(mutant, Fate.NO_POLICY)
        differing = [
            (trial, policy)
            for trial, policy in sound
            if policy != replace(trial.suite.policy, digest=policy.digest)
        ]
        for trial, policy in differing:
            by = trial.noticed_by(policy)
            if by is not None:
                return MutantResult(mutant, Fate.NOTICED, by)
        return self._unnoticed(mutant, differing)

    def _unnoticed(self, mutant: Mutant, differing: Sequence[tuple[_Trial, Policy]]) -> MutantResult:
        """Whether any conversation shows a change that no test notices."""
        reasons = []
        for trial, policy in differing:
            answer = self._ask(difference_question(trial.suite.policy, policy))
            if isinstance(answer, Shown):
                return MutantResult(
                    mutant,
                    Fate.SURVIVED,
                    witness=Witness(trial.suite, answer.conversation, policy, answer.is_shortest),
                )
            if isinstance(answer, GaveUp):
                reasons.append(answer.reason)
        if reasons:
            return MutantResult(mutant, Fate.UNDECIDED, why=reasons[0])
        return MutantResult(mutant, Fate.SAME)


class _Trial:
    """The tests of one suite. The test that noticed the last mutant is the first to look at the next."""

    def __init__(self, suite: Suite, others: Sequence[Conversation]) -> None:
        self.suite = suite
        self._others = others
        self._cases: list[Case] = list(suite.cases)

    def noticed_by(self, policy: Policy) -> str | None:
        """The name of the first test that fails under another policy; None where none does."""
        machine = compile_policy(policy)
        for number, case in enumerate(self._cases):
            if not passes(machine, case):
                self._cases.insert(0, self._cases.pop(number))
                return case.name
        return self._broken(policy, machine)

    def _broken(self, policy: Policy, machine: Machine) -> str | None:
        conversations = [*(case.conversation for case in self.suite.cases), *self._others]
        return next(
            (each.name for each in self.suite.checks if breaks(policy, machine, each, conversations)), None
        )
