"""`format`: writes the canonical form, or says what is not in it, and never harms a file."""

from __future__ import annotations

import io
import stat
import sys
from pathlib import Path

import pytest

from policy_engine.commands.format import Options, format

LOOSE = "rule a,when x is detected,end the chat"
FORM = "rule a\n  when x is detected, end the chat\n"


@pytest.fixture
def loose(tmp_path: Path) -> Path:
    """A file that is not in the form."""
    path = tmp_path / "a.policy"
    path.write_text(LOOSE)
    return path


def test_a_file_is_written_in_the_form_once(loose: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert format([loose.parent], Options()) == 0
    assert loose.read_text() == FORM
    assert capsys.readouterr().out == f"{loose}  formatted\n1 file, 1 formatted\n"
    before = loose.stat()
    assert format([loose, loose], Options()) == 0
    assert loose.stat().st_mtime_ns == before.st_mtime_ns
    assert capsys.readouterr().out == "1 file, 0 formatted\n"


def test_check_writes_nothing(loose: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert format([loose], Options(check=True)) == 1
    assert loose.read_text() == LOOSE
    assert capsys.readouterr().out == f"{loose}  is not in the form\n1 file, 1 not in the form\n"


def test_diff_shows_what_would_change_and_nothing_that_moves_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.policy"
    path.write_text("# \x1b[31mred\n" + LOOSE)
    assert format([path], Options(diff=True)) == 1
    said = capsys.readouterr()
    assert "\x1b" not in said.out
    assert (
        f"-{LOOSE}\n\\ No newline at end of file\n+rule a\n+  when x is detected, end the chat\n" in said.out
    )
    assert said.err == "1 file, 1 not in the form\n"


def test_line_breaks_and_permissions_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.standard"
    path.write_bytes(b"require that a is b  at most 1 time within 5 turns\r\n\r\n\r\n# end")
    path.chmod(0o640)
    assert format([path], Options()) == 0
    assert path.read_bytes() == b"require that a is b at most 1 time within 5 turns\r\n\r\n# end\r\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_file_with_a_fault_is_left_alone_and_the_rest_goes_on(
    loose: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = loose.with_name("b.policy")
    broken.write_text("rule b when x is detected end the chat")
    assert format([loose.parent], Options()) == 1
    assert broken.read_text() == "rule b when x is detected end the chat"
    assert loose.read_text() == FORM
    said = capsys.readouterr()
    assert said.out.endswith("2 files, 1 formatted, 1 with faults, left as it is\n")
    assert "b.policy:1:" in said.err


@pytest.mark.parametrize("name", ["missing.policy", "a.yaml", "binary.policy"])
def test_what_cannot_be_formatted_is_named(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text("categories: {}")
    (tmp_path / "binary.policy").write_bytes(b"\xff\x00")
    assert format([tmp_path / name], Options()) == 2
    assert name in capsys.readouterr().err


def test_standard_input_goes_to_standard_output(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(LOOSE.encode())))
    assert format([Path("-")], Options()) == 0
    assert capsys.readouterr().out == FORM
