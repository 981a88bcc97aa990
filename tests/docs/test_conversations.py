"""What the document about conversations shows of commands that write files, done in a folder."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from docs.doc_blocks import blocks

from policy_engine.transcripts.own_parquet import schema
from policy_engine.transcripts.writing import FORMS


def test_the_sessions_go_as_they_are_shown(root: Path, tmp_path: Path) -> None:
    shutil.copy(root / "examples" / "unlabelled.yaml", tmp_path)
    sessions = [block for block in blocks(root / "docs" / "conversations.md") if block.kind == "session"]
    assert sessions
    for part in re.split(r"^\$ ", "".join(block.text for block in sessions), flags=re.MULTILINE)[1:]:
        command, _, printed = part.partition("\n")
        name, *arguments = shlex.split(command)
        assert name == "policy-engine"
        done = subprocess.run(
            [sys.executable, str(root / "cli.py"), *arguments],
            cwd=tmp_path, capture_output=True, encoding="utf-8", check=False, env={**os.environ, "NO_COLOR": "1"},
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (0, printed, "")


def test_the_columns_of_parquet_are_those_that_are_written(root: Path) -> None:
    text = (root / "docs" / "conversations.md").read_text(encoding="utf-8")
    table = text.partition("### The columns of Parquet")[2].partition("\n## ")[0]
    told = re.findall(r"^\| (?:· )?`(\w+)` \| (?:list of ([^|:]*))?", table, re.MULTILINE)
    found = {name: re.findall(r"`(\w+)`", members) for name, members in told}
    columns = {field.name: field.type for field in schema()}
    columns |= {field.name: field.type for field in columns["messages"].value_type if field.name != "id"}
    assert set(found) == set(columns)
    for name, members in found.items():
        kind = columns[name]
        inside = [] if name == "messages" or not hasattr(kind, "value_type") else list(kind.value_type)
        assert members == [field.name for field in inside]


def test_every_ending_is_named(root: Path) -> None:
    text = (root / "docs" / "conversations.md").read_text(encoding="utf-8")
    assert all(f"`{ending}`" in text for ending in FORMS)
