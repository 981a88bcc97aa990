"""Requirements that contradict each other: no policy whatever can keep both, once there is an occasion for them.

A policy that may do anything at any message is held to both. If then the one never has its occasion ("the chat is
ended", "self-harm is detected from the user"), though by itself it has, whoever keeps the other cannot keep it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations

from policy_engine.model.model import Act, Answered, DoneBefore, Policy, Promise, Sometimes
from policy_engine.verify.alphabet import TooWide
from policy_engine.verify.explicit import search
from policy_engine.verify.facts import TooMany
from policy_engine.verify.product import Loose, Product
from policy_engine.verify.promised import question_of
from policy_engine.verify.prover import Budget, Never
from policy_engine.verify.question import And, Earlier, Formula, Negation, Question, TurnBegins
from policy_engine.verify.witness import Found
from policy_engine.vocabulary.vocabulary import Vocabulary

_SECONDS = 0.5
"""For each pair: what takes longer is not said to be contradictory."""
_STATES = 5_000


def contradictions(
    vocabulary: Vocabulary, promises: Sequence[Promise], suspects: Sequence[Promise]
) -> Iterator[tuple[Promise, Promise]]:
    """Pairs of promises, read by one vocabulary, of which the first cannot be kept with the second.

    ``suspects`` are those that a policy breaks, or keeps for want of an occasion: only pairs with one of them are
    looked at.
    """
    anybody = Policy("anybody", None, None, vocabulary, (), ())
    told: set[frozenset[str]] = set()
    for one, other in permutations(promises, 2):
        pair = frozenset((one.text, other.text))
        if pair in told or not {one, other} & {*suspects} or not _actions(one) & _actions(other):
            continue
        if isinstance(other.claim, Sometimes):
            continue  # it asks for one conversation, and forbids nothing in any other
        if _is_possible(anybody, one, ()) and _is_possible(anybody, one, (other,)) is False:
            told.add(pair)
            yield one, other


def _is_possible(policy: Policy, promise: Promise, others: Sequence[Promise]) -> bool | None:
    """Whether the promise can have its occasion and be kept, and the others with it; None where that is not known."""
    mine = question_of(policy, promise)
    kept = [question_of(policy, each) for each in others]
    always: tuple[Formula, ...] = tuple(Negation(each.bad) for each in kept)
    if not isinstance(promise.claim, Sometimes):
        always = (*always, Negation(mine.bad))
    assumed = tuple(each for question in (mine, *kept) for each in question.assumed)
    question = Question((policy,), mine.views, _occasion(promise, mine), assumed)
    free = tuple(Act(each) for each in sorted(_spoken_of(policy.vocabulary, (promise, *others))))
    try:
        product = Product(question, Loose(free, always), is_cut=False)
        found = search(product, Budget(_SECONDS, _STATES))
    except (TooWide, TooMany):
        return None
    if isinstance(found, Found):
        return True
    return False if isinstance(found, Never) else None


def _occasion(promise: Promise, question: Question) -> Formula:
    """What has to be possible: for what waits for an answer, also that the time for it passes."""
    if isinstance(promise.claim, Sometimes):
        return question.bad
    assert question.occasion is not None
    if isinstance(promise.claim, Answered):
        return And((Earlier(question.occasion), TurnBegins()))
    return question.occasion


def _actions(promise: Promise) -> frozenset[str]:
    """The actions that a promise is about."""
    claim = promise.claim
    return frozenset((claim.action, claim.before) if isinstance(claim, DoneBefore) else (claim.action,))


def _spoken_of(vocabulary: Vocabulary, promises: Sequence[Promise]) -> frozenset[str]:
    """The actions of the promises, and the ending, after which most of them look at nothing."""
    ending = {each.name for each in vocabulary.actions.values() if each.ends}
    return frozenset().union(ending, *(_actions(each) for each in promises))
