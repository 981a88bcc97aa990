"""The words of the policy language, which no vocabulary can use as a name."""

from __future__ import annotations

_RESERVED = """
    rule ladder trial group use check require policy language applies never after when if and or only
    except reason is not on within since in every detected unless once before start starting points
    per from at version effective overrides the category a an
"""

RESERVED: frozenset[str] = frozenset(_RESERVED.split())
"""Words that cannot be the name or alias of anything (compared without regard to case)."""

PHRASE_BREAKERS: frozenset[str] = frozenset(
    ("and", "or", "if", "when", "except", "only", "after", "unless", "once", "before", "reason")
)
"""Words that cannot stand inside a phrase: a policy's sentence would end there."""
