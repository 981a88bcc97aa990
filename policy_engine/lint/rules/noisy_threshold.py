"""A step against the user that one false alarm can take.

Detectors are wrong now and then. A rule that asks for `hate at 0.3` acts on scores at which most of them are wrong
more often than right, and an ending after a single refusal needs one mistake. Rules that only offer help may ask for
little: nothing is said of them. Both numbers are settings.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.diagnostics import Edit, Fix
from policy_engine.language.tree import AfterRef, LabelRef, LadderLine, RuleLine
from policy_engine.lint.contents import action_of, actions_of, inside
from policy_engine.lint.rule import Example, Finding, Rule, Setting, Subject
from policy_engine.model.model import After
from policy_engine.source import Span

_SCORE = Setting("score", 0.5, "the least score that a rule against the user asks for")
_COUNT = Setting("count", 2, "the least count after which a chat is ended", 1, 100)


def find(subject: Subject) -> Iterator[Finding]:
    """Scores below the setting in what a rule or ladder waits for, and endings after a count below the setting."""
    score, count = RULE.setting(subject, _SCORE.name), RULE.setting(subject, _COUNT.name)
    assert isinstance(score, int | float)
    assert isinstance(count, int | float)
    for line in subject.file.lines:
        if not isinstance(line, RuleLine | LadderLine):
            continue
        entries = [each for each in (action_of(subject, ref) for ref in actions_of(line)) if each is not None]
        if any(each.even_after_end for each in entries):
            continue
        asked = (line.trigger, line.clauses.only_ifs) if isinstance(line, RuleLine) else (line.on,)
        for ref in (part for part in inside(asked) if isinstance(part, LabelRef)):
            if ref.at is not None and ref.at < score:
                yield _low(subject, ref, score)
        if isinstance(line, RuleLine) and any(each.ends for each in entries):
            yield from _hasty(subject, line, count)


def _low(subject: Subject, ref: LabelRef, score: float) -> Finding:
    at = Span(ref.phrase.span.end, ref.span.end)
    return Finding(
        ref.span,
        f"a detector that gives {ref.at:g} is often wrong: a rule against the user asks for {score:g} or more",
        "leave the score out: then it is the vocabulary's threshold",
        Fix("take the vocabulary's threshold", (Edit(subject.at(at), ""),)),
    )


def _hasty(subject: Subject, line: RuleLine, least: float) -> Iterator[Finding]:
    rule = subject.parts.get(line.span)
    trigger = getattr(rule, "trigger", None)
    if not isinstance(trigger, After) or not isinstance(line.trigger, AfterRef):
        return
    plain = [each for each in trigger.counts if each.points is None and each.since is None]
    if len(plain) == len(trigger.counts) and all(each.need < least for each in plain):
        needs = " and ".join(f"{each.need}" for each in plain)
        yield Finding(
            line.trigger.span,
            f"the chat is ended after a count of {needs}: one mistake of a detector is enough",
            f"count to {least:g} or more",
        )


def _rule(trigger: str, action: str = "end the chat") -> str:
    return f"rule r\n  {trigger}, {action}\n"


RULE = Rule(
    "noisy-threshold", "PE206", find, fixes=True, settings=(_SCORE, _COUNT),
    valid=(
        Example(_rule("after 2 refusals on hate")),
        Example(_rule("after 1 refusal on hate", 'warn the user "Please stop."')),
        Example(_rule("when hate at 0.8 is detected")),
        Example(_rule("when self-harm at 0.2 is detected", "offer support crisis-line")),
        Example("rule r\n  after 3 refusals, end the chat, except when self-harm at 0.2 has been detected\n"),
    ),
    invalid=(
        Example(_rule("when hate at 0.3 is detected"), "hate at 0.3", _rule("when hate is detected")),
        Example(_rule("after 1 refusal on hate"), "after 1 refusal on hate"),
    ),
)  # fmt: skip
