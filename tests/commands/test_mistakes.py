"""What a policy writer is told about a mistake: every file of ``corpus/mistakes`` with its whole output.

``UPDATE_GOLDEN=1`` writes the outputs anew; read their diff.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from sound import policy_of

from policy_engine.machine.machine import compile_policy
from policy_engine.model.loading import load_policy, load_text
from policy_engine.reports.diagnostics_text import diagnostic_text
from policy_engine.reports.screen import Screen

FOLDER = Path(__file__).parents[1] / "corpus" / "mistakes"
FILES = sorted(FOLDER.glob("*.policy"))


def told(path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(FOLDER)
    screen = Screen(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    loaded = load_policy(path.name)
    assert loaded.policy is None
    return "\n".join(diagnostic_text(each, screen) for each in loaded.diagnostics) + "\n"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_mistake_is_told_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    golden = path.with_suffix(".txt")
    found = told(path, monkeypatch)
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_message_speaks_of_the_parser_or_sends_an_escape(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = told(path, monkeypatch)
    assert not any(word in found for word in ("$END", "Token", "NAME", "COMMA", "EXCEPT", "Traceback"))
    assert "\x1b" not in found
    assert "\u202e" not in found


@pytest.mark.parametrize(
    "text",
    [
        "rule a1 after 2 refusals on " + "x" * 1_000_000,
        "rule a1 after 2 refusals on " + "x or " * 250_000,
        "rule a1\n after 2 refusals, end the chat, only if "
        + "(\n" * 10_000
        + "violence is detected"
        + "\n)" * 10_000,
        "rule a1 after " + "9" * 5_000 + " refusals, end the chat",
        "rule a1 " + "after\n" * 100_000,
        "\x00" * 1_000,
        "\n" * 100_000,
        "group a1 = " + " or\n".join(f"b{number}" for number in range(20_000)),
        "\n".join(f"group g{number} = g{number + 1}" for number in range(5_000)),
        "rule\n" * 800_000,
        "rule a1 after 1 refusal, end the chat\n"
        + "".join(f"rule x{number} overrides rule y{number}\n" for number in range(5_000)),
        "".join(f"group b{number} = b{number + 1} or b{number + 2}\n" for number in range(3_000))
        + "group b3000 = hate",
        "rule b1 b2\n" * 100_000,
        "rule b1\n when hate is detected, " + "word\n" * 50_000,
    ],
    ids=[
        "line",
        "names",
        "brackets",
        "digits",
        "words",
        "zeros",
        "blank",
        "group",
        "groups",
        "rules",
        "overrides",
        "diamonds",
        "statements",
        "phrase",
    ],
)
def test_monsters_are_refused_in_bounded_time(text: str) -> None:
    loaded = load_text(text)
    assert loaded.policy is None
    assert loaded.diagnostics
    assert max(len(each.message) for each in loaded.diagnostics) < 20_000


@pytest.mark.parametrize("step", [1, -1])
def test_a_long_chain_of_overrides_is_no_trouble(step: int) -> None:
    rules = "".join(f"rule r{each} when violence is detected, add a strike\n" for each in range(2_000))
    chain = "".join(f"rule r{each} overrides rule r{each + step}\n" for each in range(1, 1_999))
    compile_policy(policy_of(rules + chain))
