"""Promises that the old policy keeps and the new one breaks, or the other way round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policy_engine.difference.deed import Pair
from policy_engine.model.model import Promise, Standard
from policy_engine.verify.prover import Prover
from policy_engine.verify.verdict import Finding, Verdict, verdict_on


@dataclass(frozen=True, slots=True)
class Kept:
    """A promise, with the verdicts on the old policy and on the new one; ``of`` says whose it is.

    ``of`` is "old" or "new" for a `check` of that policy, "both" for one that stands in both, else a standard's name.
    """

    of: str
    before: Verdict
    after: Verdict

    @property
    def promise(self) -> Promise:
        """The promise."""
        return self.after.promise

    @property
    def is_changed(self) -> bool:
        """Whether the verdicts differ."""
        return self.before.finding is not self.after.finding

    @property
    def is_newly_broken(self) -> bool:
        """Whether it held, and no longer does."""
        return self.before.finding is Finding.PROVED and self.after.finding is Finding.BROKEN


def promises_held(
    policies: Pair, standards: Sequence[Standard], prover: Prover, seconds: float
) -> Iterator[Kept]:
    """Both policies held to the `check` sentences of both, and to the standards; ``seconds`` for each verdict.

    A policy is held to the other's sentences as to a standard's, so each is read by the vocabulary that it was
    written in. Raises Disagreement.
    """
    old, new = policies
    texts = {each.text for each in old.promises}, {each.text for each in new.promises}
    for promise in new.promises:
        yield _held(policies, Standard("new", new.vocabulary, (promise,)), promise, prover, seconds,
                    "both" if promise.text in texts[0] else "new")  # fmt: skip
    for promise in old.promises:
        if promise.text not in texts[1]:
            yield _held(
                policies, Standard("old", old.vocabulary, (promise,)), promise, prover, seconds, "old"
            )
    for standard in standards:
        for promise in standard.promises:
            yield _held(policies, standard, promise, prover, seconds, standard.name)


def _held(
    policies: Pair, standard: Standard, promise: Promise, prover: Prover, seconds: float, of: str
) -> Kept:
    before, after = (verdict_on(each, promise, standard, prover, seconds) for each in policies)
    return Kept(of, before, after)
