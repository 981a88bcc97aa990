"""Counting: what a count counts, and from where. Every value is counted afresh from the history."""

from __future__ import annotations

from dataclasses import dataclass

from policy_engine.model.model import (
    Count,
    Marker,
    Reading,
    SinceAction,
    SinceEvent,
    SinceFirst,
    StartOver,
)
from policy_engine.model.truth import Truth
from policy_engine.reference.history import History
from policy_engine.transcripts.message import SECOND, Role

On = tuple[Reading, ...] | None


@dataclass(frozen=True, slots=True)
class Addition:
    """The message at ``index`` adds ``amount`` to a count."""

    index: int
    amount: int = 1


def match(history: History, act: str, on: On, index: int) -> Truth:
    """Whether a message is an act, on one of the categories.

    "A *refusal on X* is an assistant message labelled refusal, in a turn in which X is detected, on
    it or on a user message of that turn before it. So for every act."
    """
    if history.messages[index].role is not Role.ASSISTANT:
        return Truth.FALSE
    done = history.read(index, Reading(act))
    if on is None or done is Truth.FALSE:
        return done
    subject = max(history.read(place, reading) for place in places_of(history, index) for reading in on)
    return min(done, subject)


def places_of(history: History, index: int) -> list[int]:
    """Where a category is looked for: "on it or on a user message of that turn before it"."""
    return [index] + [
        earlier
        for earlier in range(index)
        if history.turns[earlier] == history.turns[index] and history.messages[earlier].role is Role.USER
    ]


def own_counters(count: Count) -> list[On]:
    """The categories that are counted together.

    "`on X or Y` counts both together"; "`on the same category of GROUP`: the count is the largest of
    the categories' own counts".
    """
    if count.same_category and count.on is not None:
        return [(reading,) for reading in count.on]
    return [count.on]


def act_additions(history: History, act: str, on: On, now: int) -> list[Addition]:
    """The messages so far that add to a counter of an act.

    "A counter grows by at most one in a turn, at the first message that matches [...]. That message
    *adds to the count*." "a count in a trigger see[s] only what is certain."
    """
    additions: list[Addition] = []
    turns_counted: set[int] = set()
    for index in range(now + 1):
        turn = history.turns[index]
        if turn not in turns_counted and match(history, act, on, index) is Truth.TRUE:
            turns_counted.add(turn)
            additions.append(Addition(index))
    return additions


def point_additions(history: History, weights: tuple[tuple[Reading, int], ...], now: int) -> list[Addition]:
    """The messages so far that add points.

    "a turn is worth the largest weight detected in it; a message that raises it adds the difference".
    """
    additions: list[Addition] = []
    level: dict[int, int] = {}
    for index in range(now + 1):
        turn = history.turns[index]
        before = level.get(turn, 0)
        here = max((w for reading, w in weights if history.read(index, reading) is Truth.TRUE), default=0)
        if here > before:
            level[turn] = here
            additions.append(Addition(index, here - before))
    return additions


def additions_of(history: History, count: Count, now: int) -> list[list[Addition]]:
    """What was added so far to each own counter of a count."""
    if count.weights:
        return [point_additions(history, count.weights, now)]
    return [act_additions(history, count.act, on, now) for on in own_counters(count)]


def run_length(turns: set[int], last: int) -> int:
    """How many turns running, up to ``last``: "`… in a row`: three turns running"."""
    length = 0
    while last - length in turns:
        length += 1
    return length


# --- Where counting begins ------------------------------------------------------------


def marker_of(history: History, since: Marker, now: int) -> int | None:
    """The message after which a count counts.

    "`… since the last warning`, `… since X was first detected`, `… since an appeal is granted`:
    counts messages after that message". "an action taken at one message is visible from the next
    message on."
    """
    match since:
        case SinceAction(action):
            taken = [index for index in range(now) if history.is_taken(action, index)]
            return taken[-1] if taken else None
        case SinceFirst(detected):
            seen = [index for index in range(now + 1) if history.is_detected_at(detected, index)]
            return seen[0] if seen else None
        case SinceEvent(event):
            heard = [i for i in range(now + 1) if history.read(i, Reading(event)) is Truth.TRUE]
            return heard[-1] if heard else None


def begin_since(history: History, since: Marker | None, now: int) -> int:
    """The first message that counts; beyond now where the marker never came ("nothing")."""
    if since is None:
        return 0
    marker = marker_of(history, since, now)
    return now + 1 if marker is None else marker + 1


def begin_stretch(history: History, start_over: StartOver | None, added: list[int], now: int) -> int:
    """The first message that counts, as a quiet stretch or an event has it.

    "a quiet stretch (10 whole turns passed since the turn of the last one) or an event forgets".
    ``added`` are the messages that added to the count.
    """
    begin = 0
    if start_over is None:
        return begin
    for index in range(now + 1):
        earlier = [addition for addition in added if addition < index]
        quiet = start_over.quiet
        if quiet is not None and earlier:
            last = earlier[-1]
            if quiet.turns is not None:
                is_over = history.turns[index] - history.turns[last] > quiet.turns
            else:
                assert quiet.seconds is not None
                is_over = history.time(index) >= history.time(last) + quiet.seconds * SECOND
            if is_over:
                begin = index
        event = start_over.event
        if event is not None and history.read(index, Reading(event)) is Truth.TRUE:
            begin = index + 1
    return begin


# --- Counts in triggers ---------------------------------------------------------------


def adds_now(history: History, count: Count, begin: int, now: int) -> bool:
    """Whether this message adds to the count ("at a message that adds to either")."""
    return any(
        addition.index == now and addition.index >= begin
        for own in additions_of(history, count, now)
        for addition in own
    )


def certain_value(history: History, count: Count, begin: int, now: int) -> int:
    """The count in a trigger: "see[s] only what is certain", "the largest of the categories' own counts"."""
    values = []
    for own in additions_of(history, count, now):
        counted = [a for a in own if a.index >= begin and history.in_window(count.within, a.index, now)]
        if count.in_a_row:
            values.append(run_length({history.turns[a.index] for a in counted}, history.turns[now]))
        else:
            values.append(sum(a.amount for a in counted))
    return max(values)


# --- Counts in conditions -------------------------------------------------------------


def row_so_far(turns: set[int], current: int) -> int:
    """The row that a condition sees.

    "`in a row` in a condition: the current turn may still be without one; the row then ends at the
    turn before."
    """
    return run_length(turns, current if current in turns else current - 1)


def may_match(history: History, act: str, on: On, index: int, now: int) -> bool:
    """Whether a message that is perhaps a match may still be one.

    "`unknown-lasts: 5 turns` lets an unknown be forgotten after that": a forgotten unknown is absent.
    """

    def may_hold(reading: Reading, place: int) -> bool:
        value = history.read(place, reading)
        return value is Truth.TRUE or (
            value is Truth.UNKNOWN and history.is_remembered(reading.label, place, now)
        )

    return may_hold(Reading(act), index) and (
        on is None or any(may_hold(reading, place) for place in places_of(history, index) for reading in on)
    )


def possible_matches(history: History, count: Count, on: On, now: int) -> dict[int, int]:
    """For each turn that may count, the message by which it does.

    "a count in a condition lies between the certain and the possible": a turn with a certain match
    counts by the first; another by the last of its uncertain matches that may still be one.
    """
    certain: dict[int, int] = {}
    uncertain: dict[int, int] = {}
    for index in range(now + 1):
        value = match(history, count.act, on, index)
        if value is Truth.TRUE:
            certain.setdefault(history.turns[index], index)
        elif value is Truth.UNKNOWN and may_match(history, count.act, on, index, now):
            uncertain[history.turns[index]] = index
    return uncertain | certain


def _condition_value(history: History, count: Count, matches: dict[int, int], now: int) -> int:
    turns = {turn for turn, i in matches.items() if history.in_window(count.within, i, now)}
    return row_so_far(turns, history.turns[now]) if count.in_a_row else len(turns)


def count_reached(history: History, count: Count, now: int) -> Truth:
    """Whether "there have been at least 2 refusals on X": true, false, or not known."""
    if count.since is not None or count.weights:
        raise ValueError("a count in a condition has no points and no `since`")
    certain = possible = 0
    for on in own_counters(count):
        sure = {history.turns[a.index]: a.index for a in act_additions(history, count.act, on, now)}
        certain = max(certain, _condition_value(history, count, sure, now))
        may_be = possible_matches(history, count, on, now)
        possible = max(possible, _condition_value(history, count, may_be, now))
    if certain >= count.need:
        return Truth.TRUE
    return Truth.FALSE if possible < count.need else Truth.UNKNOWN
