"""Whether the time that a detector takes grows no faster than the text does."""

from __future__ import annotations

import time

from policy_engine.transcripts.detector import Detector
from policy_engine.transcripts.message import Message, Role

PIECES = ("a", " ", "'", "\n", "1. ", "a b ", ". ", "\u200b", "😀", "\ud800", "not ", "the ")
"""Repeated, they make a text that is hostile to patterns of many kinds."""
LONG = 1_000_000
"""Characters of the longer text."""
BEARABLE = 0.5
"""Seconds of the processor that the longer text may take, on any computer."""
NOTHING = 0.1
"""Seconds below which no growth can be told."""


def is_linear(detector: Detector, role: Role, piece: str) -> bool:
    """Whether a text ten times as long takes at most about ten times as long, and 1 MB less than half a second."""
    short, long = (_fastest(detector, role, (piece * size)[:size]) for size in (LONG // 10, LONG))
    return long < BEARABLE and (long < NOTHING or long < 30 * short)


def _fastest(detector: Detector, role: Role, text: str) -> float:
    taken = []
    for _ in range(3):
        began = time.process_time()
        detector.detect(Message(role, content=text))
        taken.append(time.process_time() - began)
    return min(taken)
