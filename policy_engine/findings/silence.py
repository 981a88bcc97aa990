"""Why a rule never acts: it is never due, or it is due and something stops it each time."""

from __future__ import annotations

from dataclasses import dataclass

from policy_engine.findings.proofs import Proofs
from policy_engine.findings.stopping import Part, due
from policy_engine.findings.together import question_about
from policy_engine.findings.without import without_endings_of_others
from policy_engine.transcripts.message import Conversation
from policy_engine.verify.prover import Never, Shown
from policy_engine.verify.question import Fires, Negation, Or, Stopped, both
from policy_engine.verify.stops import stops_of


@dataclass(frozen=True, slots=True)
class Silence:
    """A rule or ladder that never acts, which is proved.

    ``conversation`` is one in which it is due (None: it never is). Each of ``culprits`` stops it whenever it is
    due; there may be none: then now one clause stops it, now another. ``is_too_late``: it would be due, but
    other rules have then ended the chat.
    """

    part: Part
    conversation: Conversation | None
    culprits: tuple[Stopped, ...] = ()
    is_too_late: bool = False


def silence_of(proofs: Proofs, part: Part) -> Silence | None:
    """Why a rule never acts; None where it may act, or where that is not decided."""
    policy, name = proofs.policy, part.name
    if not isinstance(proofs.answer(Fires(0, name), f"whether `{name}` ever acts"), Never):
        return None
    is_due = proofs.answer(due(policy, part), f"whether `{name}` is ever due")
    if isinstance(is_due, Never):
        alone = without_endings_of_others(policy, name)
        what = f"whether `{name}` would act if no other rule ended the chat"
        is_too_late = alone != policy and isinstance(
            proofs.answer_to(question_about(alone, due(alone, part)), what), Shown
        )
        return Silence(part, None, is_too_late=is_too_late)
    if not isinstance(is_due, Shown):
        return None
    stops = stops_of(policy, part)
    culprits = [each for each in stops if isinstance(_without(proofs, part, each, stops), Never)]
    return Silence(part, is_due.conversation, tuple(culprits))


def _without(proofs: Proofs, part: Part, stop: Stopped, stops: tuple[Stopped, ...]) -> object:
    """Whether the rule is ever due and this clause does not stop it: it never acts, so something else would."""
    others = Or(tuple(each for each in stops if each != stop))
    return proofs.answer(both(others, Negation(stop)), f"what stops `{part.name}`")
