"""The document about detectors names each of them, and its example of one is one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from docs.doc_blocks import blocks

from policy_engine.transcripts.detecting import apply, detectors, detectors_named
from policy_engine.transcripts.detector import Detector, DetectorOf
from policy_engine.transcripts.detectors.end_request import asks_to_end
from policy_engine.transcripts.message import Conversation, Label, Message, Role
from policy_engine.vocabulary.shipped import default_vocabulary


@pytest.fixture(scope="module")
def document(root: Path) -> str:
    return (root / "docs" / "detectors.md").read_text(encoding="utf-8")


def test_every_detector_is_in_the_table_with_what_it_gives(document: str) -> None:
    for detector in detectors():
        written = f"{detector.name}:{detector.takes}" if isinstance(detector, DetectorOf) else detector.name
        assert re.search(
            rf"^\| `{written}` \| [^|]+ \| {re.escape(detector.gives)} \|$", document, re.MULTILINE
        )


def test_the_example_of_a_detector_is_one(root: Path) -> None:
    (example,) = (block for block in blocks(root / "docs" / "detectors.md") if block.kind == "python")
    made: dict[str, Any] = {}
    exec(example.text, made)
    assert isinstance(made["DETECTOR"], Detector)
    faults: list[tuple[str, str]] = []
    chat = Conversation("a", (Message(Role.USER, content="WHY?"), Message(Role.USER)), looked_for={})
    found = apply(chat, [made["DETECTOR"]], default_vocabulary(), lambda *fault: faults.append(fault))
    assert [message.labels for message in found.messages] == [
        (Label("harassment", value, "detector (shouting)"),) for value in (True, None)
    ]
    assert not faults


def test_the_example_of_a_list_is_one(root: Path, tmp_path: Path) -> None:
    (example,) = (block for block in blocks(root / "docs" / "detectors.md") if block.kind == "yaml")
    (tmp_path / "list.yaml").write_text(example.text, encoding="utf-8")
    (detector,) = detectors_named([f"keywords:{tmp_path / 'list.yaml'}"], default_vocabulary())
    assert set(detector.finds) == {"terrorism", "violence", "self-harm"}
    assert detector.finds["self-harm"] == frozenset({Role.USER})


def test_the_examples_of_requests_to_end_are_heard_as_it_says(document: str) -> None:
    heard = {"a request": True, "none": False, "unknown": None}
    for row, value in heard.items():
        (cell,) = re.findall(rf"^\| {row} \| (.*) \|$", document, re.MULTILINE)
        examples = re.findall(r"\*([^*]+)\*", cell)
        assert len(examples) >= 3
        for text in examples:
            assert asks_to_end(text) is value, text
