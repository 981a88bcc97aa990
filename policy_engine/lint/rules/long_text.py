"""A text that is too long to be read in the middle of a chat.

A warning works if it is read. A text of many sentences belongs in a notice, or on a page that the text names. The
number of characters is a setting.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.lint.contents import texts_of
from policy_engine.lint.rule import Example, Finding, Rule, Setting, Subject

_LONGEST = Setting("characters", 300, "how many characters a text has at most", 20, 2000)


def find(subject: Subject) -> Iterator[Finding]:
    """Texts of actions with more characters than the setting says."""
    most = RULE.setting(subject, _LONGEST.name)
    assert isinstance(most, int | float)
    for line in subject.file.lines:
        for text in texts_of(line):
            if not text.is_reason and len(text.words) > most:
                yield Finding(
                    text.span,
                    f"this text has {len(text.words):,} characters, more than {most:g}",
                    "say it shorter, or let a notice say it",
                )


_LONG = " ".join(["Please keep this respectful."] * 11)

RULE = Rule(
    "long-text", "PE107", find, settings=(_LONGEST,),
    valid=(Example('rule r\n  when hate is detected, warn the user "Please keep this respectful."\n'),),
    invalid=(Example(f'rule r\n  when hate is detected, warn the user "{_LONG}"\n', _LONG),),
)  # fmt: skip
