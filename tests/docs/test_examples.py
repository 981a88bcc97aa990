"""Every example of the documents holds, on the machine and on the reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from docs.doc_blocks import Block, blocks, read_example, written

from policy_engine.machine.machine import compile_policy
from policy_engine.model.decision import Decision
from policy_engine.model.loading import Loaded, load_policy
from policy_engine.model.model import Policy
from policy_engine.reference.history import turns_of
from policy_engine.reference.interpreter import interpret
from policy_engine.transcripts.message import Conversation

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))


@dataclass
class Told:
    """A block with the files that stand before it: what it needs to be run."""

    block: Block
    files: dict[str, str] = field(default_factory=dict)
    vocabulary: str | None = None
    policy: str = ""

    def load(self, folder: Path, text: str) -> Loaded:
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
            elif block.kind == "policy":
                if (
                    now.policy
                ):  # a policy has been read since the last vocabulary, which was for that one only
                    now.vocabulary = None
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


def run(policy: Policy, conversation: Conversation) -> list[Decision]:
    machine = compile_policy(policy)
    encoder = machine.encoder(conversation.looked_for)
    state, decisions = machine.initial(conversation.attributes), []
    for message in conversation.messages:
        state, decision = machine.step(state, encoder.observe(message))
        decisions.append(decision)
    return decisions


@pytest.mark.parametrize("example", [*told("policy")])
def test_policy_is_sound(example: Told, tmp_path: Path) -> None:
    found = example.load(tmp_path, example.policy)
    assert not [each.message for each in found.diagnostics]
    assert found.policy is not None or found.standard is not None


@pytest.mark.parametrize("example", [*told("conversation")])
def test_conversation(example: Told, tmp_path: Path) -> None:
    policy = loaded(example, tmp_path)
    expected = read_example(example.block.text)
    assert turns_of(expected.messages) == expected.turns
    for runner in (interpret, run):
        got = [written(policy, decision) for decision in runner(policy, expected.conversation)]
        assert got == expected.expected, f"by {runner.__name__}"


@pytest.mark.parametrize("example", [*told("policy-error")])
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
