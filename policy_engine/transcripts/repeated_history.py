"""Where what was said begins to be new: a call to a model repeats the conversation so far.

What a call was given is laid over what is known already: the whole of it from the first message on, or the last
messages of it, where the caller cut the beginning off. What is beyond is new.
"""

from __future__ import annotations

from collections.abc import Sequence

from policy_engine.transcripts.message import Role

Said = tuple[Role, str | None]
"""Who spoke, and the text: what two records of one message have in common."""


def first_new(known: Sequence[Said], given: Sequence[Said]) -> int:
    """The index in ``given`` of the first message that is not known; linear in ``given``.

    A beginning that both share counts only where it holds a reply: somebody may say twice what begins a conversation.
    """
    return max(_shared_beginning(known, given), _overlap(known[-len(given) :] if given else (), given))


def _shared_beginning(known: Sequence[Said], given: Sequence[Said]) -> int:
    shared = 0
    for one, other in zip(known, given, strict=False):
        if one != other:
            break
        shared += 1
    return shared if any(role is Role.ASSISTANT for role, _ in given[:shared]) else 0


def _overlap(known: Sequence[Said], given: Sequence[Said]) -> int:
    """The length of the longest end of ``known`` with which ``given`` begins.

    By the failure function of Knuth, Morris and Pratt (1977): how much of ``given`` is matched, message by message.
    """
    failure = _failure(given)
    matched = 0
    for said in known:
        while matched and (matched == len(given) or given[matched] != said):
            matched = failure[matched - 1]
        if matched < len(given) and given[matched] == said:
            matched += 1
    return matched


def _failure(given: Sequence[Said]) -> list[int]:
    """For each beginning of ``given``, the longest shorter beginning that is also its end."""
    failure = [0] * len(given)
    matched = 0
    for at in range(1, len(given)):
        while matched and given[matched] != given[at]:
            matched = failure[matched - 1]
        if given[matched] == given[at]:
            matched += 1
        failure[at] = matched
    return failure
