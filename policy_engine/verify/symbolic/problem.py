"""A question as a transition system: can a message be reached at which its formula is true?"""

from __future__ import annotations

from dataclasses import dataclass

from policy_engine.transcripts.message import Conversation
from policy_engine.verify.question import Question, View
from policy_engine.verify.symbolic.circuit import Signal
from policy_engine.verify.symbolic.equations import Equations
from policy_engine.verify.symbolic.lowering import PolicyEquations
from policy_engine.verify.symbolic.monitor import Monitor
from policy_engine.verify.symbolic.network import Network, Senses
from policy_engine.verify.symbolic.records import Records
from policy_engine.verify.symbolic.standing import Standing
from policy_engine.verify.symbolic.system import System, finished
from policy_engine.vocabulary.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Problem:
    """A question in equations. ``bad`` is its formula; what it assumes is part of the system's ``start``.

    ``records`` and ``standing`` say what the variables mean. Where ``surely`` is another signal, ``bad`` may be true
    where the question's formula is not, and that formula may be true where ``surely`` is not, but never the other way
    round.
    """

    question: Question
    system: System
    bad: Signal
    records: Records
    standing: Standing
    policies: tuple[PolicyEquations, ...]
    surely: Signal

    @property
    def is_exact(self) -> bool:
        """Whether ``bad`` is the question's formula."""
        return self.surely == self.bad


def written(question: Question) -> Problem:
    """The equations of a question. Raises TooEntangled."""
    vocabularies: list[Vocabulary] = []
    for each in (
        *(policy.vocabulary for policy in question.policies),
        *(view.vocabulary for view in question.views),
    ):
        if each not in vocabularies:
            vocabularies.append(each)
    equations = Equations(vocabularies)
    senses = [Senses(equations, number) for number in range(len(vocabularies))]
    policies = [
        PolicyEquations(senses[vocabularies.index(policy.vocabulary)], policy, f"policy {number}")
        for number, policy in enumerate(question.policies)
    ]
    own: list[Network] = []
    networks = []
    for number, view in enumerate(question.views):
        if _sees_as_the_policy(view, policies[view.policy]):
            networks.append(policies[view.policy].network)
        else:
            own.append(Network(senses[vocabularies.index(view.vocabulary)], f"view {number}"))
            networks.append(own[-1])
    monitor = Monitor(equations, question, policies, networks, own)
    readers: list[Senses | PolicyEquations | Monitor] = [*senses, *policies, monitor]
    for each_reader in readers:
        each_reader.turn()
    for each_reader in readers:
        each_reader.look()
    for policy in policies:
        policy.decide()
    bad, assumed = monitor.settle()
    return Problem(
        question,
        finished(equations, assumed),
        bad,
        equations.records,
        equations.standing,
        tuple(policies),
        monitor.surely(),
    )


def _sees_as_the_policy(view: View, policy: PolicyEquations) -> bool:
    return view.vocabulary == policy.policy.vocabulary and all(one == other for one, other in view.names)


def inputs_of(problem: Problem, conversation: Conversation) -> list[frozenset[Signal]]:
    """The variables that are true at each message of a conversation."""
    fixed = problem.records.looked_for(conversation.looked_for)
    fixed |= problem.standing.given(dict(conversation.attributes))
    return [fixed | problem.records.recorded(message) for message in conversation.messages]
