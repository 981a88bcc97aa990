"""Which files of a folder are read, in which order, and what is said of those that cannot be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.log_files import LogFile, log_files
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.reading import read_conversations


def stems(path: Path) -> list[str]:
    return [each.origin.stem for each in log_files(path) if isinstance(each, LogFile)]


def faults(path: Path) -> list[Diagnostic]:
    return [each for each in log_files(path) if isinstance(each, Diagnostic)]


def written(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("user: a\n")
    return path


def test_files_come_before_folders_and_both_by_name(tmp_path: Path) -> None:
    for name in (
        "b.jsonl.gz",
        "a.txt",
        "c/z.yaml",
        "c/a.csv.zst",
        "B/x",
        ".h/x",
        "README.md",
        "LICENSE",
        "p.policy",
    ):
        written(tmp_path / name)
    assert stems(tmp_path) == ["a", "b", "B/x", "c/a", "c/z"]
    assert stems(tmp_path / "c" / "z.yaml") == ["z"]


def test_links_are_followed_and_nothing_is_read_twice(tmp_path: Path) -> None:
    written(tmp_path / "logs" / "run-1" / "a.txt")
    (tmp_path / "logs" / "latest").symlink_to("run-1")
    elsewhere = written(tmp_path / "elsewhere" / "b.txt").parent
    (tmp_path / "logs" / "linked").symlink_to(elsewhere)
    assert stems(tmp_path / "logs") == ["latest/a", "linked/b"]
    assert faults(tmp_path / "logs") == []


def test_a_link_that_leads_back_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    written(tmp_path / "a" / "b" / "c.txt")
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path / "a")
    (tmp_path / "itself").symlink_to("itself")
    (tmp_path / "z.txt").symlink_to(tmp_path / "gone")
    assert stems(tmp_path) == ["itself", "z", "a/b/c"]
    (fault,) = faults(tmp_path)
    assert fault.subject == str(tmp_path / "a" / "b" / "up")
    assert "leads back" in fault.message
    found = list(read_conversations([tmp_path]))
    told = {each.subject: each.message for each in found if isinstance(each, Diagnostic)}
    assert "too many levels of symbolic links" in told[str(tmp_path / "itself")]
    assert "no such file" in told[str(tmp_path / "z.txt")]
    assert sum(isinstance(each, Conversation) for each in found) == 1


def test_a_file_that_vanishes_while_others_are_read_is_named(tmp_path: Path) -> None:
    for name in "abc":
        written(tmp_path / f"{name}.txt")
    reading = read_conversations([tmp_path])
    assert isinstance(next(reading), Conversation)
    (tmp_path / "b.txt").unlink()
    gone, last = reading
    assert isinstance(gone, Diagnostic)
    assert gone.subject == str(tmp_path / "b.txt")
    assert isinstance(last, Conversation)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_named(tmp_path: Path) -> None:
    closed = written(tmp_path / "closed" / "a.txt").parent
    written(tmp_path / "open.txt")
    closed.chmod(0)
    try:
        assert [each.subject for each in faults(tmp_path)] == [str(closed)]
        assert stems(tmp_path) == ["open"]
    finally:
        closed.chmod(0o700)


def test_a_folder_that_cannot_be_listed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path / "closed" / "a.txt")
    written(tmp_path / "open.txt")
    scandir = os.scandir

    def refusing(folder: Path) -> object:
        if Path(folder).name == "closed":
            raise PermissionError(13, "Permission denied", str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    (fault,) = faults(tmp_path)
    assert (fault.code, fault.message) == ("unreadable", "the file cannot be read: permission denied")
    assert stems(tmp_path) == ["open"]
