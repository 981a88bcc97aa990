"""What nobody knew in the 105 published crisis chats, and what that makes impossible: figures that people quote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from policy_engine.commands.needs import Options as NeedsOptions
from policy_engine.commands.needs import needs
from policy_engine.commands.simulate import Options, simulate

CHATS = Path(__file__).parents[3] / "shared" / "data" / "vera-mh" / "conversations"
POLICY = "rule ending\n  after 2 refusals, end the chat, except when self-harm has been detected\n"


@pytest.fixture
def chats() -> Path:
    if not CHATS.is_dir():
        pytest.skip(f"the crisis chats are not at {CHATS}")
    return CHATS


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "bare.policy"
    path.write_text(POLICY)
    return path


def test_what_nobody_knew(chats: Path, policy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    simulate(policy, [chats], Options(as_json=True, summary=True, doubt=True, detect=("refusal",)))
    doubt: dict[str, Any] = json.loads(capsys.readouterr().out)["doubt"]
    assert doubt["labels"]["self-harm"] == {
        "detected": 0, "absent": 0, "unknown": 0, "nobody": 2_864, "conversations_never_known": 105,
    }  # fmt: skip
    assert doubt["labels"]["refusal"]["detected"] == 4
    heard = dict.fromkeys(("refusal-strict", "refusal", "refusal-loose"), 0)
    for each in doubt["refusals"]:
        heard[each["detector"]] += each["replies"] if each["in_text"] else 0
    assert heard == {"refusal-strict": 4, "refusal": 4, "refusal-loose": 29}
    assert doubt["outcomes"]["unknown_as_no"]["changed"] == 0


def test_an_exception_that_nobody_can_check_is_never_lifted(
    chats: Path, policy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert needs(policy, [chats], NeedsOptions(as_json=True, detect=("refusal",))) == 1
    log = json.loads(capsys.readouterr().out)["log"]
    assert (log["conversations"], log["never_ended"], log["is_lacking"]) == (105, 105, True)
    (ending,) = log["can_never_act"]
    assert (ending["why"], ending["clauses"]) == ("always_stopped", [{"clause": "except", "number": 0}])
