"""``validate``: every mistake of every file, once, in order; and what the shell is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policy_engine.commands.validate import validate

GOOD = "rule one\n  when hate is detected, add a strike\n"
BAD = "rule one\n  when haet is detected, add a strike\nrule two\n  after refusals, add a strike\n"
VOCABULARY = "extends: default\ncategories:\n  gore: {threshold: 2}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two policies, a standard and a vocabulary; a conversation and a note, which are none of them."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "below").mkdir()
    (tmp_path / "b.policy").write_text(BAD, encoding="utf-8")
    (tmp_path / "a.policy").write_text(GOOD, encoding="utf-8")
    (tmp_path / "below" / "c.standard").write_text(
        "require that the chat is never ended once haet has been detected\n", encoding="utf-8"
    )
    (tmp_path / "words.yaml").write_text(VOCABULARY, encoding="utf-8")
    (tmp_path / "chat.yaml").write_text("messages:\n- user: hello\n", encoding="utf-8")
    (tmp_path / "README.md").write_text("rule nobody\n", encoding="utf-8")
    return tmp_path


def test_every_mistake_of_a_folder_is_told_by_file_and_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert validate([Path()], as_json=True) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["format_version"] == 1
    assert told["files"] == 4
    assert [(each["file"], each["line"], each["column"], each["code"]) for each in told["diagnostics"]] == [
        ("b.policy", 2, 8, "unknown-name"),
        ("b.policy", 4, 9, "syntax"),
        ("below/c.standard", 1, 43, "unknown-name"),
        ("words.yaml", 3, 21, "bad-value"),
    ]
    assert told["diagnostics"][0]["hint"] == "did you mean `hate`?"


def test_a_file_that_is_named_twice_is_told_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert validate([Path("b.policy"), Path("b.policy")], as_json=False) == 1
    assert capsys.readouterr().out.count("unknown category `haet`") == 1


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("a.policy", 0, "1 file, 0 errors"),
        ("b.policy", 1, "1 file, 2 errors"),
        ("missing.policy", 2, "1 file, 1 error"),
    ],
)
def test_the_shell_is_told_whether_something_is_wrong_or_cannot_be_read(
    folder: Path, name: str, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert validate([Path(name)], as_json=False) == code
    shown = capsys.readouterr()
    assert shown.out.splitlines()[-1] == said
    assert shown.err == ""
