"""One label under two names in one file.

`S11` is Llama Guard's name for `self-harm`, and both mean the same. A reader who does not know that takes them for
two things. Names of moderation services may be used; then let it be one name throughout.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.diagnostics import Edit, Fix
from policy_engine.language.tree import Phrase
from policy_engine.lint.contents import labels_in
from policy_engine.lint.rule import Example, Finding, Rule, Subject


def find(subject: Subject) -> Iterator[Finding]:
    """Every alias of a label that goes by another name elsewhere in the file."""
    said: dict[str, list[Phrase]] = {}
    for line in subject.file.lines:
        for ref in labels_in(line):
            last = ref.phrase.tail(len(ref.phrase.words) - 1)
            label = subject.vocabulary.canonical(last.text)
            if label is not None:
                said.setdefault(label, []).append(last)
    for label, phrases in said.items():
        if len({each.text for each in phrases}) > 1:
            for phrase in phrases:
                if phrase.text != label:
                    yield Finding(
                        phrase.span,
                        f"`{phrase.text}` is another name of `{label}`, and the file uses more than one",
                        f"write `{label}`",
                        Fix(f"write `{label}`", (Edit(subject.at(phrase.span), label),), safe=True),
                    )


def _rules(one: str, other: str) -> str:
    return (
        f"rule one\n  when {one} is detected, offer support crisis-line\n"
        f"rule two\n  after 3 refusals, end the chat, except when {other} has been detected\n"
    )


RULE = Rule(
    "two-names-of-one-label", "PE113", find, fixes=True,
    valid=(Example(_rules("self-harm", "self-harm")), Example(_rules("S11", "S11"))),
    invalid=(Example(_rules("self-harm", "S11"), "S11", _rules("self-harm", "self-harm")),),
)  # fmt: skip
