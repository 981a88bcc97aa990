"""The shipped policies, the conversations written for each, and what is expected at every message.

``policies/NAME.policy`` has its samples in ``policies/conversations/NAME/``, one conversation a file.
What the policy does at a message stands below the message, in comments, as `docs/language.md` writes it:

    - assistant: "I won't help with that."
      labels: [refusal]
      # → warn the user "If this goes on, this chat will be ended." (last-warning)
      # ■ persistent-harm (except)

A new policy joins by its files alone: nothing here knows a policy by name.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from sound import POLICIES, policy_at

from policy_engine.machine.machine import Machine, compile_policy
from policy_engine.model.loading import Loaded, load_policy
from policy_engine.model.model import Policy
from policy_engine.transcripts.message import Conversation
from policy_engine.transcripts.reading import read_conversations

NAMES = tuple(
    path.relative_to(POLICIES).with_suffix("").as_posix() for path in sorted(POLICIES.rglob("*.policy"))
)

_MESSAGE = re.compile(r"\s*- *(?:\{ *)?(?:user|assistant|system|tool|service|role)\b")
_OUTCOME = re.compile(r"\s*# *([→■] .*?)\s*")


@cache
def loaded(name: str) -> Loaded:
    """What came of the policy of that name."""
    return load_policy(POLICIES / f"{name}.policy")


def policy_named(name: str) -> Policy:
    """The policy of that name, without a fault."""
    return policy_at(POLICIES / f"{name}.policy")


@cache
def samples(name: str) -> dict[str, Conversation]:
    """The conversations written for a policy, by the name of their files."""
    return {path.stem: conversation_of(path) for path in sample_files(name)}


def sample_files(name: str) -> list[Path]:
    """The files of the conversations written for a policy; those of a folder below are another's."""
    return sorted((POLICIES / "conversations" / name).glob("*.yaml"))


def conversation_of(path: Path) -> Conversation:
    """The one conversation of a file."""
    (found,) = read_conversations([path])
    assert isinstance(found, Conversation), found
    return found


def expected(path: Path) -> list[list[str]]:
    """What is written below every message of a file, in order."""
    outcomes: list[list[str]] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if _MESSAGE.match(line):
            outcomes.append([])
        elif found := _OUTCOME.fullmatch(line):
            outcomes[-1].append(found[1])
    return outcomes


@cache
def machine_named(name: str) -> Machine:
    """The machine of the policy of that name."""
    return compile_policy(policy_named(name))
