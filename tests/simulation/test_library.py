"""``policy_engine.simulate``, as a host calls it: with the policy that ``load`` gives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import policy_engine as pe

REFUSED = (pe.Message(pe.Role.USER), pe.Message(pe.Role.ASSISTANT, (pe.Label("refusal"),)))


def test_a_loaded_policy_can_be_simulated(policy: Path) -> None:
    found = pe.simulate(pe.load(policy), pe.Conversation("two refusals", REFUSED * 2))
    assert found.ended is not None
    assert (found.ended.message, found.ended.turn) == (4, 2)
    assert [bool(each.actions) for each in found.decisions] == [False, False, False, True]


def test_the_name_stays_the_function_s_whatever_is_imported(policy: Path, root: Path) -> None:
    call = f"print(pe.simulate(pe.load({str(policy)!r}), pe.Conversation('none', ())).ended)"
    for first in ("import policy_engine.simulation.summary", "pass"):
        done = subprocess.run(
            [sys.executable, "-c", f"{first}; import policy_engine as pe; {call}"],
            cwd=root, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert done.stdout == "None\n"


def test_times_that_are_missing_are_an_error(tmp_path: Path) -> None:
    timed = tmp_path / "timed.policy"
    timed.write_text("rule x1\n  after 2 refusals within 5 minutes, end the chat\n")
    with pytest.raises(pe.TimeOrderError, match="message 1 has no time"):
        pe.simulate(pe.load(timed), pe.Conversation("no times", REFUSED))
