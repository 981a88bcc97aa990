"""``simulate`` with ``--labels`` and ``--classifier``: what is joined, what is told, and what cannot be."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from policy_engine.commands.logs import LogOptions
from policy_engine.commands.simulate import Options, simulate

TALK = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "no"}] * 2
OUR_OWN = "classifier: ours\noutput: {verdicts: '*'}\nlabels: {rude: harassment}\n"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    path = tmp_path / "small.policy"
    path.write_text(
        "rule ended\n  after 2 refusals on harassment, end the chat, except when self-harm has been detected\n"
    )
    return path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps({"messages": TALK}) + "\n" for _ in range(2)))
    return path


def written(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def decided(
    policy: Path, log: Path, capsys: pytest.CaptureFixture[str], **options: object
) -> tuple[int, list[bool], str]:
    """The exit code, whether each conversation was ended, and what was told."""
    logs = LogOptions(classifiers=options.pop("classifiers", ()))  # type: ignore[arg-type]
    code = simulate(policy, [log], Options(as_json=True, logs=logs, **options))  # type: ignore[arg-type]
    out, err = capsys.readouterr()
    return code, [json.loads(line)["ended"] is not None for line in out.splitlines()], err


def rows_of(conversation: str, self_harm: object) -> list[object]:
    said = [
        {
            "conversation": conversation,
            "message": number,
            "labels": {"harassment": True, "self-harm": self_harm},
        }
        for number in (1, 3)
    ]
    refused = [{"conversation": conversation, "message": number, "labels": ["refusal"]} for number in (2, 4)]
    whole = {"conversation": conversation, "message": 2, "labels": {"self-harm": False}}
    last = {"conversation": conversation, "message": 4, "labels": {"self-harm": False}}
    return [*said, *refused, whole, last]


def test_joined_labels_decide(
    policy: Path, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = written(tmp_path / "labels.jsonl", *rows_of("log:1", False), *rows_of("log:2", True))
    code, ended, told = decided(policy, log, capsys, labels=[labels])
    assert (code, ended) == (0, [True, False])
    assert told.splitlines()[0] == "note: 12 lines of labels joined, of 12"
    assert "without a joined label" not in told
    with gzip.open(tmp_path / "labels.gz", "wb") as file:
        file.write(labels.read_bytes())
    assert decided(policy, log, capsys, labels=[tmp_path / "labels.gz"])[1] == [True, False]


def test_what_is_left_unlabelled_is_unknown_and_told(
    policy: Path, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = written(tmp_path / "labels.jsonl", *rows_of("log:1", False)[1:])
    code, ended, told = decided(policy, log, capsys, labels=[labels])
    assert (code, ended) == (0, [False, False])
    assert "note: 5 of 8 messages of user and assistant without a joined label" in told


def test_everything_that_joins_nothing_or_differs_is_told(
    policy: Path, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = written(
        tmp_path / "labels.jsonl",
        {"conversation": "log:1", "message": 1, "labels": {"hate": True}, "source": "a"},
        {"conversation": "log:1", "message": 1, "labels": {"hate": False}, "source": "b"},
        {"conversation": "log:1", "message": 1, "labels": {"hate": True}, "source": "a"},
        {"conversation": "log:2", "message": 7, "labels": ["hate"]},
        {"conversation": "log:3", "message": 1, "labels": ["hate"]},
        {"conversation": "log:1", "message": 2, "labels": ["violence"]},
        {"conversation": "log:1", "message": 2, "classifier": "llama-guard-3", "output": {}},
        {"conversation": "log:1"},
    )
    code, _, told = decided(policy, log, capsys, labels=[labels])
    assert code == 1
    place = str(labels)
    assert told.replace(place, "labels.jsonl") == (
        "error: the output of `llama-guard-3` is not a text  (bad-labels)\n"
        "  labels.jsonl:7\n"
        "    its labels are taken as unknown\n"
        "error: the line says nothing  (bad-labels)\n"
        "  labels.jsonl:8\n"
        "    write `labels`, or `classifier` and `output`\n"
        "note: 5 lines of labels joined, of 7\n"
        "note: 1 line of labels joined to nothing: 1 conversation not in the log, first\n"
        "    `log:3`\n"
        "note: 1 line of labels joined to no message, first `log:2`, message 7 (it has 4)\n"
        "note: 1 line of labels say again what their source said of a message; all are\n"
        "    kept, and detected counts\n"
        "note: 6 of 8 messages of user and assistant without a joined label\n"
        "note: sources differ on `hate` on 1 message: detected counts\n"
    )


def test_a_label_that_the_vocabulary_does_not_have_is_told_with_the_nearest(
    policy: Path, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = written(tmp_path / "labels.jsonl", {"conversation": "log:1", "message": 1, "labels": ["haet"]})
    told = decided(policy, log, capsys, labels=[labels])[2]
    assert "note: the vocabulary does not know the label `haet`; did you mean `hate`?" in told


def test_a_conversation_that_was_not_asked_for_is_there_all_the_same(
    policy: Path, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = written(tmp_path / "labels.jsonl", *rows_of("log:1", False), *rows_of("log:2", True))
    _, ended, told = decided(policy, log, capsys, labels=[labels], only=("log:1",))
    assert ended == [True]
    assert "joined to nothing" not in told


def test_joined_labels_come_before_detectors_and_detectors_before_the_doubt(
    policy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A detector speaks where the files say nothing, also in a log that does not say what was looked for."""
    talk = [
        {"role": "user", "content": "x", "labels": {"harassment": True, "self-harm": False}},
        {"role": "assistant", "content": "I can't help with that."},
    ] * 3
    log = written(tmp_path / "log.jsonl", {"id": "c1", "messages": talk})
    rows = [{"conversation": "c1", "message": 2, "labels": {"refusal": False}}]
    clear = [
        {"conversation": "c1", "message": number, "labels": {"self-harm": False}} for number in (2, 4, 6)
    ]
    labels = written(tmp_path / "labels.jsonl", *rows, *clear)
    assert decided(policy, log, capsys, labels=[labels], detect=["refusal"])[1] == [True]
    assert decided(policy, log, capsys, labels=[labels])[1] == [False]


def test_a_mapping_file_of_ones_own(
    policy: Path, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping = tmp_path / "ours.yaml"
    mapping.write_text(OUR_OWN)
    rows = rows_of("log:1", False)
    said = [
        {"conversation": "log:1", "message": number, "classifier": "ours", "output": {"rude": True}}
        for number in (1, 3)
    ]
    rows = [{**row, "labels": {"self-harm": False}} for row in rows[:2]] + rows[2:]  # type: ignore[dict-item]
    labels = written(tmp_path / "labels.jsonl", *rows, *said)
    assert decided(policy, log, capsys, labels=[labels], classifiers=[mapping])[:2] == (0, [True, False])
    code, ended, told = decided(policy, log, capsys, labels=[labels])
    assert (code, ended) == (1, [False, False])
    assert "unknown classifier `ours`" in told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"labels": [Path("none.jsonl")]}, "error: there is no file `none.jsonl`\n"),
        ({"labels": [Path()]}, "error: `.` is a folder\n"),
        ({"labels": [Path("a\0b")]}, "error: `a\\x00b` cannot be read: unknown reason\n"),
        ({"classifiers": [Path("none.yaml")]}, "error: there is no file `none.yaml`\n"),
        ({"classifiers": [Path()]}, "error: `.` is a folder\n"),
    ],
)
def test_a_file_that_is_not_there_ends_the_run(
    policy: Path, log: Path, capsys: pytest.CaptureFixture[str], options: dict[str, object], told: str
) -> None:
    assert decided(policy, log, capsys, **options) == (2, [], told)


def test_a_mapping_file_with_faults_ends_the_run(
    policy: Path, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mapping = tmp_path / "ours.yaml"
    mapping.write_text(OUR_OWN.replace("verdicts", "verdict"))
    code, _, told = decided(policy, log, capsys, classifiers=[mapping])
    assert code == 2
    assert "did you mean `verdicts`?" in told
    assert told.endswith("error: a mapping file of a classifier cannot be used\n")


def test_a_damaged_file_of_labels_ends_the_run(
    policy: Path, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = gzip.compress(b'{"conversation": "log:1", "labels": ["hate"]}\n' * 1000)
    path = tmp_path / "labels.gz"
    path.write_bytes(whole[:-20])
    code, ended, told = decided(policy, log, capsys, labels=[path])
    assert (code, ended) == (2, [])
    assert "damaged or ends too early" in told


def test_lines_of_labels_that_cannot_be_read_are_told_three_times_and_then_counted(
    policy: Path, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = written(tmp_path / "labels.jsonl", *[{"conversation": 5}] * 6)
    code, _, err = decided(policy, log, capsys, labels=[labels])
    assert code == 1
    assert err.count("error: the line says nothing  (bad-labels)\n") == 3
    assert "\nerror: 3 more: the line says nothing (bad-labels)\n" in err


def test_strict_stops_at_a_line_of_labels_that_cannot_be_read(
    policy: Path, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = written(tmp_path / "labels.jsonl", {"conversation": "log:1"})
    assert decided(policy, log, capsys, labels=[labels], strict=True)[:2] == (1, [])
