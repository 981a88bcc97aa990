"""The example log that the section of each format shows, as a file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from docs.doc_blocks import Block, blocks

from policy_engine.transcripts.reading import readers

SECTIONS = Path(__file__).resolve().parents[2] / "docs" / "formats"
NAMES = [reader.name for reader in readers()]


def section(name: str) -> Path:
    """The page about a format."""
    return SECTIONS / f"{name}.md"


def example_of(name: str) -> Block:
    """The block of that page that is a log, or makes one."""
    found = [each for each in blocks(section(name)) if each.kind in ("log", "log-maker") and each.file]
    assert found, "the section shows a log: a block `log file=NAME`, or `log-maker file=NAME`"
    return found[0]


def made(block: Block, folder: Path) -> Path:
    """The log of a block, in a folder."""
    path = folder / (block.file or "")
    if block.kind == "log":
        path.write_text(block.text, encoding="utf-8")
    else:
        subprocess.run([sys.executable, "-c", block.text], cwd=folder, check=True)
    return path
