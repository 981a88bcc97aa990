"""Logs of inspect_ai: written by the package itself (kept beside, and anew where it is installed), cut off, hostile."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts import archive
from policy_engine.transcripts.classifying import shipped_classifiers
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.transcripts.reader import UNREADABLE, Head, Log, Origin, Read, Settings
from policy_engine.transcripts.readers.inspect import FILTERED, READER, REFUSED
from policy_engine.transcripts.reading import read_conversations, readers

SAMPLES = Path(__file__).parent / "inspect_samples"
ORIGIN = Origin("log.eval", "log")
WITHHELD = Label("refusal", True, FILTERED)
SECOND = 1_000_000
BEGUN = 1_755_252_000 * SECOND


def read(raw: bytes, reads: Settings | None = None) -> list[Read]:
    return list(READER.read(Log(io.BytesIO(raw), ORIGIN, reads or Settings())))


def archived(members: Mapping[str, object], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", packing) as file:
        for name, value in members.items():
            file.writestr(name, value if isinstance(value, bytes | str) else json.dumps(value))
    return written.getvalue()


HEADER = {"version": 2, "status": "success", "eval": {"model": "m"}}
MESSAGES = ({"role": "user", "content": "x"}, {"id": "r", "role": "assistant", "content": "y"})
SAMPLE = {"id": "a", "epoch": 1, "messages": list(MESSAGES)}


def log(*samples: object, **more: object) -> bytes:
    """The same log as JSON."""
    return json.dumps({**HEADER, **more, "samples": samples}).encode()


def one(sample: object, reads: Settings | None = None) -> Conversation:
    (found,) = read(log(sample), reads)
    (again,) = read(archived({"header.json": HEADER, "samples/a_epoch_1.json": sample}), reads)
    assert isinstance(found, Conversation), found
    assert isinstance(again, Conversation), again
    assert again == replace(found, origin="log.eval:samples/a_epoch_1.json:1")
    return found


def faults(found: list[Read]) -> list[str]:
    return [each.message for each in found if isinstance(each, Diagnostic)]


@pytest.mark.parametrize("name", ["finished.eval", "finished.json"])
def test_what_the_package_wrote(name: str) -> None:
    reads = Settings(classifiers=shipped_classifiers())
    found = {
        each.id: each
        for each in read_conversations([SAMPLES / name], settings=reads)
        if isinstance(each, Conversation)
    }
    assert found.keys() == {"finished/lock_epoch_1", "finished/7_epoch_1", "finished/7_epoch_2"}
    refused = found["finished/lock_epoch_1"]
    cyber = Label("cyber-harm", True, "anthropic-refusal")
    assert refused.messages == (
        Message(Role.SYSTEM, (), "Be kind.", BEGUN + SECOND, "s"),
        Message(Role.USER, (), "How do I pick this lock?", BEGUN + SECOND, "u"),
        Message(Role.ASSISTANT, (), "Let me look.", BEGUN + 3 * SECOND, "a"),
        Message(Role.TOOL, (), "nothing", BEGUN + 5 * SECOND, "t"),
        Message(Role.ASSISTANT, (WITHHELD, cyber), "", BEGUN + 7 * SECOND, "b"),
    )
    assert refused.attributes == {"model": "anthropic/opus-4"}
    assert refused.looked_for == {}
    limited = found["finished/7_epoch_2"]
    assert limited.messages == (Message(Role.USER, (), "Good morning."),)
    assert limited.attributes == {"model": "anthropic/opus-4", "inspect.limit": "token"}


def test_the_package_packs_with_zstd() -> None:
    with zipfile.ZipFile(SAMPLES / "finished.eval") as file:
        assert {info.compress_type for info in file.infolist()} == {93}


def test_a_log_that_was_cut_off_is_read_as_far_as_it_goes() -> None:
    told, found = read_conversations([SAMPLES / "crashed.eval"])
    assert isinstance(told, Diagnostic)
    assert told.message == "the evaluation did not finish: its status is `started`"
    assert isinstance(found, Conversation)
    assert found.attributes == {"model": "anthropic/opus-4"}
    bare, found = read(archived({"samples/a_epoch_1.json": SAMPLE}))
    assert isinstance(bare, Diagnostic)
    assert bare.message == "the log has no header: what model it is of is not known"
    assert isinstance(found, Conversation)


def test_signals_of_the_provider() -> None:
    stop = {"choices": [{"message": {"id": "r"}, "stop_reason": "content_filter"}]}
    assert one({**SAMPLE, "output": stop}).messages[1].labels == (WITHHELD,)
    by_event = {**SAMPLE, "events": [{"event": "model", "output": stop}, {"event": "info", "output": 1}]}
    assert one(by_event).messages[1].labels == (WITHHELD,)
    without_ids = {
        **SAMPLE,
        "messages": [{"role": "assistant", "content": "a"}, {"role": "assistant", "content": "b"}],
    }
    without_ids["output"] = {"choices": [{"message": {}, "stop_reason": "content_filter"}]}
    assert [each.labels for each in one(without_ids).messages] == [(), (WITHHELD,)]
    part = {"type": "text", "text": "No.", "refusal": True}
    marked = {
        **SAMPLE,
        "messages": [{"role": "assistant", "content": [part, {"type": "image", "image": "x"}]}],
    }
    assert one(marked).messages == (Message(Role.ASSISTANT, (Label("refusal", True, REFUSED),), "No."),)


@pytest.mark.parametrize(
    ("details", "labels"),
    [
        (None, {}),
        ({"type": "refusal", "category": None, "categories": []}, {}),
        ({"type": "refusal", "category": "bio"}, {"biological-harm": True}),
        ({"categories": [{"category": "HARM_CATEGORY_HARASSMENT", "level": "HIGH"}]}, {"harassment": True}),
        (
            {"categories": [{"category": "VIOLENCE", "level": None}, {"level": 1}, 1]},
            {"inspect-stop:VIOLENCE": True},
        ),
    ],
)
def test_why_a_reply_was_withheld(details: object, labels: dict[str, object]) -> None:
    choice = {"message": {"id": "r"}, "stop_reason": "content_filter", "stop_details": details}
    found = one({**SAMPLE, "output": {"choices": [choice]}}, Settings(classifiers=shipped_classifiers()))
    own = {label.name: label.value for label in found.messages[1].labels if label.name != "refusal"}
    assert {name: value for name, value in own.items() if value is not False} == labels


def test_an_id_that_is_none() -> None:
    listed = [
        {"id": ["r"], "role": "assistant", "content": "a"},
        {"id": {}, "role": "assistant", "content": "b"},
    ]
    found = one({**SAMPLE, "messages": listed, "completed_at": "2025-08-15T10:00:00Z"})
    assert [(each.content, each.time) for each in found.messages] == [("a", None), ("b", None)]


def test_scores_are_labels_where_a_classifier_reads_them() -> None:
    sample: dict[str, object] = {**SAMPLE, "messages": [*MESSAGES, *MESSAGES]}
    verdict = {"flagged": True, "categories": {"self-harm": True}, "category_scores": {"self-harm": 0.75}}
    sample["scores"] = {"judge": {"value": verdict}, "exact": {"value": "C"}}
    assert one(sample).looked_for == {}
    found = one(sample, Settings(classifiers={"judge": shipped_classifiers()["openai-moderation"]}))
    assert Label("self-harm", 0.75, "openai-moderation") in found.messages[3].labels
    assert Label("self-harm", None, "openai-moderation") in found.messages[1].labels
    assert found.messages[2].labels == ()
    assert (found.looked_for or {})["self-harm"] == {Role.ASSISTANT}


def test_limits_and_errors_are_attributes() -> None:
    sample = {**SAMPLE, "error": {"message": "x"}, "limit": {"type": "time"}}
    assert one(sample).attributes == {"model": "m", "inspect.error": True, "inspect.limit": "time"}


def test_no_text_is_looked_up_where_nobody_wants_it() -> None:
    sample = {**SAMPLE, "messages": [{"role": "user", "content": "attachment://none"}]}
    assert one(sample, Settings(texts=False)).messages == (Message(Role.USER),)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": None}, "the sample has no `id`, or its `epoch` is not a number"),
        ({"epoch": "1"}, "the sample has no `id`, or its `epoch` is not a number"),
        ({"messages": []}, "the sample has no messages"),
        ({"messages": 1}, "`messages` is not a list"),
        ({"messages": None, "input": 1}, "`input` is neither a text nor a list of messages"),
        ({"messages": [1]}, "message 1: a message is not an object"),
        ({"messages": [{"role": "king"}]}, "message 1: unknown role `king`"),
        ({"messages": [{"role": ["user"]}]}, "message 1: unknown role `…`"),
        (
            {"messages": [{"role": "user", "content": 1}]},
            "message 1: the content is neither a text nor a list of parts",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
            "message 1: a part of the type `text` has no `text`",
        ),
        (
            {"messages": [{"role": "user", "content": "attachment://1"}]},
            "message 1: there is no attachment `attachment://1`",
        ),
        ({"events": [{"event": "model", "timestamp": "soon"}]}, "the time `soon` is not a time"),
    ],
)
def test_a_fault_costs_its_sample_alone(change: dict[str, object], message: str) -> None:
    bad, good = read(log({**SAMPLE, **change}, SAMPLE))
    assert isinstance(bad, Diagnostic)
    assert (bad.subject, bad.message) == ("log.eval:1", message)
    assert isinstance(good, Conversation)
    samples = {"samples/b_epoch_1.json": {**SAMPLE, **change}, "samples/a_epoch_1.json": SAMPLE}
    bad, good = read(archived({"header.json": HEADER, **samples}))
    assert isinstance(bad, Diagnostic)
    assert (bad.subject, bad.message) == ("log.eval:samples/b_epoch_1.json:1", message)


def test_json_with_what_json_has_not() -> None:
    raw = log({**SAMPLE, "scores": {"x": {"value": float("nan")}}}, [1])
    found, bad = read(raw)
    assert isinstance(found, Conversation)
    assert isinstance(bad, Diagnostic)
    assert bad.message == "a sample is not an object"


def test_a_log_without_samples() -> None:
    assert faults(read(json.dumps(HEADER).encode())) == ["the log has no samples"]
    assert faults(read(json.dumps({**HEADER, "samples": None}).encode())) == ["the log has no samples"]
    assert faults(read(log(status="error"))) == [
        "the evaluation did not finish: its status is `error`",
        "the log has no samples",
    ]


def test_half_a_log() -> None:
    raw = json.dumps({**HEADER, "samples": [SAMPLE, SAMPLE]}, indent=1).encode()
    found, bad = read(raw[:-80])
    assert isinstance(found, Conversation)
    assert isinstance(bad, Diagnostic)
    assert bad.message == "the file ends within a value: it was cut off"


SOUND = {"header.json": HEADER, "samples/a_epoch_1.json": SAMPLE}


def test_names_that_lead_out_of_an_archive() -> None:
    names = (
        "/samples/x_epoch_1.json",
        "samples/../../x_epoch_1.json",
        "samples/..\\x_epoch_1.json",
        "other.txt",
    )
    found = read(archived({**dict.fromkeys(names, SAMPLE), **SOUND}))
    assert len(faults(found)) == 4
    assert all(message.endswith("which is no part of a log") for message in faults(found))
    assert len(found) == 5


def test_an_archive_that_is_damaged() -> None:
    raw = archived(SOUND)
    (fault,) = read(raw[:-30])
    assert isinstance(fault, Diagnostic)
    assert (fault.code, fault.message) == (UNREADABLE, "the archive is damaged or ends too early")
    at = raw.index(b"samples/") + 30
    found = read(raw[:at] + bytes([raw[at] ^ 0xFF]) + raw[at + 1 :])
    assert faults(found) == ["the archive is damaged or ends too early"]


def test_an_archive_that_is_locked() -> None:
    raw = bytearray(archived(SOUND))
    listed = raw.index(b"PK\x01\x02", raw.index(b"PK\x01\x02") + 1)
    raw[listed + 8] |= 1
    assert faults(read(bytes(raw))) == ["this part of the archive is encrypted"]


def test_an_archive_that_is_packed_otherwise() -> None:
    raw = bytearray(archived(SOUND))
    listed = raw.index(b"PK\x01\x02", raw.index(b"PK\x01\x02") + 1)
    raw[listed + 10] = 97
    assert faults(read(bytes(raw))) == ["the archive is packed in a way that is not known"]


def test_an_archive_that_would_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    padded = {**SAMPLE, "store": {"x": " " * 5_000}}
    raw = archived(
        {"header.json": HEADER, "samples/b_epoch_1.json": padded, "samples/a_epoch_1.json": SAMPLE}
    )
    monkeypatch.setattr(archive, "MAX_MEMBER", 2_000)
    found = read(raw)
    assert faults(found) == ["this part of the archive is larger than 2,000 bytes"]
    assert isinstance(found[-1], Conversation)
    monkeypatch.setattr(archive, "MAX_MEMBER", 10_000)
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1_000)
    monkeypatch.setattr(archive, "MOST_GROWTH", 1)
    assert "the archive unpacks to more than any log would" in faults(read(raw))
    monkeypatch.setattr(archive, "MAX_LISTED", 50)
    assert faults(read(raw)) == ["the archive is damaged or ends too early"]


@pytest.mark.parametrize("packing", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_member_may_be_larger_than_the_list_of_them(packing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_LISTED", 300)
    noise = "".join(map(chr, range(0x4E00, 0x4E00 + 9_000)))
    (found,) = read(
        archived({"header.json": HEADER, "samples/a_epoch_1.json": {**SAMPLE, "store": noise}}, packing)
    )
    assert isinstance(found, Conversation)


def test_a_size_that_is_a_lie() -> None:
    raw = bytearray(
        archived({"header.json": HEADER, "samples/a_epoch_1.json": {**SAMPLE, "store": " " * 99_999}})
    )
    listed = raw.index(b"PK\x01\x02", raw.index(b"PK\x01\x02") + 1)
    raw[listed + 24 : listed + 28] = (50).to_bytes(4, "little")
    assert faults(read(bytes(raw))) == ["the archive is damaged or ends too early"]


def test_two_members_in_one_place() -> None:
    raw = bytearray(archived({"samples/a_epoch_1.json": SAMPLE, "samples/b_epoch_1.json": SAMPLE}))
    first = raw.index(b"PK\x01\x02")
    second = raw.index(b"PK\x01\x02", first + 1)
    raw[second + 42 : second + 46] = raw[first + 42 : first + 46]
    found = read(bytes(raw))
    assert "the archive is damaged or ends too early" in faults(found)


def test_of_two_members_with_one_name_the_last_counts() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file.writestr("header.json", json.dumps(HEADER))
        for text in ("old", "new"):
            sample = {**SAMPLE, "messages": [{"role": "user", "content": text}]}
            file.writestr("samples/a_epoch_1.json", json.dumps(sample))
    (found,) = read(written.getvalue())
    assert isinstance(found, Conversation)
    assert found.messages[0].content == "new"


@given(st.binary(max_size=200), st.integers(0, 900))
def test_any_damage_is_told(noise: bytes, place: int) -> None:
    raw = archived(SOUND)
    for text in (raw[:place] + noise + raw[place + len(noise) :], log(SAMPLE)[:place] + noise):
        assert all(isinstance(each, Conversation | Diagnostic) for each in read(text))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "role", "content", "type", "text", "message", "choices", "value"]), inner
        )
    ),
    max_leaves=8,
)


@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys((*SAMPLE, "input", "output", "events", "scores", "limit"), JSON)
    )
)
def test_any_sample_is_read_without_an_exception(sample: dict[str, object]) -> None:
    assert all(isinstance(each, Conversation | Diagnostic) for each in read(log({"id": 1, **sample}, sample)))


def test_what_is_another_archive_or_another_object_is_not_claimed() -> None:
    assert READER.claims(Head(archived(SOUND)))
    assert READER.claims(Head(archived({"_journal/start.json": HEADER})))
    for indent in (None, 2):
        raw = json.dumps({**HEADER, "samples": [SAMPLE]}, indent=indent).encode()
        assert [each.name for each in readers() if each.claims(Head(raw))] == ["inspect"]
    for raw in (
        archived({"word/document.xml": ""}),
        b"PK\x03\x04",
        b'{"status": "success"}',
        b'{"messages": []}',
    ):
        assert not READER.claims(Head(raw))


ROLES = st.sampled_from(["system", "user", "assistant", "tool"])
SAID = st.tuples(
    ROLES,
    st.text(st.characters(exclude_categories=("Cs",)), max_size=8).filter(
        lambda text: "attachment" not in text
    ),
    st.booleans(),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=25)
@given(
    st.lists(st.lists(SAID, min_size=1, max_size=4), min_size=1, max_size=3),
    st.sampled_from(["eval", "json"]),
)
def test_random_conversations_that_the_package_writes(
    tmp_path: Path, conversations: list[list[tuple[str, str, bool]]], form: str
) -> None:
    """With ``inspect_ai`` as the judge of what is valid; it is too heavy to be installed for every run."""
    package = pytest.importorskip(
        "inspect_ai", reason="inspect_ai is not installed: its kept logs are read instead"
    )
    from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalSample, EvalSpec, write_eval_log
    from inspect_ai.model import (
        ChatCompletionChoice,
        ChatMessageAssistant,
        ChatMessageSystem,
        ChatMessageTool,
        ChatMessageUser,
        ModelOutput,
    )

    assert package
    kinds = {
        "system": ChatMessageSystem,
        "user": ChatMessageUser,
        "assistant": ChatMessageAssistant,
        "tool": ChatMessageTool,
    }
    written = []
    for number, said in enumerate(conversations):
        messages = [kinds[role](content=text) for role, text, _ in said]
        is_withheld = said[-1][0] == "assistant" and said[-1][2]
        reason = "content_filter" if is_withheld else "stop"
        last = (
            messages[-1]
            if isinstance(messages[-1], ChatMessageAssistant)
            else ChatMessageAssistant(content="")
        )
        output = ModelOutput(choices=[ChatCompletionChoice(message=last, stop_reason=reason)])
        written.append(
            EvalSample(id=f"x/{number}", epoch=2, input="", target="", messages=messages, output=output)
        )
    spec = EvalSpec(
        created="2025-08-15T10:00:00Z", task="t", dataset=EvalDataset(), model="m", config=EvalConfig()
    )
    path = tmp_path / f"log.{form}"
    write_eval_log(EvalLog(status="success", eval=spec, samples=written), str(path))
    found = {each.id: each for each in read_conversations([path]) if isinstance(each, Conversation)}
    assert len(found) == len(conversations)
    for number, said in enumerate(conversations):
        messages = found[f"log/x/{number}_epoch_2"].messages
        assert [(each.role.value, each.content) for each in messages] == [
            (role, text) for role, text, _ in said
        ]
        assert bool(messages[-1].labels) == (said[-1][0] == "assistant" and said[-1][2])
