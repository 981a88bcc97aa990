"""What a part of a log came to, so that another process can add it up.

Portions that are taken in their order come to what one process would have found.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from policy_engine.diagnostics import Diagnostic
from policy_engine.transcripts.fault_kind import SHOWN, Kind, kind_of

if TYPE_CHECKING:
    from policy_engine.commands.notes import Noted
    from policy_engine.simulation.doubt import Doubt
    from policy_engine.transcripts.joining import Joined


Met = tuple[str, str]
"""A conversation that was met: its id, and its place. (A tuple, for it is sent from one process to another.)"""


@dataclass(slots=True)
class Portion:
    """``amounts``, ``notes`` and ``doubt`` are what was counted and noted, ``labels`` what came of joining them,
    ``asked_for`` the ids in it that somebody asked for, ``lines`` its conversations as JSON if asked for.

    ``events`` are its conversations and faults in order: of each kind of fault the first few, and ``more`` has the
    numbers of the others.
    """

    is_any: bool = False
    is_unreadable: bool = False
    amounts: dict[str, object] = field(default_factory=dict)
    notes: Noted | None = None
    doubt: Doubt | None = None
    labels: Joined | None = None
    asked_for: set[str] = field(default_factory=set)
    events: list[Met | Diagnostic] = field(default_factory=list)
    more: Counter[Kind] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)
    _kinds: Counter[Kind] = field(default_factory=Counter)

    def add_fault(self, fault: Diagnostic) -> None:
        """A fault, as it came."""
        kind = kind_of(fault)
        self._kinds[kind] += 1
        if self._kinds[kind] <= SHOWN:
            self.events.append(fault)
        else:
            self.more[kind] += 1
