"""What is reported is what was decided: the JSON of random conversations against the reference."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from random_policies import random_conversation, random_policy
from scale import sources

from policy_engine.machine.machine import compile_policy
from policy_engine.model.decision import Decision
from policy_engine.model.model import Policy
from policy_engine.reference.interpreter import interpret
from policy_engine.reports.decisions_json import simulation_json, summary_json
from policy_engine.reports.screen import Screen
from policy_engine.reports.table import table
from policy_engine.reports.timeline import Shown, timeline
from policy_engine.simulation.simulation import run
from policy_engine.simulation.summary import Summary

Entry = dict[str, object]


class NoTerminal:
    encoding = "utf-8"

    def isatty(self) -> bool:
        return False


SCREEN = Screen(NoTerminal())  # type: ignore[arg-type]


def expected(policy: Policy, decisions: list[Decision]) -> list[Entry]:
    found: list[Entry] = []
    for number, decision in enumerate(decisions, 1):
        if decision.actions or decision.trial or decision.stopped:
            found.append(
                {
                    "message": number,
                    "actions": [
                        (done.action, done.text, list(done.rules), trial)
                        for trial, several in ((False, decision.actions), (True, decision.trial))
                        for done in several
                    ],
                    "stopped": {(stop.rule, stop.cause.value, stop.unknown) for stop in decision.stopped},
                }
            )
    return found


def shown(simulation: Entry) -> list[Entry]:
    decisions = simulation["decisions"]
    assert isinstance(decisions, list)
    return [
        {
            "message": each["message"],
            "actions": [
                (done["action"], done["text"], done["rules"], done["trial"]) for done in each["actions"]
            ],
            "stopped": {(stop["rule"], stop["clause"], stop["by"] == "unknown") for stop in each["stopped"]},
        }
        for each in decisions
    ]


@pytest.mark.seeds
@pytest.mark.parametrize("seed", range(15))
def test_json_tells_what_the_reference_decides(seed: int) -> None:
    for source in sources(seed, 40):
        policy = random_policy(source)
        conversation = random_conversation(source, policy.timed)
        decisions = interpret(policy, conversation)
        simulation = run(compile_policy(policy), conversation)
        told = json.loads(json.dumps(simulation_json(simulation), allow_nan=False))
        assert shown(told) == expected(policy, decisions)
        ends = [number for number, each in enumerate(decisions, 1) if each.ends]
        assert (told["ended"] and told["ended"]["message"]) == (ends[0] if ends else None)
        assert told["after_end"] == sum(each.after_end for each in decisions)
        assert told["messages"] == len(decisions)


@pytest.mark.seeds
@pytest.mark.parametrize("seed", range(5))
def test_everything_can_be_told_of_any_conversation(seed: int) -> None:
    for source in sources(1000 + seed, 40):
        policy = random_policy(source)
        machine = compile_policy(policy)
        summary = Summary(policy, detecting=True)
        for _ in range(3):
            conversation = random_conversation(source, policy.timed)
            simulation = run(machine, conversation)
            summary.add(simulation)
            for why in (False, True):
                for line in timeline(simulation, SCREEN, Shown(why=why)):
                    assert len(line) <= 80, line
        for line in table(summary, SCREEN):
            assert len(line) <= 80, line
        json.dumps(summary_json(summary), allow_nan=False)
        assert summary.ended == sum(1 for _ in [0] if summary.actions.get("end-chat")) * (
            summary.actions["end-chat"].conversations if "end-chat" in summary.actions else 0
        )


@pytest.mark.seeds
@pytest.mark.parametrize("seed", range(10))
def test_what_made_a_count_is_as_much_as_the_count(seed: int) -> None:
    """The messages behind an action come no later than it, and a single count names all that it needs."""
    for source in sources(2000 + seed, 60):
        policy = random_policy(source, core_only=True)
        conversation = random_conversation(source, policy.timed)
        simulation = run(compile_policy(policy), conversation)
        for moment in simulation.moments:
            for cited in moment.cited:
                assert all(each.message <= moment.number for each in cited.because)
                for view in moment.moved:
                    if view.owner in cited.done.rules and view.count.weights == () and view.step is None:
                        acts = {e.message for e in cited.because if e.found.label == view.count.act}
                        assert len(acts) >= view.value


@pytest.mark.seeds
def test_reading_unknowns_as_absent_is_what_a_looked_for_label_would_have_given() -> None:
    for source in sources(7, 200):
        policy = random_policy(source, seconds=False)
        conversation = random_conversation(source, False)
        simulation = run(compile_policy(policy), conversation)
        held = simulation.held_open
        if held is not None:
            assert simulation.ended is None
            assert simulation.if_absent.ended == held.place
            assert held.labels
        if not simulation.is_in_doubt:
            assert simulation.if_absent is simulation
            assert replace(simulation) == simulation
