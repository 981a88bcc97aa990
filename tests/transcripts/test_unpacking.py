"""Compressed logs, and those in wider encodings: told by their contents, kept as far as they can be read."""

from __future__ import annotations

import gzip
import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts import unpacking
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.reader import Read
from policy_engine.transcripts.reading import read_conversations

ROW = '{"id": "%d", "messages": [{"role": "user", "content": "é", "labels": []}]}\n'
ROWS = "".join(ROW % number for number in range(2_000)).encode()
Pack = Callable[[bytes], bytes]
PACKINGS: dict[str, Pack] = {
    "gzip": gzip.compress,
    "gzip of several members": lambda raw: gzip.compress(raw[:999]) + gzip.compress(raw[999:]),
    "zstd": zstd.compress,
    "zstd of several frames": lambda raw: zstd.compress(raw[:999]) + zstd.compress(raw[999:]),
    "gzip twice": lambda raw: gzip.compress(gzip.compress(raw)),
    "gzip in zstd": lambda raw: zstd.compress(gzip.compress(raw)),
    "zstd in gzip": lambda raw: gzip.compress(zstd.compress(raw)),
    "zstd after a frame that is skipped": lambda raw: b"\x50\x2a\x4d\x18\x03\0\0\0abc" + zstd.compress(raw),
}
WIDE = ("utf-8-sig", "utf-16", "utf-32")


def read_bytes(raw: bytes, reader: str | None = None) -> list[Read]:
    return list(read_conversations(["-"], reader=reader, stdin=io.BytesIO(raw)))


def split(found: list[Read]) -> tuple[list[Conversation], list[Diagnostic]]:
    good = [each for each in found if isinstance(each, Conversation)]
    return good, [each for each in found if isinstance(each, Diagnostic)]


@pytest.mark.parametrize("name", PACKINGS)
def test_every_packing_is_told_by_its_contents(name: str, tmp_path: Path) -> None:
    packed = PACKINGS[name](ROWS)
    assert read_bytes(packed) == read_bytes(ROWS)
    misnamed = tmp_path / "log.txt"
    misnamed.write_bytes(packed)
    assert len(list(read_conversations([misnamed]))) == 2_000


@pytest.mark.parametrize("encoding", WIDE)
def test_wider_encodings_are_read(encoding: str) -> None:
    wide = ROWS.decode().encode(encoding)
    assert read_bytes(wide) == read_bytes(ROWS)
    assert read_bytes(gzip.compress(wide)) == read_bytes(ROWS)


def test_utf_16_that_breaks_off_is_told() -> None:
    found, (fault,) = split(read_bytes(ROWS.decode().encode("utf-16")[:-1]))
    assert len(found) > 1_000
    assert fault.message == "the text is not UTF-16 throughout"


@pytest.mark.parametrize("name", PACKINGS)
def test_what_a_damaged_log_holds_is_kept(name: str) -> None:
    packed = PACKINGS[name](ROWS * 30)
    found, faults = split(read_bytes(packed[: len(packed) * 2 // 3]))
    (fault,) = faults
    assert fault.code == "unreadable"
    assert fault.message == "the compressed file is damaged or ends too early"
    assert fault.subject is not None
    assert fault.subject.startswith("<stdin>")
    if " in " not in name and "twice" not in name:  # what is packed twice is a few bytes, or one block
        assert fault.subject == f"<stdin>:{len(found) + 1}"
        assert found


def test_a_bit_that_is_wrong_is_noticed() -> None:
    for pack in (
        gzip.compress,
        lambda raw: zstd.compress(raw, options={zstd.CompressionParameter.checksum_flag: 1}),
    ):
        packed = bytearray(pack(ROWS))
        packed[len(packed) // 2] ^= 0x10
        found, faults = split(read_bytes(bytes(packed), "own-jsonl"))
        assert faults
        assert len(found) < 2_000 or faults[-1].code == "unreadable"


def test_what_is_packed_three_times_is_refused() -> None:
    (fault,) = read_bytes(gzip.compress(gzip.compress(gzip.compress(ROWS))))
    assert isinstance(fault, Diagnostic)
    assert fault.message == "the file is compressed more than 2 times"


def test_what_unpacks_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "FREE_GROWTH", 1_000_000)
    bomb = gzip.compress(gzip.compress(b" " * 50_000_000))
    assert len(bomb) < 1_000
    faults = split(read_bytes(bomb, "own-jsonl"))[1]
    assert faults[-1].message == "the file unpacks to more than 1,000 times its size"


BOMB = """
import sys
from policy_engine.transcripts.reading import read_conversations
print([each.message for each in read_conversations(["-"], reader=sys.argv[1])])
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is told elsewhere here")
@pytest.mark.parametrize("reader", ["own-jsonl", "own-yaml", "plain-text"])
def test_a_bomb_stays_in_bounded_memory(reader: str) -> None:
    bomb = zstd.compress(b"x" * 300_000_000)
    done = subprocess.run([sys.executable, "-c", BOMB, reader], input=bomb, capture_output=True, check=True)
    (told, kilobytes) = done.stdout.decode().splitlines()
    assert "is larger than" in told or "is longer than" in told
    assert int(kilobytes) < 300_000


@given(
    st.binary(max_size=200),
    st.sampled_from([b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xff\xfe", b"\xfe\xff", b""]),
)
def test_any_bytes_after_a_mark_are_read_or_told(raw: bytes, mark: bytes) -> None:
    assert all(isinstance(each, Conversation | Diagnostic) for each in read_bytes(mark + raw))


def test_a_file_stays_seekable_for_readers_that_seek(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * (2 * unpacking.HEAD))
    with path.open("rb") as stream:
        opened = unpacking.Opened(stream)
        assert opened.is_plain
        assert opened.stream is stream
        assert len(opened.stream.read()) == 2 * unpacking.HEAD
