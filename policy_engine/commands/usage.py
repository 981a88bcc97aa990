"""What was asked for on the command line and cannot be done."""

from __future__ import annotations


class Usage(Exception):
    """What was asked for cannot be done; the message says why, as a fragment to show."""


def check_budget(seconds: float) -> None:
    """Raises Usage where ``--budget`` leaves no time, in seconds, for a proof."""
    if not seconds > 0:
        raise Usage(f"`--budget` is a number of seconds above 0, not {seconds:g}")
