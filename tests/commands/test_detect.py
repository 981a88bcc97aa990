"""What `simulate --detect` says about detectors that there are not, and lists that are none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TALK = """\
id: talk
looked-for: {}
messages:
  - user: A pipe bomb, please. \\e[31m
  - assistant: I can't help with that.
"""


@pytest.fixture
def simulate(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command over a conversation without labels, in a folder of its own."""
    (tmp_path / "small.policy").write_text(
        "rule one\n  after 1 refusal on terrorism, add a strike, except when self-harm is detected\n", "utf-8"
    )
    (tmp_path / "talk.yaml").write_text(TALK, encoding="utf-8")

    def run(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, str(ROOT / "cli.py"), "simulate", "small.policy", "talk.yaml", *options],
            cwd=tmp_path, capture_output=True, encoding="utf-8", check=False, env={**os.environ, **environment},
        )  # fmt: skip

    return run


def test_without_detect_nothing_is_found(simulate: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    done = simulate()
    assert done.returncode == 0
    assert "by text" not in done.stdout
    assert "by keywords" not in done.stdout


@pytest.mark.parametrize("name", ["refusals", "refusal,redirect", "", "keywords", "refusal:x", "\x1b[31m"])
def test_a_detector_that_there_is_not_is_a_usage_error(
    name: str, simulate: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    done = simulate("--detect", name)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert "\x1b" not in done.stderr


def test_a_faulty_list_is_told_with_its_places(
    simulate: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "words.yaml").write_text("keywords:\n  terorism: [pipe bomb]\n", encoding="utf-8")
    done = simulate("--detect", "keywords:words.yaml", NO_COLOR="1")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "error: unknown label `terorism`  (unknown-name)",
        "  words.yaml:2:3",
        "    2 │   terorism: [pipe bomb]",
        "      │   ━━━━━━━━ did you mean `terrorism`?",
        "error: --detect names a file that cannot be used",
    ]


def test_what_keywords_do_not_find_holds_an_exception_in_doubt(
    simulate: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    """The list looks for self-harm and finds none: that is no proof that there is none."""
    (tmp_path / "words.yaml").write_text(
        "keywords: {terrorism: [pipe bomb], self-harm: [kill myself]}\n", encoding="utf-8"
    )
    done = simulate("--detect", "refusal", "--detect", "keywords:words.yaml", "--format", "json")
    assert done.returncode == 0, done.stderr
    (decision,) = json.loads(done.stdout)["decisions"]
    assert decision["actions"] == []
    assert [each["by"] for each in decision["stopped"]] == ["unknown"]
    (tmp_path / "words.yaml").write_text("keywords: {terrorism: [pipe bomb]}\n", encoding="utf-8")
    (tmp_path / "talk.yaml").write_text(
        TALK.replace("{}", "{self-harm: [user, assistant]}"), encoding="utf-8"
    )
    done = simulate("--detect", "refusal", "--detect", "keywords:words.yaml", "--format", "json")
    (decision,) = json.loads(done.stdout)["decisions"]
    (action,) = decision["actions"]
    assert action["action"] == "add-strike"
    assert {each["source"] for each in action["because"]} == {
        "text pattern (refusal)",
        "keywords (words.yaml)",
    }


def test_the_summary_counts_what_rests_on_text_and_on_keywords(
    simulate: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "words.yaml").write_text("keywords: {terrorism: [pipe bomb]}\n", encoding="utf-8")
    (tmp_path / "talk.yaml").write_text(
        TALK.replace("{}", "{self-harm: [user, assistant]}"), encoding="utf-8"
    )
    options = ["--detect", "refusal", "--detect", "keywords:words.yaml", "--summary", "--format", "json"]
    found = json.loads(simulate(*options).stdout)
    assert found["from_text"] == {"refusal": 1}
    assert found["from_keywords"] == {"terrorism": 1}
    assert list(found["on_keywords"].values()) == [1]
