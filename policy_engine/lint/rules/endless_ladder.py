"""A ladder that is climbed once and then never does anything again.

On its last step a ladder rests until it starts over. Without `start over`, whatever comes after the last step has no
answer for the rest of the conversation, however long it lasts. Where the last step ends the chat, nothing comes after
it.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.language.tree import LadderLine
from policy_engine.lint.contents import action_of
from policy_engine.lint.rule import Example, Finding, Rule, Subject, lines_of


def find(subject: Subject) -> Iterator[Finding]:
    """Ladders without `start over` whose last step does not end the chat."""
    for line in lines_of(subject, LadderLine):
        assert isinstance(line, LadderLine)
        last = [action_of(subject, each) for each in line.steps[-1].actions]
        if not line.clauses.resets and not any(each is not None and each.ends for each in last):
            yield Finding(
                line.name.span,
                f"after its last step, `{line.name.text}` does nothing for the rest of the chat",
                "for example: start over after 20 turns without a refusal",
            )


def _ladder(last: str, over: str = "") -> str:
    return (
        'ladder abuse on harassment\n  after 2 refusals, warn the user "Please stop."\n'
        f"  after 2 more refusals, {last}\n{over}"
    )


RULE = Rule(
    "endless-ladder", "PE217", find,
    valid=(
        Example(_ladder("end the chat")),
        Example(_ladder("add a strike", "  start over after 20 turns without a refusal\n")),
    ),
    invalid=(Example(_ladder("add a strike"), "abuse"),),
)  # fmt: skip
