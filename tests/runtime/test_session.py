"""Live sessions through the public names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from drawn_conversations import conversations_over
from hypothesis import given
from hypothesis import strategies as st

import policy_engine as pe
from policy_engine.model.loading import load_policy

USER, ASSISTANT = pe.Role.USER, pe.Role.ASSISTANT
TIMED = """
rule pause
  every 3 hours, remind the user "Time for a break?"

rule stop
  after 2 refusals within 10 minutes, end the chat
"""
HOUR = 3_600_000_000


@pytest.fixture
def policy(root: Path) -> pe.Policy:
    return pe.load(root / "policies" / "last_resort.policy")


@pytest.fixture
def timed(tmp_path: Path) -> pe.Policy:
    path = tmp_path / "timed.policy"
    path.write_text(TIMED, encoding="utf-8")
    return pe.load(path)


def abuse(session: pe.Session) -> list[pe.Decision]:
    """One turn of it."""
    asked = session.observe(pe.Message(USER, (pe.Label("sexual/minors", 0.9),)))
    return [asked, session.observe(pe.Message(ASSISTANT, (pe.Label("refusal"), pe.Label("redirection"))))]


def test_a_session_warns_and_then_ends(policy: pe.Policy) -> None:
    session = policy.session(attributes={"model": "opus-4"})
    done = [decision for _ in range(3) for decision in abuse(session)]
    assert [[act.action for act in each.actions] for each in done] == [[], [], [], ["warn"], [], ["end-chat"]]
    assert done[-1].ends
    assert session.ended
    assert session.turn == 3


def test_a_branch_goes_its_own_way(policy: pe.Policy) -> None:
    session = policy.session(attributes={"model": "opus-4"})
    abuse(session)
    abuse(session)
    branch = session.copy()
    abuse(branch)
    assert branch.ended
    assert not session.ended


def test_a_saved_session_goes_on_as_if_it_had_not_been(policy: pe.Policy) -> None:
    session = policy.session(attributes={"model": "opus-4"}, looked_for={"refusal": frozenset({ASSISTANT})})
    abuse(session)
    restored = policy.restore(session.save())
    assert restored.state == session.state
    assert abuse(restored) == abuse(session)
    assert len(session.save().encode()) < 1024


@given(data=st.data())
def test_a_session_saved_and_restored_at_every_message_decides_as_one_that_was_not(
    root: Path, data: st.DataObject
) -> None:
    path = root / "policies" / data.draw(st.sampled_from(["last_resort", "strikes", "companion_ca_ny"]))
    policy, model = pe.load(path.with_suffix(".policy")), load_policy(path.with_suffix(".policy")).policy
    assert model is not None
    chat = data.draw(conversations_over(model))
    kept = policy.session(attributes=chat.attributes, looked_for=chat.looked_for)
    saved = policy.session(attributes=chat.attributes, looked_for=chat.looked_for).save()
    for message in chat.messages:
        session = policy.restore(saved)
        assert session.observe(message) == kept.observe(message)
        saved = session.save()
        assert len(saved.encode()) < 1024
    assert policy.restore(saved).state == kept.state


def test_a_session_of_another_policy_is_refused(policy: pe.Policy, timed: pe.Policy) -> None:
    with pytest.raises(ValueError, match="another policy"):
        timed.restore(policy.session().save())


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "[null, 5]", '[null, "[1,2]"]', "[" * 100_000, "null", '[[1], "x"]']
)
def test_what_is_no_saved_session_is_refused(policy: pe.Policy, text: str) -> None:
    with pytest.raises(ValueError, match="not a saved"):
        policy.restore(text)


@pytest.mark.parametrize("time", [None, HOUR - 1])
def test_a_message_out_of_order_leaves_the_session_as_it_was(timed: pe.Policy, time: int | None) -> None:
    session = timed.session()
    session.observe(pe.Message(USER, time=HOUR))
    before = session.state
    with pytest.raises(pe.TimeOrderError, match="message 2"):
        session.observe(pe.Message(ASSISTANT, (pe.Label("refusal"),), time=time))
    assert session.state == before
    assert not session.observe(pe.Message(ASSISTANT, (pe.Label("refusal"),), time=HOUR)).actions


def test_a_reminder_comes_when_three_hours_are_over(timed: pe.Policy) -> None:
    session = timed.session()
    times = [0, 3 * HOUR - 1, 3 * HOUR, 6 * HOUR - 1, 6 * HOUR]
    done = [session.observe(pe.Message(USER, time=time)).actions for time in times]
    assert [bool(each) for each in done] == [False, False, True, False, True]


def test_names_that_are_not_known_are_named(policy: pe.Policy) -> None:
    with pytest.raises(ValueError, match="did you mean 'model'"):
        policy.session(attributes={"modle": "opus-4"})
    with pytest.raises(ValueError, match="did you mean 'refusal'"):
        policy.session(looked_for={"refusel": None})


def test_labels_that_are_passed_over_are_told(policy: pe.Policy) -> None:
    message = pe.Message(USER, (pe.Label("refusal"), pe.Label("selfharm", 0.2), pe.Label("violence", 7.0)))
    notes = policy.session().notes(message)
    assert len(notes) == 3
    assert "did you mean `SelfHarm`" in notes[1] or "did you mean `self-harm`" in notes[1]


def test_there_are_at_most_a_dozen_public_names() -> None:
    assert len(pe.__all__) <= 12
    assert all(getattr(pe, name) for name in pe.__all__)


def test_what_is_wrong_with_a_policy_is_told(tmp_path: Path) -> None:
    path = tmp_path / "bad.policy"
    path.write_text("rule one\n  after 3 refusals, end teh chat\n", encoding="utf-8")
    with pytest.raises(pe.PolicyError, match="end teh chat") as caught:
        pe.load(path)
    assert [each.code for each in caught.value.diagnostics] == ["unknown-name"]


def test_a_recorded_conversation_is_decided_as_a_live_one(policy: pe.Policy) -> None:
    messages = tuple(
        message
        for _ in range(3)
        for message in (
            pe.Message(USER, (pe.Label("sexual/minors", 0.9),)),
            pe.Message(ASSISTANT, (pe.Label("refusal"), pe.Label("redirection"))),
        )
    )
    conversation = pe.Conversation("one", messages, {"model": "opus-4"})
    session = policy.session(attributes=conversation.attributes)
    live = tuple(session.observe(message) for message in messages)
    assert pe.simulate(policy, conversation).decisions == live
    assert live[-1].ends


@pytest.mark.parametrize(
    "given",
    [
        {"looked_for": ["refusal"]}, {"looked_for": {"refusal": ["assistant"]}},
        {"looked_for": {"refusal": {"assistant"}}},
        {"attributes": ["model"]}, {"attributes": {5: "opus-4"}},
    ],
)  # fmt: skip
def test_what_a_session_is_given_has_to_be_of_its_type(policy: pe.Policy, given: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"is a mapping whose keys are names|is a frozenset of Role, or None"):
        policy.session(**given)


def test_the_public_names_are_found_by_help_and_by_completion(root: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "-c", "import policy_engine as pe; print(*dir(pe))"],
        cwd=root, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert set(pe.__all__) <= set(shown.stdout.split())


def test_a_decision_has_the_reasons_of_its_rules(tmp_path: Path) -> None:
    path = tmp_path / "reasons.policy"
    path.write_text(
        'rule r2 when hate is detected, add a strike reason "second"\n'
        'rule r1 when hate is detected, add a strike reason "first"\n'
        'rule r3 when hate is detected, add a strike reason "second"\n'
        "rule r4 when hate is detected, add a strike\n",
        encoding="utf-8",
    )
    (done,) = pe.load(path).session().observe(pe.Message(USER, (pe.Label("hate"),))).actions
    assert done.rules == ("r1", "r2", "r3", "r4")
    assert done.reasons == ("first", "second")
