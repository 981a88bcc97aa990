"""A file is written whole or not at all."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from policy_engine.whole_file import WholeFile, are_one_file


def test_the_text_is_there_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "made.txt"
    path.write_text("before")

    def pieces() -> Iterator[str]:
        yield "one "
        assert path.read_text() == "before"
        yield "two\n"

    with WholeFile(path) as file:
        file.write(pieces())
        assert path.read_bytes() == b"one two\n"
    assert list(tmp_path.iterdir()) == [path]


def failing() -> Iterator[str]:
    yield "half"
    raise RuntimeError


def test_what_fails_half_way_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "made.txt"
    path.write_text("before")
    with pytest.raises(RuntimeError), WholeFile(path) as file:
        file.write(failing())
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    path, link = tmp_path / "made.txt", tmp_path / "link.txt"
    link.symlink_to(path)
    with WholeFile(link) as file:
        file.write(["new"])
    assert link.is_symlink()
    assert path.read_text() == "new"
    assert are_one_file(link, path)
    assert not are_one_file(link, tmp_path / "nowhere")


def test_an_unwritable_place_is_known_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(OSError), WholeFile(tmp_path / "nowhere" / "made.txt"):
        pytest.fail("there is no such folder")
    with pytest.raises(OSError), WholeFile(tmp_path):
        pytest.fail("a folder is no file")


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    with WholeFile(pipe) as file:
        file.write(["through"])
    reader.join(10)
    assert read == ["through"]
    assert pipe.is_fifo()
