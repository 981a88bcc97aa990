"""A step of a ladder that no conversation reaches.

The ladder acts on the steps before, and never on this one: by then other rules have always ended the chat, or it
starts over before, or a `never` takes away all that the step does. The steps after it are not told of. It is proved
for conversations of any length.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.stopping import acts_at
from policy_engine.language.tree import LadderLine
from policy_engine.lint.clause_places import parts_in, whole_policy
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.showing import PROVED
from policy_engine.model.model import Ladder


def find(subject: Subject) -> Iterator[Finding]:
    """The first step of each ladder that is never taken, where one before it is."""
    if whole_policy(subject) is None:
        return
    for line, part in parts_in(subject):
        if not isinstance(line, LadderLine) or not isinstance(part, Ladder):
            continue
        for number, step in enumerate(line.steps):
            what = f"whether `{part.name}` takes step {number + 1}"
            if subject.proofs.can_be(acts_at(part, number), what) is False:
                if number:
                    yield Finding(
                        step.span,
                        f"`{part.name}` never comes to step {number + 1}",
                        "take the step out, or let the ladder come to it",
                        notes=(PROVED,),
                    )
                break


_FIRST = 'ladder abuse on hate\n  after 1 refusal, warn the user "Stop."\n'
_THEN = "  after 2 more refusals, add a strike"

RULE = Rule(
    "unreachable-step", "PE309", find, proves=True,
    valid=(Example(f'policy "p"\n{_FIRST}{_THEN}\n'),),
    invalid=(
        Example(f'policy "p"\n{_FIRST}{_THEN}\nrule r\n  after 3 refusals, end the chat\n'.replace(
            "after 3 refusals, end", "after 2 refusals on hate, end"), _THEN.strip()),
    ),
)  # fmt: skip
