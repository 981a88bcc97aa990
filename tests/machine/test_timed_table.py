"""Steps that are kept for other times decide as steps at those times would: on the edges of every duration, too."""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from random_policies import random_conversation, random_policy
from scale import sources
from sound import policy_of

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
        monkeypatch.setattr(timed_table, "MOST", source.choice((7, 1_000_000)))
        conversations = [random_conversation(source, True) for _ in range(2)]
        for _ in range(8):
            conversation = at_other_times(source, source.choice(conversations), gaps)
            saved = source if source.random() < 0.5 else None
            assert walked(machine, conversation, saved) == interpret(policy, conversation)


def with_sums(gaps: list[int]) -> list[int]:
    """Durations, and the sums and differences of two: where two clocks that began apart run out together."""
    return sorted({*gaps, *(abs(a + sign * b) for a in gaps for b in gaps for sign in (1, -1))} - {0})


@pytest.mark.seeds
@pytest.mark.parametrize("seed", range(6))
def test_conversations_side_by_side_do_not_meet(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Walks that take turns, are branched, saved and dropped, on one table that is often begun anew."""
    for source in sources(3_000 + seed, 8):
        policy = timed_policy(source)
        gaps = with_sums(sorted(set(durations(policy))))
        machine = compile_policy(policy)
        monkeypatch.setattr(timed_table, "MOST", source.choice((40, 400, 1_000_000)))
        drawn = [random_conversation(source, True) for _ in range(2)]
        several = [at_other_times(source, source.choice(drawn), gaps) for _ in range(10)]
        walks = [machine.walk(machine.initial(each.attributes)) for each in several]
        found: list[list[Decision]] = [[] for _ in several]
        left = [number for number, each in enumerate(several) for _ in each.messages]
        source.shuffle(left)
        for number in left:
            conversation = several[number]
            message = conversation.messages[len(found[number])]
            symbol, time = machine.encoder(conversation.looked_for).observe(message)
            if source.random() < 0.2:
                machine.walk(walks[number].state).step(symbol, (time or 0) + source.choice(gaps))
            if source.random() < 0.2:
                walks[number] = machine.walk(State.from_json(walks[number].state.to_json()))
            found[number].append(walks[number].step(symbol, time))
        assert found == [interpret(policy, each) for each in several]


def kept(value: object) -> int:
    """How many forks, leaves, and times of leaves hang on a tree."""
    if isinstance(value, timed_table.Fork):
        return 1 + kept(value.yes) + kept(value.no)
    return 1 + len(value.picks) if isinstance(value, timed_table.Leaf) else 0


@pytest.mark.parametrize(
    "text",
    [
        "points p = 1 per hate\nrule one after 50 points of p within 1 hour, add a strike",
        "rule one when hate is detected, add a strike, only if there have been at least 20 refusals within 1 hour",
    ],
)
def test_what_is_kept_is_bounded(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Comparisons and times count, and rows that no step is kept for: one user could have millions of them."""
    monkeypatch.setattr(timed_table, "MOST", 300)
    source = random.Random(7)
    machine = compile_policy(policy_of(text))
    encoder, table = machine.encoder(), machine._timed_table
    user = encoder.symbol(pe.Role.USER, (pe.Label("hate"),))
    answers = [
        encoder.symbol(pe.Role.ASSISTANT, (pe.Label("refusal", each),)) for each in (True, None, False)
    ]
    walk, time, most = machine.walk(machine.initial()), 0, 0
    for _ in range(400):
        walk.step(user, time)
        walk.step(source.choice(answers), time)
        time += source.choice((5, 7, 600)) * SECOND
        trees = (tree for row in table._rows.values() for tree in row.steps.values())
        most = max(most, len(table._rows) + sum(map(kept, trees)))
    assert 150 < most < 550  # a step may be kept in whole


def test_rows_are_bounded_where_nobody_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions that are restored, and looked at, and never go on."""
    policy = policy_of("points p = 1 per hate\nrule one after 50 points of p within 1 hour, add a strike")
    machine, other = compile_policy(policy), compile_policy(policy)
    user = machine.encoder().symbol(pe.Role.USER, (pe.Label("hate"),))
    answer = machine.encoder().symbol(pe.Role.ASSISTANT, ())
    monkeypatch.setattr(timed_table, "MOST", 60)
    walk = machine.walk(machine.initial())
    for turn in range(40):
        walk.step(user, turn * SECOND)
        walk.step(answer, turn * SECOND)
        other.walk(walk.state)
        assert len(other._timed_table._rows) <= 12


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
    with pytest.raises(NotTellable):
        bool(one)
    with pytest.raises(NotTellable):
        assert one == 5
    gap = one - Instant(Answers(), 0, 5)
    for ask in (bool, hash, lambda each: each == 0):
        with pytest.raises(NotTellable):
            ask(gap)


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
