"""Times that are supposed: only where a conversation has none, and never without saying so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from policy_engine.simulation.pacing import has_no_times, paced, read_pace
from policy_engine.transcripts.message import Conversation, Message, Role
from policy_engine.vocabulary.vocabulary import Lasting

Run = Callable[..., CompletedProcess[str]]

QUICK = "rule ended\n  after 3 refusals within 10 minutes, end the chat\n"


def turns(*times: str | None) -> str:
    """A conversation of the project's own form: turns of a user and of a refusal, at these times."""
    messages = []
    for time in times:
        at = {} if time is None else {"time": time}
        messages += [{"role": "user", "labels": [], **at}, {"role": "assistant", "labels": ["refusal"], **at}]
    return json.dumps({"id": "-".join(str(time is None) for time in times), "messages": messages})


@pytest.fixture
def quick(tmp_path: Path) -> Path:
    path = tmp_path / "quick.policy"
    path.write_text(QUICK)
    return path


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1 minute", 60), ("30 seconds", 30), ("30s", 30), ("5m", 300), (" 2  Hours ", 7200), ("366 days", 31_622_400),
        ("1w", 604_800),
    ],
)  # fmt: skip
def test_a_pace_is_a_duration(text: str, seconds: int) -> None:
    assert read_pace(text) == Lasting(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "30", "minute", "0s", "367 days", "5 turns", "1.5 hours", "-1s", "9" * 50 + "s"]
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|between 1 second and 366 days"):
        read_pace(text)


def test_messages_are_paced_from_the_first_on() -> None:
    messages = (Message(Role.USER), Message(Role.ASSISTANT), Message(Role.USER))
    conversation = Conversation("x", messages)
    assert has_no_times(conversation)
    times = [message.time for message in paced(conversation, Lasting(seconds=60)).messages]
    assert times == [0, 60_000_000, 120_000_000]


def test_the_pace_decides_what_falls_into_a_window_of_time(quick: Path, run: Run) -> None:
    for pace, ended in (("1 minute", {"message": 6, "turn": 3}), ("1 hour", None)):
        done = run(quick, "-", "--pace", pace, "--format", "json", stdin=turns(None, None, None))
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["ended"] == ended
        assert json.loads(done.stdout)["supposed_pace"] == {"1 minute": 60, "1 hour": 3600}[pace]


def test_a_conversation_with_times_keeps_them(quick: Path, run: Run) -> None:
    recorded = turns("2025-01-01T10:00:00", "2025-01-01T12:00:00", "2025-01-01T14:00:00")
    done = run(quick, "-", "--pace", "1s", "--format", "json", stdin=recorded)
    assert json.loads(done.stdout)["ended"] is None
    assert json.loads(done.stdout)["supposed_pace"] is None


def test_where_some_messages_have_times_none_is_supposed(quick: Path, run: Run) -> None:
    done = run(quick, "-", "--pace", "1s", stdin=turns("2025-01-01T10:00:00", None))
    assert done.returncode == 1
    assert "message 3 has no time" in done.stderr
    assert "--pace supposes times only where a conversation has none" in " ".join(done.stderr.split())


def test_in_how_many_times_were_supposed_is_said(quick: Path, run: Run) -> None:
    log = "\n".join([turns(None), turns(None, None), turns("2025-01-01T10:00:00")])
    done = run(quick, "-", "--pace", "30s", stdin=log)
    assert "times: supposed in 2 that have none (30 seconds between messages)" in done.stdout
    summary = json.loads(run(quick, "-", "--pace", "30s", "--summary", "--format", "json", stdin=log).stdout)
    assert (summary["times_supposed"], summary["supposed_pace"]) == (2, 30)
    alone = run(quick, "-", "--pace", "30s", stdin=turns(None))
    assert "no times: 30 seconds supposed between messages" in " ".join(alone.stdout.split())


def test_without_a_pace_the_error_says_that_there_is_one(quick: Path, run: Run) -> None:
    done = run(quick, "-", stdin=turns(None))
    assert done.returncode == 1
    assert '--pace "1 minute"' in " ".join(done.stderr.split())


def test_a_pace_that_changes_nothing_is_said_to(policy: Path, run: Run) -> None:
    done = run(policy, "-", "--pace", "30s", "--format", "json", stdin=turns(None))
    assert done.returncode == 0
    assert "--pace changes nothing" in done.stderr
    assert json.loads(done.stdout)["supposed_pace"] is None


def test_a_pace_that_is_none_is_a_usage_error(policy: Path, run: Run) -> None:
    done = run(policy, "-", "--pace", "soon", stdin=turns(None))
    assert (done.returncode, done.stdout) == (2, "")
    assert "`soon` is not a duration" in done.stderr
