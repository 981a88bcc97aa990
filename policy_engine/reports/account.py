"""What is said about a conversation under a policy, and about each of its messages.

These are values: the words are the same wherever they are shown (a terminal, a page), and whoever
shows them makes them harmless there, breaks their lines and marks what they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from policy_engine.machine.counter_view import CounterView
from policy_engine.model.decision import Cause, Decision
from policy_engine.model.model import After, Every, Ladder, Policy, Rule
from policy_engine.model.parts import attributes_in, names_attributes_only, part_named, parts_of
from policy_engine.reports.english import duration_words, listed, many, policy_title, value_words
from policy_engine.reports.reasons import (
    clock_words,
    counters_words,
    found_words,
    not_done_words,
    place_words,
    stop_kind,
    stop_words,
    times,
)
from policy_engine.simulation.coverage import Coverage
from policy_engine.simulation.evidence import Evidence, Found
from policy_engine.simulation.moments import Cited, Moment, NotDone, Stopped
from policy_engine.simulation.simulation import Simulation
from policy_engine.vocabulary.vocabulary import Vocabulary

IS_OVER = "the chat was ended here; what follows came after the end"
"""Said once, before the first message after the end."""
NOTHING = "–"
"""Stands where nothing was said or detected."""

_MOST_TEXT = 1_000
"""How much of a text is looked at before it is cut, in characters."""


class Quote(str):
    """Somebody's own words within a sentence: a policy's text, in whatever language and direction."""


Words = tuple[str, ...]
"""A line of words, in pieces; a piece that is a :class:`Quote` is not the software's own."""


class Kind(Enum):
    """What a remark is about."""

    COUNTED = "counted"
    DONE = "done"
    STOPPED = "stopped"
    NOT_DONE = "not done"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing to say about what the policy did at a message.

    ``says`` is the line that tells it, ``details`` are the lines that belong to it. ``ends`` says that
    it is about the end of the chat; ``trial``, that it is about a trial rule.
    """

    kind: Kind
    says: Words
    details: tuple[Words, ...] = ()
    ends: bool = False
    trial: bool = False

    @property
    def mark(self) -> str:
        """The sign that stands before it: ``■`` where the chat is ended, or would have been."""
        match self.kind:
            case Kind.COUNTED:
                return "·"
            case Kind.DONE:
                return "■" if self.ends and not self.trial else "▸"
            case Kind.STOPPED:
                return "■" if self.ends else "–"
            case Kind.NOT_DONE:
                return "–"


@dataclass(frozen=True, slots=True)
class Heading:
    """Which conversation, how long it is, and which policy.

    ``covered`` is empty where all are covered, ``times`` where none had to be supposed.
    """

    conversation: str
    messages: str
    turns: str
    policy: str
    covered: str
    times: str


# --- The conversation -----------------------------------------------------------------


def heading(simulation: Simulation) -> Heading:
    """What stands above the messages."""
    return Heading(
        simulation.conversation.id,
        many(len(simulation.decisions), "message"),
        many(simulation.turn_count, "turn"),
        policy_title(simulation.policy),
        _covered_words(simulation),
        _times_words(simulation),
    )


def _times_words(simulation: Simulation) -> str:
    if simulation.pace is None:
        return ""
    return f"no times: {duration_words(simulation.pace)} supposed between messages"


def _covered_words(simulation: Simulation) -> str:
    names = sorted({each.name for each in attributes_in(simulation.policy.applies)})
    if not names:
        return ""
    given = simulation.attributes
    values = {name: value_words(given[name]) for name in names if name in given}
    known = listed([f"{name} is {value}" for name, value in values.items()], "and")
    match simulation.covered:
        case Coverage.CERTAIN:
            return f"covered: {known}"
        case Coverage.ASSUMED:
            guessed = listed(
                [f"{name} is {values[name]}" for name in names if name in simulation.assumed], "and"
            )
            return f"covered, because {guessed} is assumed"
        case Coverage.NOT:
            return f"not covered: {known}"
        case Coverage.UNKNOWN:
            missing = [name for name in names if name not in given]
            return f"not known whether covered: nobody recorded {listed(missing)}"


def ending(simulation: Simulation) -> str:
    """Whether and where the chat was ended, as a sentence."""
    if simulation.ended is None:
        return "Never ended."
    after = simulation.after_end
    follow = f"; {many(after, 'message')} came after" if after else ""
    return f"Ended {place_words(simulation.ended)}{follow}."


def _how_often(actions: Counter[str], vocabulary: Vocabulary) -> str:
    """``the chat is ended once; a warning is given twice``, strongest first."""
    order = sorted(actions, key=lambda name: vocabulary.actions[name].rank)
    return "; ".join(f"{vocabulary.actions[name].past} {times(actions[name])}" for name in order)


def sentences(simulation: Simulation, why: bool) -> Iterator[str]:
    """What the conversation comes to. With ``why``, also the rules that never had anything to do."""
    vocabulary = simulation.policy.vocabulary
    yield ending(simulation)
    done: Counter[str] = Counter()
    trial: Counter[str] = Counter()
    stopped: Counter[str] = Counter()
    kinds: dict[str, dict[str, None]] = {}
    for decision in simulation.decisions:
        done.update(each.action for each in decision.actions)
        trial.update(each.action for each in decision.trial)
    for moment in simulation.moments_at(_is_stopping):
        acting = [each for each in moment.stopped if not each.trial and not each.goes_on]
        stopped.update({action for each in acting for action in each.actions})
        for each in acting:
            for action in each.actions:
                kinds.setdefault(action, {})[stop_kind(each)] = None
    if done:
        shown = _how_often(done, vocabulary)
        yield f"{shown[:1].upper()}{shown[1:]}."
    for action in sorted(simulation.only_in_doubt, key=lambda name: vocabulary.actions[name].rank):
        past = vocabulary.actions[action].past
        yield f"Only because of a missing label, {past} (not done if it is absent)."
    if trial:
        yield f"On trial, and not done: {_how_often(trial, vocabulary)}."
    for action in sorted(stopped, key=lambda name: vocabulary.actions[name].rank):
        by = listed([f"`{kind}`" for kind in kinds[action]], "and")
        yield f"Stopped {times(stopped[action])}, by {by}: {vocabulary.actions[action].phrase}."
    held = simulation.held_open
    if held is not None:
        missing = [*(f"{each} was never looked for" for each in held.never_looked_for),
                   *(f"{each} could not be checked" for each in held.not_checked)]  # fmt: skip
        where = place_words(held.place)
        yield f"Held open only by a missing label: {listed(missing, 'and')}; if absent, ended {where}."
    if why:
        quiet = _never_counted(simulation)
        if quiet:
            yield f"Nothing was ever counted or due for: {', '.join(quiet)}."
    if done:
        yield "What the user would have done after an action is not known."


def _is_stopping(decision: Decision) -> bool:
    return bool(decision.stopped)


def _never_counted(simulation: Simulation) -> list[str]:
    concerned = set(simulation.counted)
    for decision in simulation.decisions:
        for each in (*decision.actions, *decision.trial):
            concerned.update(each.rules)
        concerned.update(each.rule for each in decision.stopped)
    return [part.name for part in parts_of(simulation.policy) if part.name not in concerned]


# --- One message ----------------------------------------------------------------------


def said(moment: Moment) -> str:
    """The beginning of what was said; empty where nothing was recorded."""
    return (moment.message.content or "").strip()[:_MOST_TEXT]


def labels(moment: Moment, why: bool) -> tuple[str, ...]:
    """What was detected on the message; with ``why``, with the scores."""
    return tuple(_label(each, why) for each in moment.found)


def _label(found: Found, why: bool) -> str:
    words = found.label
    if found.unknown:
        return f"{words}: unknown"
    if why and found.score is not None:
        words += f" {found.score:.2g}"
    return f"{words} (by {found.read_by})" if found.read_by else words


def remarks(moment: Moment, policy: Policy, why: bool) -> Iterator[Remark]:
    """What the policy did at the message; with ``why``, also what did not happen, and because of what.

    ``policy`` is that of the simulation; or the same told by the names of its groups, to have them here, too.
    """
    fired = {name for each in moment.cited for name in each.done.rules}
    yield from _counted(moment, policy, why)
    for cited in moment.cited:
        yield _cited(cited, policy, why)
    for stops in _together(moment.stopped):
        if why or not stops[0].goes_on:
            yield _stopped(stops, policy, bool(fired & {each.stop.rule for each in stops}))
    if why:
        for each in moment.not_done:
            yield _not_done(each, policy)


def _counted(moment: Moment, policy: Policy, why: bool) -> Iterator[Remark]:
    for name in dict.fromkeys(view.owner for view in moment.anew):
        yield _count_words(
            name, " starts over,", [view for view in moment.anew if view.owner == name], policy
        )
    idle = {each.rule: each for each in moment.not_done}
    for name in dict.fromkeys(view.owner for view in moment.moved):
        if why and name in idle:
            continue
        if name in idle and (idle[name].fired or idle[name].is_inert or idle[name].after_end):
            continue  # a rule that has had its say, or has none
        yield _count_words(name, "", [view for view in moment.moved if view.owner == name], policy)


def _count_words(name: str, event: str, views: Sequence[CounterView], policy: Policy) -> Remark:
    part = part_named(policy, name)
    words = counters_words(views, part, policy.vocabulary)
    is_trial = isinstance(part, Rule) and part.trial
    return Remark(Kind.COUNTED, (f"{_trial_words(is_trial)}{name}{event} {words}",), trial=is_trial)


def _trial_words(is_trial: bool) -> str:
    return "on trial: " if is_trial else ""


def _cited(cited: Cited, policy: Policy, why: bool) -> Remark:
    entry = policy.vocabulary.actions[cited.done.action]
    text: Words = (": “", Quote(cited.done.text), "”") if cited.done.text else ()
    what = f"{_trial_words(True)}would {entry.phrase}" if cited.trial else entry.past
    details: list[Words] = [(Quote(each),) for each in cited.done.reasons]
    if cited.assumed:
        details.append((f"assumed: {listed(cited.assumed, 'and')}",))
    if why and cited.because:
        details.append((f"because of {_because(cited.because)}",))
    by_keywords = [each for each in cited.because if each.found.read_by == "keywords"]
    if by_keywords and not why:
        details.append((f"because of {_because(by_keywords)}",))
    if why:
        details += [(f"because {clock_words(each)}",) for each in cited.clocks]
    says = (what, *text, f" ({', '.join(cited.done.rules)})")
    return Remark(Kind.DONE, says, tuple(details), entry.ends, cited.trial)


def _because(evidence: Sequence[Evidence]) -> str:
    by_message: dict[int, list[str]] = {}
    for each in evidence:
        label = f"{each.found.label} (not checked)" if each.found.unknown else found_words(each.found)
        by_message.setdefault(each.message, []).append(label)
    return "; ".join(f"{', '.join(dict.fromkeys(labels))} at message {n}" for n, labels in by_message.items())


def _together(stopped: Sequence[Stopped]) -> list[list[Stopped]]:
    """The stops of one rule in one place, however many clauses said so."""
    by_rule: dict[str, list[Stopped]] = {}
    for each in stopped:
        by_rule.setdefault(each.stop.rule, []).append(each)
    return list(by_rule.values())


def _stopped(stops: Sequence[Stopped], policy: Policy, is_partly_done: bool) -> Remark:
    actions = policy.vocabulary.actions
    names = dict.fromkeys(action for each in stops for action in each.actions)
    what = listed([actions[name].phrase for name in names], "and")
    is_trial = stops[0].trial
    clauses: dict[str, list[str]] = {}
    for each in stops:
        clauses.setdefault(stop_words(each, policy), []).append(stop_kind(each))
    rule = stops[0].stop.rule
    details = [f"{words} ({rule}: {', '.join(dict.fromkeys(kinds))})" for words, kinds in clauses.items()]
    if not is_partly_done:
        details += _from_here(stops, policy)
    return Remark(
        Kind.STOPPED,
        (f"{_trial_words(is_trial)}would {what}, but did not:",),
        tuple((each,) for each in details),
        any(actions[name].ends for name in names),
        is_trial,
    )


def _from_here(stops: Sequence[Stopped], policy: Policy) -> list[str]:
    """What the stop means for the messages that follow."""
    part = part_named(policy, stops[0].stop.rule)
    is_for_good = any(_is_for_good(each, policy) for each in stops)
    if isinstance(part, Ladder) or isinstance(part.trigger, After):
        return [] if is_for_good else ["it stays due"]
    if isinstance(part.trigger, Every) and not stops[0].goes_on:
        return ["and so at every message from here" + ("" if is_for_good else ", until that changes")]
    return []


def _is_for_good(stopped: Stopped, policy: Policy) -> bool:
    """Whether it cannot end: facts about the conversation stopped it, or that it may act only once."""
    if stopped.stop.cause is Cause.COOLDOWN:
        at_most = part_named(policy, stopped.stop.rule).guards.at_most
        return at_most is not None and at_most.window is None
    return stopped.condition is not None and names_attributes_only(stopped.condition)


def _not_done(each: NotDone, policy: Policy) -> Remark:
    ends = any(policy.vocabulary.actions[name].ends for name in each.actions)
    what = _trial_words(each.trial) + ("not ended" if ends else "not done")
    says = f"{what} ({each.rule}): {not_done_words(each, policy)}"
    return Remark(Kind.NOT_DONE, (says,), ends=ends, trial=each.trial)
