"""``--detect``: the detectors that somebody asks for, and what is wrong with those that cannot be had."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from policy_engine.commands.standard_error import tell
from policy_engine.commands.usage import Usage
from policy_engine.diagnostics import PolicyError
from policy_engine.transcripts.detecting import detectors_named

if TYPE_CHECKING:
    from policy_engine.transcripts.detector import Detector
    from policy_engine.vocabulary.vocabulary import Vocabulary


def detectors_asked(written: Sequence[str], vocabulary: Vocabulary) -> tuple[Detector, ...]:
    """What ``--detect`` asks for. Raises Usage, after the faults of a file were printed."""
    try:
        return detectors_named(written, vocabulary)
    except ValueError as fault:
        raise Usage(str(fault)) from None
    except PolicyError as fault:
        for each in fault.diagnostics:
            tell(each)
        raise Usage("--detect names a file that cannot be used") from None
