"""Several processes read a log: what is printed is what one process prints, and nothing outlives the command."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from policy_engine.commands.simulate import Options, simulate
from policy_engine.transcripts import parts

POLICY = "policies/last_resort.policy"
TIMED = "rule x1\n  after 2 refusals within 5 minutes, end the chat\n"


def log_of(folder: Path) -> Path:
    """Two files with conversations of many kinds, ids that come again, unknown names, and faults of many kinds."""
    folder.mkdir()
    for name in ("a", "b"):
        rows = []
        for number in range(600):
            labels: object = {"refusal": 0.9, "hate": number % 10 / 10, f"x{number % 30}": 1.0}
            labels = (
                {"hate": 1.5} if number % 97 == 5 else {"hate": "unknown"} if number % 50 == 7 else labels
            )
            messages = [{"role": role, "labels": labels} for role in ("user", "assistant") * 3]
            row = json.dumps(
                {"id": f"c{number % 550}", "attributes": {"model": "opus-4"}, "messages": messages}
            )
            rows.append(
                {13: "{", 17: '{"key": 1}', 19: "\udcff", 23: "", 29: row + "x"}.get(number % 101, row)
            )
        (folder / f"{name}.jsonl").write_bytes("\n".join(rows).encode("utf-8", "surrogateescape"))
    (folder / "z.bin").write_bytes(b"\x00\x01")
    return folder


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "_parts", cut_small(parts._parts))


def cut_small(cut: object) -> object:
    return lambda file, chosen, settings, size: cut(file, chosen, settings, 20_000)  # type: ignore[operator]


def printed(
    policy: Path, log: Path, options: Options, capsys: pytest.CaptureFixture[str]
) -> tuple[int, str, str]:
    code = simulate(policy, [log], options)
    done = capsys.readouterr()
    return code, done.out, done.err


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("as_json", [False, True])
def test_doubt_is_that_of_one_process(
    as_json: bool, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = log_of(tmp_path / "log")
    found = [
        printed(
            root / POLICY,
            log,
            Options(as_json=as_json, summary=True, doubt=True, detect=("refusal",), jobs=jobs),
            capsys,
        )
        for jobs in (1, 3)
    ]
    assert found[0] == found[1]
    assert ("x20" if as_json else "`x20`") in found[0][1]
    assert "does not know the label" not in found[0][2]


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("timed", [False, True])
@pytest.mark.parametrize(("as_json", "summary"), [(False, False), (True, False), (True, True)])
def test_the_output_is_that_of_one_process(
    as_json: bool, summary: bool, timed: bool, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = log_of(tmp_path / "log")
    policy = tmp_path / "timed.policy"
    policy.write_text(TIMED)
    chosen = policy if timed else root / POLICY
    pace = "1 minute" if timed and summary else None
    found = [
        printed(chosen, log, Options(as_json=as_json, summary=summary, pace=pace, jobs=jobs), capsys)
        for jobs in (1, 2, 3)
    ]
    assert found[0] == found[1] == found[2]
    assert found[0][2].count("error:") > 5
    assert "has the id of one before it" in found[0][2]


@pytest.mark.usefixtures("small_parts")
def test_what_reads_a_line_is_told_as_by_one_process(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log.jsonl"
    good = json.dumps({"messages": [{"role": "user", "content": "a" * 1_000, "labels": []}]})
    pair = json.dumps({"chosen": "\n\nHuman: a", "rejected": "\n\nHuman: b"})
    log.write_text("\n".join([good, *["[]"] * 150, *[good] * 300, pair]))
    found = [printed(root / POLICY, log, Options(summary=True, jobs=jobs), capsys) for jobs in (1, 2)]
    assert found[0] == found[1]
    assert f"{log}:452\n    the line looks like one of `--from hh-rlhf`" in found[0][2]


THIRD, SEVENTH = ([f"c{number}" for number in range(0, 600, step)] for step in (3, 7))
LABELS = [
    *({"conversation": name, "message": 1, "source": "judge", "labels": {"refusal": 0.9}} for name in THIRD),
    *({"conversation": name, "message": 2, "source": "judge", "labels": ["refusal"]} for name in THIRD),
    *({"conversation": name, "source": "people", "labels": {"hate": False}} for name in SEVENTH),
    {"conversation": "c9", "message": 77, "source": "judge", "labels": ["refusal"]},
    {"conversation": "c8", "message": 78, "source": "judge", "labels": ["refusal"]},
    {"conversation": "nowhere", "message": 1, "source": "judge", "labels": ["refusal"]},
    "broken",
]  # fmt: skip


@pytest.mark.usefixtures("small_parts")
@pytest.mark.parametrize("only", [(), ("c1",), ("c9", "c3", "c549", "c600"), ("nobody",)])
@pytest.mark.parametrize("is_labelled", [False, True])
@pytest.mark.parametrize(
    "how",
    [
        Options(),
        Options(summary=True, doubt=True, detect=("refusal",)),
        Options(as_json=True),
        Options(as_json=True, why=True),
    ],
)
def test_labels_pages_and_what_is_asked_for_are_those_of_one_process(
    only: tuple[str, ...],
    is_labelled: bool,
    how: Options,
    root: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = log_of(tmp_path / "log")
    labels = tmp_path / "labels.jsonl"
    labels.write_text("".join(json.dumps(each) + "\n" for each in LABELS))
    found = []
    for jobs in (1, 3):
        page = tmp_path / "page.html"
        page.unlink(missing_ok=True)
        options = replace(
            how, only=only, labels=(labels,) if is_labelled else (), html=page, text=False, jobs=jobs
        )
        found.append(
            (printed(root / POLICY, log, options, capsys), page.read_text() if page.exists() else None)
        )
    assert found[0] == found[1]
    (code, out, err), page_text = found[0]
    assert "--jobs changes nothing" not in err
    assert (page_text is None) == (only == ("nobody",))
    said = " ".join(err.split())
    assert is_labelled == ("of labels joined to nothing:" in said)
    assert code == 2  # of the folder, one file cannot be read
    assert out or only == ("nobody",)


def test_a_pipe_is_read_by_one_process_and_once(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    line = b'{"id": "only", "messages": [{"role": "user", "labels": []}]}\n'
    writing = threading.Thread(target=pipe.write_bytes, args=(line,))
    writing.start()
    code, out, err = printed(root / POLICY, pipe, Options(jobs=2), capsys)
    writing.join()
    assert (code, out.split()[0]) == (0, "only")
    assert "a pipe is read by one process" in " ".join(err.split())


@pytest.mark.usefixtures("small_parts")
def test_one_conversation_is_shown_as_a_timeline_all_the_same(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log.jsonl"
    row = {"id": "only", "messages": [{"role": "user", "content": "Hello there.", "labels": []}] * 900}
    log.write_text("{\n" * 9 + json.dumps(row) + "\n" + "{\n" * 9_000)
    one, two = (printed(root / POLICY, log, Options(jobs=jobs), capsys) for jobs in (1, 2))
    assert one == two
    assert "Hello there." in one[1]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (Options(jobs=2, strict=True), "--strict is for one process"),
        (Options(jobs=2, why=True), "timelines are written by one process"),
    ],
)
def test_what_one_process_has_to_do_is_said(
    options: Options, why: str, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        f"note: --jobs changes nothing: {why}"
        in printed(root / POLICY, log_of(tmp_path / "log"), options, capsys)[2]
    )


def test_what_becomes_of_each_conversation_of_a_compressed_log_is_written_as_it_is_read(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log.gz"
    log.write_bytes(gzip.compress(b'{"id": "a", "messages": [{"role": "user", "labels": []}]}\n' * 99))
    code, out, err = printed(root / POLICY, log, Options(jobs=2, as_json=True), capsys)
    assert (code, out.count("\n")) == (0, 99)
    assert "of a compressed log is written by one process" in " ".join(err.split())


def running(root: Path, log: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        str(root / "cli.py"),
        "simulate",
        str(root / POLICY),
        str(log),
        "--jobs",
        "2",
        *more,
    ]
    # whoever runs the tests in the background of a shell has made them deaf to ^C
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def large(folder: Path) -> Path:
    log = folder / "large.jsonl"
    row = {"messages": [{"role": "user", "labels": {"hate": 0.5}}] * 100}
    log.write_text((json.dumps(row) + "\n") * 12_000)
    return log


def group_is_gone(group: int) -> bool:
    """Whether no process of the group is left, after some patience."""
    for _ in range(100):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_processes_end_with_the_command(end: signal.Signals, root: Path, tmp_path: Path) -> None:
    process = running(root, large(tmp_path), "--format", "json")
    assert process.stdout is not None
    process.stdout.readline()
    process.send_signal(end)
    process.communicate(timeout=60)
    assert process.returncode == (130 if end is signal.SIGINT else -end)
    assert group_is_gone(process.pid)


LEFT = """
import sys
import time
from policy_engine.commands.workers import in_order

found = in_order(lambda size: "x" * size, [1, *[int(sys.argv[1])] * 9], 2)
next(found)
time.sleep(0.4)  # until one is being sent
found.close()
"""


@pytest.mark.parametrize("size", [1, 100_000_000])
def test_processes_that_are_ended_in_the_middle_of_a_result_are_not_waited_for(root: Path, size: int) -> None:
    done = subprocess.run([sys.executable, "-c", LEFT, str(size)], cwd=root, timeout=20, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_reader_that_leaves_ends_all_processes(root: Path, tmp_path: Path) -> None:
    process = running(root, large(tmp_path), "--format", "json")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == -signal.SIGPIPE
    assert process.stderr is not None
    assert process.stderr.read() == b""
    assert group_is_gone(process.pid)
