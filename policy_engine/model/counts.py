"""Counts, their windows and what forgets them: names bound, units and limits checked."""

from __future__ import annotations

from collections.abc import Iterable

from policy_engine.diagnostics import nearest
from policy_engine.language.tree import (
    Amount,
    CountRef,
    LabelRef,
    Phrase,
    ResetRef,
    ScopeRef,
    SinceRef,
)
from policy_engine.model.model import (
    HERE,
    Count,
    Detected,
    Marker,
    Reading,
    SinceAction,
    SinceEvent,
    SinceFirst,
    StartOver,
)
from policy_engine.model.names import NameBinder
from policy_engine.source import Span
from policy_engine.vocabulary.phrases import telling_words
from policy_engine.vocabulary.vocabulary import MAX_DAYS, UNIT_SECONDS, Kind, Lasting

MAX_COUNT = 100
MAX_TURNS = 1000
MAX_COUNT_IN_TIME = 20
MAX_POINTS = 1000
"""The language's limits."""

_POINTS_OF = (("points", "of"), ("point", "of"))
_INSTEAD_OF_ON = ("of", "for", "about", "regarding", "to", "concerning")


class CountBinder(NameBinder):
    """Binds the counts of one file."""

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

    # --- counts ---

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
