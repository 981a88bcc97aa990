"""Every shipped policy is sound, does what its conversations say, and has no clause without effect.

A new policy joins by adding files: see `shipped.py`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from decided import decided, steps
from docs.doc_blocks import written
from policies.shipped import (
    NAMES,
    conversation_of,
    expected,
    loaded,
    machine_named,
    policy_named,
    sample_files,
    samples,
)
from policies.weakenings import weakenings
from sound import POLICIES

from policy_engine.machine.machine import Machine, compile_policy
from policy_engine.reference.interpreter import interpret
from policy_engine.transcripts.message import Conversation

SAMPLES = [
    pytest.param(name, path, id=f"{name}/{path.stem}") for name in NAMES for path in sample_files(name)
]


@pytest.mark.parametrize("name", NAMES)
def test_policy_is_sound(name: str) -> None:
    assert loaded(name).policy is not None
    assert not [each.message for each in loaded(name).diagnostics]


_ROW = re.compile(r"# +\S.* \| *(?:expressed )?(?:here|partly|outside)(?: an engine)? *\| *\S.*")


@pytest.mark.parametrize("name", NAMES)
def test_policy_opens_with_a_table_that_names_each_of_its_rules(name: str) -> None:
    path = POLICIES / f"{name}.policy"
    lines = path.read_text(encoding="utf-8").splitlines()
    opening = lines[: next(number for number, line in enumerate(lines) if not line.startswith("#"))]
    table = [line for line in opening if _ROW.fullmatch(line)]
    assert table, "no row of: what the source says | here, partly or outside | where, or why not"
    policy = policy_named(name)
    own = [
        part.name
        for part in (*policy.rules, *policy.ladders)
        if part.location is not None and part.location.source.name == str(path)
    ]
    assert [each for each in own if not re.search(rf"\b{re.escape(each)}\b", "\n".join(table))] == []


@pytest.mark.parametrize("name", NAMES)
def test_policy_has_conversations(name: str) -> None:
    assert sample_files(name)


def test_every_conversation_belongs_to_a_policy() -> None:
    folders = {path.parent for path in (POLICIES / "conversations").rglob("*") if path.is_file()}
    assert folders <= {POLICIES / "conversations" / name for name in NAMES}


@pytest.mark.parametrize(("name", "path"), SAMPLES)
def test_conversation_is_decided_as_its_file_says(name: str, path: Path) -> None:
    policy, conversation = policy_named(name), conversation_of(path)
    decisions = decided(machine_named(name), conversation)
    assert [written(policy, decision) for decision in decisions] == expected(path)
    assert decisions == interpret(policy, conversation)


@pytest.mark.parametrize(("name", "path"), SAMPLES)
def test_conversation_says_nothing_that_the_vocabulary_does_not_know(name: str, path: Path) -> None:
    conversation = conversation_of(path)
    vocabulary = policy_named(name).vocabulary
    labels = {label.name for message in conversation.messages for label in message.labels}
    assert labels <= {*vocabulary.labels, *vocabulary.aliases}
    assert set(conversation.attributes) <= set(vocabulary.attributes)


@pytest.mark.parametrize("name", NAMES)
def test_state_stays_below_a_kibibyte(name: str) -> None:
    machine = machine_named(name)
    for conversation in samples(name).values():
        for state, _ in steps(machine, conversation):
            assert len(state.to_json().encode()) < 1024


def done(machine: Machine, conversation: Conversation) -> list[object]:
    """What is done, and what a trial rule would have done; not who asked for it."""
    return [
        [[(each.action, each.text) for each in several] for several in (decision.actions, decision.trial)]
        for decision in decided(machine, conversation)
    ]


@pytest.mark.parametrize("name", NAMES)
def test_no_clause_of_the_file_is_without_effect(name: str) -> None:
    """Taken out or weakened, each shows in some sample of some policy that the file is part of."""
    file = str(POLICIES / f"{name}.policy")
    found: dict[str, bool] = {}
    for user in NAMES:
        policy = policy_named(user)
        if file not in {source.name for source in loaded(user).sources}:
            continue
        before = [(sample, done(machine_named(user), sample)) for sample in samples(user).values()]
        for each in weakenings(policy):
            if each.file == file and not found.get(each.what):
                machine = compile_policy(each.policy)
                found[each.what] = any(done(machine, sample) != was for sample, was in before)
    assert [what for what, shown in found.items() if not shown] == []
