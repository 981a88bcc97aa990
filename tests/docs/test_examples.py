"""Every example of the documents holds, on the machine and on the reference."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from shutil import copytree

import pytest
from decided import decided
from docs.doc_blocks import Block, blocks, read_example, written

from policy_engine.model.loading import Loaded, load_policy
from policy_engine.model.model import Policy
from policy_engine.reference.history import turns_of
from policy_engine.reference.interpreter import interpret
from policy_engine.reference.promises import Outcome, judge

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {**os.environ, "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1"}
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))


@dataclass
class Told:
    """A block with the files that stand before it: what it needs to be run."""

    block: Block
    files: dict[str, str] = field(default_factory=dict)
    vocabulary: str | None = None
    policy: str = ""

    def load(self, folder: Path, text: str) -> Loaded:
        if 'use "laws/' in text:
            copytree(ROOT / "policies" / "laws", folder / "laws", dirs_exist_ok=True)
        for name, content in self.files.items():
            (folder / name).write_text(content, encoding="utf-8")
        if self.vocabulary is not None:
            (folder / "words.yaml").write_text(self.vocabulary, encoding="utf-8")
            text += '\nuse "words.yaml"\n'
        main = folder / "main.policy"
        main.write_text(text, encoding="utf-8")
        return load_policy(main)


def told(*kinds: str) -> Iterator[pytest.ParameterSet]:
    """The blocks of some kinds in all documents, each with what stands before it."""
    for path in DOCUMENTS:
        now = Told(Block("", None, "", 0))
        for block in blocks(path):
            if block.kind == "vocabulary":
                now.vocabulary = block.text
                now.policy = ""
            elif block.file is not None:
                now.files[block.file] = block.text
            elif block.kind in ("policy", "policy-error"):
                if now.policy:  # read since the last vocabulary, which was for that one only
                    now.vocabulary = None
                if block.kind == "policy":
                    now.policy = block.text
            if block.kind in kinds and block.file is None:
                yield pytest.param(
                    Told(block, dict(now.files), now.vocabulary, now.policy),
                    id=f"{path.name}:{block.line}",
                )


def loaded(example: Told, folder: Path) -> Policy:
    found = example.load(folder, example.policy)
    assert found.policy is not None, [each.message for each in found.diagnostics]
    return found.policy


@pytest.mark.parametrize("example", list(told("policy")))
def test_policy_is_sound(example: Told, tmp_path: Path) -> None:
    found = example.load(tmp_path, example.policy)
    assert not [each.message for each in found.diagnostics]
    assert found.policy is not None or found.standard is not None


@pytest.mark.parametrize("example", list(told("conversation")))
def test_conversation(example: Told, tmp_path: Path) -> None:
    policy = loaded(example, tmp_path)
    expected = read_example(example.block.text)
    assert turns_of(expected.messages) == expected.turns
    for runner in (interpret, decided):
        got = [written(policy, decision) for decision in runner(policy, expected.conversation)]
        assert got == expected.expected, f"by {runner.__name__}"


@pytest.mark.parametrize("example", list(told("conversation")))
def test_promises(example: Told, tmp_path: Path) -> None:
    policy = loaded(example, tmp_path)
    expected = read_example(example.block.text)
    chat = expected.conversation
    decisions = interpret(policy, chat)
    found = {each.text: judge(policy, each, chat, decisions) for each in policy.promises}
    broken = {text for text, verdict in found.items() if verdict.outcome is Outcome.BROKEN}
    for name in example.files:
        standard = load_policy(tmp_path / name).standard
        for each in standard.promises if standard is not None else ():
            found[each.text] = judge(policy, each, chat, decisions, standard)
    assert {text: found.get(text) for text in {*expected.verdicts, *broken}} == expected.verdicts


@pytest.mark.parametrize("example", list(told("policy-error")))
def test_fault_is_told(example: Told, tmp_path: Path) -> None:
    text, _, faults = example.block.text.partition("---\n")
    found = example.load(tmp_path, text)
    told_lines = []
    for each in found.diagnostics:
        message = each.message.replace(f"{tmp_path}/", "")
        told_lines.append(f"{each.severity.value}: {message}")
        if each.hint:
            told_lines.append(f"  {each.hint}")
    assert told_lines == faults.splitlines()


def commands() -> Iterator[pytest.ParameterSet]:
    """Every ``$ policy-engine ...`` of the documents, with what it prints."""
    for path in DOCUMENTS:
        for block in blocks(path):
            for number, part in enumerate(re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]):
                if block.kind == "console":
                    command, _, printed = part.partition("\n")
                    yield pytest.param(command, printed, id=f"{path.name}:{block.line}:{number}")


@pytest.mark.parametrize(("command", "printed"), list(commands()))
def test_command_prints(command: str, printed: str) -> None:
    name, *arguments = shlex.split(command)
    assert name == "policy-engine"
    done = subprocess.run(
        [sys.executable, "cli.py", *arguments],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=False, env=ENVIRONMENT,
    )  # fmt: skip
    assert done.stdout.rstrip() == printed.rstrip()
    assert not done.stderr


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_python_runs(path: Path) -> None:
    """What a comment behind `print` says is what is printed."""
    for block in blocks(path):
        if block.kind == "python":
            done = subprocess.run(
                [sys.executable, "-c", block.text],
                cwd=ROOT,
                capture_output=True,
                encoding="utf-8",
                check=False,
            )
            assert done.stderr == ""
            expected = re.findall(r"^print\(.*\)  # (.*)$", block.text, flags=re.MULTILINE)
            assert expected
            assert done.stdout.splitlines() == expected
