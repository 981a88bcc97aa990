"""What is found of changed policies: looked at as people read it, and held against every short conversation.

``UPDATE_GOLDEN=1`` writes what is read anew: look at it then.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from functools import cache
from itertools import product
from pathlib import Path

import pytest
from decided import decided
from difference.changed_policies import ALIKE, CHANGES, base, changed
from sound import policy_of

from policy_engine.difference.comparison import Comparison, compare
from policy_engine.difference.difference import Finding
from policy_engine.difference.direction import Asked, Direction, is_so
from policy_engine.difference.ladder import ladder
from policy_engine.difference.sameness import METHOD
from policy_engine.reference.interpreter import interpret
from policy_engine.reports.difference_text import difference_lines
from policy_engine.reports.screen import COLUMNS, Screen
from policy_engine.transcripts.message import Conversation, Label, Message, Role

GOLDEN = Path("tests/golden/diff/changes.txt")
SECONDS = 30.0
QUESTIONS = (Asked.SOONER, Asked.SLOWER, Asked.CAUGHT, Asked.TRAILED, Asked.THERE, Asked.GONE)


@cache
def comparison_of(kind: str) -> Comparison:
    return compare(base(), changed(kind), ladder(), SECONDS)


def text_of(comparison: Comparison, with_timelines: bool = False) -> list[str]:
    return list(difference_lines(comparison, Screen(io.StringIO()), with_timelines))


def test_changes_read_as_they_were_looked_at(root: Path) -> None:
    lines = []
    for kind in CHANGES:
        lines += [f"=== {kind}", "", *text_of(comparison_of(kind))[2:], ""]
    shown = "\n".join(lines)
    if os.environ.get("UPDATE_GOLDEN"):
        (root / GOLDEN).write_text(shown, encoding="utf-8")
    assert shown == (root / GOLDEN).read_text(encoding="utf-8")
    assert max(map(len, lines)) <= COLUMNS


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_is_found_and_all_is_decided(kind: str) -> None:
    found = comparison_of(kind)
    assert found.finding is Finding.DIFFERENT
    assert not [each.change.left_open for each in found.told if each.change.left_open]


@pytest.mark.parametrize("written", ALIKE)
def test_what_is_only_written_otherwise_is_alike(written: str) -> None:
    found = compare(base(), policy_of(ALIKE[written]), ladder(), SECONDS)
    assert found.finding is Finding.ALIKE
    assert text_of(found)[-1] == "They act alike in every conversation: proved."
    if written != "said otherwise":
        assert {each.change.method for each in found.told} == {METHOD}


@pytest.mark.parametrize("kind", CHANGES)
def test_what_shows_a_change_shows_it_in_machine_and_reference(kind: str) -> None:
    found = comparison_of(kind)
    for told in found.told:
        for evidence in (*told.change.evidence, *told.change.clauses):
            machine = tuple(decided(each, evidence.conversation) for each in found.pair)
            reference = tuple(interpret(each, evidence.conversation) for each in found.pair)
            assert machine == reference
            assert is_so(found.pair, told.change.deed, evidence.asked, (machine[0], machine[1]))


def short_conversations() -> Iterator[Conversation]:
    """All of five messages of five kinds: a small world."""
    labels = (("refusal", "harassment"), ("refusal", "hate"), ("self-harm",), ("violence",))
    kinds = [Message(Role.ASSISTANT, tuple(Label(each, True) for each in several)) for several in labels]
    kinds += [Message(Role.USER)]
    for several in product(kinds, repeat=5):
        yield Conversation("short", several)


@pytest.mark.parametrize("kind", CHANGES)
def test_directions_agree_with_every_short_conversation(kind: str) -> None:
    """What no conversation is said to show, none of them shows; what one shows was found, in no more messages."""
    found = comparison_of(kind)
    shown: dict[tuple[object, Asked], int] = {}
    for conversation in short_conversations():
        old, new = (decided(each, conversation) for each in found.pair)
        if old == new:
            continue
        for told in found.told:
            deed = told.change.deed
            for asked in QUESTIONS:
                for length in range(1, len(old) + 1):
                    if length >= shown.get((deed, asked), 6):
                        break
                    if is_so(found.pair, deed, asked, (old[:length], new[:length])):
                        shown[deed, asked] = length
    for told in found.told:
        change = told.change
        lengths = {each.asked: each for each in change.evidence}
        mine = {asked: length for (deed, asked), length in shown.items() if deed == change.deed}
        if change.finding is Finding.ALIKE:
            assert not mine
        for asked in (Asked.SOONER, Asked.SLOWER):
            assert asked in lengths or asked not in mine
            if asked in mine and lengths[asked].is_shortest:
                assert len(lengths[asked].conversation.messages) <= mine[asked]
        if change.direction in (Direction.MORE, Direction.EARLIER):
            assert Asked.SLOWER not in mine
        if change.direction in (Direction.LESS, Direction.LATER):
            assert Asked.SOONER not in mine
        if Asked.CAUGHT in mine and change.direction is not Direction.MIXED:
            assert Asked.CAUGHT in lengths
        if Asked.TRAILED in mine and change.direction is not Direction.MIXED:
            assert Asked.TRAILED in lengths


@pytest.mark.parametrize(
    ("kind", "action", "direction"),
    [
        ("number", "end-chat", Direction.EARLIER),
        ("higher number", "end-chat", Direction.LATER),
        ("exception dropped", "end-chat", Direction.MORE),
        ("exception widened", "end-chat", Direction.LESS),
        ("category", "warn", Direction.MIXED),
        ("wording", "warn", Direction.WORDING),
        ("first", "offer-support", Direction.LESS),
        ("or", "offer-support", Direction.MORE),
    ],
)
def test_direction(kind: str, action: str, direction: Direction) -> None:
    found = {each.change.deed.action: each.change for each in comparison_of(kind).told}
    assert found[action].direction is direction


def test_old_and_new_changed_about_turn_the_direction_round() -> None:
    back = compare(changed("number"), base(), ladder(), SECONDS)
    assert back.told[0].change.direction is Direction.LATER
    assert "now at the 3rd refusal on harassment instead of the 2nd (abuse)" in " ".join(
        " ".join(text_of(back)).split()
    )


def test_an_exception_that_went_is_told_beside_a_lower_number() -> None:
    before, after = CHANGES["exception dropped"]
    both = compare(
        base(),
        policy_of(ALIKE["renamed"].replace(before, after).replace("after 3 refusals", "after 2 refusals")),
        ladder(),
        SECONDS,
    )
    said = " ".join(" ".join(text_of(both)).split())
    assert "now at the 2nd refusal on harassment instead of the 3rd (insults)" in said
    assert "now also where self-harm was detected" in said
    assert "after 2 refusals" not in said


def test_what_else_changed_is_told_beside_an_exception_that_is_seen_first() -> None:
    trigger = "after 3 refusals on harassment within 4 turns, end the chat"
    old = f"rule abuse\n  {trigger}, except when violence has been detected\n"
    new = "rule abuse\n  after 3 refusals on harassment, end the chat\n"
    found = compare(policy_of(old), policy_of(new), ladder(), SECONDS)
    said = " ".join(" ".join(text_of(found)).split())
    assert "“except when violence has been detected” of abuse is gone: now also where violence was" in said
    assert (
        "now after 3 refusals on harassment, instead of after 3 refusals on harassment within 4 turns" in said
    )


def test_timelines_stand_below_the_sentences() -> None:
    lines = text_of(comparison_of("number"), with_timelines=True)
    assert max(map(len, lines)) <= COLUMNS
    assert [line for line in lines if line.startswith(("  old:", "  new:"))]
    assert any("the chat is ended" in line for line in lines)
