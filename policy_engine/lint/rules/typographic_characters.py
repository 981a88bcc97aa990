"""Quotation marks, spaces and hyphens that a word processor has put into a statement.

They are read as the plain ones, so that a text that was pasted from a letter works. Another program that looks for
the words of a policy does not find them, and two names that look alike in an editor may not be the same there. What
stands inside a text or a comment is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby

from policy_engine.diagnostics import Edit, Fix
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.source import Span

_TEXT_OR_COMMENT = re.compile(r'"[^"\n]*"|#[^\n]*')


def find(subject: Subject) -> Iterator[Finding]:
    """The lines with such characters, each once."""
    if subject.source.text.isascii():
        return
    places = [each for each in _places(subject) if subject.source.text[each] != "\t"]
    for _, several in groupby(places, key=lambda each: subject.source.position(each)[0]):
        line = tuple(several)
        char = subject.source.text[line[0]]
        edits = tuple(Edit(subject.at(Span(at, at + 1)), subject.plain[at]) for at in line)
        yield Finding(
            Span(line[0], line[0] + 1),
            f"a character of a word processor (U+{ord(char):04X}) stands here for a plain one",
            f"write `{subject.plain[line[0]]}`" if subject.plain[line[0]] != " " else "write a plain space",
            Fix("write plain characters", edits, safe=True),
        )


def _places(subject: Subject) -> Iterator[int]:
    """Where the parser reads another character than stands there, outside of texts and comments."""
    written, read = subject.source.text, subject.plain
    kept: set[int] = set()
    for each in _TEXT_OR_COMMENT.finditer(read):
        is_text = each[0][0] == '"'
        kept.update(range(each.start() + is_text, each.end() - is_text))
    return (
        at for at, char in enumerate(written) if not char.isascii() and char != read[at] and at not in kept
    )


_PLAIN = 'rule r\n  when hate is detected, warn the user "Please stop."\n'
_CURLY = "rule r\n  when hate is detected, warn the user \u201cPlease stop.\u201d\n"

RULE = Rule(
    "typographic-characters", "PE104", find, fixes=True,
    valid=(Example(_PLAIN), Example("# \u201cOurs.\u201d\n" + _PLAIN.replace("stop", "don\u2019t"))),
    invalid=(
        Example(_CURLY, "\u201c", _PLAIN),
        Example(_PLAIN.replace("hate is", "hate\u00a0is"), "\u00a0", _PLAIN),
        Example(
            "rule r\n  when self\u2011harm is detected, add a strike\n", "\u2011",
            "rule r\n  when self-harm is detected, add a strike\n",
        ),
    ),
)  # fmt: skip
