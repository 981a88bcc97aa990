"""What every shipped policy and every shipped standard come to, as people have read it.

``UPDATE_GOLDEN=1 pytest tests/verify/test_shipped.py`` writes the files anew: read them then.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sound import POLICIES, policy_at, standard_at

from policy_engine.verify.ladder import ladder
from policy_engine.verify.verdict import Finding, Verdict, verify

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "verify" / "shipped"
FILES = sorted(path.stem for path in POLICIES.glob("*.policy"))
STANDARDS = sorted((POLICIES / "standards").glob("*.standard"))


def said(verdict: Verdict) -> str:
    words = verdict.finding.value
    if verdict.is_vacuous is not False:
        words += ", but vacuous" if verdict.is_vacuous else ", perhaps vacuous"
    if verdict.conversation is not None:
        words += f" in {len(verdict.conversation.messages)}"
        words += "" if verdict.is_shortest else " or fewer"
    return f"{words}: {verdict.promise.text}"


def lines(name: str) -> Iterator[str]:
    standards = [standard_at(path) for path in STANDARDS]
    before: object = ""
    for verdict in verify(policy_at(POLICIES / f"{name}.policy"), standards, ladder(), 60.0):
        if verdict.standard is not before:
            before = verdict.standard
            yield f"# {'its own' if verdict.standard is None else verdict.standard.name}"
        assert verdict.finding is not Finding.GAVE_UP
        yield said(verdict)


@pytest.mark.parametrize("name", FILES)
def test_verdicts_are_as_they_were_read(name: str) -> None:
    shown = "\n".join(lines(name)) + "\n"
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


def test_every_shipped_policy_keeps_its_own_promises() -> None:
    for path in GOLDEN.glob("*.txt"):
        own = path.read_text(encoding="utf-8").partition("# crisis_safety")[0]
        assert "broken" not in own


def test_the_last_resort_deviates_from_its_standard_in_one_way_alone() -> None:
    """No two refusals near enough for a warning, and nothing is ended without one: see the policy's comments."""
    text = (GOLDEN / "last_resort.txt").read_text(encoding="utf-8")
    held = text.partition("# last_resort\n")[2].partition("# ")[0].splitlines()
    (broken,) = (line for line in held if line.startswith("broken"))
    assert broken.startswith("broken in 83: after 6 refusals on extreme and 3 redirections on extreme")
