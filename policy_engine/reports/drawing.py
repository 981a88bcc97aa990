"""What a drawing of a policy shows: nodes and edges, as a person would sketch them.

How a policy becomes one is told in ``draughtsman``; how it looks, by the renderers, each in a file of its
own: ``mermaid``, ``dot``, ``svg``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What a node stands for."""

    HEARD = "heard"
    CLOCK = "clock"
    COUNTER = "counter"
    CONDITION = "condition"
    LIMIT = "limit"
    RULE = "rule"
    LADDER = "ladder"
    STEP = "step"
    BARRIER = "never"
    ACTION = "action"
    END = "end"


class Tie(Enum):
    """What an edge says of its two nodes."""

    LEADS = "leads to"
    """What is heard or counted to a rule; a rule to what it does."""
    STOPS = "can stop"
    """A gate to what it stops: a rule, a ladder, a barrier."""
    OVERRIDES = "overrides"
    FEEDS = "feeds"
    """What was done or heard to the condition or counter that looks at it."""
    CLIMBS = "climbs"
    STARTS_OVER = "starts over"


@dataclass(frozen=True, slots=True)
class Node:
    """A thing in the drawing: its main ``text`` and smaller ``details``, each one line of harmless text.

    ``number`` is that of a step, from 1. ``ladder`` is the id of the ladder that a step belongs to.
    ``trial``: it belongs to rules on trial alone, so nothing comes of it.
    """

    id: str
    kind: Kind
    text: str
    details: tuple[str, ...] = ()
    trial: bool = False
    number: int | None = None
    ladder: str | None = None

    @property
    def heading(self) -> str:
        """The text, with what it is where that is not plain: ``trial rule strict``."""
        if self.kind not in (Kind.RULE, Kind.LADDER):
            return self.text
        return f"{'trial ' if self.trial else ''}{self.kind.value} {self.text}"


@dataclass(frozen=True, slots=True)
class Edge:
    """A tie between two nodes, by their ids, with the words that stand at it."""

    source: str
    target: str
    tie: Tie
    label: str = ""
    trial: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """A policy as nodes and edges.

    ``subtitle`` says whom the policy covers (empty: everybody), ``notes`` what the names of its groups mean.
    ``sentences`` say the same as the drawing, for those who cannot see it. Nothing in it depends on the
    order of the policy's lines.
    """

    title: str
    subtitle: str
    notes: tuple[str, ...]
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    sentences: tuple[str, ...]
