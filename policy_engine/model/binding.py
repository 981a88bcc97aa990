"""Triggers and actions; with conditions and counts, all that a sentence of a policy holds.

Every function reports what it finds wrong and then gives None, so that one run tells all faults.
"""

from __future__ import annotations

from collections.abc import Iterable

from policy_engine.language.tree import (
    ActionRef,
    AfterRef,
    ConditionRef,
    DetectedRef,
    EveryRef,
    Phrase,
    Stated,
    TriggerRef,
)
from policy_engine.model.conditions import ConditionBinder, said_words
from policy_engine.model.model import (
    HERE,
    Act,
    After,
    Begins,
    Detected,
    Every,
    Reading,
    StartOver,
    Trigger,
    When,
)
from policy_engine.source import Span
from policy_engine.vocabulary.phrases import telling_words

MAX_ACTION_TEXT = 2000
"""Characters of the text of an action."""

_MOST_WORDS = 12
"""Words of an action that are looked at for one that is known."""


class Binder(ConditionBinder):
    """Binds the sentences of one file."""

    # --- triggers ---

    def trigger(self, ref: TriggerRef, start_over: StartOver | None) -> Trigger | None:
        """What a rule waits for."""
        if start_over is not None and not isinstance(ref, AfterRef):
            self.fault("syntax", "`starting over` goes with a count", ref.span)
            return None
        match ref:
            case EveryRef(amount):
                period = self.lasting(amount)
                return None if period is None else Every(period)
            case AfterRef():
                return self._after(ref, start_over)
            case _:
                return self.when(ref.condition, ref.span)

    def _after(self, ref: AfterRef, start_over: StartOver | None) -> Trigger | None:
        counts = self.counts(ref.counts)
        if counts is None:
            return None
        if start_over is not None and len(counts) > 1:
            self.fault("syntax", "`starting over` goes with a single count", ref.span,
                       "leave one of the two out")  # fmt: skip
            return None
        return After(counts, ref.repeat, start_over)

    def when(self, ref: ConditionRef, span: Span) -> When | Begins | None:
        """A detection or an event, as a trigger has it."""
        if isinstance(ref, DetectedRef) and not ref.negated:
            if ref.scope is not None:
                self._not_just_come(ref.scope.span, "leave it out")
                return None
            if ref.perfect:
                self._not_just_come(ref.span, "write `is detected`")
                return None
            detected = self.detection(ref)
            return None if detected is None else When(detected, ref.first)
        if isinstance(ref, Stated) and not ref.negated:
            return self._when_stated(ref)
        hint = "write one rule for each" if not isinstance(ref, DetectedRef) else "put it behind `only if`"
        self.fault("syntax", "a rule waits for one thing: a detection or an event", span, hint)
        return None

    def _when_stated(self, ref: Stated) -> When | Begins | None:
        text = telling_words(said_words(ref))
        if text == "chat begins":
            return Begins()
        if ref.scope is not None:
            self._not_just_come(ref.scope.span, "leave it out")
            return None
        if text in self.names.pasts:
            self.fault(
                "syntax",
                "a rule cannot wait for an action of the policy",
                ref.span,
                "put it behind `only if`",
            )
            return None
        if (
            text not in self.names.events
            and ref.subject.without_noise().text in self.names.vocabulary.attributes
        ):
            self.fault("syntax", "a rule cannot wait for an attribute, which never changes", ref.span,
                       "put it behind `only if`")  # fmt: skip
            return None
        if text not in self.names.events:
            self._unknown_sentence(ref)
            return None
        if ref.perfect:
            self._not_just_come(ref.span, f"write `{ref.subject.text} is …`")
            return None
        return When(Detected((Reading(self.names.events[text]),), scope=HERE))

    def _not_just_come(self, span: Span, hint: str) -> None:
        self.fault("syntax", "a trigger looks at the message that has just come", span, hint)

    # --- actions ---

    def actions(self, refs: Iterable[ActionRef]) -> tuple[Act, ...] | None:
        """What a rule does; None where one action is not sound."""
        found = [self.action(each) for each in refs]
        sound = tuple(each for each in found if each is not None)
        return tuple(dict.fromkeys(sound)) if len(sound) == len(found) else None

    def action(self, ref: ActionRef) -> Act | None:
        """One action with its text or notice."""
        name = self.names.orders.get(telling_words(ref.phrase.text))
        if name is not None:
            return self._plain(ref, name)
        words = ref.phrase.words
        name = self.names.orders.get(telling_words(" ".join(words[:-1])))
        if name is not None and self.names.vocabulary.actions[name].takes == "notice":
            return self._notice(name, Phrase(words[-1:], ref.phrase.spans[-1:]))
        if not self._is_unquoted(ref):
            self.unknown(
                "action", ref.phrase, [entry.phrase for entry in self.names.vocabulary.actions.values()]
            )
        return None

    def _is_unquoted(self, ref: ActionRef) -> bool:
        """``warn the user please stop``: whether the text of an action stands there without its marks; told."""
        words = ref.phrase.words
        for end in range(min(len(words) - 1, _MOST_WORDS), 0, -1):
            name = self.names.orders.get(telling_words(" ".join(words[:end])))
            if name is not None and self.names.vocabulary.actions[name].takes == "text":
                text = " ".join(words[end:])
                self.fault("bad-action", "the text of an action stands in quotation marks", ref.phrase.tail(end).span,
                           f'write `{" ".join(words[:end])} "{text}"`')  # fmt: skip
                return True
        return False

    def _plain(self, ref: ActionRef, name: str) -> Act | None:
        entry = self.names.vocabulary.actions[name]
        message, hint = None, None
        if entry.takes == "notice":
            notices = (
                ", ".join(f"`{each}`" for each in sorted(self.names.vocabulary.notices)) or "none is defined"
            )
            message, hint = (
                f"`{entry.phrase}` needs the name of a notice",
                f"notices of the vocabulary: {notices}",
            )
        elif entry.takes == "text" and ref.text is None:
            message, hint = (
                f"`{entry.phrase}` needs a text",
                f'for example: {entry.phrase} "Please keep this respectful."',
            )
        elif entry.takes is None and ref.text is not None:
            message, hint = f"`{entry.phrase}` takes no text", "leave the text out"
        elif ref.text is not None and len(ref.text) > MAX_ACTION_TEXT:
            message = f"a text has at most {MAX_ACTION_TEXT:,} characters"
        if message is not None:
            self.fault("bad-action", message, ref.span, hint)
            return None
        return Act(name, ref.text)

    def _notice(self, name: str, notice: Phrase) -> Act | None:
        if notice.text not in self.names.vocabulary.notices:
            self.unknown("notice", notice, self.names.vocabulary.notices)
            return None
        return Act(name, notice.text)

    def bare_action(self, ref: ActionRef) -> str | None:
        """The action of a ``never``, which has neither text nor notice."""
        name = self.names.orders.get(telling_words(ref.phrase.text))
        if name is None:
            self.unknown(
                "action", ref.phrase, [entry.phrase for entry in self.names.vocabulary.actions.values()]
            )
        elif ref.text is not None:
            self.fault(
                "bad-action", "`never` is about the action, whatever its text", ref.span, "leave the text out"
            )
            return None
        return name
