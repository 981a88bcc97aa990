"""The command over every published log that it reads: nobody is ended on the word of a pattern, nothing is lost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from transcripts.published import published


def test_the_last_resort_over_the_crisis_chats_and_the_red_team_chats(root: Path) -> None:
    logs = [published("vera-mh", "conversations"), published("hh-rlhf", "harmless-base", "test.jsonl.gz")]
    options = ["--detect", "refusal", "--assume", "model=opus-4", "--summary", "--format", "json"]
    done = subprocess.run(
        [sys.executable, "cli.py", "simulate", "policies/last_resort.policy", *map(str, logs), *options],
        cwd=root, capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["conversations"] == 105 + 2 * 2_312
    assert found["malformed"] == 0
    assert found["covered"]["assumed"] == found["conversations"]
    assert found["ended"] == found["ended_if_absent"] == 0  # no category was looked for
    assert found["only_in_doubt"] == {"offer-support": found["conversations"]}
    assert 200 < found["from_text"]["refusal"] < 400
