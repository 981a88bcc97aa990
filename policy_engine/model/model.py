"""A policy with its names bound and its units known: what the machine and the reference both read.

The meaning of every value here is told in ``docs/language.md``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from policy_engine.source import Location
from policy_engine.transcripts.message import AttributeValue, Role
from policy_engine.value import value
from policy_engine.vocabulary.vocabulary import Lasting, Vocabulary


@dataclass(frozen=True, slots=True, order=True)
class Reading:
    """A label as a policy reads it: by its own threshold, or ``at`` a score of the policy's own."""

    label: str
    at: float | None = None


@value
class Scope:
    """How far back a condition looks: the whole conversation, this message only, or a ``window``.

    ``in this turn`` is a window of 1 turn.
    """

    this_message: bool = False
    window: Lasting | None = None


HERE = Scope(this_message=True)
"""The scope of what a trigger waits for."""


class Doubt(Enum):
    """What a detection asks of a message."""

    DETECTED = "detected"
    DETECTED_OR_UNCHECKED = "detected or could not be checked"
    UNCHECKED = "could not be checked"


@value
class Detected:
    """``X or Y [is] detected [from the user] [or could not be checked] [scope]``.

    Events are read in the same way (one reading, no role: the vocabulary says who speaks).
    """

    readings: tuple[Reading, ...]
    role: Role | None = None
    doubt: Doubt = Doubt.DETECTED
    scope: Scope = Scope()


@value
class Taken:
    """``a warning has been given [scope]``: the policy took the action at an earlier message."""

    action: str
    scope: Scope = Scope()


@value
class Attribute:
    """``user.age is at least 18``. ``op`` is one of ``is``, ``at least``, ``at most``, ``more than``, ``less than``.

    ``is`` holds for any of ``values``; the others have exactly one, a number.
    """

    name: str
    op: str
    values: tuple[AttributeValue, ...]


@value
class Not:
    """The opposite of a condition; unknown stays unknown."""

    condition: Condition


@value
class All:
    """Every one of two or more conditions."""

    conditions: tuple[Condition, ...]


@value
class Any:
    """At least one of two or more conditions."""

    conditions: tuple[Condition, ...]


@value
class CountReached:
    """``there have been at least 2 refusals on X``: the count's ``need`` is reached here."""

    count: Count


Condition = Detected | Taken | Attribute | Not | All | Any | CountReached


@value
class SinceAction:
    """Since the last time that the policy took ``action``."""

    action: str


@value
class SinceFirst:
    """Since ``detected`` (scope: this message) was certain for the first time."""

    detected: Detected


@value
class SinceEvent:
    """Since the last time that ``event`` certainly happened."""

    event: str


Marker = SinceAction | SinceFirst | SinceEvent


@value
class Count:
    """``need`` of one act, on categories (``on``; None where no category is asked), or of points.

    At most one of ``in_a_row``, ``within`` and ``since`` is set. ``same_category`` counts each
    reading of ``on`` by itself. ``weights`` is set for points (``act`` is then ``""``): each turn
    is worth the largest weight among the readings detected in it.
    """

    act: str
    need: int
    on: tuple[Reading, ...] | None = None
    same_category: bool = False
    in_a_row: bool = False
    within: Lasting | None = None
    since: Marker | None = None
    weights: tuple[tuple[Reading, int], ...] = ()
    points: str | None = None


@value
class StartOver:
    """What forgets a count: a ``quiet`` stretch without one, or an ``event``; exactly one is set."""

    quiet: Lasting | None = None
    event: str | None = None


@value
class When:
    """``when X is [first] detected``, or an event. ``detected`` has the scope of this message."""

    detected: Detected
    first: bool = False


@value
class Begins:
    """``when the chat begins``: at the first message."""


@value
class After:
    """``after COUNT [and COUNT]``; ``repeat`` for ``after every``."""

    counts: tuple[Count, ...]
    repeat: bool = False
    start_over: StartOver | None = None


@value
class Every:
    """``every 3 hours``, ``every 20 turns``."""

    period: Lasting


Trigger = When | Begins | After | Every


@value
class Act:
    """An action with its text, or the name of its notice (None where it takes neither)."""

    action: str
    text: str | None = None


@value
class AtMostOnce:
    """``at most once [in WINDOW]``; no window: in the conversation."""

    window: Lasting | None = None


@value
class Guards:
    """What may stop a rule or ladder, besides the rest of the policy."""

    applies: Condition | None = None
    only_if: Condition | None = None
    excepts: tuple[Condition, ...] = ()
    at_most: AtMostOnce | None = None


@value
class Rule:
    """One rule of a policy."""

    name: str
    trigger: Trigger
    actions: tuple[Act, ...]
    guards: Guards = Guards()
    trial: bool = False
    reason: str | None = None
    location: Location | None = field(default=None, compare=False)


@value
class Step:
    """A step of a ladder: ``need`` counted from the step before."""

    need: int
    actions: tuple[Act, ...]
    location: Location | None = field(default=None, compare=False)


@value
class Ladder:
    """A ladder; ``guards.at_most`` is never set."""

    name: str
    act: str
    on: tuple[Reading, ...] | None
    steps: tuple[Step, ...]
    guards: Guards = Guards()
    start_over: StartOver | None = None
    reason: str | None = None
    location: Location | None = field(default=None, compare=False)


@value
class Never:
    """``never A when C``: takes the action from every rule and ladder while C is not false."""

    action: str
    when: Condition
    location: Location | None = field(default=None, compare=False)


@value
class Override:
    """``rule winner overrides rule loser``: until the end of the turn."""

    winner: str
    loser: str
    location: Location | None = field(default=None, compare=False)


# --- Promises: proved, never acted on -------------------------------------------------


@value
class NeverDone:
    """``A is never done when C`` / ``once C`` (``once``: ever since) ``[, unless E]``."""

    action: str
    condition: Condition
    once: bool
    unless: When | None = None


@value
class OnlyWhen:
    """``A is done only when C [, or when E]``."""

    action: str
    condition: Condition
    or_when: When | None = None


@value
class OnlyAfter:
    """``A is done only after COUNT [, or when E]``."""

    action: str
    counts: tuple[Count, ...]
    or_when: When | None = None


@value
class Answered:
    """``when E, A is done in the same turn`` (``turns`` 1) / ``within N turns``."""

    event: When
    action: str
    turns: int


@value
class DoneAfter:
    """``after COUNT, A is done [, unless C]``."""

    counts: tuple[Count, ...]
    action: str
    unless: Condition | None = None


@value
class DoneBefore:
    """``A is done before B [, unless E]``."""

    action: str
    before: str
    unless: When | None = None


@value
class DoneAtMost:
    """``A is done at most N times within W``."""

    action: str
    times: int
    window: Lasting


@value
class DoneEvery:
    """``A is done at least every D``."""

    action: str
    period: Lasting


@value
class Sometimes:
    """``in some conversation [in which E never happens,] A is done``."""

    action: str
    without: When | None = None


Claim = (
    NeverDone | OnlyWhen | OnlyAfter | Answered | DoneAfter | DoneBefore | DoneAtMost | DoneEvery | Sometimes
)


@value
class Promise:
    """A ``check`` or ``require``: a claim about all conversations, ``only_if`` on attributes; ``text`` as written."""

    claim: Claim
    text: str
    only_if: Condition | None = None
    location: Location | None = field(default=None, compare=False)


@value
class Policy:
    """A policy made of all its files. ``nevers`` and ``overrides`` are in the order of their text.

    ``rules`` and ``ladders`` are sorted by name: nothing depends on their order in the files.
    ``applies`` is the condition of the main file (None: always). ``digest`` is the SHA-256 of the
    sources. ``timed`` says that every message needs a time. ``groups`` are the names that its files
    give to several labels, by name: conditions and counts hold the labels, reports may say the name.
    """

    name: str
    version: str | None
    effective_from: str | None
    vocabulary: Vocabulary
    rules: tuple[Rule, ...]
    ladders: tuple[Ladder, ...]
    nevers: tuple[Never, ...] = ()
    overrides: tuple[Override, ...] = ()
    promises: tuple[Promise, ...] = ()
    applies: Condition | None = None
    timed: bool = False
    digest: str = ""
    groups: tuple[tuple[str, tuple[Reading, ...]], ...] = ()


@value
class Standard:
    """A file of ``require`` sentences."""

    name: str
    vocabulary: Vocabulary
    promises: tuple[Promise, ...]
    digest: str = ""
    groups: tuple[tuple[str, tuple[Reading, ...]], ...] = ()
    """By name, what each group holds."""
