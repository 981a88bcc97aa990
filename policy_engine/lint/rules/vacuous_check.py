"""A `check` that nothing could ever break: its occasion never comes.

`check that the chat is ended only when …` in a policy whose ending is always stopped is kept by every conversation, and
says nothing. Whoever reads it believes that something is held. It is proved that the action that it is about is never
done, or that what it waits for never happens.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.language.tree import PromiseLine
from policy_engine.lint.clause_places import whole_policy
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.showing import PROVED
from policy_engine.model.model import Policy
from policy_engine.model.parts import action_names, parts_of
from policy_engine.verify.promised import question_of
from policy_engine.verify.prover import Never
from policy_engine.verify.question import Does, Formula
from policy_engine.verify.walking import atoms_of


def find(subject: Subject) -> Iterator[Finding]:
    """Checks of the file whose occasion never comes."""
    policy = whole_policy(subject)
    if policy is None:
        return
    lines = {line.span: line for line in subject.file.lines if isinstance(line, PromiseLine)}
    for promise in policy.promises:
        place = promise.location
        line = lines.get(place.span) if place is not None and subject.holds(place) else None
        occasion = question_of(policy, promise).of_occasion
        if line is None or occasion is None or _is_for_later(policy, occasion.bad):
            continue
        what = f"whether anything could break `{line.text}`"
        if isinstance(subject.proofs.answer_to(occasion, what), Never):
            yield Finding(
                line.span,
                "nothing could ever break this check: its occasion never comes",
                "see which rule should do what it is about",
                notes=(PROVED,),
            )


def _is_for_later(policy: Policy, occasion: Formula) -> bool:
    """Whether no rule asks for what the occasion says to be done."""
    done = {atom.action for atom in atoms_of(occasion) if isinstance(atom, Does)}
    asked = {action for part in parts_of(policy) for action in action_names(part)}
    return bool(done - asked)


_RULE = "rule r\n  after 1 refusal on hate, end the chat{}\n"
_CHECK = "check that the chat is ended only when hate is detected in this turn"

RULE = Rule(
    "vacuous-check", "PE322", find, proves=True,
    valid=(
        Example(f'policy "p"\n{_RULE.format("")}{_CHECK}\n'),
        Example(f'policy "p"\nrule r\n  when hate is detected, add a strike\n{_CHECK}\n'),
    ),
    invalid=(
        Example(f'policy "p"\n{_RULE.format(", except when hate has been detected")}{_CHECK}\n', _CHECK),
    ),
)  # fmt: skip
