"""Help that is offered in some conversations only, since `applies when` stands in the same file.

`applies when model is opus-4` goes for every rule of its file, also for the one that offers support to somebody in a
crisis: on another model, nobody is helped. Keep protections in a file of their own without `applies when`, and `use`
it: there they hold everywhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.language.tree import AppliesLine, RuleLine
from policy_engine.lint.contents import action_of, actions_of
from policy_engine.lint.rule import Example, Finding, Rule, Subject, lines_of


def find(subject: Subject) -> Iterator[Finding]:
    """Rules with an action that is done even after the end, in a file with `applies when`."""
    if not any(lines_of(subject, AppliesLine)):
        return
    for line in subject.file.lines:
        if not isinstance(line, RuleLine) or line.trial:
            continue
        entries = [action_of(subject, each) for each in actions_of(line)]
        helps = next((each for each in entries if each is not None and each.even_after_end), None)
        if helps is not None:
            yield Finding(
                line.name.span,
                f"where `applies when` does not hold, this rule does not {helps.phrase}",
                "move it into a file without `applies when`, and `use` that",
            )


_APPLIES = "applies when model is opus-4\n"
_SUPPORT = "rule support\n  when self-harm is detected from the user, offer support crisis-line\n"

RULE = Rule(
    "limited-protection", "PE203", find,
    valid=(
        Example(_SUPPORT),
        Example(f"{_APPLIES}rule r\n  after 3 refusals, end the chat\n"),
    ),
    invalid=(Example(f"{_APPLIES}{_SUPPORT}", "support"),),
)  # fmt: skip
