"""A number of turns that no test is long enough to reach.

`start over after 20 turns` is seen in a conversation of more than 20 turns only. Where the longest test of the policy
has fewer, whatever the number does was never tried: 20 may as well be 200. Quiet turns are quickly written: `20 quiet
turns`.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.language.tree import Amount, LadderLine, NeverLine, RuleLine
from policy_engine.lint.contents import inside
from policy_engine.lint.rule import EXAMPLE_DAY, Example, Finding, Rule, Subject, Surroundings


def find(subject: Subject) -> Iterator[Finding]:
    """Windows, limits and quiet stretches of a main file's rules, ladders and nevers, longer than every test."""
    windows = [
        part
        for line in subject.file.lines
        if isinstance(line, RuleLine | LadderLine | NeverLine)
        for part in inside(line)
        if isinstance(part, Amount) and part.unit == "turn"
    ]
    longest = subject.surroundings.longest_test() if windows and subject.is_main else None
    for each in windows if longest is not None else ():
        if longest is not None and each.number > longest:
            yield Finding(
                each.span,
                f"the longest test of this policy has {longest:,} turn{'s' if longest != 1 else ''}: "
                "no test shows what this does",
                "write a test that is longer; quiet turns will do",
            )


_RULE = 'policy "p"\nrule r\n  after 3 refusals within {} turns, end the chat\n'
_TESTED = Surroundings(EXAMPLE_DAY, longest_test=lambda: 12)

RULE = Rule(
    "untested-window", "PE403", find,
    valid=(Example(_RULE.format(10), around=_TESTED), Example(_RULE.format(20))),
    invalid=(Example(_RULE.format(20), "20 turns", around=_TESTED),),
)  # fmt: skip
