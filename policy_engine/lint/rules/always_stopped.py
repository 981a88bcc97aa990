"""A rule that one clause stops whenever it is due.

An `only if` that is never so when the rule is due, an exception that always is, or a `never` that takes away all
that the rule does. The rule cannot act, though it reads as if it could: a conversation shows where it is due, and
it is proved that in none it acts. Where now one clause stops it and now another, the rule's name is shown.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.silence import Silence, silence_of
from policy_engine.lint.clause_places import PartLine, parts_in, whole_policy
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.showing import PROVED, conversation_told
from policy_engine.model.decision import Cause
from policy_engine.source import Span
from policy_engine.verify.question import Stopped


def find(subject: Subject) -> Iterator[Finding]:
    """Rules and ladders that are due, and always stopped by other clauses than `overrides`."""
    if whole_policy(subject) is None:
        return
    for line, part in parts_in(subject):
        silence = silence_of(subject.proofs, part)
        if silence is None or silence.conversation is None:
            continue
        causes = {each.cause for each in silence.culprits}
        if causes and causes <= {Cause.OVERRIDES}:
            continue
        yield Finding(
            _place(line, silence),
            f"`{part.name}` never acts: {_why(silence)}",
            "change the clause, or what the rule waits for",
            notes=(PROVED, *conversation_told(subject, silence.conversation)),
        )


def _culprit(silence: Silence) -> Stopped | None:
    return next((each for each in silence.culprits if each.cause is not Cause.OVERRIDES), None)


def _place(line: PartLine, silence: Silence) -> Span:
    culprit = _culprit(silence)
    match culprit:
        case Stopped(cause=Cause.ONLY_IF):
            return line.clauses.only_ifs[0].span
        case Stopped(cause=Cause.EXCEPT, clause=number):
            return line.clauses.excepts[number].span
        case Stopped(cause=Cause.COOLDOWN):
            return line.clauses.at_most[0][1]
        case _:
            return line.name.span


def _why(silence: Silence) -> str:
    culprit = _culprit(silence)
    if culprit is None:
        return "whenever it is due, one clause or another stops it"
    said = {
        Cause.APPLIES: "`applies when` is never certain when it is due",
        Cause.ONLY_IF: "this is never certain when it is due",
        Cause.EXCEPT: "this is always so, or may be, when it is due",
        Cause.COOLDOWN: "`at most once` always stops it",
        Cause.NEVER: "a `never` takes away what it does whenever it is due",
    }
    return said[culprit.cause]


_RULE = "when hate is detected, end the chat"

RULE = Rule(
    "always-stopped", "PE302", find, proves=True,
    valid=(Example(f'policy "p"\nrule r\n  {_RULE}, except when self-harm has been detected\n'),),
    invalid=(
        Example(f'policy "p"\nrule r\n  {_RULE}, except when hate has been detected\n', "hate has been detected"),
        Example(f'policy "p"\nrule r\n  {_RULE}, only if a warning has been given\n', "a warning has been given"),
        Example(f'policy "p"\nrule r\n  {_RULE}\nnever end the chat when hate has been detected in this turn\n', "r"),
    ),
)  # fmt: skip
