"""Formats told apart: no reader claims another's log, however its JSON lies, and however little of it is seen."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.json_values import json_values
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.reader import Head, Log, Origin
from policy_engine.transcripts.reading import read_log, reader_named, readers

SECTIONS = Path(__file__).resolve().parents[3] / "docs" / "formats"
PROVIDERS = (
    "anthropic",
    "langfuse",
    "langsmith",
    "lmsys",
    "mlflow",
    "openai",
    "otel",
    "sharegpt",
    "wildchat",
)
ALL = (*PROVIDERS, "own-jsonl", "hh-rlhf", "transcript")
ORIGIN = Origin("log", "log")

nested = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


def example(name: str) -> str:
    """The example of a format."""
    text = (SECTIONS / f"{name}.md").read_text("utf-8")
    return str(re.findall(r"```log file=\S+\n(.*?)```", text, re.DOTALL)[0])


def rows(name: str) -> list[dict[str, object]]:
    """The objects of the example of a format."""
    text = example(name)
    found = [each[1] for each in json_values(io.BytesIO(text.encode()), ORIGIN) if isinstance(each, tuple)]
    return [each for each in found if isinstance(each, dict)]


def layouts(values: list[dict[str, object]]) -> list[bytes]:
    lines = "\n".join(map(json.dumps, values))
    return [
        text.encode()
        for text in (lines, json.dumps(values), json.dumps(values, indent=2), json.dumps(values[0], indent=1))
    ]


def claimed(raw: bytes) -> list[str]:
    return [reader.name for reader in readers() if reader.claims(Head(raw, "log.json"))]


@pytest.mark.parametrize("name", PROVIDERS)
def test_each_format_is_its_own_readers_in_every_layout(name: str) -> None:
    for raw in layouts(rows(name)):
        assert claimed(raw) == [name]
        assert claimed(b"\xef\xbb\xbf\n\n" + raw) == [name]
        assert claimed(b'{"broken": [1, \n' + raw) in ([name], [])


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_beginning_is_nobody_elses(name: str) -> None:
    for raw in layouts(rows(name)):
        for end in range(0, len(raw), 7):
            others = set(claimed(raw[:end])) - {name}
            # a request that is cut before what only one provider has could be any provider's
            assert others <= ({"openai"} if name == "anthropic" else set()), raw[:end]


@pytest.mark.parametrize("name", ["csv", "inspect"])
def test_a_beginning_of_what_is_one_whole_is_nobody_elses(name: str) -> None:
    raw = example(name).encode()
    assert claimed(raw) == [name]
    for end in range(len(raw)):
        assert claimed(raw[:end]) in ([], [name]), raw[:end]


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_broken_first_line_does_not_hide_the_format(name: str) -> None:
    first = json.dumps(rows(name)[0])
    raw = (first[: len(first) // 2] + "\n" + first + "\n").encode()
    assert claimed(raw) == [name]
    bad, *found = reader_named(name).read(Log(io.BytesIO(raw), ORIGIN))
    assert isinstance(bad, Diagnostic)
    assert bad.subject == "log:1"
    assert all(isinstance(each, Conversation) for each in found)
    assert found


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_line_of_another_format_is_named_and_the_rest_go_on(name: str) -> None:
    mine = [json.dumps(each) for each in rows(name)]
    for other in PROVIDERS:
        if other == name or (name, other) in (("wildchat", "lmsys"), ("anthropic", "openai")):
            continue  # these have nothing that the reader's own may not have: it reads them as their own would
        raw = "\n".join([mine[0], json.dumps(rows(other)[0]), *mine[1:]]).encode()
        read = list(reader_named(name).read(Log(io.BytesIO(raw), ORIGIN)))
        assert [each.subject for each in read if isinstance(each, Diagnostic)] == ["log:2"], other
        assert len(read) > 1


@given(st.data())
def test_whatever_is_put_somewhere_is_read_or_told(data: st.DataObject) -> None:
    """A value of any kind, anywhere in an example: a conversation or one fault, and never an exception."""
    name = data.draw(st.sampled_from(PROVIDERS))
    value: object = rows(name)[0]
    changed = json.loads(json.dumps(value))
    path = data.draw(st.sampled_from(list(paths(changed))))
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = data.draw(nested)
    raw = json.dumps(changed, allow_nan=True).encode()
    read = list(reader_named(name).read(Log(io.BytesIO(raw), ORIGIN)))
    assert all(isinstance(each, Conversation | Diagnostic) for each in read)
    for reader in readers():
        reader.claims(Head(raw))


@given(st.data())
def test_a_reader_that_is_named_for_a_line_reads_it(data: st.DataObject) -> None:
    """Else two readers could send a person from one to the other and back."""
    mine, other = data.draw(st.sampled_from(ALL)), data.draw(st.sampled_from(PROVIDERS))
    value: Any = json.loads(json.dumps(data.draw(st.sampled_from(rows(other)))))
    if data.draw(st.booleans()):
        *above, key = data.draw(st.sampled_from(paths(value)))
        inner = value
        for each in above:
            inner = inner[each]
        inner[key] = data.draw(nested)
    raw = json.dumps(value, allow_nan=True).encode()
    for each in read_log(reader_named(mine), Log(io.BytesIO(raw), ORIGIN)):
        named = re.search("`--from (.*)`", each.hint or "") if isinstance(each, Diagnostic) else None
        if named is not None and (each.hint or "").startswith("the line looks like"):
            found = list(reader_named(named[1]).read(Log(io.BytesIO(raw), ORIGIN)))
            assert found
            assert all(isinstance(one, Conversation) for one in found)


@pytest.mark.parametrize(
    "value",
    [
        {"messages": [{"role": "bot", "content": "a"}]},
        {"role": "user", "content": [{"type": "tool_result"}], "choices": []},
        {"system": "a", "messages": [{"role": "user", "content": [{"type": "text"}]}], "choices": []},
    ],
)
def test_a_reader_that_could_not_read_a_line_either_is_not_named(value: object) -> None:
    for name in ("anthropic", "own-jsonl"):
        log = Log(io.BytesIO(json.dumps(value).encode()), ORIGIN)
        (told,) = read_log(reader_named(name), log)
        assert isinstance(told, Diagnostic)
        assert "--from" not in (told.hint or "")


def paths(value: object, before: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    """Every place of a value, as the keys that lead to it."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, each in inner for path in ((*before, key), *paths(each, (*before, key)))]


@pytest.mark.parametrize("name", PROVIDERS)
@pytest.mark.parametrize(
    "raw", [b"[" * 5_000, b'{"messages": ' * 5_000, b'{"input": [' * 3_000, b'"\\u', b"\xff\xfe"]
)
def test_absurd_nesting_is_a_fault(name: str, raw: bytes) -> None:
    read = list(reader_named(name).read(Log(io.BytesIO(raw), ORIGIN)))
    assert read
    assert all(isinstance(each, Diagnostic) for each in read)


@pytest.mark.parametrize("name", PROVIDERS)
def test_deep_values_within_what_can_be_read_are_no_bug(name: str) -> None:
    """As deep as the decoder goes: what follows it must bear it."""
    for depth in (200, 900, 990):
        deep = "[" * depth + "]" * depth
        text = json.dumps(rows(name)[0])
        for key in ("content", "conversation", "conversations", "input", "inputs", "spans", "value"):
            raw = re.sub(
                rf'"{key}": ("[^"]*"|\[|\{{)', f'"{key}": {deep}, "rest": \\1', text, count=1
            ).encode()
            for each in reader_named(name).read(Log(io.BytesIO(raw), ORIGIN)):
                assert isinstance(each, Conversation | Diagnostic)
