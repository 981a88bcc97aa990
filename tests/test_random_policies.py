"""The random policies are worth testing with: every construct of the language occurs in them, fires and is stopped."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from constructs import in_condition, in_part
from random_policies import random_conversation, random_policy
from scale import sources

from policy_engine.model.decision import Cause, Decision
from policy_engine.model.model import Policy
from policy_engine.reference.interpreter import interpret
from policy_engine.transcripts.message import Conversation, Role

LIST = Path(__file__).parent / "golden" / "constructs.txt"
"""Every construct that the generator makes; one that it no longer makes has to be taken out by hand."""


class Seen:
    """What was seen of each construct, over many conversations."""

    def __init__(self) -> None:
        self.fired: Counter[str] = Counter()
        self.stopped: Counter[str] = Counter()
        self.told: Counter[str] = Counter()

    def add(self, policy: Policy, conversation: Conversation, decisions: list[Decision]) -> None:
        parts = {each.name: in_part(each, policy.vocabulary) for each in (*policy.rules, *policy.ladders)}
        for decision in decisions:
            done = (*decision.actions, *decision.trial)
            for name in {rule for each in done for rule in each.rules}:
                self.fired.update(parts[name])
            for name in {stop.rule for stop in decision.stopped}:
                self.stopped.update(parts[name])
            self._nevers(policy, decision)
            self._told(policy, decision)
        self._conversation(policy, conversation)

    def _nevers(self, policy: Policy, decision: Decision) -> None:
        asked = {each.action for each in decision.actions}
        for number, never in enumerate(policy.nevers):
            constructs = in_condition(never.when, policy.vocabulary)
            if any(stop.cause is Cause.NEVER and stop.clause == number for stop in decision.stopped):
                self.stopped.update({"never", *constructs})
            elif never.action in asked:
                self.fired.update({"never", *constructs})

    def _told(self, policy: Policy, decision: Decision) -> None:
        ladders = {each.name for each in policy.ladders}
        for stop in decision.stopped:
            kind = "ladder" if stop.rule in ladders else "rule"
            self.told[f"{stop.cause.value} stops a {kind}" + (" in doubt" if stop.unknown else "")] += 1
        fired = {rule for each in decision.actions for rule in each.rules}
        taken = {stop.rule for stop in decision.stopped if stop.cause is Cause.NEVER}
        self.told["never takes one action of several"] += bool(fired & taken)
        self.told["done after the end"] += decision.after_end and bool(decision.actions)
        self.told["one action of several rules"] += any(len(each.rules) > 1 for each in decision.actions)
        self.told["the end"] += decision.ends

    def _conversation(self, policy: Policy, conversation: Conversation) -> None:
        given = conversation.attributes
        for name, entry in policy.vocabulary.attributes.items():
            self.told["an attribute that nobody gave"] += name not in given
            self.told["an attribute that is not listed"] += bool(
                entry.values and name in given and given[name] not in entry.values
            )
        looked_for = conversation.looked_for
        self.told["looked for on some roles"] += any(each is not None for each in (looked_for or {}).values())
        for message in conversation.messages:
            self.told[f"a message of the {message.role.value}"] += 1
            for label in message.labels:
                self.told["an alias"] += label.name in policy.vocabulary.aliases
                self.told["an event of a service"] += message.role is Role.SERVICE and label.name == "appeal"
                self.told["a label recorded as unknown"] += label.value is None
                self.told["a score that is none"] += label.value == 1.5


def test_every_construct_occurs_fires_and_is_stopped() -> None:
    seen = Seen()
    for seed in range(40):
        for source in sources(seed, 120):
            policy = random_policy(source)
            conversation = random_conversation(source, policy.timed)
            seen.add(policy, conversation, interpret(policy, conversation))
    expected = {line for line in LIST.read_text().splitlines() if line}
    told = {each for each, number in seen.told.items() if number}
    assert expected - told - {*seen.fired, *seen.stopped} == set(), "no longer made"
    both = expected - told
    assert {each for each in both if not seen.fired[each]} == set(), "made, but never fires"
    assert {each for each in both if not seen.stopped[each]} == set(), "made, but is never stopped"
    assert {*seen.fired, *seen.stopped} | told == expected, "made, but not listed"
