"""Several vocabularies of one policy: what they may share, and what they may not."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pytest

from policy_engine.model.loading import Loaded, load_policy

CHIME = (
    "extends: default\nactions:\n  play-chime: {phrase: play a chime, past: a chime is played, noun: chime}\n"
)
DIM = "extends: default\nactions:\n  dim-lights: {phrase: dim the lights, past: the room is dimmed}\n"
BOTH = f"{CHIME}  dim-lights: {{phrase: dim the lights, past: the room is dimmed}}\n"
RULE = "rule one\n  when hate is detected, play a chime and dim the lights\n"
OWN = (
    "categories:\n  rudeness: {}\nacts:\n  shrug: {}\nactions:\n"
    "  stop: {phrase: stop the talk, past: the talk is stopped, ends: true}\n"
)


def load(folder: Path, *vocabularies: str) -> Loaded:
    uses = ""
    for number, text in enumerate(vocabularies):
        (folder / f"words{number}.yaml").write_text(text)
        uses += f'use "words{number}.yaml"\n'
    (folder / "main.policy").write_text(uses + RULE)
    return load_policy(folder / "main.policy")


def test_actions_of_two_vocabularies_have_an_order_that_does_not_depend_on_theirs(tmp_path: Path) -> None:
    orders = set()
    for vocabularies in permutations((CHIME, DIM, CHIME)):
        policy = load(tmp_path, *vocabularies).policy
        assert policy is not None
        orders.add(tuple((each.name, each.rank) for each in policy.vocabulary.actions.values()))
    (order,) = orders
    assert [name for name, _ in order][-3:] == ["remind", "dim-lights", "play-chime"]
    assert [rank for _, rank in order] == list(range(len(order)))


@pytest.mark.parametrize(
    ("one", "other", "message"),
    [
        (DIM, CHIME.replace("chime", "gong"), "unknown action `play a chime`"),
        (BOTH, DIM, "two vocabularies say different things of `dim-lights`"),  # another strength
        (BOTH, CHIME.replace("chime}", "bell}"), "two vocabularies say different things of `play-chime`"),
        (BOTH, OWN, "two vocabularies end the chat by different actions: `end-chat` and `stop`"),
        (
            BOTH,
            "extends: default\ncategories:\n  rudeness: {aliases: [spoilers]}\n",
            None,
        ),
        (
            f"{BOTH}categories:\n  spoilers: {{}}\n",
            "extends: default\ncategories:\n  rudeness: {aliases: [spoilers]}\n",
            "`spoilers` is a label, and in another vocabulary another name of `rudeness`",
        ),
        (
            BOTH,
            "extends: default\nactions:\n  sound: {phrase: play the chime, past: a sound is made}\n",
            "`play chime` belongs to `play-chime` and, in another vocabulary, to `sound`",
        ),
        (
            f"{BOTH}acts:\n  shrug: {{plural: shrugs}}\n",
            "extends: default\nacts:\n  gesture: {plural: shrugs}\n",
            "`shrugs` belongs to `gesture` and, in another vocabulary, to `shrug`",
        ),
        (
            BOTH,
            "extends: default\nactions:\n  ring: {phrase: ring a bell, past: a bell is rung, noun: chime}\n",
            "`chime` belongs to `play-chime` and, in another vocabulary, to `ring`",
        ),
    ],
)
def test_two_vocabularies_that_disagree(tmp_path: Path, one: str, other: str, message: str | None) -> None:
    found = load(tmp_path, one, other)
    assert [each.message for each in found.diagnostics] == ([message] if message else [])
    for each in found.diagnostics:
        assert each.location is not None
        assert each.location.name.endswith("main.policy")
