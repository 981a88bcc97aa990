"""``--detect``: the detectors that it names."""

from __future__ import annotations

from collections.abc import Sequence

from policy_engine.commands.standard_error import tell
from policy_engine.commands.usage import Usage
from policy_engine.diagnostics import PolicyError
from policy_engine.model.model import Policy
from policy_engine.transcripts.detecting import detectors_named
from policy_engine.transcripts.detector import Detector


def chosen_detectors(written: Sequence[str], policy: Policy) -> tuple[Detector, ...]:
    """What ``--detect`` asks for. Raises Usage, after the faults of a file were printed."""
    try:
        return detectors_named(written, policy.vocabulary)
    except ValueError as fault:
        raise Usage(str(fault)) from None
    except PolicyError as fault:
        for each in fault.diagnostics:
            tell(each)
        raise Usage("--detect names a file that cannot be used") from None
