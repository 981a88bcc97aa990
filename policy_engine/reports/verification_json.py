"""Verdicts for programs. A key is only ever added within one ``format_version``."""

from __future__ import annotations

from collections.abc import Sequence

from policy_engine.model.model import Policy, Promise
from policy_engine.reports.english import condition_words
from policy_engine.reports.policy_json import policy_json
from policy_engine.transcripts.own_form import to_json
from policy_engine.verify.verdict import Verdict

FORMAT_VERSION = 1
"""The version of the shape."""


def verification_json(
    policy: Policy,
    verdicts: Sequence[tuple[Verdict, str | None]],
    contradicting: Sequence[tuple[Promise, Promise]],
) -> dict[str, object]:
    """All verdicts on a policy, each with the name of the file that its conversation was saved as."""
    applies = policy.applies
    return {
        "format_version": FORMAT_VERSION,
        "policy": policy_json(policy),
        "applies_when": None if applies is None else condition_words(applies, policy.vocabulary),
        "verdicts": [_verdict_json(each, saved) for each, saved in verdicts],
        "contradictions": [[one.text, other.text] for one, other in contradicting],
    }


def _verdict_json(verdict: Verdict, saved: str | None) -> dict[str, object]:
    conversation = verdict.conversation
    location = verdict.promise.location
    return {
        "promise": verdict.promise.text,
        "standard": None if verdict.standard is None else verdict.standard.name,
        "line": None if location is None else location.line,
        "verdict": verdict.finding.value,
        "vacuous": verdict.is_vacuous,
        "method": verdict.method or None,
        "reason": verdict.reason or None,
        "covered_messages": verdict.covered,
        "shortest": verdict.is_shortest if conversation is not None else None,
        "conversation": None if conversation is None else to_json(conversation),
        "saved_as": saved,
    }
