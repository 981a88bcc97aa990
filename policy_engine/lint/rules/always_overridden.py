"""A rule that another overrides whenever it is due.

`rule x overrides rule y` lets y give way from the message at which x acts to the end of that turn. Where x acts in
every turn in which y is due, y never acts: then y can be taken out, or the one of the two should wait for
something else. It is proved that y never acts, and a conversation shows where it gives way.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.silence import silence_of
from policy_engine.lint.clause_places import parts_in, whole_policy
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.showing import PROVED, conversation_told
from policy_engine.model.decision import Cause


def find(subject: Subject) -> Iterator[Finding]:
    """Rules and ladders that are due, and stopped by the same `overrides` each time."""
    policy = whole_policy(subject)
    if policy is None:
        return
    for line, part in parts_in(subject):
        silence = silence_of(subject.proofs, part)
        if silence is None or silence.conversation is None:
            continue
        causes = {each.cause for each in silence.culprits}
        if not causes or not causes <= {Cause.OVERRIDES}:
            continue
        winner = policy.overrides[silence.culprits[0].clause].winner
        yield Finding(
            line.name.span,
            f"`{part.name}` never acts: `{winner}` overrides it whenever it is due",
            "take it out, or let one of the two wait for something else",
            notes=(PROVED, *conversation_told(subject, silence.conversation)),
        )


_ONE = "rule one\n  when hate is detected, end the chat\n"
_OVER = "rule one overrides rule two\n"

RULE = Rule(
    "always-overridden", "PE303", find, proves=True,
    valid=(Example(f'policy "p"\n{_ONE}rule two\n  when harassment is detected, add a strike\n{_OVER}'),),
    invalid=(Example(f'policy "p"\n{_ONE}rule two\n  when hate is detected, add a strike\n{_OVER}', "two"),),
)  # fmt: skip
