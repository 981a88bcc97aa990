"""What a command says to whoever called it."""

from __future__ import annotations

FINE = 0
FINDINGS = 1
"""Something is wrong with what was given, and the rest was done."""
UNUSABLE = 2
"""What was asked for cannot be done: usage, unreadable input, unwritable output."""
