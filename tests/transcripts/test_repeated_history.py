"""What is new in a call: against plain looking, for all short conversations."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from policy_engine.transcripts.message import Role
from policy_engine.transcripts.repeated_history import Said, first_new

SAID = st.tuples(st.sampled_from([Role.USER, Role.ASSISTANT]), st.sampled_from(["a", "b"]))


@given(st.lists(SAID, max_size=8), st.lists(SAID, max_size=8))
def test_as_plain_looking_finds_it(known: list[Said], repeated: list[Said]) -> None:
    overlap = max(n for n in range(len(repeated) + 1) if n == 0 or known[-n:] == repeated[:n])
    shared = max(n for n in range(len(repeated) + 1) if known[:n] == repeated[:n])
    has_reply = any(role is Role.ASSISTANT for role, _ in repeated[:shared])
    assert first_new(known, repeated) == max(overlap, shared if has_reply else 0)


@given(st.lists(SAID, min_size=1, max_size=30))
def test_a_conversation_told_again_at_every_call_is_told_once(said: list[Said]) -> None:
    known: list[Said] = []
    for end in range(1, len(said) + 1):
        known += said[first_new(known, said[:end]) : end]
    assert known == said
