"""Files, folders, standard input: which reader speaks, and what happens to what nobody can read."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
import zipfile
from pathlib import Path

import pyarrow
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet
from transcripts.published import published

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts import lines
from policy_engine.transcripts.message import Conversation, Role
from policy_engine.transcripts.reader import Head, Read
from policy_engine.transcripts.reading import read_conversations, reader_named, readers
from policy_engine.transcripts.unpacking import HEAD

SAMPLES = {
    "own-yaml": "# a comment\nid: a\nmessages: [user: a]\n",
    "own-jsonl": '{"id": "a", "messages": [{"role": "user", "labels": []}]}\n',
    "openai": '{"messages": [{"role": "user", "content": "a"}]}\n',
    "plain-text": "user: a\nagent: b\n",
    "inspect": '{"version": 2, "status": "success", "eval": {}, "samples": [{"id": 1, "input": "a"}]}\n',
    "otel": '{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "a", "attributes": [{"key": "gen_ai.prompt", '
    '"value": {"stringValue": "a"}}]}]}]}]}\n',
    "csv": "conversation,role,text\na,user,b\n",
    "anthropic": '{"system": "b", "messages": [{"role": "user", "content": "a"}]}\n',
    "sharegpt": '{"conversations": [{"from": "human", "value": "a"}]}\n',
    "lmsys": '{"conversation": [{"role": "user", "content": "a"}], "openai_moderation": [null]}\n',
    "langfuse": '{"id": "o", "traceId": "t", "type": "GENERATION", "startTime": "2026-01-01", "input": "a"}\n',
    "langsmith": '{"id": "r", "run_type": "llm", "inputs": {"input": "a"}}\n',
    "mlflow": '{"info": {"trace_id": "t"}, "data": {"spans": [{"attributes": {"mlflow.spanInputs": "a"}}]}}\n',
    "wildchat": '{"conversation": [{"role": "user", "content": "a"}], "toxic": false}\n',
    "transcript": '{"a": {"transcript": [{"role": "user", "content": "a"}]}}\n',
    "hh-rlhf": '{"chosen": "\\n\\nHuman: a", "rejected": "\\n\\nHuman: b"}\n',
}


SPAN = {
    "name": "chat",
    "context": {"trace_id": "0x1", "span_id": "0x2"},
    "start_time": "2025-01-01T00:00:00Z",
    "attributes": {"gen_ai.prompt": "a" * 100_000},
}


@pytest.mark.parametrize("indent", [None, 4])
@pytest.mark.parametrize("value", [SPAN, {"resourceSpans": [{"scopeSpans": [{"spans": [SPAN]}]}]}])
def test_a_trace_is_claimed_by_its_reader_alone_also_where_only_its_beginning_is_seen(
    value: object, indent: int | None
) -> None:
    raw = json.dumps(value, indent=indent).encode()[:HEAD]
    assert [reader.name for reader in readers() if reader.claims(Head(raw, "x"))] == ["otel"]


def test_binary_logs_are_claimed_by_their_readers_alone() -> None:
    table, archive = io.BytesIO(), io.BytesIO()
    parquet.write_table(pyarrow.table({"role": ["user"], "text": ["a"]}), table)
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("samples/1_epoch_1.json", '{"id": 1, "epoch": 1, "input": "a"}')
    for name, log in (("parquet", table), ("inspect", archive)):
        raw = log.getvalue()
        assert [reader.name for reader in readers() if reader.claims(Head(raw, "x"))] == [name]
        assert read_bytes(gzip.compress(raw)) == read_bytes(raw) == read_bytes(raw, name)
        assert any(isinstance(each, Conversation) for each in read_bytes(raw))


def read_bytes(raw: bytes, reader: str | None = None) -> list[Read]:
    return list(read_conversations(["-"], reader=reader, stdin=io.BytesIO(raw)))


def codes(found: list[Read]) -> list[str]:
    return [each.code for each in found if isinstance(each, Diagnostic)]


def test_every_reader_has_a_sample_and_claims_it_alone() -> None:
    assert {reader.name for reader in readers()} == {*SAMPLES, "parquet"}
    for name, text in SAMPLES.items():
        claimed = [reader.name for reader in readers() if reader.claims(Head(text.encode(), "x"))]
        assert claimed == [name]


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_is_read_plain_and_compressed(name: str) -> None:
    raw = SAMPLES[name].encode()
    assert all(isinstance(each, Conversation) for each in read_bytes(raw))
    assert read_bytes(gzip.compress(raw)) == read_bytes(raw) == read_bytes(raw, name)


def test_an_openai_log_with_ids_is_not_taken_for_the_projects_own() -> None:
    (found,) = read_bytes(b'{"id": "a", "model": "m", "messages": [{"role": "user", "content": "a"}]}')
    assert isinstance(found, Conversation)
    assert found.looked_for == {}


def test_an_archive_of_files_is_told() -> None:
    """What is in a tar stands in it as it is: a reader would find lines of its own among its other bytes."""
    with io.BytesIO() as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        raw = SAMPLES["openai"].encode()
        member = tarfile.TarInfo("a.jsonl")
        member.size = len(raw)
        tar.addfile(member, io.BytesIO(raw))
        tar.close()
        archives = [packed.getvalue(), gzip.compress(packed.getvalue())]
    with io.BytesIO() as packed:
        with zipfile.ZipFile(packed, "w") as zipped:
            zipped.writestr("a.jsonl", SAMPLES["openai"])
        archives.append(packed.getvalue())
    for archive in archives:
        (fault,) = read_bytes(archive)
        assert isinstance(fault, Diagnostic)
        assert (fault.message, fault.hint) == (
            "this is an archive of files",
            "unpack it, and name the folder",
        )


def test_a_folder_is_read_sorted_and_names_what_nobody_claims(tmp_path: Path) -> None:
    (tmp_path / "b {x} y").mkdir()
    (tmp_path / ".git").mkdir()
    for name in ("README.md", "LICENSE", ".hidden", "a.policy", "notes.md", ".git/c.txt"):
        (tmp_path / name).write_text("nothing")
    (tmp_path / "b {x} y" / "c.txt").write_text("user: a")
    (tmp_path / "a.yaml").write_text("messages: [user: a]")
    (tmp_path / "d.bin").write_bytes(b"\x00\x01")
    first, unknown, last = read_conversations([tmp_path])
    assert isinstance(first, Conversation)
    assert first.id == "a"
    assert isinstance(unknown, Diagnostic)
    assert unknown.code == "unknown-format"
    assert all(reader.name in (unknown.hint or "") for reader in readers())
    assert isinstance(last, Conversation)
    assert last.id == "b {x} y/c"


def test_what_cannot_be_opened_is_named_and_the_rest_go_on(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("user: a")
    missing, found = read_conversations([tmp_path / "missing", tmp_path / "a.txt"])
    assert isinstance(missing, Diagnostic)
    assert missing.code == "unreadable"
    assert missing.subject == str(tmp_path / "missing")
    assert isinstance(found, Conversation)
    assert codes(list(read_conversations([Path("a\0b")]))) == ["unreadable"]
    assert codes(list(read_conversations([Path(os.devnull)]))) == ["unreadable"]


def test_a_truncated_gzip_gives_what_it_holds() -> None:
    rows = b"".join(b'{"id": "%d", "messages": [{"role": "user", "labels": []}]}\n' % n for n in range(9000))
    found = read_bytes(gzip.compress(rows)[:-2000])
    assert codes(found) == ["unreadable"]
    assert len(found) > 1000
    assert codes(read_bytes(gzip.compress(b"user: a")[:11])) == ["unreadable"]
    assert codes(read_bytes(b"\x1f\x8bnonsense")) == ["unreadable"]


def test_a_line_that_is_too_long_is_an_error_and_the_rest_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "MAX_LINE", 200)
    good = SAMPLES["own-jsonl"].encode()
    bad, found = read_bytes(b'{"id": "' + b"x" * 3_000_000 + b'"}\n' + good, "own-jsonl")
    assert isinstance(bad, Diagnostic)
    assert bad.subject == "<stdin>:1"
    assert isinstance(found, Conversation)


def test_a_log_longer_than_the_head_is_read_whole() -> None:
    row = SAMPLES["openai"].encode()
    assert len(read_bytes(row * (3 * HEAD // len(row)))) == 3 * HEAD // len(row)


def test_a_first_line_that_is_broken_does_not_hide_the_format() -> None:
    bad, found = read_bytes(b'{"messages": [{"ro\n' + SAMPLES["openai"].encode())
    assert isinstance(bad, Diagnostic)
    assert isinstance(found, Conversation)


def test_an_unknown_reader_is_an_error_at_once() -> None:
    with pytest.raises(ValueError, match="did you mean `openai`"):
        read_conversations([], reader="openi")
    assert reader_named("openai").name == "openai"


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read_by_any_reader(raw: bytes) -> None:
    for name in (None, *SAMPLES):
        assert all(isinstance(each, Conversation | Diagnostic) for each in read_bytes(raw, name))


def test_the_crisis_chats() -> None:
    found = list(read_conversations([published("vera-mh", "conversations")]))
    assert codes(found) == []
    assert len(found) == 105
    said = [message.role for each in found if isinstance(each, Conversation) for message in each.messages]
    assert said.count(Role.USER) == 1439
    assert said.count(Role.ASSISTANT) == 1425


def test_the_red_teamers_chats() -> None:
    found = list(read_conversations([published("hh-rlhf", "harmless-base", "test.jsonl.gz")]))
    assert codes(found) == []
    assert len(found) == 2 * 2312


def test_json_that_breaks_off_is_told_where_its_line_ends() -> None:
    whole = '{"id": "a", "messages": [{"role": "user"}]}\n'
    (_, broken) = read_bytes((whole + '{"id": "b", "messages": [{"role": "user"\n').encode(), "own-jsonl")
    assert isinstance(broken, Diagnostic)
    assert broken.message == "this is not JSON at column 41: expecting ',' delimiter"


TEXT = "a \n } ] , b"
OVER_LINES = {
    "own-yaml": {"id": "a", "messages": [{"role": "user", "content": TEXT, "labels": ["x"]}] * 3},
    "anthropic": {"system": "s", "messages": [{"role": "user", "content": TEXT}] * 3},
    "openai": {"messages": [{"role": "user", "content": TEXT}] * 3, "model": "m"},
    "transcript": {"x": [{"transcript": [{"role": "user", "content": TEXT}] * 3}]},
    "sharegpt": {"conversations": [{"from": "human", "value": TEXT}] * 3},
}


@pytest.mark.parametrize("indent", [1, 2])
@pytest.mark.parametrize("name", OVER_LINES)
def test_a_file_of_one_conversation_that_breaks_off_is_told_and_left_out(name: str, indent: int) -> None:
    """Wherever it does: what is missing could matter, and what was begun is no conversation."""
    text = json.dumps(OVER_LINES[name], indent=indent)
    for end in range(2, len(text)):
        cut = text[:end]
        (fault,) = read_bytes(cut.encode(), name)
        assert isinstance(fault, Diagnostic)
        if cut[-1] not in " \n,:[{\\":  # within a name, a number or a text, or behind a bracket
            last = cut.count("\n") + 1
            assert fault.message.startswith("what was begun on line"), cut
            assert fault.subject == f"<stdin>:{last}"


def test_yaml_that_breaks_off_is_told_where_it_does() -> None:
    text = 'id: a\nmessages:\n  - user: Hello.\n  - assistant: "Hel'
    (fault,) = read_bytes(text.encode())
    assert isinstance(fault, Diagnostic)
    assert (fault.message, fault.subject) == ("what was begun on line 4 does not end", "<stdin>:4")
    (fault,) = read_bytes((text + "lo.\n  - user: Bye.\n").encode())
    assert isinstance(fault, Diagnostic)
    assert (fault.message, fault.subject) == ("what was begun on line 4 does not end", "<stdin>:5")


def test_an_array_of_the_projects_own_form_on_one_line_is_read() -> None:
    row = json.loads(SAMPLES["own-jsonl"])
    for indent in (None, 0, 2):
        found = read_bytes(json.dumps([row, row | {"id": "b"}], indent=indent).encode())
        assert [each.id for each in found if isinstance(each, Conversation)] == ["a", "b"]


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "a",\n"messages": [{"role": "user", "labels": []}]}',
        '{\n"id": "a",\n"messages": [{"role": "user", "labels": []}]}',
        '{"id": "a", "messages": [\n{"role": "user", "labels": []},\n{"role": "user"}]}',
    ],
)
def test_one_conversation_over_several_lines_is_no_json_lines(text: str) -> None:
    (found,) = read_bytes(text.encode())
    assert isinstance(found, Conversation)
