"""Refusals from the text of a reply, with those that refuse only in part.

As :mod:`policy_engine.transcripts.detectors.refusal`, with replies that decline and then answer after all,
object and then give a list, or help first and decline one thing later.
"""

from __future__ import annotations

from policy_engine.transcripts.detector import Detector
from policy_engine.transcripts.detectors.refusal import Answer, RefusalFromText

DETECTOR: Detector = RefusalFromText(
    "refusal-loose",
    "replies that decline or object at their beginning, also in part",
    frozenset((Answer.DECLINES, Answer.OBJECTS, Answer.PARTLY)),
)
