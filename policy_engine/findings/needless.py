"""Whether a clause can be left out: what it is held against is the policy without it."""

from __future__ import annotations

from policy_engine.findings.mattering import matters
from policy_engine.findings.proofs import Proofs
from policy_engine.findings.without import without_clause, without_part
from policy_engine.machine.machine import compile_policy
from policy_engine.model.decision import Cause
from policy_engine.model.model import Act, Ladder, Policy
from policy_engine.model.parts import action_names, parts_of
from policy_engine.transcripts.message import Conversation
from policy_engine.verify.prover import Never, Shown
from policy_engine.verify.question import Fires, Stopped


def is_needless(proofs: Proofs, clause: Stopped) -> bool:
    """Whether the policy without a clause is proved to do the same in every conversation.

    Of a rule that never acts nothing is said: there, no clause of it matters. Nor is anything said of a ``never``
    or an ``overrides`` that is about no rule that acts.
    """
    policy = proofs.policy
    what = f"whether {_clause_words(clause)} of `{clause.rule}` changes anything"
    shown = proofs.answer(matters(policy, clause), what)
    if isinstance(shown, Never):
        return _acts(proofs, clause)
    if not isinstance(shown, Shown):
        return False
    without = without_clause(policy, clause)
    if _is_unlike(policy, without, shown.conversation):
        return False
    return isinstance(proofs.difference(without, what), Never) and _acts(proofs, clause)


def is_repeated(proofs: Proofs, name: str) -> bool:
    """Whether a rule or ladder acts only where others do all the same: without it, the policy does the same."""
    policy = proofs.policy
    if not _may_be_repeated(policy, name):
        return False
    what = f"whether the policy is the same without `{name}`"
    if proofs.can_be(Fires(0, name), f"whether `{name}` ever acts") is not True:
        return False
    return isinstance(proofs.difference(without_part(policy, name), what), Never)


def _may_be_repeated(policy: Policy, name: str) -> bool:
    """Whether others ask for all that it asks for, and it overrides nobody."""
    if any(each.winner == name for each in policy.overrides):
        return False
    mine: set[Act] = set()
    theirs: set[Act] = set()
    for part in parts_of(policy):
        if not isinstance(part, Ladder) and part.trial:
            if part.name == name:
                return False
            continue
        steps = [step.actions for step in part.steps] if isinstance(part, Ladder) else [part.actions]
        (mine if part.name == name else theirs).update(act for actions in steps for act in actions)
    return mine <= theirs


def _acts(proofs: Proofs, clause: Stopped) -> bool:
    """Whether any rule acts that the clause could stop."""
    policy = proofs.policy
    names = [clause.rule]
    if clause.cause is Cause.NEVER:
        action = policy.nevers[clause.clause].action
        names = [part.name for part in parts_of(policy) if action in action_names(part)]
    return any(proofs.can_be(Fires(0, name), f"whether `{name}` ever acts") for name in names)


def _is_unlike(one: Policy, other: Policy, conversation: Conversation) -> bool:
    """Whether two policies do different things in a conversation, trial rules included."""
    done = []
    for policy in (one, other):
        machine = compile_policy(policy)
        encoder = machine.encoder(conversation.looked_for)
        walk = machine.walk(machine.initial(conversation.attributes))
        decisions = [walk.step(*encoder.observe(each)) for each in conversation.messages]
        done.append([
            [{(act.action, act.text) for act in acts} for acts in (each.actions, each.trial)]
            for each in decisions
        ])  # fmt: skip
    return done[0] != done[1]


def _clause_words(clause: Stopped) -> str:
    return {
        Cause.ONLY_IF: "the `only if`",
        Cause.EXCEPT: f"exception {clause.clause + 1}",
        Cause.COOLDOWN: "the `at most once`",
        Cause.NEVER: "a `never` about what is done by",
        Cause.OVERRIDES: "an `overrides`",
    }.get(clause.cause, "a clause")
