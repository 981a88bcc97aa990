"""Looking at one file with all rules: which ones there are, which are asked, and what is left after the comments."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from policy_engine.diagnostics import Diagnostic, nearest
from policy_engine.lint.ignores import UNKNOWN, UNREASONED, UNUSED, set_aside
from policy_engine.lint.rule import Finding, Rule, Subject
from policy_engine.source import Location

OF_COMMENTS = (UNUSED, UNREASONED, UNKNOWN)
"""What is found wrong with comments that set a finding aside."""


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule, by number."""
    from policy_engine.lint import rules as package

    names = sorted(each.name for each in pkgutil.iter_modules(package.__path__))
    found: list[Rule] = [importlib.import_module(f"{package.__name__}.{name}").RULE for name in names]
    return tuple(sorted(found, key=lambda rule: rule.number))


@cache
def numbers() -> dict[str, str]:
    """The names of the rules by their numbers."""
    return {rule.number: rule.name for rule in rules()}


def rule_named(name: str) -> Rule:
    """The rule of that name or number; ValueError, with a fragment to show, where there is none."""
    wanted = numbers().get(name.upper(), name.lower())
    known = {rule.name: rule for rule in rules()}
    if wanted not in known:
        near = nearest(wanted, known)
        raise ValueError(
            f"unknown lint rule `{name}`" + (f" (did you mean `{near}`?)" if near else " (see: lint --list)")
        )
    return known[wanted]


_PREFIX = re.compile(r"PE\d{0,2}", re.IGNORECASE)


def rules_named(name: str) -> tuple[Rule, ...]:
    """The rule of that name or number, or all whose numbers begin so (`PE2`); ValueError where there is none."""
    if _PREFIX.fullmatch(name):
        found = tuple(rule for rule in rules() if rule.number.startswith(name.upper()))
        if found:
            return found
    return (rule_named(name),)


def chosen(
    select: Iterable[str] = (), ignore: Iterable[str] = (), *, proofs: bool = True
) -> tuple[Rule, ...]:
    """The rules that are asked: all, or those selected, without those ignored. ValueError for a name of none."""
    selected = {rule.name for each in select for rule in rules_named(each)}
    ignored = {rule.name for each in ignore for rule in rules_named(each)}
    return tuple(
        rule
        for rule in rules()
        if (not selected or rule.name in selected)
        and rule.name not in ignored
        and (proofs or not rule.proves)
    )


@dataclass(frozen=True)
class Linted:
    """What was found in one file, in the order of the text, and how much comments have set aside.

    ``undecided`` are questions that no prover decided within the budget, as fragments: about these nothing is found.
    """

    findings: tuple[Diagnostic, ...]
    set_aside: int = 0
    undecided: tuple[str, ...] = ()


def lint(subject: Subject, asked: Iterable[Rule]) -> Linted:
    """What the rules find in a file, after the comments in it that set findings aside."""
    asked = tuple(asked)
    found = [_diagnostic(rule, subject, each) for rule in asked for each in rule.find(subject)]
    known = frozenset((*(rule.name for rule in rules()), *OF_COMMENTS))
    left, aside = set_aside(subject.source, found, known, numbers())
    names = {rule.name for rule in asked}
    if len(names) < len(rules()):  # who asks for one rule is not told that comments about others are unused
        left = [each for each in left if each.code != UNUSED]
    ordered = tuple(sorted(left, key=lambda each: (*each.order, each.code)))
    return Linted(ordered, aside, _undecided(subject) if any(rule.proves for rule in asked) else ())


def _undecided(subject: Subject) -> tuple[str, ...]:
    return tuple(each.what for each in subject.proofs.undecided) if subject.policy is not None else ()


def _diagnostic(rule: Rule, subject: Subject, finding: Finding) -> Diagnostic:
    return Diagnostic(
        rule.name, finding.message, Location(subject.source, finding.span), finding.hint, None, rule.severity,
        rule.number, finding.notes, finding.fix,
    )  # fmt: skip
