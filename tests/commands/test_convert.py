"""``convert`` and ``label``: what is written, what is told, and where nothing is written.

``UPDATE_GOLDEN=1 pytest tests/commands/test_convert.py`` writes what is told anew: read it then.
"""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from docs.format_examples import NAMES, example_of, made
from transcripts.any_conversation import exactly
from transcripts.published import published

from policy_engine.commands.convert import Options, convert
from policy_engine.commands.logs import LogOptions
from policy_engine.commands.simulate import Options as Simulating
from policy_engine.commands.simulate import simulate
from policy_engine.transcripts.message import Conversation, Label
from policy_engine.transcripts.reading import read_conversations
from policy_engine.transcripts.writing import FORMS

POLICY = """
rule warned
  when harassment is detected or could not be checked, warn the user "Please stop."
rule ended
  after 1 refusal, end the chat, except when self-harm has been detected
"""
TALK = [
    {"role": "user", "content": "You are useless. I want to kill myself."},
    {"role": "assistant", "content": "I can't help with that."},
]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a policy, a log and a list of keywords, which commands are called in."""
    (tmp_path / "p.policy").write_text(POLICY)
    write(tmp_path / "log.jsonl", {"id": "a", "messages": TALK}, {"id": "b", "messages": TALK * 2})
    (tmp_path / "words.yaml").write_text("keywords:\n  self-harm: [kill myself]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def converted(paths: Sequence[str | Path], out: str, **options: object) -> int:
    return convert([Path(each) for each in paths], Path(out), Options(**options))  # type: ignore[arg-type]


def conversations(path: str | Path) -> list[Conversation]:
    found = list(read_conversations([Path(path)], settings=LogOptions().settings()))
    assert all(isinstance(each, Conversation) for each in found), found
    return [each for each in found if isinstance(each, Conversation)]


def decided(
    policy: Path, log: Path, capsys: pytest.CaptureFixture[str], **options: object
) -> list[dict[str, object]]:
    """What the policy decides in each conversation, as ``simulate`` says it in JSON, but for where it lay."""
    capsys.readouterr()
    simulate(policy, [log], Simulating(as_json=True, **options))  # type: ignore[arg-type]
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert all(each.pop("origin") for each in found)
    return found


# --- nothing is lost ---


@pytest.mark.parametrize("ending", FORMS)
@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_every_format_is_the_same_afterwards(
    name: str, ending: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = made(example_of(name), place)
    out = place / f"out{ending}"
    assert converted([log], str(out)) == 0
    before, after = conversations(log), conversations(out)
    assert [exactly(replace(each, origin="")) for each in after] == [
        exactly(replace(each, origin="")) for each in before
    ]
    policy = place / "p.policy"
    assert decided(policy, out, capsys) == decided(policy, log, capsys)


@pytest.mark.parametrize("ending", FORMS)
def test_the_same_log_is_written_as_the_same_bytes(place: Path, ending: str) -> None:
    converted(["log.jsonl"], f"one{ending}")
    converted(["log.jsonl"], f"two{ending}")
    assert (place / f"one{ending}").read_bytes() == (place / f"two{ending}").read_bytes()


@pytest.mark.parametrize("ending", [".jsonl", ".parquet"])
@pytest.mark.parametrize(
    ("parts", "number"),
    [
        (("vera-mh", "conversations"), 105),
        (("spiral-bench", "res_v0.2"), 120),
        (("xstest", "model_completions"), 2_250),
        (("pyrit-refusal", "refusal.csv"), 105),
    ],
)
def test_published_logs_are_decided_alike_before_and_after(
    parts: tuple[str, ...], number: int, ending: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, out = published(*parts), place / f"out{ending}"
    assert converted([log], str(out)) == 0
    before = decided(place / "p.policy", log, capsys)
    assert decided(place / "p.policy", out, capsys) == before
    assert len(before) == number


def test_a_log_that_was_labelled_decides_as_with_detectors(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    detect = ("refusal", "keywords:words.yaml")
    assert converted(["log.jsonl"], "out.parquet", detect=detect) == 0
    policy = place / "p.policy"
    with_detectors = decided(policy, place / "log.jsonl", capsys, detect=detect)
    assert decided(policy, place / "out.parquet", capsys) == with_detectors
    assert [each["ended"] for each in with_detectors] == [None, None]
    labels = conversations("out.parquet")[0].messages[0].labels
    assert labels == (Label("self-harm", True, "keywords (words.yaml)"),)


# --- what is asked for ---


def test_no_text_leaves_out_what_was_said_and_detectors_still_read_it(place: Path) -> None:
    converted(["log.jsonl"], "out.jsonl", text=False, detect=("refusal",))
    raw = (place / "out.jsonl").read_text()
    assert "useless" not in raw
    assert '"content"' not in raw
    reply = conversations("out.jsonl")[0].messages[1]
    assert reply.labels == (Label("refusal", True, "text pattern (refusal)"),)


def test_what_is_recorded_comes_first_and_ids_of_messages_stay(place: Path) -> None:
    said = {**TALK[1], "labels": [{"by": "reviewers", "labels": {"refusal": False}}], "id": "m-2"}
    write(place / "own.jsonl", {"id": "a", "messages": [{**TALK[0], "id": "m-1"}, said]})
    converted(["own.jsonl"], "out.jsonl", detect=("refusal", "keywords:words.yaml"))
    (found,) = conversations("out.jsonl")
    assert [each.id for each in found.messages] == ["m-1", "m-2"]
    assert found.messages[1].labels == (Label("refusal", False, "reviewers"),)


def test_labels_of_other_files_are_written_with_their_sources(place: Path) -> None:
    write(
        place / "labels.jsonl", {"conversation": "a", "message": 1, "labels": {"hate": 0.7}, "source": "us"}
    )
    converted(["log.jsonl"], "out.jsonl", labels=(Path("labels.jsonl"),))
    assert conversations("out.jsonl")[0].messages[0].labels == (Label("hate", 0.7, "us"),)


def test_what_is_assumed_and_supposed_is_written_where_nothing_was_recorded(place: Path) -> None:
    write(place / "own.jsonl", {"id": "a", "attributes": {"model": "x"}, "messages": TALK})
    converted(["own.jsonl", "log.jsonl"], "out.jsonl", assume=("model=y", "user.minor=true"), pace="1 minute")
    first, second, _ = conversations("out.jsonl")
    assert dict(first.attributes) == {"model": "x", "user.minor": True}
    assert dict(second.attributes) == {"model": "y", "user.minor": True}
    assert [each.time for each in second.messages] == [0, 60_000_000]


def test_attributes_and_keywords_are_those_of_the_vocabulary(place: Path) -> None:
    vocabulary = place / "mine.yaml"
    vocabulary.write_text("extends: default\nattributes:\n  tier: {type: text}\n")
    assert converted(["log.jsonl"], "out.jsonl", assume=("tier=gold",)) == 2
    assert converted(["log.jsonl"], "out.jsonl", assume=("tier=gold",), vocabulary=vocabulary) == 0
    assert conversations("out.jsonl")[0].attributes == {"tier": "gold"}


def test_the_options_of_readers_are_taken(place: Path) -> None:
    (place / "chat.txt").write_text("kim: hello\nbot: no\n")
    assert converted(["chat.txt"], "out.jsonl", logs=LogOptions(speakers="kim=user,bot=assistant")) == 0
    assert [each.content for each in conversations("out.jsonl")[0].messages] == ["hello", "no"]


# --- faults, and where nothing is written ---


def half(place: Path) -> None:
    """A log of which one line cannot be read."""
    with (place / "log.jsonl").open("a") as file:
        file.write('{"id": "c", "messages": [{"role": "usr"}]}\n')


def test_what_cannot_be_read_is_left_out(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    half(place)
    assert converted(["log.jsonl"], "out.jsonl") == 1
    assert [each.id for each in conversations("out.jsonl")] == ["a", "b"]
    assert capsys.readouterr().out == "out.jsonl: 2 conversations, 6 messages, 1 left out\n"


def test_strict_writes_all_or_nothing(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    half(place)
    for ending in FORMS:
        assert converted(["log.jsonl"], f"out{ending}", strict=True) == 1
        assert "is not written" in capsys.readouterr().err
    assert sorted(os.listdir(place)) == ["log.jsonl", "p.policy", "words.yaml"]


def test_a_conversation_that_the_form_cannot_hold_is_left_out_and_told(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(place / "log.jsonl", {"id": "a", "messages": [{"role": "user", "content": "\ud800"}]},
          {"id": "b", "messages": TALK})  # fmt: skip
    assert converted(["log.jsonl"], "out.parquet") == 1
    assert [each.id for each in conversations("out.parquet")] == ["b"]
    assert "half a character, which Parquet cannot" in " ".join(capsys.readouterr().err.split())
    assert converted(["log.jsonl"], "out.jsonl") == 0


def test_supposed_times_beyond_all_years_are_a_fault(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(place / "log.jsonl", {"id": "a", "messages": TALK * 5_000})
    assert converted(["log.jsonl"], "out.jsonl", pace="366 days") == 1
    assert "is beyond the year 9999" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("out", "said"),
    [
        ("log.jsonl", "is read here: the log would overwrite it"),
        ("hard.jsonl", "is read here: the log would overwrite it"),
        ("soft.jsonl", "is read here: the log would overwrite it"),
        ("words.jsonl", "is read here: the log would overwrite it"),
        ("chats/out.jsonl", "lies in `chats`, whose files are read"),
        ("there.jsonl", "exists: to write over it, --force"),
        ("folder.jsonl", "is a folder"),
        ("nowhere/out.jsonl", "no such file or directory"),
        ("out.txt", "ends in `.jsonl`, `.jsonl.gz`, `.jsonl.zst` or"),
        ("x" * 300 + ".jsonl", "file name too long"),
    ],
)
def test_nothing_is_written_over_what_is_read_or_of_worth(
    out: str, said: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("chats", "folder.jsonl"):
        (place / folder).mkdir()
    (place / "words.yaml").rename(place / "words.jsonl")
    (place / "there.jsonl").write_text("mine")
    (place / "hard.jsonl").hardlink_to(place / "log.jsonl")
    (place / "soft.jsonl").symlink_to(place / "log.jsonl")
    before = {each: each.read_bytes() for each in place.rglob("*") if each.is_file()}
    force = out != "there.jsonl"
    assert converted(["log.jsonl", "chats"], out, detect=("keywords:words.jsonl",), force=force) == 2
    assert said in " ".join(capsys.readouterr().err.split())
    assert {each: each.read_bytes() for each in place.rglob("*") if each.is_file()} == before


def test_force_writes_over_a_file_and_an_empty_one_needs_none(place: Path) -> None:
    (place / "there.jsonl").write_text("mine")
    (place / "empty.jsonl").touch()
    assert converted(["log.jsonl"], "there.jsonl", force=True) == 0
    assert converted(["log.jsonl"], "empty.jsonl") == 0
    assert (place / "there.jsonl").read_bytes() == (place / "empty.jsonl").read_bytes()


@pytest.mark.parametrize("logs", [["nowhere.jsonl"], ["p.policy"]])
def test_where_nothing_can_be_read_nothing_is_written(logs: list[str], place: Path) -> None:
    assert converted(logs, "out.parquet") == 2
    assert not (place / "out.parquet").exists()


def test_without_the_package_parquet_is_told_and_nothing_is_left(
    place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert converted(["log.jsonl"], "out.parquet") == 2
    assert "install policy-engine[parquet]" in " ".join(capsys.readouterr().err.split())
    assert sorted(os.listdir(place)) == ["log.jsonl", "p.policy", "words.yaml"]


# --- as it is called ---


def call(
    root: Path, place: Path, *arguments: str, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, str(root / "cli.py"), *arguments],
        cwd=place, input=stdin, capture_output=True, check=False, env={**os.environ, **environment},
    )  # fmt: skip


def test_standard_output_has_the_log_and_nothing_else(root: Path, place: Path) -> None:
    done = call(root, place, "convert", "-", "-", stdin=(place / "log.jsonl").read_bytes())
    assert done.returncode == 0
    converted(["log.jsonl"], "out.jsonl")
    assert done.stdout == (place / "out.jsonl").read_bytes()
    assert done.stderr == b"standard output: 2 conversations, 6 messages\n"


def test_a_pipe_is_written_to(root: Path, place: Path) -> None:
    pipe = place / "pipe.jsonl.gz"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    done = call(root, place, "convert", "log.jsonl", "pipe.jsonl.gz")
    reader.join(10)
    assert done.returncode == 0
    assert gzip.decompress(read[0]).count(b"\n") == 2


def test_a_full_disk_is_told(root: Path, place: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    (place / "full.jsonl").symlink_to("/dev/full")
    (place / "full.parquet").symlink_to("/dev/full")
    for out in ("full.jsonl", "full.parquet"):
        done = call(root, place, "convert", "log.jsonl", out)
        said = done.stderr.decode()
        assert done.returncode == 2, said
        assert "cannot be written" in said
        assert "Traceback" not in said


def test_label_has_to_be_told_what_to_detect(root: Path, place: Path) -> None:
    done = call(root, place, "label", "log.jsonl", "out.jsonl")
    assert done.returncode == 2
    assert b"say which detectors: --detect refusal" in done.stderr
    assert not (place / "out.jsonl").exists()


GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "convert"


def scenes(place: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What people ask for, and what is told is kept for."""
    half(place)
    (place / "bad.txt").write_text("nobody speaks here\n")
    (place / "fails.yaml").write_text("keywords:\n  selfharm: [x]\n")
    evil = {"role": "assistant", "content": "I can't help.", "labels": {"refusal": 0.25, "\x1b[31m": True}}
    write(place / "own.jsonl", {"id": "\x1b[2J", "messages": [{**TALK[0], "labels": []}, evil]})
    write(place / "twice.jsonl", *[{"id": "a", "messages": TALK}] * 2)
    yield "convert", ("convert", "twice.jsonl", "a.jsonl.zst")
    yield "faults", ("convert", "log.jsonl", "bad.txt", "a.parquet")
    yield "exists", ("convert", "twice.jsonl", "a.parquet")
    yield "label", ("label", "log.jsonl", "own.jsonl", "b.jsonl", "--detect", "refusal,keywords:words.yaml")
    yield "again", ("label", "b.jsonl", "c.jsonl", "--detect", "refusal")
    yield "keywords", ("label", "twice.jsonl", "d.jsonl", "--detect", "keywords:fails.yaml")
    yield "strict", ("convert", "log.jsonl", "e.jsonl", "--strict", "--pace", "1 minute")
    yield "output", ("label", "twice.jsonl", "-", "--detect", "refusal", "--no-text")


def test_what_is_told(root: Path, place: Path) -> None:
    for name, arguments in scenes(place):
        done = call(root, place, *arguments, NO_COLOR="1", COLUMNS="80")
        told = f"$ policy-engine {' '.join(arguments)}\n"
        told += f"{done.stdout.decode()}--- standard error, {done.returncode}\n{done.stderr.decode()}"
        golden = GOLDEN / f"{name}.txt"
        if os.environ.get("UPDATE_GOLDEN"):
            golden.parent.mkdir(exist_ok=True)
            golden.write_text(told, encoding="utf-8")
        assert told == golden.read_text(encoding="utf-8")
        if "looked for JSON" not in told:
            assert max(map(len, done.stderr.decode().split("\n"))) <= 80
