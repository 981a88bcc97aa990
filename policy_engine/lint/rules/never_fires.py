"""A rule or ladder that no conversation makes act.

Nothing that can be said or shown makes it due; or by the time at which it would be due, other rules have always
ended the chat. Such a rule reads like a protection and is none. That is proved for conversations of any length;
where the proof is not found, nothing is said. A rule that is due and stopped each time is `always-stopped` or
`always-overridden`. In a file without a `policy` line, which other files may use, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.silence import silence_of
from policy_engine.lint.clause_places import parts_in, whole_policy
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.showing import PROVED


def find(subject: Subject) -> Iterator[Finding]:
    """Rules and ladders that are never due."""
    if whole_policy(subject) is None:
        return
    for line, part in parts_in(subject):
        silence = silence_of(subject.proofs, part)
        if silence is None or silence.conversation is not None:
            continue
        why = (
            "other rules have always ended the chat before" if silence.is_too_late else "nothing makes it due"
        )
        yield Finding(
            line.name.span,
            f"`{part.name}` never acts: {why}",
            "change what it waits for, or take it out",
            notes=(PROVED,),
        )


_END = "rule ended\n  after 2 refusals on hate, end the chat\n"

RULE = Rule(
    "never-fires", "PE301", find, proves=True,
    valid=(
        Example(f'policy "p"\n{_END}rule warned\n  after 1 refusal on hate, warn the user "Stop."\n'),
        Example(f'{_END}rule warned\n  after 3 refusals on hate, warn the user "Stop."\n'),
    ),
    invalid=(
        Example(f'policy "p"\n{_END}rule warned\n  after 3 refusals on hate, warn the user "Stop."\n', "warned"),
        Example('policy "p"\nrule late\n  after 1 refusal since the last warning, end the chat\n', "late"),
    ),
)  # fmt: skip
