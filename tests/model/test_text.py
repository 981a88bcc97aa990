"""Text and model are one: what a random policy says in words is read as the policy that it was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from decided import decided
from policy_text import files_of, sayable
from random_policies import random_conversation, random_policy
from scale import sources

from policy_engine.model.loading import load_policy
from policy_engine.model.model import Policy
from policy_engine.reference.interpreter import interpret
from policy_engine.source import Source


def read_back(files: dict[str, str]) -> Policy:
    def read(path: str) -> Source:
        return Source(path, files[path])

    loaded = load_policy("main.policy", read)
    assert not loaded.diagnostics, [(each.message, files) for each in loaded.diagnostics]
    assert loaded.policy is not None
    return loaded.policy


@pytest.mark.seeds
@pytest.mark.parametrize("seed", range(10))
def test_what_is_written_is_read_as_it_was_meant(seed: int) -> None:
    for source in sources(seed, 30):
        policy = sayable(random_policy(source))
        files = files_of(policy, source.randrange(10))
        read = read_back(files)
        assert read.vocabulary == policy.vocabulary
        assert (read.rules, read.ladders) == (policy.rules, policy.ladders), files
        assert set(read.nevers) == set(policy.nevers), files
        assert set(read.overrides) == set(policy.overrides), files
        conversation = random_conversation(source, policy.timed)
        meant = replace(policy, nevers=read.nevers, overrides=read.overrides)  # in the order of the text
        assert decided(read, conversation) == interpret(meant, conversation)
