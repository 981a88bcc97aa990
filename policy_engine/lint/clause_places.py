"""Where the rules of a policy and their clauses stand in a file, and fixes that leave one out."""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.diagnostics import Edit, Fix
from policy_engine.findings.stopping import Part
from policy_engine.language.tree import LadderLine, NeverLine, OverridesLine, RuleLine
from policy_engine.lint.rule import Subject
from policy_engine.model.decision import Cause
from policy_engine.model.model import Policy
from policy_engine.model.names import Names
from policy_engine.model.parts import parts_of
from policy_engine.policytest.mutants import mutants_of
from policy_engine.source import Span
from policy_engine.verify.question import Stopped

PartLine = RuleLine | LadderLine


def whole_policy(subject: Subject) -> Policy | None:
    """The policy of a file that is one by itself; None where other files may be what decides.

    A file without a `policy` line is made to be used by others, whose rules would take part in every proof.
    """
    return subject.policy if subject.is_main else None


def parts_in(subject: Subject) -> Iterator[tuple[PartLine, Part]]:
    """The rules and ladders that stand in the file itself."""
    assert subject.policy is not None
    by_name = {part.name: part for part in parts_of(subject.policy)}
    for line in subject.file.lines:
        if isinstance(line, RuleLine | LadderLine):
            part = by_name[line.name.text]
            if subject.holds(part.location):
                yield line, part


def clauses_in(subject: Subject, cause: Cause) -> Iterator[tuple[Span, Stopped, Part]]:
    """The clauses of that kind of the rules in the file, each with its place and how it stops its rule."""
    for line, part in parts_in(subject):
        clauses = line.clauses
        spans = {
            Cause.ONLY_IF: [each.span for each in clauses.only_ifs],
            Cause.EXCEPT: [each.span for each in clauses.excepts],
            Cause.COOLDOWN: [span for _, span in clauses.at_most],
        }[cause]
        for number, span in enumerate(spans):
            yield span, Stopped(0, part.name, cause, number), part


def nevers_in(subject: Subject) -> Iterator[tuple[NeverLine, int]]:
    """The ``never`` lines of the file, each with its number in the policy."""
    assert subject.policy is not None
    for number, never in enumerate(subject.policy.nevers):
        place = never.location
        if place is not None and subject.holds(place):
            for line in subject.file.lines:
                if isinstance(line, NeverLine) and line.span == place.span:
                    yield line, number


def overrides_in(subject: Subject) -> Iterator[tuple[OverridesLine, int]]:
    """The ``overrides`` lines of the file, each with its number in the policy."""
    assert subject.policy is not None
    for line in subject.file.lines:
        if isinstance(line, OverridesLine):
            for number, override in enumerate(subject.policy.overrides):
                if (override.winner, override.loser) == (line.winner.text, line.loser.text):
                    yield line, number


def clause_left_out(subject: Subject, span: Span, what: str) -> Fix | None:
    """A safe fix that leaves a clause of a rule out; ``what`` is as in `policytest.mutants` ("except left out")."""
    policy = subject.policy
    assert policy is not None
    for mutant in mutants_of(subject.file, Names(policy.vocabulary, dict(policy.groups))):
        if mutant.what == what and mutant.span.start <= span.start and span.end <= mutant.span.end:
            return Fix(
                f"leave it out: {what}", (Edit(subject.at(mutant.span), mutant.replacement),), safe=True
            )
    return None


def line_left_out(subject: Subject, span: Span) -> Fix:
    """A safe fix that leaves a statement out, with its line break."""
    text = subject.source.text
    end = text.find("\n", span.end)
    end = len(text) if end < 0 else end
    is_alone = not text[span.end : end].strip()
    whole = Span(span.start, min(len(text), end + 1) if is_alone else span.end)
    return Fix("leave it out", (Edit(subject.at(whole), ""),), safe=True)
