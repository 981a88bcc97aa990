"""Endings that the user did not ask for, and what must not be so where they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from policy_engine.findings.endings import unasked_endings
from policy_engine.findings.stopping import Part
from policy_engine.lint.clause_places import PartLine, parts_in, whole_policy
from policy_engine.lint.rule import Subject
from policy_engine.lint.showing import shown_by
from policy_engine.model.model import Policy
from policy_engine.verify.prover import Shown
from policy_engine.verify.question import Formula

Bad = Callable[[Policy, Part], Formula | None]
"""What must not be at a message at which the rule ends the chat; None where that cannot be said of the policy."""


def endings_that_may(
    subject: Subject, bad: Bad, what: str
) -> Iterator[tuple[PartLine, Part, tuple[str, ...]]]:
    """The rules of the file that end a chat so, with a conversation that shows it.

    ``what`` says it in words, after the rule's name: "ends a chat without …". Endings on the user's request are
    not looked at.
    """
    policy = whole_policy(subject)
    if policy is None:
        return
    unasked = unasked_endings(policy)
    for line, part in parts_in(subject):
        formula = bad(policy, part) if part in unasked else None
        if formula is None:
            continue
        found = subject.proofs.answer(formula, f"whether `{part.name}` {what}")
        if isinstance(found, Shown):
            yield line, part, shown_by(subject, found)
