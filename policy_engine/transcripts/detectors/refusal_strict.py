"""Refusals from the text of a reply, where it says in so many words that it will or can not.

As :mod:`policy_engine.transcripts.detectors.refusal`, without objections ("it is not ethical to …").
"""

from __future__ import annotations

from policy_engine.transcripts.detector import Detector
from policy_engine.transcripts.detectors.refusal import Answer, RefusalFromText

DETECTOR: Detector = RefusalFromText(
    "refusal-strict",
    "replies that decline at their beginning, in so many words",
    frozenset((Answer.DECLINES,)),
)
