"""What was asked for on the command line and cannot be done."""

from __future__ import annotations


class Usage(Exception):
    """What was asked for cannot be done; the message says why, as a fragment to show."""
