"""In which direction two policies differ in a deed, by four questions about all conversations.

Each asks whether there is a conversation, up to some message, in which

==========  ============================================================================
``SOONER``  the new policy does it, and the old one neither does it there nor did before
``SLOWER``  the old policy does it, and the new one neither does it there nor did before
``CAUGHT``  the old policy does it for the first time, and the new one did before
``TRAILED`` the new policy does it for the first time, and the old one did before
==========  ============================================================================

So the first time in a conversation decides; of ending the chat there is no other. Where the first times are always
the same, the same is asked of each message by itself (``THERE`` and ``GONE``). ``docs/diff.md`` says what follows.
``FREED`` and ``STOPPED`` are asked together with a clause that stops the other's rule. Whether it is more or only
earlier is told by the shortest conversation, gone on as it was for ever (:mod:`policy_engine.difference.continuing`);
that there is any conversation at all in which the other policy catches up is asked as well.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import Enum

from policy_engine.difference.deed import Deed, Pair, differs, does, done_in, own_name, view_of
from policy_engine.model.decision import Decision
from policy_engine.verify.question import Earlier, Formula, Negation, Question, both, ever


class Asked(Enum):
    """A question about a deed; the value says what a conversation that shows it is."""

    SOONER = "the new policy does it first"
    SLOWER = "the old policy did it first"
    CAUGHT = "the old policy did it later than the new one"
    TRAILED = "the new policy does it later than the old one"
    THERE = "the new policy does it at a message at which the old one did not"
    GONE = "the old policy did it at a message at which the new one does not"
    APART = "they do it differently"
    FREED = "the new policy does it, where a clause of the old one stopped it"
    STOPPED = "the old policy did it, where a clause of the new one stops it"


class Direction(Enum):
    """How the new policy does something, held against the old one."""

    MORE = "more"
    LESS = "less"
    EARLIER = "earlier"
    LATER = "later"
    MIXED = "mixed"
    WORDING = "wording"


def question(policies: Pair, deed: Deed, asked: Asked) -> Question:
    """The question to a prover."""
    views = (view_of(policies, 0), view_of(policies, 1))
    return Question(policies, views, _formula(policies, deed, asked))


def _formula(policies: Pair, deed: Deed, asked: Asked) -> Formula:
    old, new = (does(policies, number, deed) for number in (0, 1))
    not_old, not_new = Negation(old), Negation(new)
    match asked:
        case Asked.SOONER:
            return both(new, not_old, Negation(Earlier(old)))
        case Asked.SLOWER:
            return both(old, not_new, Negation(Earlier(new)))
        case Asked.CAUGHT:
            return both(old, Negation(Earlier(old)), Earlier(new))
        case Asked.TRAILED:
            return both(new, Negation(Earlier(new)), Earlier(old))
        case Asked.THERE:
            return both(new, not_old)
        case Asked.GONE:
            return both(old, not_new)
        case Asked.APART:
            return differs(policies, deed)
        case Asked.FREED:
            return both(ever(new), not_old, Negation(Earlier(old)))
        case Asked.STOPPED:
            return both(ever(old), not_new, Negation(Earlier(new)))


Run = Sequence[Decision]
"""What a policy decides at each message of a conversation."""


def is_so(policies: Pair, deed: Deed, asked: Asked, runs: tuple[Run, Run]) -> bool:
    """Whether what both policies decided, message by message, shows at the last message what was asked for.

    It looks at decisions only, and knows nothing of formulas: what provers show is held against it.
    """
    old, new = (_done(policies, number, deed, run) for number, run in enumerate(runs))
    last = len(old) - 1
    match asked:
        case Asked.SOONER:
            return bool(new[last]) and not any(old)
        case Asked.SLOWER:
            return bool(old[last]) and not any(new)
        case Asked.CAUGHT:
            return bool(old[last]) and not any(old[:last]) and any(new[:last])
        case Asked.TRAILED:
            return bool(new[last]) and not any(new[:last]) and any(old[:last])
        case Asked.THERE:
            return bool(new[last]) and not old[last]
        case Asked.GONE:
            return bool(old[last]) and not new[last]
        case Asked.APART:
            return old[last] != new[last]
        case Asked.FREED:
            return any(new) and not any(old)
        case Asked.STOPPED:
            return any(old) and not any(new)


def first_done(policies: Pair, number: int, deed: Deed, run: Run) -> int | None:
    """The first message, from 0, at which one of the policies does it; None where it never does."""
    return next((at for at, texts in enumerate(_done(policies, number, deed, run)) if texts), None)


def _done(policies: Pair, number: int, deed: Deed, run: Run) -> list[frozenset[str | None]]:
    """The texts that it is done with at each message."""
    name = own_name(policies, number, deed)
    return [frozenset(each.text for each in done_in(decision, deed, name)) for decision in run]


def direction_of(shown: Collection[Asked], is_caught_up: bool = False) -> Direction | None:
    """The direction that follows where these are so and the others are not; None where nothing is.

    ``is_caught_up``: in the conversation that shows ``SOONER`` or ``SLOWER``, gone on as it was, the other policy
    comes to do it as well.
    """
    sooner, slower = Asked.SOONER in shown, Asked.SLOWER in shown
    if sooner and slower:
        return Direction.MIXED
    if sooner:
        return Direction.EARLIER if is_caught_up else Direction.MORE
    if slower:
        return Direction.LATER if is_caught_up else Direction.LESS
    if Asked.THERE in shown and Asked.GONE in shown:
        return Direction.MIXED
    if Asked.THERE in shown:
        return Direction.MORE
    if Asked.GONE in shown:
        return Direction.LESS
    return Direction.WORDING if Asked.APART in shown else None
