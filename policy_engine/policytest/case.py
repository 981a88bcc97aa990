"""What a test file says: cases with what is expected of them, and what must hold in every conversation.

A case is a conversation in steps. A step is some of its messages, and what the policy is expected to do at
them: exactly that, and nothing where nothing is written, as in the examples of `docs/language.md`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from policy_engine.model.decision import Cause
from policy_engine.model.loading import Loaded
from policy_engine.model.model import Policy, Promise
from policy_engine.source import Location, Source
from policy_engine.transcripts.message import Conversation


@dataclass(frozen=True, slots=True)
class ExpectedAction:
    """An action that is done. ``text`` None: whatever its text; ``rules`` None: whoever asks for it."""

    action: str
    text: str | None = None
    rules: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class ExpectedStop:
    """A rule that is due and stopped. ``clause`` (None: any) counts the clauses of that cause from 0."""

    rule: str
    cause: Cause
    clause: int | None = None
    unknown: bool = False
    """Whether it has to be stopped because the clause's condition is unknown."""


@dataclass(frozen=True, slots=True)
class ExpectedCount:
    """A counter of a rule or ladder that stands at ``value`` of ``need`` at the last message of the step."""

    rule: str
    value: int
    need: int


@dataclass(frozen=True, slots=True)
class Expectation:
    """What is expected of a step: all ``actions`` and, unless ``others`` may be done, no more; all ``stops`` and
    all ``counts``.

    ``trial`` None: whatever trial rules would have done. ``words`` is what was written; empty where nothing was.
    """

    actions: tuple[ExpectedAction, ...] = ()
    others: bool = False
    trial: tuple[ExpectedAction, ...] | None = None
    stops: tuple[ExpectedStop, ...] = ()
    counts: tuple[ExpectedCount, ...] = ()
    words: tuple[str, ...] = ()


NOTHING = Expectation()
"""Nothing is done."""
ANYTHING = Expectation(others=True, words=("anything",))
"""Whatever is done."""


@dataclass(frozen=True, slots=True)
class Step:
    """The messages from number ``first`` up to ``last`` (from 1, both included), and what is expected at them."""

    first: int
    last: int
    expected: Expectation
    words: str
    """The turn as written, or empty."""
    location: Location


@dataclass(frozen=True, slots=True)
class Case:
    """One conversation to be tried. ``name`` is unique within its file."""

    name: str
    conversation: Conversation
    steps: tuple[Step, ...]
    location: Location


class CheckKind(Enum):
    """What a check asks of every conversation."""

    NEVER = "never"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Check:
    """What holds in every conversation of a file: ``promise`` is broken by none, or ``action`` is done in none.

    Exactly one of the two is set.
    """

    kind: CheckKind
    words: str
    location: Location
    promise: Promise | None = None
    action: str | None = None

    @property
    def name(self) -> str:
        """``never: end the chat``."""
        return f"{self.kind.value}: {self.words}"


@dataclass(frozen=True, slots=True)
class Suite:
    """A test file. ``loaded`` is its policy, ``others`` are files and folders of more conversations for the checks."""

    path: Path
    source: Source
    policy: Policy
    loaded: Loaded
    cases: tuple[Case, ...]
    checks: tuple[Check, ...] = ()
    others: tuple[Path, ...] = ()
