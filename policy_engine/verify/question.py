"""Questions about all conversations: a past-time formula over policies that read the same one.

A :class:`Question` asks whether a formula can ever become true: at some message of some conversation, of any
length. Every promise of ``docs/language.md`` section 5 is one (:mod:`policy_engine.verify.promised`), and so is
whether two policies differ, whether a rule can ever act, or whether a counter can stand one short at the end.

A formula is looked at *at a message*, the last one so far, and looks back only (past-time temporal logic:
Lichtenstein, Pnueli and Zuck, "The Glory of the Past", 1985). So the first message at which it is true ends a
shortest conversation that shows it, and what a prover needs besides the policies is a monitor with bounded
memory (Havelund and Rosu, "Synthesizing Monitors for Safety Properties", 2002).
"""

from __future__ import annotations

from policy_engine.model.decision import Cause
from policy_engine.model.model import Condition, Count, Policy, StartOver, When
from policy_engine.value import value
from policy_engine.vocabulary.vocabulary import Lasting, Vocabulary


@value
class View:
    """Eyes on a conversation and on what one policy does in it: the policy's own, or those of a standard.

    ``vocabulary`` reads the labels and attributes; ``policy`` is the number of the policy whose actions are
    seen. ``names`` says, for each action of that policy's vocabulary, how it is called here (None: it is
    nothing here); an action that is not listed keeps its name.
    """

    vocabulary: Vocabulary
    policy: int = 0
    names: tuple[tuple[str, str | None], ...] = ()

    def named(self, action: str) -> str | None:
        """How an action of the policy is called here; None where it is nothing here."""
        return dict(self.names).get(action, action)


# --- What is so at this message ---------------------------------------------------------


@value
class Does:
    """The policy of the view does ``action`` (as it is called there); ``texts``: with one of these (None: any)."""

    view: int
    action: str
    texts: tuple[str | None, ...] | None = None


@value
class Fires:
    """The rule or ladder acts: at least one of its actions is left. A trial rule: it would act."""

    policy: int
    rule: str


@value
class Stopped:
    """The rule or ladder is due, and the clause stops it, or takes an action from it.

    ``clause`` counts as in :class:`policy_engine.model.decision.Stop`. ``unknown``: only where the clause's
    condition is not known (True), or only where it is (False); None: either.
    """

    policy: int
    rule: str
    cause: Cause
    clause: int = 0
    unknown: bool | None = None


@value
class CounterAt:
    """Count number ``count`` of a rule or ladder stands at ``value``, before a firing resets it.

    ``step``: and the ladder is on this step, from 0 (None: on any). As a
    :class:`policy_engine.machine.counter_view.CounterView` tells it, up to the number that is needed.
    """

    policy: int
    rule: str
    count: int
    value: int
    step: int | None = None


@value
class Differ:
    """The sets of (action, text) that two policies do differ; ``action``: in this action (None: in any)."""

    one: int
    other: int
    action: str | None = None


@value
class Holds:
    """The condition is certainly so (``certain``), or at least possibly so: a rule's condition, read by the view.

    Its actions (``a warning has been given``) are those that the view's policy took at an earlier message.
    """

    view: int
    condition: Condition
    certain: bool = True


@value
class HeldOnce:
    """The condition held or may have held, here or at an earlier message, as the form ``once`` means it.

    What held for certain is never forgotten. What only may have held is forgotten when the unknown that it
    rests on is: the condition is looked at as it was at the earlier message, but of the unknowns before that
    only those count that are still remembered now.
    """

    view: int
    condition: Condition


@value
class Happens:
    """E, read as a trigger, is certain at this message; with ``first``: and was at no earlier one."""

    view: int
    event: When


@value
class Reached:
    """The count, with this message, is certainly reached, as a condition counts (``only after COUNT``).

    Points and ``since`` are allowed, too.
    """

    view: int
    count: Count


@value
class ReachedNow:
    """All counts are certainly reached, at a message that adds to one of them, as a trigger counts.

    ``start_over``: what forgets a single count, as in a rule (None: nothing). Nobody fires here, so a count
    goes on where that of ``after every`` would start anew.
    """

    view: int
    counts: tuple[Count, ...]
    start_over: StartOver | None = None


@value
class Ended:
    """The policy ended the chat at an *earlier* message."""

    policy: int


@value
class TurnBegins:
    """This message begins a turn."""


@value
class ChatBegins:
    """This message is the first."""


# --- What was ---------------------------------------------------------------------------


@value
class Earlier:
    """The formula was true at an earlier message."""

    formula: Formula


@value
class MoreOften:
    """With this message, the action was done more than ``times`` within the window; each text is one time."""

    view: int
    action: str
    times: int
    window: Lasting


@value
class Overdue:
    """The period is gone since the first message (turns: since turn 1), or since the last *earlier* message
    at which the action was done."""

    view: int
    action: str
    period: Lasting


@value
class Unanswered:
    """It is seen here that an ``event`` had no ``answer``.

    The answer may come at any message of the turn of the event, also before it, or of the ``turns`` - 1 turns
    after it. That there was none is seen by the message that begins the next turn, or by that at which the
    policy ends the chat, which cuts the turns short for events up to it. (Events after the end wait for their
    turns.) Of several events that wait, the oldest is told of, and all are then forgotten.
    """

    policy: int
    event: Formula
    answer: Formula
    turns: int


# --- Together -----------------------------------------------------------------------------


@value
class Negation:
    """The formula is not true."""

    formula: Formula


@value
class And:
    """Every formula is true; of none: always so."""

    formulas: tuple[Formula, ...]


@value
class Or:
    """At least one formula is true; of none: never so."""

    formulas: tuple[Formula, ...]


Atom = (
    Does
    | Fires
    | Stopped
    | CounterAt
    | Differ
    | Holds
    | HeldOnce
    | Happens
    | Reached
    | ReachedNow
    | Ended
    | TurnBegins
    | ChatBegins
    | MoreOften
    | Overdue
)
"""A formula that is made of no others."""

Formula = Atom | Earlier | Unanswered | Negation | And | Or


@value
class Question:
    """Can ``bad`` ever become true?

    ``views`` are what its formulas refer to by number, as they refer to ``policies``. Only conversations
    count in which every condition of ``assumed`` is certain; they name attributes alone, which are fixed while
    a conversation lasts. ``occasion`` is what has to be possible, or else "never" is vacuous (None: nothing).
    ``any_will_do``: it is asked only whether it can, so that a conversation need not be the shortest.
    """

    policies: tuple[Policy, ...]
    views: tuple[View, ...]
    bad: Formula
    assumed: tuple[Holds, ...] = ()
    occasion: Formula | None = None
    any_will_do: bool = False

    @property
    def of_occasion(self) -> Question | None:
        """Whether the occasion can ever be; None where nothing shows it."""
        if self.occasion is None:
            return None
        return Question(self.policies, self.views, self.occasion, self.assumed, any_will_do=True)


def own_view(policies: tuple[Policy, ...], number: int = 0) -> View:
    """How a policy sees itself."""
    return View(policies[number].vocabulary, number)


def both(*formulas: Formula) -> Formula:
    """All of them."""
    left = tuple(each for each in formulas if each != And(()))
    return left[0] if len(left) == 1 else And(left)


def neither(formula: Formula | None) -> Formula:
    """Not so; of nothing: always so."""
    return And(()) if formula is None else Negation(formula)


def ever(formula: Formula) -> Formula:
    """Here, or at an earlier message."""
    return Or((formula, Earlier(formula)))
