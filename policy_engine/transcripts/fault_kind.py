"""What faults of a log are counted by: they are of one kind where only the log's own words and numbers differ."""

from __future__ import annotations

import re

from policy_engine.diagnostics import Diagnostic

SHOWN = 3
"""Faults of one kind that are told in full."""

_OWN_WORDS = re.compile(r"`[^`]*`?|(?<![\w-])[0-9][0-9,.]*")
"""What differs between two faults of one kind: names that the log chose, and numbers."""
_MORE = "…"
_LONGEST = 200
"""Characters of a kind that are told."""

Kind = tuple[str, str]
"""A code, and the message without the words and numbers of the log."""


def kind_of(fault: Diagnostic) -> Kind:
    """What faults are counted by."""
    return (fault.code, _OWN_WORDS.sub(_MORE, fault.message)[:_LONGEST])
