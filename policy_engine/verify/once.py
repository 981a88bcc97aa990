"""What ``once`` asks: whether a condition held or may have held, at this message or an earlier one.

What held for certain is kept for good. What only may have held rests on unknowns, and is kept as *spans*: for how many
turns, or until which time, it may still have held as the unknowns are forgotten. A forgotten unknown is absent, so a
condition that asks for one may have held *until* it is forgotten; one that asks that a label could be checked, *from*
then on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from typing import Any

from policy_engine.machine.latches import Recent
from policy_engine.machine.moment import Moment, Slots
from policy_engine.machine.network import Network
from policy_engine.model.model import All, Condition, CountReached, Detected, Doubt, Not, Reading
from policy_engine.model.model import Any as Either
from policy_engine.model.parts import singles_of
from policy_engine.transcripts.message import SECOND
from policy_engine.verify.matches import Matches
from policy_engine.verify.span import ALWAYS, NEVER, Span, Spans, both, longest


class Once:
    """The memory of one condition. Its slot holds the spans in which it may have held."""

    def __init__(self, network: Network, condition: Condition) -> None:
        self._network = network
        self._condition = condition
        self._test = network.test(condition)
        self._matches = {
            each: tuple(Matches(network, count) for count in network.counts(each.count))
            for each in dict.fromkeys(singles_of(condition))
            if isinstance(each, CountReached)
        }
        self.slot = network.slot(NEVER)
        network.lifts[self.slot] = self.lift
        network.turning.append(self)

    @staticmethod
    def lift(value: Any, of: Callable[[int], Any]) -> Any:
        """The spans with a function applied to each time in them."""
        return tuple(Span(*each).lifted(of) for each in value)

    def turn(self, slots: Slots) -> None:
        """One turn less."""
        turned = (Span(*each).turned() for each in slots[self.slot])
        slots[self.slot] = tuple(each for each in turned if each is not None)

    def holds(self, slots: Slots, moment: Moment) -> bool:
        """Whether it held or may have held, with this message; which is remembered."""
        if slots[self.slot] != ALWAYS:
            kept = (Span(*each).at(moment.time) for each in slots[self.slot])
            new = self._new(slots, moment)
            slots[self.slot] = longest((*(each for each in kept if each is not None), *new))
        return any(Span(*each).is_now for each in slots[self.slot])

    def _new(self, slots: Slots, moment: Moment) -> Spans:
        """What this message adds."""
        value = self._test(slots, moment)
        if value == 1:
            return self._spans(self._condition, True, slots, moment)
        return ALWAYS if value else NEVER

    def _spans(self, condition: Condition, is_so: bool, slots: Slots, moment: Moment) -> Spans:
        """While the condition, as it is now, may be so; or, without ``is_so``, may be not so."""
        match condition:
            case Not(inner):
                return self._spans(inner, not is_so, slots, moment)
            case All(several) | Either(several):
                each = [self._spans(part, is_so, slots, moment) for part in several]
                if isinstance(condition, All) == is_so:
                    return longest(reduce(both, each, ALWAYS))
                return longest(span for spans in each for span in spans)
            case Detected():
                return self._of_detection(condition, is_so, slots, moment)
            case CountReached() if is_so and self._network.test(condition)(slots, moment) < 2:
                found = (each.spans(slots, moment) for each in self._matches[condition])
                return longest(span for spans in found for span in spans)
            case _:
                # Of what was certain, nothing is forgotten; and a count only gets less.
                value = self._network.test(condition)(slots, moment)
                return ALWAYS if (value if is_so else 2 - value) else NEVER

    def _of_detection(self, detected: Detected, is_so: bool, slots: Slots, moment: Moment) -> Spans:
        is_certain, doubts = self._seen(detected, slots, moment)
        match detected.doubt:
            case Doubt.DETECTED:
                if is_so:
                    return ALWAYS if is_certain else doubts
                return NEVER if is_certain else ALWAYS
            case Doubt.DETECTED_OR_UNCHECKED if is_certain:
                return ALWAYS if is_so else NEVER
            case _:
                return doubts if is_so else _once_over(doubts)

    def _seen(self, detected: Detected, slots: Slots, moment: Moment) -> tuple[bool, Spans]:
        """Whether it is certain in its scope, and for how long its unknowns there are remembered."""
        if detected.scope.this_message:
            return self._seen_here(detected, moment)
        is_certain, doubts = False, list[Span]()
        for reading in detected.readings:
            sighting = self._network.sighting(reading, detected)
            is_certain = is_certain or sighting.certain.holds(slots, moment.time)
            if sighting.doubted(slots, moment.time):
                doubts.append(self._left(reading, *_last(sighting.doubts, slots)))
        return is_certain, tuple(doubts)

    def _seen_here(self, detected: Detected, moment: Moment) -> tuple[bool, Spans]:
        if detected.role not in (None, moment.role):
            return False, NEVER
        values = {each: moment.values[self._network.index[each]] for each in detected.readings}
        is_certain = 2 in values.values()
        if is_certain and detected.doubt is Doubt.UNCHECKED:
            return True, NEVER  # what is detected has been checked
        return is_certain, tuple(
            self._left(each, 0, moment.time) for each, value in values.items() if value == 1
        )

    def _left(self, reading: Reading, age: int, at: int) -> Span:
        """For how long an unknown is still remembered, ``age`` turns ago or at time ``at``."""
        lasts = self._network.vocabulary.labels[reading.label].unknown_lasts
        if lasts is None:
            return Span()
        if lasts.turns is not None:
            return Span(turns=lasts.turns - age)
        return Span(until=at + (lasts.seconds or 0) * SECOND)


def _last(doubts: tuple[Recent, ...], slots: Slots) -> tuple[int, int]:
    """How many turns ago, and when, the last unknown was, as far as it is remembered."""
    age, at = 0, 0
    for each in doubts:
        if each.length is not None:
            at = slots[each.slot]
        elif each.turns is not None:
            age = slots[each.slot]
    return age, at


def _once_over(spans: Iterable[Span]) -> Spans:
    """From when on all of these are over."""
    return reduce(both, ((each,) if each is not None else NEVER for each in _afterwards(spans)), ALWAYS)


def _afterwards(spans: Iterable[Span]) -> Iterator[Span | None]:
    """What comes after each of spans that have begun and end either by turns or by time; None where it has no end."""
    for each in spans:
        has_no_end = each.turns is None and each.until is None
        yield None if has_no_end else Span(later=each.turns or 0, after=each.until)
