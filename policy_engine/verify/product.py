"""The product of a question: its policies' machines and its monitor, stepped over by the same messages.

The policies are cut to the cone of influence and read no more than matters; each is then compiled and stepped by
the network that runs live conversations (:mod:`policy_engine.machine.machine`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, combinations

from policy_engine.machine.encoder import UNKNOWN, Symbol
from policy_engine.machine.machine import NOTHING_YET, Machine, begins_turn, compile_policy, next_phase
from policy_engine.machine.state import Slots
from policy_engine.model.decision import Decision, Done
from policy_engine.model.model import Act
from policy_engine.transcripts.message import Conversation, LookedFor, Message, Role
from policy_engine.verify import gauge
from policy_engine.verify.alphabet import Letter, Reader, letters
from policy_engine.verify.cone import cut
from policy_engine.verify.facts import Given, asked_of, choices
from policy_engine.verify.gauge import Event, gauge_of
from policy_engine.verify.merging import merged_question
from policy_engine.verify.question import And, Formula, Holds, Question
from policy_engine.verify.watch import Memory, Outcome, Told, Watch


@dataclass(frozen=True, slots=True)
class State:
    """Where a product stands: the turn-taking, the slots of each machine and gauge, and the formula's memory."""

    phase: int
    machines: tuple[Slots, ...]
    gauges: tuple[gauge.State, ...]
    memory: Memory


@dataclass(frozen=True, slots=True)
class Input:
    """What can happen at a message: its letter, and what is done besides by whoever is not modelled."""

    letter: Letter
    besides: tuple[Act, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The actions that are done besides."""
        return frozenset(each.action for each in self.besides)


@dataclass(frozen=True, slots=True)
class Loose:
    """How far a product is looser than its policies: for those that leave rules out.

    ``free`` are actions that may be done at any message besides, by rules that were left out; every policy does
    them then. ``always``
    are formulas that are so at every message all the same. ``is_certain`` makes it narrower instead: nothing is
    ever unknown, so that what is found can be, but what is not found says nothing.
    """

    free: tuple[Act, ...] = ()
    always: tuple[Formula, ...] = ()
    is_certain: bool = False


TIGHT = Loose()
"""Not at all."""


class Product:
    """All that is stepped together.

    Without ``is_cut`` the policies stay whole; without ``is_merged`` everything is read
    as it is told.
    """

    def __init__(
        self,
        question: Question,
        loose: Loose = TIGHT,
        *,
        is_cut: bool = True,
        is_merged: bool = True,
    ) -> None:
        self.question = cut(question) if is_cut else question
        self._always = And(loose.always)
        merged, always, of_policies, of_views = merged_question(self.question, self._always, is_merged)
        self.machines: tuple[Machine, ...] = tuple(compile_policy(each) for each in merged.policies)
        self.watch = Watch(merged, (always,))
        read = [(each.policy.vocabulary, each.readings) for each in self.machines]
        read += [(view.vocabulary, self.watch.readings(number)) for number, view in enumerate(merged.views)]
        self.readers = tuple(
            Reader(vocabulary, readings, each)
            for (vocabulary, readings), each in zip(read, (*of_policies, *of_views), strict=True)
        )
        self._loose = loose
        self._ends = frozenset(
            each.name for each in self.question.policies[0].vocabulary.actions.values() if each.ends
        )
        first = len(self.machines)
        self.places = tuple(
            (first + view, tuple(self.readers[first + view].readings.index(each) for each in mine.readings))
            for view, mine in zip(self.watch.views, self.watch.gauges, strict=True)
        )
        """For each gauge, the reader whose values it sees, and which of them."""

    @cached_property
    def inputs(self) -> tuple[Input, ...]:
        """All that can happen at a message, by the alphabet. Raises TooWide."""
        every = (combinations(self._loose.free, number) for number in range(len(self._loose.free) + 1))
        besides = tuple(chain.from_iterable(every))
        return tuple(Input(letter, each) for letter in self._letters[0] for each in besides)

    @property
    def is_narrower(self) -> bool:
        """Whether something unknown is left out that could make a difference. Raises TooWide."""
        return self._letters[1]

    @cached_property
    def _letters(self) -> tuple[tuple[Letter, ...], bool]:
        found = letters(self.readers)
        if not self._loose.is_certain:
            return found, False
        left = tuple(each for each in found if not any(UNKNOWN in values for values in each.values))
        return left, len(left) < len(found)

    @cached_property
    def is_timed(self) -> bool:
        """Whether times make a difference."""
        return any(each.timed for each in self.machines) or self.watch.is_timed

    def initial(self) -> Iterator[tuple[Given, State]]:
        """The states before the first message, with the attributes that lead to each. Raises TooMany."""
        met: set[State] = set()
        for given in givens_of(self.question, self._always):
            state = self.begun(given)
            if state not in met:
                met.add(state)
                yield given, state

    def speaks_of(self, given: Given) -> bool:
        """Whether the question is about conversations with these attributes."""
        return _is_asked(self.question, given)

    def begun(self, given: Given) -> State:
        """The state before the first message of a conversation with these attributes."""
        return State(
            NOTHING_YET,
            tuple(each.initial(given).slots for each in self.machines),
            tuple(each.initial(given) for each in self.watch.gauges),
            self.watch.initial,
        )

    def letter(self, message: Message, looked_for: LookedFor | None) -> Letter:
        """What a message as it is recorded is to everyone."""
        return Letter(message.role, tuple(each.recorded(message, looked_for) for each in self.readers))

    # --- stepping ---

    def symbol(self, policy: int, letter: Letter) -> Symbol:
        """What a letter is to a policy."""
        return Symbol(letter.role, letter.values[policy])

    def seen(self, number: int, letter: Letter) -> tuple[int, ...]:
        """What a letter is to a gauge."""
        reader, places = self.places[number]
        values = letter.values[reader]
        return tuple(values[each] for each in places)

    def done(self, number: int, decisions: tuple[Decision, ...]) -> tuple[str, ...]:
        """What a gauge hears of what the policies do: the names of the actions that it wants to hear of."""
        view = self.question.views[self.watch.views[number]]
        wanted = self.watch.gauges[number].actions
        if not wanted:
            return ()
        named = (view.named(each.action) for each in decisions[view.policy].actions)
        return tuple(each for each in named if each in wanted)

    def with_besides(self, decision: Decision, besides: tuple[Act, ...]) -> Decision:
        """What a policy decides, and what is done besides."""
        if not besides:
            return decision
        done = tuple(Done(each.action, each.text, ()) for each in besides)
        ends = decision.ends or any(each.action in self._ends for each in besides)
        return Decision(
            (*decision.actions, *done), decision.trial, decision.stopped, ends, decision.after_end
        )

    def first_true(self, state: State, conversation: Conversation) -> int | None:
        """The first message of a recorded conversation, from 0, at which the formula is true; None where there is none.

        ``state`` is that before the first message, with the conversation's attributes.
        """
        for index, message in enumerate(conversation.messages):
            letter = self.letter(message, conversation.looked_for)
            state, outcome = self.step(state, Input(letter), message.time or 0)
            if outcome is Outcome.TRUE:
                return index
        return None

    def step(self, state: State, seen: Input, time: int) -> tuple[State, Outcome]:
        """The state after a message, and what that comes to."""
        return self.look(state, seen, time)[:2]

    def look(self, state: State, seen: Input, time: int) -> tuple[State, Outcome, Told]:
        """The same, and what the formula is told of the message."""
        letter = seen.letter
        new_turn, begun = begins_turn(state.phase, letter.role), state.phase != NOTHING_YET
        slots: list[Slots] = []
        decided: list[Decision] = []
        counters = []
        for policy, (machine, before) in enumerate(zip(self.machines, state.machines, strict=True)):
            symbol = self.symbol(policy, letter)
            if self.watch.needs_counters:
                counters.append(machine.counters(before, symbol, time))
            after, _, decision = machine.leap(before, symbol, time, seen.names)
            slots.append(after)
            decided.append(self.with_besides(decision, seen.besides))
        decisions = tuple(decided)
        gauges, truths = [], []
        for number, (mine, kept) in enumerate(zip(self.watch.gauges, state.gauges, strict=True)):
            done = self.done(number, decisions)
            event = Event(letter.role, self.seen(number, letter), time, begun, new_turn, done)
            following, is_true = mine.step(kept, event)
            gauges.append(following)
            truths.append(is_true)
        told = Told(tuple(truths), begun, new_turn, decisions, counters)
        memory, outcome = self.watch.conclude(state.memory, told)
        phase = next_phase(state.phase, letter.role)
        return State(phase, tuple(slots), tuple(gauges), memory), outcome, told


def givens_of(question: Question, *besides: Formula) -> Iterator[Given]:
    """The attributes of the conversations that a question is about, one choice for all that it does not tell apart.

    ``besides`` are formulas that ask for attributes, too. Raises TooMany.
    """
    parts = [(each.rules, each.ladders, each.nevers) for each in question.policies]
    asked = asked_of(*parts, question.bad, question.assumed, *besides)
    vocabularies = [each.vocabulary for each in question.policies]
    vocabularies += [each.vocabulary for each in question.views]
    return (given for given in choices(asked, vocabularies) if _is_asked(question, given))


def _is_asked(question: Question, given: Given) -> bool:
    return all(is_so(each, question, given) for each in question.assumed)


def is_so(atom: Holds, question: Question, given: Given) -> bool:
    """Whether an atom that asks for attributes alone is true where these are given."""
    asked = gauge_of(atom, question.views[atom.view])
    return asked.step(asked.initial(given), Event(Role.SYSTEM, (), 0, False, False, ()))[1]


def needs_times(question: Question) -> bool:
    """Whether messages need times: for one of the policies as it is, or for the formula."""
    return any(each.timed for each in question.policies) or Watch(question).is_timed
