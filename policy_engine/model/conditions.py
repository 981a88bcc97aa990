"""Conditions: what is detected, what was done, what is known of the conversation, and how they are joined."""

from __future__ import annotations

from policy_engine.diagnostics import nearest
from policy_engine.language.tree import (
    Compared,
    ConditionRef,
    CountedRef,
    DetectedRef,
    Phrase,
    ScopeRef,
    Stated,
)
from policy_engine.model.counts import CountBinder
from policy_engine.model.model import (
    HERE,
    All,
    Any,
    Attribute,
    Condition,
    CountReached,
    Detected,
    Doubt,
    Not,
    Reading,
    Scope,
    Taken,
)
from policy_engine.model.parts import names_attributes_only
from policy_engine.transcripts.message import AttributeValue, Role
from policy_engine.vocabulary.phrases import perfect, telling_words
from policy_engine.vocabulary.vocabulary import AttributeEntry, Lasting

_DOUBT = {
    "detected": Doubt.DETECTED,
    "or unchecked": Doubt.DETECTED_OR_UNCHECKED,
    "unchecked": Doubt.UNCHECKED,
}


class ConditionBinder(CountBinder):
    """Binds the conditions of one file."""

    def condition(self, ref: ConditionRef) -> Condition | None:
        """A condition with its names bound."""
        match ref:
            case DetectedRef():
                return self._detected(ref)
            case Stated():
                return self._stated(ref)
            case Compared():
                return self._compared(ref)
            case CountedRef():
                return self._counted(ref)
            case _:
                found = [self.condition(each) for each in ref.conditions]
                sound = tuple(each for each in found if each is not None)
                if len(sound) < len(found):
                    return None
                return All(sound) if ref.word == "and" else Any(sound)

    def _detected(self, ref: DetectedRef) -> Condition | None:
        if ref.first:
            self.fault("syntax", "`is first detected` is a trigger, not a condition", ref.span,
                       "a condition looks at the whole conversation: `has been detected`")  # fmt: skip
            return None
        if ref.negated and ref.doubt != "detected":
            names = " or ".join(each.phrase.text for each in ref.labels)
            self.fault("ambiguous", "`not` could belong to `or could not be checked` too", ref.span,
                       f"write `{names} has not been detected`, or "
                       f"`({names} has not been detected or {names} could not be checked)`")  # fmt: skip
            return None
        detected = self.detection(ref)
        scope = self._scope(ref.scope)
        if detected is None or scope is None:
            return None
        bound = Detected(detected.readings, detected.role, detected.doubt, scope)
        return Not(bound) if ref.negated else bound

    def detection(self, ref: DetectedRef) -> Detected | None:
        """What is detected, at this message."""
        readings = self.labels(ref.labels)
        if readings is None:
            return None
        role = Role(ref.role) if ref.role else None
        for reading in readings:
            entry = self.names.vocabulary.labels[reading.label]
            if role is not None and role not in entry.roles:
                said = " or ".join(sorted(each.value for each in entry.roles))
                self.fault("never-true", f"`{reading.label}` is looked for on messages of the {said} only", ref.span,
                           f"leave `from the {ref.role}` out")  # fmt: skip
                return None
        return Detected(readings, role, _DOUBT[ref.doubt], HERE)

    def _scope(self, ref: ScopeRef | None) -> Scope | None:
        if ref is None:
            return Scope()
        if ref.kind == "message":
            return HERE
        if ref.kind == "turn":
            return Scope(window=Lasting(turns=1))
        if ref.kind != "last" or ref.amount is None:
            self.fault(
                "syntax", "this way of looking back goes with counts", ref.span, "write `in the last 5 turns`"
            )
            return None
        window = self.lasting(ref.amount)
        return None if window is None else Scope(window=window)

    def _stated(self, ref: Stated) -> Condition | None:
        text = telling_words(said_words(ref))
        names = self.names
        scope = self._scope(ref.scope)
        bound: Condition | None = None
        if text in names.events:
            bound = None if scope is None else Detected((Reading(names.events[text]),), scope=scope)
        elif text in names.pasts:
            bound = self._taken(ref, names.pasts[text], scope)
        elif (
            ref.said is not None
            and len(ref.subject.without_noise().words) == 1
            and self._may_be_attribute(ref)
        ):
            bound = self._attribute(ref)
        else:
            self._unknown_sentence(ref)
        return Not(bound) if bound is not None and ref.negated else bound

    def _taken(self, ref: Stated, action: str, scope: Scope | None) -> Condition | None:
        if scope is not None and scope.this_message:
            self.fault(
                "never-true", "an action is seen from the next message on", ref.span, "write `in this turn`"
            )
            return None
        return None if scope is None else Taken(action, scope)

    def _may_be_attribute(self, ref: Stated) -> bool:
        subject = ref.subject.without_noise().text
        attributes = self.names.vocabulary.attributes
        return subject in attributes or "." in subject or nearest(subject, attributes) is not None

    def _unknown_sentence(self, ref: Stated) -> None:
        entries = self.names.vocabulary
        known = [entry.phrase for entry in entries.labels.values() if entry.phrase]
        for entry in entries.actions.values():
            known += [entry.past, perfect(entry.past)]
        said = said_words(ref)
        name = ref.subject.without_noise()
        if ref.said is None and self.names.readings(name.text):
            self.fault(
                "unknown-name",
                f"`{name.text}` needs a verb",
                ref.span,
                f"write `{name.text} has been detected`",
            )
            return
        if ref.said is not None and self.names.readings(name.text) and nearest(ref.said.text, ("detected",)):
            self.fault("syntax", f"`{name.text}` is detected, or it is not", ref.span,
                       f"did you mean `{name.text} {'has been' if ref.perfect else 'is'} detected`?")  # fmt: skip
            return
        like = nearest(said, known)
        hint = f"did you mean `{like}`?" if like else "events and actions are those of the vocabulary"
        self.fault("unknown-name", f"unknown event, action or attribute `{said}`", ref.span, hint)

    def _counted(self, ref: CountedRef) -> Condition | None:
        count = self.count(ref.counted, in_condition=True)
        if count is None:
            return None
        return Not(CountReached(count)) if ref.fewer else CountReached(count)

    def attributes_only(self, ref: ConditionRef, what: str) -> Condition | None:
        """A condition that names attributes only."""
        bound = self.condition(ref)
        if bound is not None and not names_attributes_only(bound):
            self.fault("wrong-kind", f"`{what}` names attributes only", ref.span,
                       "what happens in the conversation belongs behind `only if` in a rule")  # fmt: skip
            return None
        return bound

    # --- attributes ---

    def _entry(self, subject: Phrase) -> AttributeEntry | None:
        name = subject.without_noise()
        attributes = self.names.vocabulary.attributes
        if name.text not in attributes:
            self.unknown("attribute", name, attributes)
            return None
        return attributes[name.text]

    def _attribute(self, ref: Stated) -> Condition | None:
        entry = self._entry(ref.subject)
        if entry is None or ref.said is None:
            return None
        if ref.perfect:
            self.fault(
                "syntax",
                f"`{entry.name}` is fixed for the whole conversation",
                ref.span,
                f"write `{entry.name} is …`",
            )
            return None
        if ref.scope is not None:
            self.fault(
                "syntax",
                f"`{entry.name}` is fixed for the whole conversation",
                ref.scope.span,
                "leave it out",
            )
            return None
        values = [self._attribute_value(entry, phrase) for phrase in (ref.said, *ref.values)]
        sound = tuple(each for each in values if each is not None)
        return Attribute(entry.name, "is", sound) if len(sound) == len(values) else None

    def _attribute_value(self, entry: AttributeEntry, phrase: Phrase) -> AttributeValue | None:
        if entry.type == "boolean":
            if phrase.text in ("true", "false"):
                return phrase.text == "true"
            like = nearest(phrase.text, ("true", "false"))
            self.fault("bad-value", f"`{entry.name}` is `true` or `false`, not `{phrase.text}`", phrase.span,
                       f"did you mean `{like}`?" if like else None)  # fmt: skip
        elif entry.type == "number":
            self.fault("bad-value", f"`{entry.name}` is a number, not `{phrase.text}`", phrase.span,
                       f"for example: {entry.name} is at least 2")  # fmt: skip
        elif entry.type == "one of" and phrase.text not in entry.values:
            self.unknown(f"value of `{entry.name}`", phrase, entry.values)
        else:
            return phrase.text
        return None

    def _compared(self, ref: Compared) -> Condition | None:
        entry = self._entry(ref.subject)
        if entry is None:
            return None
        if entry.type != "number":
            if ref.op == "is" and entry.type == "text":
                bound: Condition = Attribute(entry.name, "is", (f"{ref.number:g}",))
                return Not(bound) if ref.negated else bound
            self.fault("bad-value", f"`{entry.name}` is not a number", ref.span)
            return None
        number = int(ref.number) if ref.number == int(ref.number) else ref.number
        bound = Attribute(entry.name, ref.op, (number,))
        return Not(bound) if ref.negated else bound


def said_words(ref: Stated) -> str:
    """``a warning has been given``: the sentence of an event, an action or an attribute, in one form."""
    if ref.said is None:
        return ref.subject.text
    return f"{ref.subject.text} {'has been' if ref.perfect else 'is'} {ref.said.text}"
