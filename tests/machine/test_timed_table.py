"""Steps that are kept for other times decide as steps at those times would: on the edges of every duration, too."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from random_policies import random_conversation, random_policy
from scale import sources

import policy_engine as pe
from policy_engine.machine import timed_table
from policy_engine.machine.instant import Answers, Instant, NotTellable
from policy_engine.machine.machine import Machine, compile_policy
from policy_engine.machine.state import State
from policy_engine.model.decision import Decision
from policy_engine.model.model import Policy
from policy_engine.reference.interpreter import interpret
from policy_engine.transcripts.message import Conversation
from policy_engine.vocabulary.vocabulary import Lasting

SECOND = 1_000_000


def timed_policy(source: random.Random) -> Policy:
    while True:
        policy = random_policy(source)
        if policy.timed:
            return policy


def durations(value: object) -> Iterator[int]:
    """Every duration in a model, in microseconds."""
    if isinstance(value, Lasting):
        if value.seconds is not None:
            yield value.seconds * SECOND
    elif dataclasses.is_dataclass(value):
        for each in dataclasses.fields(value):
            if each.compare:
                yield from durations(getattr(value, each.name))
    elif isinstance(value, tuple | list):
        for each in value:
            yield from durations(each)
    elif hasattr(value, "values") and callable(value.values):
        for each in value.values():
            yield from durations(each)


def at_other_times(source: random.Random, conversation: Conversation, gaps: list[int]) -> Conversation:
    """The same messages, with gaps in which the policy's durations are met, or just not."""
    time, messages = 0, []
    for message in conversation.messages:
        messages.append(dataclasses.replace(message, time=time))
        edge = source.choice(gaps)
        time += source.choice((0, 1, SECOND, edge - 1, edge, edge + 1, edge // 2))
    return dataclasses.replace(conversation, messages=tuple(messages))


def walked(
    machine: Machine, conversation: Conversation, saved: random.Random | None = None
) -> list[Decision]:
    """The decisions of a walk over the machine's shared table, saved and taken up again now and then."""
    encoder = machine.encoder(conversation.looked_for)
    walk = machine.walk(machine.initial(conversation.attributes))
    found = []
    for message in conversation.messages:
        if saved is not None and saved.random() < 0.3:
            walk = machine.walk(State.from_json(walk.state.to_json()))
        symbol, time = encoder.observe(message)
        found.append(walk.step(symbol, time))
    return found


@pytest.mark.seeds
@pytest.mark.parametrize("seed", range(10))
def test_one_table_serves_all_times(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for source in sources(1_000 + seed, 12):
        policy = timed_policy(source)
        gaps = sorted(set(durations(policy)))
        machine = compile_policy(policy)
        monkeypatch.setattr(timed_table, "MOST", source.choice((7, 100_000)))
        conversations = [random_conversation(source, True) for _ in range(2)]
        for _ in range(8):
            conversation = at_other_times(source, source.choice(conversations), gaps)
            saved = source if source.random() < 0.5 else None
            assert walked(machine, conversation, saved) == interpret(policy, conversation)


@pytest.fixture
def reminded(root: Path) -> Machine:
    return pe.load(f"{root}/policies/last_resort_with_breaks.policy").machine


def test_a_long_conversation_needs_few_rows_and_steps(reminded: Machine) -> None:
    """What was decided once is found again, at whatever time: the table of a clock does not grow with the chat."""
    encoder = reminded.encoder(None)
    walk = reminded.walk(reminded.initial({"model": "opus-4"}))
    for turn in range(5_000):
        for number, role in enumerate((pe.Role.USER, pe.Role.ASSISTANT)):
            walk.step(encoder.symbol(role, ()), (turn * 97 + number) * SECOND)
    assert reminded._timed_table._size < 50
    assert len(reminded._timed_table._rows) < 50


def test_a_saved_walk_holds_plain_times(reminded: Machine) -> None:
    walk = reminded.walk(reminded.initial({"model": "opus-4"}))
    walk.step(reminded.encoder(None).symbol(pe.Role.USER, ()), 5 * SECOND)
    assert State.from_json(walk.state.to_json()) == walk.state
    assert 5 * SECOND in walk.state.slots


def test_what_an_instant_cannot_tell_is_refused() -> None:
    one = Instant(Answers(), 0, 5)
    with pytest.raises(NotTellable):
        hash(one)
    with pytest.raises(NotTellable):
        int(one)


@pytest.mark.parametrize(("gap", "length"), [(g, n) for g in (-2, -1, 0, 1, 2) for n in (-1, 0, 1)])
def test_instants_compare_as_their_times_do(gap: int, length: int) -> None:
    answers = Answers()
    one, other = Instant(answers, 0, 100 + gap), Instant(answers, 1, 100)
    assert (one < other, one <= other, one == other) == (gap < 0, gap <= 0, gap == 0)
    assert (one > other, one >= other, one != other) == (gap > 0, gap >= 0, gap != 0)
    assert (one - other <= length, one - other < length) == (gap <= length, gap < length)
    assert (one - other >= length, one - other > length) == (gap >= length, gap > length)
    assert (one + 1 <= other, one <= other + 1) == (gap + 1 <= 0, gap <= 1)
    for asked, answer in answers.given:
        times = (100 + gap, 100)
        assert (times[asked.one] - times[asked.other] <= asked.most) is answer
