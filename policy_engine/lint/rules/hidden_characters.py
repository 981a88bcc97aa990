"""Characters in a text or comment that nobody sees, or that turn round what is seen.

Marks that change the direction of writing can make a line look as if it said something else than it does; a space of
no width hides in a text, so that nobody finds it again. Marks that a language needs, as between Hebrew and Latin
words or in joined emoji, are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from policy_engine.diagnostics import Edit, Fix
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.source import Span

_HIDDEN = re.compile("[\u00ad\u200b\u202a-\u202e\u2060\u2066-\u2069\ufeff\U000e0001]+")
_TEXT_OR_COMMENT = re.compile(r'"[^"\n]*"|#[^\n]*')


def find(subject: Subject) -> Iterator[Finding]:
    """Each run of such characters."""
    if subject.source.text.isascii():
        return
    for stretch in _TEXT_OR_COMMENT.finditer(subject.plain):
        is_comment = stretch[0][0] == "#"
        for hidden in _HIDDEN.finditer(subject.source.text, stretch.start(), stretch.end()):
            place = Span(*hidden.span())
            yield Finding(
                place,
                f"a character that nobody sees (U+{ord(hidden[0][0]):04X}) stands in this "
                + ("comment" if is_comment else "text"),
                "take it out",
                Fix("take it out", (Edit(subject.at(place), ""),), safe=is_comment),
            )


def _rule(text: str) -> str:
    return f'rule r\n  when hate is detected, warn the user "{text}"\n'


RULE = Rule(
    "hidden-characters", "PE105", find, fixes=True,
    valid=(Example(_rule("\u05d3\u05d9 \u200fAI")), Example(_rule("Please stop."))),
    invalid=(
        Example(_rule("Please\u200b stop."), "\u200b", _rule("Please stop.")),
        Example("# r\u202e ends nothing\n" + _rule("Please."), "\u202e", "# r ends nothing\n" + _rule("Please.")),
    ),
)  # fmt: skip
