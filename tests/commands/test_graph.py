"""The command as a user calls it; its pictures are compared to files that people have looked at.

``UPDATE_GOLDEN=1 pytest tests/commands/test_graph.py`` writes the files anew: look at them then.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from policy_engine.commands import graph as command
from policy_engine.reports import svg

GOLDEN = Path("tests/golden/graph")
POLICIES = {
    "last_resort": Path("policies/last_resort.policy"),
    "every_clause": GOLDEN / "every_clause.policy",
}
SUFFIXES = {"mermaid": "mmd", "dot": "dot", "svg": "svg", "json": "json"}


def graph(root: Path, *arguments: str | Path, encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "cli.py", "graph", *map(str, arguments)],
        cwd=root,
        capture_output=True,
        check=False,
        encoding=encoding,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0", "COLUMNS": "80"},
    )


@pytest.mark.parametrize("format", SUFFIXES)
@pytest.mark.parametrize("name", POLICIES)
def test_a_drawing_is_as_it_was_looked_at(name: str, format: str, root: Path) -> None:
    done = graph(root, POLICIES[name], "--format", format)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    shown = re.sub(r'"hash": "[0-9a-f]{64}"', '"hash": "…"', done.stdout)
    path = root / GOLDEN / f"{name}.{SUFFIXES[format]}"
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(shown, encoding="utf-8")
    assert shown == path.read_text(encoding="utf-8")


def test_text_is_mermaid_and_the_default(root: Path) -> None:
    mermaid = (root / GOLDEN / "last_resort.mmd").read_text(encoding="utf-8")
    assert graph(root, POLICIES["last_resort"]).stdout == mermaid
    assert graph(root, POLICIES["last_resort"], "--format", "text").stdout == mermaid


@pytest.mark.parametrize(
    ("ending", "format"),
    [
        ("mmd", "mermaid"),
        ("mermaid", "mermaid"),
        ("dot", "dot"),
        ("gv", "dot"),
        ("SVG", "svg"),
        ("json", "json"),
    ],
)
def test_the_ending_of_the_file_tells_the_format(
    ending: str, format: str, root: Path, tmp_path: Path
) -> None:
    out = tmp_path / f"drawing.{ending}"
    done = graph(root, POLICIES["last_resort"], "-o", out)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert out.read_text(encoding="utf-8") == graph(root, POLICIES["last_resort"], "--format", format).stdout


def test_the_format_that_is_asked_for_goes_before_the_ending(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "drawing.txt"
    assert graph(root, POLICIES["last_resort"], "--format", "json", "--out", out).returncode == 0
    assert json.loads(out.read_text(encoding="utf-8"))["format_version"] == 1


def test_an_ending_that_tells_nothing_is_a_fault_of_usage(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "drawing.png"
    done = graph(root, POLICIES["last_resort"], "-o", out)
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: the ending of `drawing.png` names no format" in done.stderr
    assert ".svg" in done.stderr
    assert not out.exists()


def test_a_place_that_cannot_be_written_is_told(root: Path, tmp_path: Path) -> None:
    done = graph(root, POLICIES["last_resort"], "-o", tmp_path / "nowhere" / "drawing.svg")
    assert done.returncode == 2
    assert " ".join(done.stderr.split()).startswith("error: cannot write `")
    assert "Traceback" not in done.stderr


def test_a_policy_with_a_mistake_is_not_drawn(root: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.policy").write_text("rule one\n  when self-hram is detected, add a strike\n")
    done = graph(root, tmp_path / "wrong.policy", "-o", tmp_path / "wrong.svg")
    assert (done.returncode, done.stdout) == (1, "")
    assert "unknown category `self-hram`" in done.stderr
    assert not (tmp_path / "wrong.svg").exists()


def test_a_policy_that_is_not_there_is_unreadable(root: Path) -> None:
    assert graph(root, "nowhere.policy").returncode == 2


def test_a_screen_of_few_characters_gets_an_answer(root: Path) -> None:
    done = graph(root, POLICIES["last_resort"], "--format", "svg", encoding="ascii")
    assert done.returncode == 0
    assert done.stderr == ""


def test_many_ties_are_told_before_a_viewer_of_mermaid_refuses_them(root: Path, tmp_path: Path) -> None:
    rules = [f"rule r{n}\n  after {n % 100 + 1} refusals, add a strike\n" for n in range(300)]
    (tmp_path / "many.policy").write_text("\n".join(rules))
    done = graph(root, tmp_path / "many.policy")
    assert done.returncode == 0
    assert done.stderr.startswith("note: 600 ties; many viewers of Mermaid draw 500 at most\n")


def test_a_drawing_that_nobody_could_follow_is_refused_before_it_is_laid_out(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(svg, "MOST_TIES", 20)
    out = tmp_path / "drawing.svg"
    assert command.graph(root / POLICIES["last_resort"], None, out) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert re.match(r"error: \d+ ties are too many for a picture: at most 20\n", told.err)
    assert not out.exists()


def test_a_drawing_never_overwrites_the_policy(root: Path, tmp_path: Path) -> None:
    policy = tmp_path / "mine.policy"
    policy.write_text("rule one\n  after 2 refusals, end the chat\n")
    before = policy.read_bytes()
    done = graph(root, policy, "--format", "svg", "-o", policy)
    assert (done.returncode, done.stdout) == (2, "")
    assert "is read here: the drawing would overwrite it" in " ".join(done.stderr.split())
    assert policy.read_bytes() == before
