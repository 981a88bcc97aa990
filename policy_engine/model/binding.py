"""Conditions, counts, triggers and actions: their names bound, their units and limits checked.

Every function reports what it finds wrong and then gives None, so that one run tells all faults.
"""

from __future__ import annotations

from collections.abc import Iterable

from policy_engine.diagnostics import nearest
from policy_engine.language.tree import (
    ActionRef,
    AfterRef,
    Amount,
    Compared,
    ConditionRef,
    CountedRef,
    CountRef,
    DetectedRef,
    EveryRef,
    LabelRef,
    Phrase,
    ResetRef,
    ScopeRef,
    SinceRef,
    Stated,
    TriggerRef,
)
from policy_engine.model.model import (
    Act,
    After,
    All,
    Any,
    Attribute,
    Begins,
    Condition,
    Count,
    CountReached,
    Detected,
    Doubt,
    Every,
    Marker,
    Not,
    Reading,
    Scope,
    SinceAction,
    SinceEvent,
    SinceFirst,
    StartOver,
    Taken,
    Trigger,
    When,
)
from policy_engine.model.names import NameBinder
from policy_engine.model.parts import names_attributes_only
from policy_engine.source import Span
from policy_engine.transcripts.message import AttributeValue, Role
from policy_engine.vocabulary.phrases import perfect, telling_words
from policy_engine.vocabulary.vocabulary import MAX_DAYS, UNIT_SECONDS, AttributeEntry, Kind, Lasting

MAX_COUNT = 100
MAX_TURNS = 1000
MAX_COUNT_IN_TIME = 20
MAX_POINTS = 1000
MAX_ACTION_TEXT = 2000
"""The language's limits (characters for a text)."""

_DOUBT = {
    "detected": Doubt.DETECTED,
    "or unchecked": Doubt.DETECTED_OR_UNCHECKED,
    "unchecked": Doubt.UNCHECKED,
}
_POINTS_OF = (("points", "of"), ("point", "of"))
_MOST_WORDS = 12
"""Words of an action that are looked at for one that is known."""
_INSTEAD_OF_ON = ("of", "for", "about", "regarding", "to", "concerning")
HERE = Scope(this_message=True)


class Binder(NameBinder):
    """Binds the sentences of one file."""

    def fault(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        """Report a fault of this file."""
        self.report.add(code, message, self.source, span, hint=hint)

    # --- numbers ---

    def whole(self, number: float, most: int, what: str, span: Span) -> int | None:
        """A whole number from 1 to ``most``."""
        if number != int(number):
            self.fault("beyond-limit", f"{what} is a whole number, not {number:g}", span)
        elif number < 1:
            self.fault("beyond-limit", f"{what} is at least 1", span)
        elif number > most:
            self.fault("beyond-limit", f"{what} is at most {most:,}, not {number:,.0f}", span)
        else:
            return int(number)
        return None

    def lasting(self, amount: Amount) -> Lasting | None:
        """A length in turns or in time, within the language's limits."""
        if amount.unit == "turn":
            turns = self.whole(amount.number, MAX_TURNS, "a window of turns", amount.span)
            return None if turns is None else Lasting(turns=turns)
        unit = UNIT_SECONDS[amount.unit]
        if amount.number * unit > MAX_DAYS * 86_400:
            self.fault("beyond-limit", f"a duration is at most {MAX_DAYS} days", amount.span)
            return None
        number = self.whole(amount.number, MAX_DAYS * 86_400, "a duration", amount.span)
        return None if number is None else Lasting(seconds=number * unit)

    # --- conditions ---

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
        text = telling_words(_said(ref))
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
        said = _said(ref)
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

    # --- counts ---

    def _counted(self, ref: CountedRef) -> Condition | None:
        count = self.count(ref.counted, in_condition=True)
        if count is None:
            return None
        return Not(CountReached(count)) if ref.fewer else CountReached(count)

    def count(self, ref: CountRef, in_condition: bool = False) -> Count | None:
        """A count with its act or points, its categories and its limit."""
        phrase = ref.phrase
        if phrase.words[0] == "more" and len(phrase.words) > 1:
            self.fault("syntax", "`more` goes with a step of a ladder", phrase.span, "leave it out")
            return None
        if phrase.words[:2] in _POINTS_OF:
            if in_condition:
                self.fault("syntax", "points are counted by `after`, not by a condition", ref.span,
                           "let a rule act `after` so many points, and ask whether it has acted")  # fmt: skip
                return None
            return self._points(ref, phrase)
        act = self.names.acts.get(phrase.text)
        if act is None:
            self._unknown_act(phrase)
        need = self.whole(ref.number, MAX_COUNT, "a count", ref.span)
        same, on = self.on(ref.on)
        limits = self._limits(ref, need)
        if act is None or need is None or limits is None or (ref.on and on is None):
            return None
        return Count(act, need, on, same, limits[0], limits[1], limits[2])

    def _unknown_act(self, phrase: Phrase) -> None:
        """``3 refusals of hate``: the categories of a count stand behind `on`."""
        words = phrase.words
        if len(words) > 2 and words[0] in self.names.acts and words[1] in _INSTEAD_OF_ON:
            said, rest = f"{words[0]} {words[1]}", " ".join(words[2:])
            self.fault("syntax", f"the category of a count stands behind `on`, not in `{said}`", phrase.span,
                       f"write `{words[0]} on {rest}`")  # fmt: skip
        elif (
            len(words) > 1
            and words[0] in self.names.acts
            and nearest(" ".join(words[1:]), ("in a row",), 0.7)
        ):
            self.fault(
                "syntax",
                f"unexpected `{' '.join(words[1:])}`",
                phrase.tail(1).span,
                "did you mean `in a row`?",
            )
        elif (
            len(words) > 1
            and words[0] in self.names.acts
            and (like := nearest(words[1], ("since", "within"), 0.75))
        ):
            self.fault("syntax", f"unexpected `{words[1]}`", phrase.tail(1).span, f"did you mean `{like}`?")
        else:
            self.unknown("act", phrase, self.names.acts)

    def _points(self, ref: CountRef, phrase: Phrase) -> Count | None:
        name = phrase.tail(2) if len(phrase.words) > 2 else phrase
        weights = self.names.points.get(name.text)
        need = self.whole(ref.number, MAX_POINTS, "a number of points", ref.span)
        limits = self._limits(ref, None)
        if weights is None:
            self.unknown("points", name, self.names.points)
        if ref.on:
            self.fault(
                "syntax", "points are defined with their categories", ref.on[0].span, "leave `on …` out"
            )
            return None
        if limits is not None and limits[0]:
            self.fault("syntax", "points are not counted in a row", ref.span, "write `within 10 turns`")
            return None
        if weights is None or need is None or limits is None:
            return None
        return Count("", need, within=limits[1], since=limits[2], weights=weights, points=name.text)

    def on(self, refs: tuple[LabelRef, ...]) -> tuple[bool, tuple[Reading, ...] | None]:
        """The categories behind `on`, and whether they are counted each by itself; None where not sound."""
        if not refs:
            return False, None
        words = refs[0].phrase.words
        start = 1 if words[0] == "the" else 0
        same = words[start : start + 3] == ("same", "category", "of") and len(words) > start + 3
        if same:
            refs = (LabelRef(refs[0].phrase.tail(start + 3), refs[0].at, refs[0].span), *refs[1:])
        on = self.labels(refs)
        for reading in on or ():
            kind = self.names.kind(reading)
            if kind is not Kind.CATEGORY:
                self.fault(
                    "wrong-kind", f"`{reading.label}` is an {kind.value}, not a category", refs[0].span
                )
                return same, None
        return same, on

    def _limits(self, ref: CountRef, need: int | None) -> tuple[bool, Lasting | None, Marker | None] | None:
        if len(ref.limits) > 1:
            self.fault("syntax", "a count has at most one of `in a row`, `within` and `since`", ref.limits[1].span,
                       "leave one out")  # fmt: skip
            return None
        for limit in ref.limits:
            if isinstance(limit, SinceRef):
                marker = self._marker(limit)
                return None if marker is None else (False, None, marker)
            return self._window(limit, need)
        return False, None, None

    def _window(self, limit: ScopeRef, need: int | None) -> tuple[bool, Lasting | None, Marker | None] | None:
        if limit.kind == "in a row":
            return True, None, None
        if limit.kind == "message":
            self.fault("syntax", "a count grows by one in a turn at most", limit.span, "write `in this turn`")
            return None
        window = Lasting(turns=1) if limit.amount is None else self.lasting(limit.amount)
        if window is not None and window.seconds is not None and (need or 0) > MAX_COUNT_IN_TIME:
            self.fault("beyond-limit", f"a count within a duration is at most {MAX_COUNT_IN_TIME}", limit.span,
                       "use a window of turns")  # fmt: skip
            return None
        return None if window is None else (False, window, None)

    def _marker(self, ref: SinceRef) -> Marker | None:
        if ref.first_detected:
            readings = self.labels([LabelRef(ref.phrase, None, ref.phrase.span)])
            return None if readings is None else SinceFirst(Detected(readings, scope=HERE))
        if ref.said is None and ref.phrase.words[:2] == ("the", "last") and len(ref.phrase.words) > 2:
            noun = ref.phrase.tail(2)
            if noun.text not in self.names.nouns:
                self.unknown("action", noun, self.names.nouns)
                return None
            return SinceAction(self.names.nouns[noun.text])
        event = self._event(ref.phrase, ref.said, ref.span)
        return None if event is None else SinceEvent(event)

    def _event(self, subject: Phrase, said: Phrase | None, span: Span) -> str | None:
        text = f"{subject.text} is {said.text}" if said else subject.text
        event = self.names.events.get(telling_words(text))
        if event is None:
            phrases = [entry.phrase for entry in self.names.vocabulary.labels.values() if entry.phrase]
            like = nearest(text, phrases)
            self.fault(
                "unknown-name", f"unknown event `{text}`", span, f"did you mean `{like}`?" if like else None
            )
        return event

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

    def counts(self, refs: tuple[CountRef, ...]) -> tuple[Count, ...] | None:
        """One or more counts; all of them say ``on``, or none."""
        if len({bool(each.on) for each in refs}) > 1 and not any(
            each.phrase.words[:2] in _POINTS_OF for each in refs
        ):
            on = next(each.on for each in refs if each.on)
            names = " or ".join(each.phrase.text for each in on)
            bare = " and ".join(f"{each.number:g} {each.phrase.text}" for each in refs)
            full = " and ".join(f"{each.number:g} {each.phrase.text} on {names}" for each in refs)
            self.fault("ambiguous", "one count says `on` and another does not", refs[0].span.to(refs[-1].span),
                       f"write `{full}`, or `{bare}`")  # fmt: skip
            return None
        found = [self.count(each) for each in refs]
        sound = tuple(each for each in found if each is not None)
        return sound if len(sound) == len(found) else None

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
        text = telling_words(_said(ref))
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

    def start_over(self, ref: ResetRef, acts: Iterable[str]) -> StartOver | None:
        """What forgets a count of one of ``acts``."""
        if ref.quiet is None:
            assert ref.event is not None
            event = self._event(ref.event.subject, ref.event.said, ref.event.span)
            return None if event is None else StartOver(event=event)
        assert ref.without is not None
        words = [word for word in ref.without.words if word not in ("a", "an", "the")]
        act = self.names.acts.get(" ".join(words))
        if words != ["one"] and act not in set(acts):
            self.fault("unknown-name", f"`{ref.without.text}` is not what is counted here", ref.without.span,
                       "write `without one`")  # fmt: skip
            return None
        quiet = self.lasting(ref.quiet)
        return None if quiet is None else StartOver(quiet=quiet)

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

    def attributes_only(self, ref: ConditionRef, what: str) -> Condition | None:
        """A condition that names attributes only."""
        bound = self.condition(ref)
        if bound is not None and not names_attributes_only(bound):
            self.fault("wrong-kind", f"`{what}` names attributes only", ref.span,
                       "what happens in the conversation belongs behind `only if` in a rule")  # fmt: skip
            return None
        return bound


def _said(ref: Stated) -> str:
    if ref.said is None:
        return ref.subject.text
    return f"{ref.subject.text} {'has been' if ref.perfect else 'is'} {ref.said.text}"
