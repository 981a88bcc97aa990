"""A promise that something is done which no rule does.

`check that when self-harm is detected, support is offered` cannot be kept by a policy that offers no support: either
the rule is missing, or the promise speaks of another action. A promise that something is *not* done is kept by such a
policy, and nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.language.tree import DoneRef, PromiseLine
from policy_engine.lint.rule import Example, Finding, Rule, Subject, lines_of
from policy_engine.model.model import Policy
from policy_engine.vocabulary.phrases import telling_words

_DEMANDING = ("answered", "done_after", "at_least_every", "sometimes", "before")


def find(subject: Subject) -> Iterator[Finding]:
    """The checks of a main file that ask for an action that nothing in the policy takes."""
    if subject.policy is None or not subject.is_main:
        return
    taken = _taken(subject.policy)
    for line in lines_of(subject, PromiseLine):
        assert isinstance(line, PromiseLine)
        action = _action(subject, line.done)
        if line.form not in _DEMANDING or action is None or action in taken:
            continue
        if line.before is not None and _action(subject, line.before) not in taken:
            continue
        phrase = subject.vocabulary.actions[action].phrase
        yield Finding(
            line.done.span,
            "no rule of the policy does this",
            f"add a rule that does: {phrase}",
        )


def _action(subject: Subject, done: DoneRef) -> str | None:
    return subject.names.pasts.get(telling_words(done.text))


def _taken(policy: Policy) -> set[str]:
    rules = (act.action for rule in policy.rules if not rule.trial for act in rule.actions)
    steps = (act.action for ladder in policy.ladders for step in ladder.steps for act in step.actions)
    return {*rules, *steps}


_POLICY = 'policy "p"\nrule r\n  after 3 refusals, end the chat\ncheck that {}\n'

RULE = Rule(
    "unmet-promise", "PE219", find,
    valid=(
        Example(_POLICY.format("in some conversation the chat is ended")),
        Example(_POLICY.format("a warning is given at most 1 time within 5 turns")),
        Example(_POLICY.format("support is offered before a warning is given")),
    ),
    invalid=(
        Example(_POLICY.format("when self-harm is detected, support is offered in the same turn"),
                "support is offered"),
        Example(_POLICY.format("a warning is given before the chat is ended"), "a warning is given"),
    ),
)  # fmt: skip
