"""A text that was never written: it still says `TODO`, or `[your text]`.

The texts of a policy are shown to people as they stand. One that was left for later is shown as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from policy_engine.lint.contents import texts_of
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.source import Span

_LEFT = re.compile(
    r"\b(?:TODO|FIXME|TBD|XXX)\b|(?i:\blorem ipsum\b)|@[a-z_]+@|(?i:\[(?:your|insert|name|text)\b[^\]\n]*\])"
    r"|(?i:<(?:your|insert)\b[^>\n]*>)|^\W*$"
)


def find(subject: Subject) -> Iterator[Finding]:
    """Texts and reasons with such words, or without any word."""
    for line in subject.file.lines:
        for text in texts_of(line):
            left = _LEFT.search(text.words)
            if left is None:
                continue
            start, end = (text.span.start + at for at in left.span())
            place = Span(start, end) if left[0] else Span(start - 1, end + 1)
            yield Finding(
                place,
                f"this {'reason' if text.is_reason else 'text'} is not written yet",
                "write what people are to read" if not text.is_reason else "write why",
            )


def _rule(text: str, reason: str = "Hate") -> str:
    return f'rule r\n  when hate is detected, warn the user "{text}"\n  reason "{reason}"\n'


RULE = Rule(
    "placeholder-text", "PE106", find,
    valid=(Example(_rule("Please keep to the topic.")), Example(_rule("Write to us [at any time]."))),
    invalid=(
        Example(_rule("TODO ask legal"), "TODO"),
        Example(_rule("[insert warning here]"), "[insert warning here]"),
        Example(_rule("Please stop.", "tell why: TBD"), "TBD"),
        Example(_rule("\u2026"), "\u2026"),
    ),
)  # fmt: skip
