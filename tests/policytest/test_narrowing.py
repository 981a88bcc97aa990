"""Parts of a policy are asked first; what they show is run in the whole, and shortened only where that is wanted."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from sound import POLICIES, policy_at, policy_of

from policy_engine.model.decision import Cause
from policy_engine.model.model import Policy
from policy_engine.policytest.narrowing import Narrowing, Wanted
from policy_engine.verify.exchanges import Exchanges
from policy_engine.verify.explicit import Explicit
from policy_engine.verify.prover import Answer, Budget, GaveUp, Never, Shown
from policy_engine.verify.question import Fires, Formula, Negation, Question, Stopped, both, own_view
from policy_engine.verify.replay import is_shown

POLICY = policy_of("""
rule warned
  after 2 refusals on hate, warn the user "Please stop."
rule reviewed
  after 2 redirections on violence, ask a person to review
rule ended
  after 3 refusals on hate, end the chat, only if a warning has been given
""")


@dataclass
class Asked:
    """A prover that gives up on policies of all rules, and remembers what it was asked."""

    most: int
    rules: list[int] = field(default_factory=list)

    def answer(self, question: Question, budget: Budget) -> Answer:
        self.rules.append(sum(len(each.rules) + len(each.ladders) for each in question.policies))
        if self.rules[-1] > self.most:
            return GaveUp("of a policy that is too large")
        return Explicit().answer(question, budget)


def about(policy: Policy, formula: Formula) -> Question:
    return Question((policy,), (own_view((policy,)),), formula)


def test_a_rule_is_asked_about_with_what_it_waits_for_and_nothing_else() -> None:
    prover = Asked(most=2)
    question = about(POLICY, Fires(0, "ended"))
    found = Narrowing(prover).answer(question, Budget(20))
    assert isinstance(found, Shown)
    assert not found.is_shortest
    assert is_shown(question, found.conversation)
    assert prover.rules == [3, 2]  # the whole, for a few states; then `ended` and `warned`


def test_what_never_can_be_is_said_of_the_whole_alone() -> None:
    prover = Asked(most=3)
    question = about(POLICY, both(Fires(0, "ended"), Fires(0, "warned")))
    found = Narrowing(prover, quick=Exchanges()).answer(question, Budget(20))
    assert isinstance(found, Never)
    assert prover.rules[-1] == 3


def test_any_conversation_is_looked_for_in_plain_exchanges_first() -> None:
    prover = Asked(most=3)
    question = about(POLICY, Fires(0, "ended"))
    any_one = Narrowing(prover, Exchanges(), wanted=Wanted.ANY).answer(question, Budget(20))
    assert isinstance(any_one, Shown)
    assert prover.rules == []
    assert len(any_one.conversation.messages) == 6
    shortest = Narrowing(prover, Exchanges(), wanted=Wanted.SHORTEST).answer(question, Budget(20))
    assert isinstance(shortest, Shown)
    assert shortest.is_shortest
    assert len(shortest.conversation.messages) == 5


def test_the_shortest_is_asked_of_the_whole_once_some_conversation_is_known() -> None:
    class Long:
        """Says of a small part what is true of it, with a message too many."""

        def answer(self, question: Question, budget: Budget) -> Answer:
            return Exchanges().answer(question, budget)

    question = about(POLICY, Fires(0, "ended"))
    few = Asked(most=0)
    found = Narrowing(Explicit(), Long(), few, Wanted.SHORTEST).answer(question, Budget(20))
    assert isinstance(found, Shown)
    assert found.is_shortest
    kept = Narrowing(few, Long(), few, Wanted.SHORTEST).answer(question, Budget(20))
    assert isinstance(kept, Shown)
    assert not kept.is_shortest
    assert len(kept.conversation.messages) == 6


def test_each_way_to_an_action_that_is_waited_for_is_tried_by_itself() -> None:
    """A warning comes of a ladder or of a rule; only with the rule alone is the question small enough."""
    policy = policy_at(POLICIES / "last_resort.policy")
    stopped = Stopped(0, "persistent-harm", Cause.ONLY_IF)
    crisis = Stopped(0, "persistent-harm", Cause.EXCEPT)
    question = about(policy, both(stopped, Negation(crisis)))
    nobody = Asked(most=0)
    found = Narrowing(nobody, Exchanges(), nobody, Wanted.ANY).answer(question, Budget(60))
    assert isinstance(found, Shown)
    assert is_shown(question, found.conversation)


@pytest.mark.parametrize("wanted", Wanted)
def test_a_budget_that_is_spent_ends_it(wanted: Wanted) -> None:
    found = Narrowing(Explicit(), Exchanges(), wanted=wanted).answer(
        about(POLICY, Fires(0, "ended")), Budget(0.0)
    )
    assert isinstance(found, GaveUp)
