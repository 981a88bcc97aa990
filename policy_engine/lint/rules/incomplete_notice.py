"""A notice that lacks a language in which others are written.

A notice such as a crisis line is kept in several languages. Where one is missing, some people read the most important
text of a policy in a language that is not theirs. The languages are a setting; without it, they are those of all
notices of the vocabulary together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policy_engine.lint.contents import action_of, actions_of
from policy_engine.lint.rule import Example, Finding, Rule, Setting, Subject
from policy_engine.model.model import Ladder
from policy_engine.model.parts import parts_of
from policy_engine.source import Span

_LANGUAGES = Setting("languages", (), "the languages that a notice is written in, such as `en` and `es`")


def find(subject: Subject) -> Iterator[Finding]:
    """Where a rule of the file shows such a notice; at the policy's line, where one of a file that it uses does."""
    wanted = _wanted(subject)
    met: set[str] = set()
    for line in subject.file.lines:
        for ref in actions_of(line):
            entry = action_of(subject, ref)
            if entry is not None and entry.takes == "notice":
                name = ref.phrase.words[-1]
                met.add(name)
                yield from _lacking(subject, name, ref.phrase.spans[-1], wanted)
    if subject.is_main:
        for name in sorted(set(_used(subject)) - met):
            yield from _lacking(subject, name, subject.head(), wanted)


def _wanted(subject: Subject) -> tuple[str, ...]:
    languages = RULE.setting(subject, _LANGUAGES.name)
    if isinstance(languages, tuple) and languages:
        return languages
    return tuple(sorted({each for notice in subject.vocabulary.notices.values() for each in notice.texts}))


def _used(subject: Subject) -> Iterator[str]:
    """The notices that any rule of the policy shows."""
    for part in parts_of(subject.policy) if subject.policy is not None else ():
        steps = part.steps if isinstance(part, Ladder) else (part,)
        for act in (act for step in steps for act in step.actions):
            if subject.vocabulary.actions[act.action].takes == "notice" and act.text is not None:
                yield act.text


def _lacking(subject: Subject, name: str, place: Span, wanted: Iterable[str]) -> Iterator[Finding]:
    notice = subject.vocabulary.notices.get(name)
    if notice is None:
        return
    lacks = [each for each in wanted if not notice.texts.get(each, "").strip()]
    if lacks:
        said = " and ".join(f"`{each}`" for each in lacks)
        yield Finding(place, f"the notice `{name}` is not written in {said}", "write it in the vocabulary")


_USE = 'use "words.yaml"\n'
_RULE = "rule r\n  when self-harm is detected, offer support crisis-line\n"


def _words(crisis: str) -> str:
    return f"extends: default\nnotices:\n  crisis-line: {crisis}\n  farewell: {{en: Goodbye., es: Adiós.}}\n"


RULE = Rule(
    "incomplete-notice", "PE205", find, settings=(_LANGUAGES,),
    valid=(Example(_RULE), Example(_USE + _RULE, vocabulary=_words("{en: Help., es: Ayuda.}"))),
    invalid=(Example(_USE + _RULE, "crisis-line", vocabulary=_words("{en: Help.}")),),
)  # fmt: skip
