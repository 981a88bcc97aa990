"""Two groups that hold the same.

One thing under two names makes a reader look for the difference. When one of the two is changed, the other is most
likely forgotten.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.language.tree import GroupLine
from policy_engine.lint.rule import Example, Finding, Rule, Subject, lines_of
from policy_engine.model.model import Reading


def find(subject: Subject) -> Iterator[Finding]:
    """Groups that hold what another one holds, of this file or of one that it uses."""
    own = [line for line in lines_of(subject, GroupLine) if isinstance(line, GroupLine)]
    groups = subject.names.groups
    mine = {line.name.without_noise().text for line in own}
    first: dict[frozenset[Reading], str] = {}
    for name in sorted(set(groups) - mine):
        first.setdefault(frozenset(groups[name]), name)
    for line in own:
        name = line.name.without_noise().text
        before = first.setdefault(frozenset(groups.get(name, ())), name)
        if before != name:
            yield Finding(
                line.name.span,
                f"the group `{before}` holds the same as `{name}`",
                "use one name for both",
            )


def _policy(labels: str) -> str:
    return (
        f"group abuse = hate or harassment\ngroup attacks = {labels}\n"
        "rule r\n  when abuse or attacks is detected, add a strike\n"
    )


RULE = Rule(
    "equal-groups", "PE214", find,
    valid=(Example(_policy("hate or violence")), Example(_policy("hate at 0.9 or harassment"))),
    invalid=(Example(_policy("harassment or hate"), "attacks"),),
)  # fmt: skip
