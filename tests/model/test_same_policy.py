"""What a policy decides does not hang on how it is written down: neither on the names of its rules and ladders,
nor on the order of its sentences, nor on the files that they stand in.
"""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from decided import decided
from policy_text import files_of, sayable
from random_policies import random_conversation, random_policy
from scale import sources

from policy_engine.model.decision import Decision, Done
from policy_engine.model.loading import load_policy
from policy_engine.model.model import Policy
from policy_engine.reference.interpreter import interpret
from policy_engine.source import Source

Names = dict[str, str]


def renamed(policy: Policy, source: random.Random) -> tuple[Policy, Names]:
    """The policy with other names, in another alphabetical order, and the old names by the new ones."""
    old = [each.name for each in (*policy.rules, *policy.ladders)]
    new = [f"name{number}" for number in source.sample(range(100, 1_000), len(old))]
    names = dict(zip(old, new, strict=True))
    rules = (replace(each, name=names[each.name]) for each in policy.rules)
    ladders = (replace(each, name=names[each.name]) for each in policy.ladders)
    other = replace(
        policy,
        rules=tuple(sorted(rules, key=lambda each: each.name)),
        ladders=tuple(sorted(ladders, key=lambda each: each.name)),
        overrides=tuple(
            replace(each, winner=names[each.winner], loser=names[each.loser]) for each in policy.overrides
        ),
    )
    return other, dict(zip(new, old, strict=True))


def named_back(decision: Decision, names: Names) -> Decision:
    """The decision in the old names, which order the rules of an action and the stops."""

    def back(several: tuple[Done, ...]) -> tuple[Done, ...]:
        return tuple(
            replace(each, rules=tuple(sorted(names[rule] for rule in each.rules))) for each in several
        )

    stops = (replace(each, rule=names[each.rule]) for each in decision.stopped)
    return replace(
        decision,
        actions=back(decision.actions),
        trial=back(decision.trial),
        stopped=tuple(sorted(stops, key=lambda each: each.rule)),  # stable: of one rule, as they came
    )


@pytest.mark.seeds
@pytest.mark.parametrize("seed", range(10))
def test_other_names_change_nothing(seed: int) -> None:
    for source in sources(3_000 + seed, 30):
        policy = random_policy(source)
        conversation = random_conversation(source, policy.timed)
        other, names = renamed(policy, source)
        found = [named_back(each, names) for each in decided(other, conversation)]
        assert found == decided(policy, conversation)


def sentences(text: str) -> list[str]:
    """The sentences of a file: each begins at the left edge."""
    found: list[str] = []
    for line in text.splitlines(keepends=True):
        if line.startswith((" ", "\n")):
            found[-1] += line
        else:
            found.append(line)
    return found


def scattered(files: dict[str, str], source: random.Random) -> dict[str, str]:
    """The same policy with the sentences of its main file in any order, in three files."""
    uses, said = [], []
    for each in sentences(files["main.policy"]):
        (uses if each.startswith("use ") else said).append(each)
    source.shuffle(said)
    parts: dict[str, list[str]] = {"main.policy": [], "more.policy": [], "most.policy": []}
    for each in said:
        parts[source.choice(list(parts))].append(each)
    words = [each for each in uses if each.endswith('.yaml"\n')]
    others = [name for name in ("more.policy", "most.policy") if any(map(_is_rule, parts[name]))]
    rest = [each for name in parts if name not in others for each in parts[name]]
    main = [*uses, *(f'use "{name}"\n' for name in others), *rest]
    return {
        **files,
        "main.policy": "".join(main),
        **{name: "".join([*words, *parts[name]]) for name in others},
    }


def _is_rule(sentence: str) -> bool:
    """A file needs at least one rule or ladder."""
    return sentence.startswith(("rule", "trial", "ladder")) and " overrides " not in sentence


@pytest.mark.seeds
@pytest.mark.parametrize("seed", range(10))
def test_other_files_and_another_order_change_nothing(seed: int) -> None:
    for source in sources(4_000 + seed, 30):
        policy = sayable(random_policy(source))
        files = scattered(files_of(policy), source)
        loaded = load_policy("main.policy", lambda path, files=files: Source(path, files[path]))
        assert loaded.policy is not None, [(each.message, files) for each in loaded.diagnostics]
        read = loaded.policy
        assert (read.rules, read.ladders) == (policy.rules, policy.ladders)
        conversation = random_conversation(source, policy.timed)
        meant = replace(policy, nevers=read.nevers, overrides=read.overrides)  # in the order of the files
        assert decided(read, conversation) == interpret(meant, conversation)
