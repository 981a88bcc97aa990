"""Logs that are broken in many ways: each fault is named with file and line and counted, and the rest goes on."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

from policy_engine.commands.simulate import Options, simulate

POLICY = "policies/last_resort.policy"
GOOD = '{"id": "good %d", "messages": [{"role": "user", "labels": []}]}'


def row(*messages: object, **more: object) -> str:
    return json.dumps({"id": "bad", "messages": list(messages), **more})


FAULTS = {
    "half a line": ('{"id": "bad", "messages": [{"role": "us', "this is not JSON at column"),
    "invalid UTF-8": ('{"id": "\udcff"}', "the text is not UTF-8"),
    "a role that nobody knows": (row({"role": "usr"}), "unknown role `usr`"),
    "no messages": (row(), "the conversation has no messages"),
    "two kinds of times": (
        row(
            {"role": "user", "time": "2025-08-15T10:00:00Z"}, {"role": "user", "time": "2025-08-15T10:00:01"}
        ),
        "some times of the conversation have a zone, and some have none",
    ),
    "a key twice": ('{"id": "bad", "id": "b", "messages": []}', "`id` is written twice"),
    "nested without end": ("[" * 50_000, "lists and objects are nested too deeply"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_and_counted_and_the_rest_goes_on(
    name: str, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line, message = FAULTS[name]
    log = tmp_path / "log.jsonl"
    log.write_bytes(f"{GOOD % 1}\n{line}\n{GOOD % 2}\n".encode("utf-8", "surrogateescape"))
    assert simulate(root / POLICY, [log], Options(as_json=True, summary=True)) == 1
    done = capsys.readouterr()
    found = json.loads(done.out)
    assert (found["conversations"], found["malformed"], sum(found["faults"].values())) == (2, 1, 1)
    assert f"{log}:2" in done.err
    assert message in " ".join(done.err.split())


@pytest.mark.parametrize("score", ["NaN", "Infinity", "-Infinity", "1e999", "-0.5"])
def test_a_score_that_is_none_is_unknown_and_named(
    score: str, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log.jsonl"
    log.write_text(f'{GOOD % 1}\n{{"messages": [{{"role": "user", "labels": {{"hate": {score}}}}}]}}\n')
    assert simulate(root / POLICY, [log], Options(as_json=True, summary=True)) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert (
        said == f"note: a score of `hate` is not between 0 and 1: taken as unknown (once, first at {log}:2)"
    )


def test_an_id_that_comes_twice_is_named_and_both_are_counted(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.jsonl").write_text(f"{GOOD % 1}\n{GOOD % 2}\n")
    (tmp_path / "b.jsonl").write_text(f"{GOOD % 3}\n{GOOD % 2}\n")
    assert simulate(root / POLICY, [tmp_path], Options(as_json=True, summary=True)) == 0
    done = capsys.readouterr()
    found = json.loads(done.out)
    assert (found["conversations"], found["repeated_ids"], found["faults"]) == (4, 1, {})
    assert "warning: the conversation `good 2` has the id of one before it" in done.err
    assert f"{tmp_path / 'b.jsonl'}:2" in done.err
    assert simulate(root / POLICY, [tmp_path], Options(summary=True)) == 0
    assert "Conversations with the id of one before them: 1." in capsys.readouterr().out


def test_a_line_of_another_format_is_named_with_what_reads_it(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log.jsonl"
    pair = json.dumps({"chosen": "\n\nHuman: a", "rejected": "\n\nHuman: b"})
    openai = json.dumps({"model": "m", "messages": [{"role": "user", "content": "a"}]})
    log.write_text(f"{GOOD % 1}\n{pair}\n{openai}\n{GOOD % 2}\n")
    assert simulate(root / POLICY, [log], Options(summary=True)) == 1
    done = capsys.readouterr()
    assert f"{log}:2\n    the line looks like one of `--from hh-rlhf`" in done.err
    assert f"{log}:3\n    the line looks like one of `--from openai`" in done.err
    assert "2 conversations" in done.out
    assert "left out: 2 malformed" in done.out
    assert "  2: unknown key …" in done.out


def test_a_truncated_log_is_named_where_it_ends(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log.jsonl.gz"
    log.write_bytes(gzip.compress("".join(GOOD % each + "\n" for each in range(5_000)).encode())[:-3_000])
    (tmp_path / "z.jsonl").write_text(GOOD % 9_999)
    assert simulate(root / POLICY, [tmp_path], Options(as_json=True, summary=True)) == 2
    done = capsys.readouterr()
    found = json.loads(done.out)
    assert found["conversations"] > 1_000
    assert found["faults"] == {"the compressed file is damaged or ends too early": 1}
    assert f"{log}:{found['conversations']}" in done.err  # one of them is of the other file


LONG = """
import json, sys, time
from pathlib import Path
from policy_engine.commands.simulate import Options, simulate
start = time.process_time()
code = simulate(Path(sys.argv[1]), [Path(sys.argv[2])], Options(as_json=True, summary=True))
print(time.process_time() - start, file=sys.stderr)
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")), file=sys.stderr)
sys.exit(code)
"""


def measured(root: Path, log: Path) -> tuple[int, dict[str, object], float, int, str]:
    """The exit code, the result, seconds, kilobytes, and what was said."""
    done = subprocess.run(
        [sys.executable, "-c", LONG, str(root / POLICY), str(log)],
        capture_output=True,
        text=True,
        check=False,
    )
    *said, took, most = done.stderr.splitlines()
    return done.returncode, json.loads(done.stdout), float(took), int(most), "\n".join(said)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is told elsewhere here")
def test_a_line_of_200_mb_is_an_error_in_bounded_memory(root: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    with log.open("w") as file:
        file.write(f'{GOOD % 1}\n{{"id": "')
        for _ in range(200):
            file.write("x" * 1_000_000)
        file.write(f'"}}\n{GOOD % 2}\n')
    code, found, _, most, said = measured(root, log)
    assert (code, found["conversations"], found["malformed"]) == (1, 2, 1)
    assert "the line is longer than 64,000,000 bytes" in said
    assert f"{log}:2" in said
    assert most < 300_000


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is told elsewhere here")
def test_a_million_messages_in_one_conversation_take_time_that_is_bounded(root: Path, tmp_path: Path) -> None:
    def taken(messages: int) -> float:
        log = tmp_path / f"{messages}.jsonl"
        pair = '{"role": "user", "labels": ["hate"]}, {"role": "assistant", "labels": []}'
        log.write_text('{"id": "long", "messages": [' + ", ".join([pair] * (messages // 2)) + "]}\n")
        code, found, seconds, _, _ = measured(root, log)
        assert (code, found["messages"]) == (0, messages)
        return seconds

    quarter, whole = taken(250_000), taken(1_000_000)
    assert whole < 8 * quarter  # four times as long, and some patience
