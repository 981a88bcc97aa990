"""What a change of a policy repository does: everything that a review says, before it is put into words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from policy_engine.diagnostics import Diagnostic, Severity
from policy_engine.difference.cause import Why
from policy_engine.difference.comparison import Comparison
from policy_engine.difference.difference import Finding as Sameness
from policy_engine.difference.direction import Direction
from policy_engine.model.model import Policy
from policy_engine.verify.verdict import Finding, Verdict


class Fate(Enum):
    """What became of a policy."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


class Failing(Enum):
    """What of a review somebody may want to fail on."""

    BROKEN = "broken"
    LOOSER = "looser"
    LINT = "lint"
    TESTS = "tests"


@dataclass(frozen=True, slots=True)
class Tests:
    """The tests of a policy on one side: how many there are, the names of those that fail, what they try.

    ``tried`` of ``goals`` parts of the policy are reached by some test. With ``mistakes``, the file cannot be run.
    """

    number: int = 0
    failing: tuple[str, ...] = ()
    tried: int = 0
    goals: int = 0
    mistakes: tuple[Diagnostic, ...] = ()

    @property
    def is_failing(self) -> bool:
        """Whether something is not as expected, or cannot be run."""
        return bool(self.failing or self.mistakes)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A policy that changed, or that uses a file that did.

    ``path`` is its file from the reviewed folder, ``moved_from`` where it lay before, if elsewhere; ``files`` are those
    that changed of all that it uses. ``policy`` is the new one, or the removed one; None where it has the mistakes
    ``faults``. ``verdicts`` are on the promises of an added one. ``tests`` are those before and after, where there are
    any; ``were_faults`` says that the old one could not be read.
    """

    path: str
    fate: Fate
    policy: Policy | None = None
    moved_from: str | None = None
    files: tuple[str, ...] = ()
    faults: tuple[Diagnostic, ...] = ()
    were_faults: bool = False
    comparison: Comparison | None = None
    verdicts: tuple[Verdict, ...] = ()
    tests: tuple[Tests | None, Tests | None] = (None, None)

    @property
    def newly_broken(self) -> int:
        """Requirements that held and do not any longer; of an added policy, those that it breaks."""
        kept = self.comparison.promises if self.comparison else ()
        broken = [each.finding is Finding.BROKEN for each in self.verdicts]
        return sum(each.is_newly_broken for each in kept) + sum(broken)

    @property
    def is_looser(self) -> bool:
        """Whether something is done less often or later than before, in some conversation at least.

        So it is where the policy is removed, and where it applies to fewer conversations; not where it is done no
        longer because the chat is ended by then.
        """
        if self.fate is Fate.REMOVED:
            return True
        if self.comparison is None:
            return False
        looser = (Direction.LESS, Direction.LATER, Direction.MIXED)
        less = [
            told
            for told in self.comparison.told
            if told.change.direction in looser and not told.change.deed.on_trial
        ]
        return self.comparison.scope.lost is not None or any(
            not account.is_new and account.why is not Why.ENDED for told in less for account in told.accounts
        )

    @property
    def acts_alike(self) -> bool:
        """Whether it is proved to do the same as before."""
        return self.comparison is not None and self.comparison.finding is Sameness.ALIKE


@dataclass(frozen=True, slots=True)
class Review:
    """All policies that changed, by path. ``findings`` of lint stand on changed lines; on others are ``elsewhere``.

    ``notes`` say what could not be looked at.
    """

    policies: tuple[Reviewed, ...]
    findings: tuple[Diagnostic, ...] = ()
    elsewhere: int = 0
    notes: tuple[str, ...] = ()

    def fails(self, asked: frozenset[Failing]) -> bool:
        """Whether there is any of what was asked to fail on."""
        found = {
            Failing.BROKEN: any(each.newly_broken or each.faults for each in self.policies),
            Failing.LOOSER: any(each.is_looser for each in self.policies),
            Failing.LINT: bool(self.findings),
            Failing.TESTS: any(each.tests[1] and each.tests[1].is_failing for each in self.policies),
        }
        return any(found[each] for each in asked)


def errors(found: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Those that leave nothing to run."""
    return tuple(each for each in found if each.severity is Severity.ERROR)
