"""``never`` and ``always``: sentences of the policy language about every conversation of a test file.

They are bound by the policy's own loading, as if a file stood beside it that uses it:

    use "last_resort.policy"
    never end the chat when self-harm has been detected        # of `never`
    check that a warning is given before the chat is ended     # of `always`

A `never` without a condition, `end the chat`, speaks of the action alone.

So they mean what the language says, know the policy's groups, and no second binding is needed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from policy_engine.diagnostics import Diagnostic
from policy_engine.model.loading import Read, load_policy
from policy_engine.model.model import Never, NeverDone, Policy, Promise
from policy_engine.model.names import Names
from policy_engine.policytest.case import Check, CheckKind
from policy_engine.policytest.sentence import Sentence
from policy_engine.source import Location, Source, Span
from policy_engine.vocabulary.fields import Reading, quoted
from policy_engine.vocabulary.phrases import telling_words

_NAME = "<checks>"
_OPENINGS = {CheckKind.NEVER: "never ", CheckKind.ALWAYS: "check that "}

Asked = tuple[CheckKind, Sentence]


def read_checks(main: str, asked: Sequence[Asked], read: Read, reading: Reading) -> tuple[Check, ...]:
    """The checks of a file whose policy is at ``main``; faults are noted in ``reading``, in the file's own words."""
    binding = _Binding(main, asked, reading)
    loaded = load_policy(binding.path, lambda path: binding.source if path == binding.path else read(path))
    for fault in loaded.diagnostics:
        binding.tell(fault)
    return () if loaded.policy is None else tuple(binding.checks(loaded.policy))


class _Binding:
    """The file that stands beside the policy: one line uses it, and each line below it is one check."""

    def __init__(self, main: str, asked: Sequence[Asked], reading: Reading) -> None:
        self.path = os.path.join(os.path.dirname(main), _NAME)
        self._reading = reading
        self._asked = tuple(asked)
        lines = [f'use "{os.path.basename(main)}"', *map(self._line, asked)]
        self.source = Source(self.path, "\n".join(lines))

    @staticmethod
    def _line(asked: Asked) -> str:
        kind, sentence = asked
        text = " ".join(sentence.text.split())
        return "#" if _is_bare(asked) else _OPENINGS[kind] + text

    def tell(self, fault: Diagnostic) -> None:
        """The fault where the sentence stands in the test file."""
        if fault.location is None or fault.location.source is not self.source or fault.location.line == 1:
            return
        kind, sentence = self._asked[fault.location.line - 2]
        column = fault.location.column - 1 - len(_OPENINGS[kind])
        length = fault.location.span.end - fault.location.span.start
        span = sentence.span
        start = self._reading.source.text.find(sentence.text, span.start, span.end)
        if start >= 0 and 0 <= column < len(sentence.text):
            at = start + column
            span = Span(at, min(at + length, start + len(sentence.text)))
        self._reading.error(fault.code, fault.message, span, fault.hint)

    def checks(self, policy: Policy) -> Iterator[Check]:
        """The checks, in the order of the test file."""
        sentences: list[Promise | Never] = [*policy.promises, *policy.nevers]
        bound = {
            each.location.line: each
            for each in sentences
            if each.location is not None and each.location.source is self.source
        }
        orders = Names(policy.vocabulary).orders
        for number, asked in enumerate(self._asked):
            kind, sentence = asked
            place = Location(self._reading.source, sentence.span)
            found = bound.get(number + 2)
            if _is_bare(asked):
                action = orders.get(telling_words(sentence.text))
                if action is None:
                    known = [entry.phrase for entry in policy.vocabulary.actions.values()]
                    hint = self._reading.suggest(sentence.text, known)
                    message = f"unknown action {quoted(sentence.text)}"
                    self._reading.error("unknown-name", message, sentence.span, hint)
                else:
                    yield Check(kind, sentence.text, place, action=action)
            elif isinstance(found, Never):
                claim = NeverDone(found.action, found.when, once=False)
                yield Check(kind, sentence.text, place, promise=Promise(claim, sentence.text))
            elif found is not None:
                yield Check(kind, sentence.text, place, promise=found)
            else:
                self._reading.error(
                    "duplicate-name",
                    "the policy, or a line above, says the same already",
                    sentence.span,
                    "leave it out",
                )


def _is_bare(asked: Asked) -> bool:
    """Whether it says never to do an action, and no more."""
    kind, sentence = asked
    return kind is CheckKind.NEVER and "when" not in sentence.text.split()
