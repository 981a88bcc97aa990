"""A log in parts: they are what the whole log is, with the same lines and places."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts import parts as parts_module
from policy_engine.transcripts.parts import (
    PART,
    Part,
    are_parts_short,
    batches_of,
    parts_of,
    read_part,
    size_of,
)
from policy_engine.transcripts.reader import NO_SETTINGS, Read
from policy_engine.transcripts.reading import read_conversations, reader_named

LINE = '{"id": "%s", "messages": [{"role": "user", "labels": []}]}'
CHAT = '{"messages": [{"role": "user", "content": "a"}]}'
lines = st.sampled_from(
    ["", " ", "{", "\xff", LINE % "a", LINE % "é" * 3, LINE.replace("[]", '["x"]') % "b", "\r"]
)


def in_parts(path: Path, size: int, at_once: int = 8) -> list[Read]:
    """What is read in parts about as long as ``size``, of a file of which so many bytes are looked at together."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts_module, "_AT_ONCE", at_once)
        found = list(parts_of([path], None, NO_SETTINGS, size))
        reads = [[each] if isinstance(each, Diagnostic) else read_part(each, NO_SETTINGS) for each in found]
        return [read for each in reads for read in each]


@given(st.lists(lines, max_size=30), st.integers(1, 400), st.integers(1, 400), st.booleans(), st.booleans())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_parts_are_read_as_the_whole(
    tmp_path: Path, written: list[str], size: int, at_once: int, has_end: bool, has_mark: bool
) -> None:
    log = tmp_path / "log.jsonl"
    text = "\n".join([LINE % "first", *written]) + ("\n" if has_end else "")
    log.write_bytes((b"\xef\xbb\xbf" if has_mark else b"") + text.encode("latin-1"))
    assert in_parts(log, size, at_once) == list(read_conversations([log]))


BROKEN = ("[", "{", '{"messages": [', "\xef\xbb\xbf", CHAT[:-1], CHAT + ",", "[" + CHAT + ",")


@pytest.mark.parametrize("size", [1, 60, 200])
@pytest.mark.parametrize("line", BROKEN)
def test_a_part_that_begins_with_a_broken_line_is_read_by_line_as_the_whole(
    tmp_path: Path, line: str, size: int
) -> None:
    log = tmp_path / "log.jsonl"
    log.write_bytes("\n".join([CHAT, *[line, CHAT] * 10, line, line, CHAT, ""]).encode("latin-1"))
    assert in_parts(log, size) == list(read_conversations([log]))


def test_a_long_log_comes_in_parts_that_end_with_a_line(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text((LINE % "a" + "\n") * 100_000)
    found = [each for each in parts_of([log], None, NO_SETTINGS, 1_500_000) if isinstance(each, Part)]
    assert len(found) > 2
    whole = log.read_bytes()
    assert b"".join(whole[each.start : each.end] for each in found) == whole
    for each in found:
        assert whole[each.start : each.end].endswith(b"\n")
        assert whole.count(b"\n", 0, each.start) == each.origin.lines_before


@pytest.mark.parametrize("name", ["log.jsonl.gz", "log.yaml", "log.txt", "unknown", "missing"])
def test_what_cannot_be_cut_comes_whole(tmp_path: Path, name: str) -> None:
    log = tmp_path / name
    rows = (LINE % "a" + "\n") * 100
    texts = {
        "log.yaml": "messages: [user: a]",
        "log.txt": "user: a" + "\nagent: b" * 100,
        "unknown": "\x01\x02" * 99,
    }
    if name.endswith(".gz"):
        log.write_bytes(gzip.compress(rows.encode()))
    elif name in texts:
        log.write_text(texts[name])
    (part,) = parts_of([log], None, NO_SETTINGS, 10)
    assert isinstance(part, Part)
    assert part.end is None
    assert list(read_part(part, NO_SETTINGS)) == list(read_conversations([log]))


def test_a_reader_that_is_settled_is_settled_in_each_part(tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text('{"messages": [{"role": "user", "content": "a"}]}\n' * 50)
    found = list(parts_of([log], reader_named("openai"), NO_SETTINGS, 100))
    assert {each.reader for each in found if isinstance(each, Part)} == {"openai"}


def test_many_small_files_are_few_pieces_of_work(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"{number:03}.jsonl").write_text(LINE % number + "\n")
    (tmp_path / "long.jsonl").write_text((LINE % "a" + "\n") * 500)
    batches = list(batches_of([tmp_path], None, NO_SETTINGS, 50_000))
    assert 5 < len(batches) < 20
    together = [each for batch in batches for each in batch]
    assert together == list(parts_of([tmp_path], None, NO_SETTINGS, 50_000))


def test_whether_parts_are_short(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text((LINE % "a" + "\n") * 100_000)
    (tmp_path / "b.yaml").write_text("messages: [user: a]")
    assert are_parts_short([tmp_path, tmp_path / "missing"], None, NO_SETTINGS)
    (tmp_path / "c.gz").write_bytes(gzip.compress((LINE % "a").encode()))
    assert not are_parts_short([tmp_path], None, NO_SETTINGS)
    long = tmp_path / "d.txt"
    long.write_text("user: a\n" + "b\n" * PART)
    assert not are_parts_short([long], None, NO_SETTINGS)


def test_sizes_are_of_files_alone(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text("x" * 10)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.jsonl").write_text("x" * 5)
    os.mkfifo(tmp_path / "pipe")
    assert size_of([tmp_path, tmp_path / "missing", tmp_path / "pipe"]) == 15
