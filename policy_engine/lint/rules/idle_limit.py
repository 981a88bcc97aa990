"""`at most once` on a rule that fires no more often anyway.

`after 3 refusals` fires once in a conversation, and `every 3 hours` at most once in 2 hours: there is nothing to
limit. Either the limit is left over, or `after every` was meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.diagnostics import Fix
from policy_engine.language.tree import RuleLine
from policy_engine.lint.removal import clause
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.model.model import After, AtMostOnce, Begins, Every, Trigger, When
from policy_engine.model.model import Rule as PolicyRule


def find(subject: Subject) -> Iterator[Finding]:
    """Limits that never stop anything."""
    for line in subject.file.lines:
        rule = subject.parts.get(line.span)
        if not isinstance(line, RuleLine) or not isinstance(rule, PolicyRule) or rule.guards.at_most is None:
            continue
        why = _why(rule.trigger, rule.guards.at_most)
        if why is not None:
            place = line.clauses.at_most[0][1]
            edit = clause(subject, place)
            yield Finding(
                place,
                f"this limits nothing: {why}",
                "leave it out, or count with `after every`"
                if isinstance(rule.trigger, After)
                else "leave it out",
                Fix("leave it out", (edit,), safe=True) if edit is not None else None,
            )


def _why(trigger: Trigger, limit: AtMostOnce) -> str | None:
    match trigger:
        case Begins():
            return "a chat begins once"
        case When(first=True):
            return "the rule fires once in a conversation"
        case After(repeat=False, start_over=None) if all(each.since is None for each in trigger.counts):
            return "the rule fires once in a conversation"
        case Every(period) if limit.window is not None:
            if period.turns is not None and limit.window.turns is not None:
                return "the rule fires no more often" if limit.window.turns <= period.turns else None
            if period.seconds is not None and limit.window.seconds is not None:
                return "the rule fires no more often" if limit.window.seconds < period.seconds else None
    return None


def _rule(trigger: str, clause: str = "") -> str:
    return f'rule r\n  {trigger}, remind the user "Time for a break?"{clause}\n'


RULE = Rule(
    "idle-limit", "PE207", find, fixes=True,
    valid=(
        Example(_rule("after every 3 refusals", ", at most once in 10 turns")),
        Example(_rule("when hate is detected", ", at most once")),
        Example(_rule("every 3 hours", ", at most once in 3 hours")),
        Example(_rule("after 3 refusals, starting over after 5 turns without one", ", at most once")),
    ),
    invalid=(
        Example(_rule("after 3 refusals", ", at most once in 10 turns"), "at most once in 10 turns",
                _rule("after 3 refusals")),
        Example(_rule("when hate is first detected", ",\n  at most once,\n  only if user.minor is true"),
                "at most once", _rule("when hate is first detected", ",\n  only if user.minor is true")),
        Example(_rule("every 5 turns", ", at most once in 5 turns"), "at most once in 5 turns",
                _rule("every 5 turns")),
        Example(_rule("every 3 hours", ", at most once in 2 hours"), "at most once in 2 hours",
                _rule("every 3 hours")),
        Example(_rule("when the chat begins", ", at most once"), "at most once", _rule("when the chat begins")),
    ),
)  # fmt: skip
