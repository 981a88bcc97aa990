"""What two policies do differently, for programs. A key is only ever added within one ``format_version``."""

from __future__ import annotations

from policy_engine.difference.cause import Account
from policy_engine.difference.comparison import Comparison, Told
from policy_engine.difference.deed import Pair
from policy_engine.difference.promises import Kept
from policy_engine.difference.recorded import Many, Recorded, Tally
from policy_engine.reports.changed import sentence
from policy_engine.reports.english import condition_words
from policy_engine.reports.policy_json import policy_json
from policy_engine.transcripts.own_form import to_json

FORMAT_VERSION = 1
"""The version of the shape."""


def difference_json(comparison: Comparison) -> dict[str, object]:
    """All of a comparison."""
    scope = comparison.scope
    recorded = comparison.recorded
    return {
        "format_version": FORMAT_VERSION,
        "old": policy_json(comparison.old),
        "new": policy_json(comparison.new),
        "verdict": comparison.finding.value,
        "applies_when": {
            "same": scope.is_same,
            "decided": scope.is_decided,
            "old": _applies(comparison, 0),
            "new": _applies(comparison, 1),
            "only_new": scope.gained,
            "only_old": scope.lost,
        },
        "changes": [_told_json(comparison.pair, each) for each in comparison.told],
        "promises": [_kept_json(each) for each in comparison.promises],
        "recorded": None if recorded is None else _recorded_json(recorded),
    }


def _applies(comparison: Comparison, number: int) -> str | None:
    policy = comparison.pair[number]
    return None if policy.applies is None else condition_words(policy.applies, policy.vocabulary)


def _told_json(policies: Pair, told: Told) -> dict[str, object]:
    change = told.change
    entries = policies[1].vocabulary.actions
    ends = change.deed.action in entries and entries[change.deed.action].ends
    return {
        "action": change.deed.action,
        "on_trial": change.deed.on_trial,
        "ends": ends,
        "verdict": change.finding.value,
        "direction": None if change.direction is None else change.direction.value,
        "method": change.method or None,
        "shown": [_account_json(each) for each in told.accounts],
        "by_clauses": [_account_json(each) for each in told.clauses],
        "also_at_another_time": None
        if change.besides is None
        else {
            "question": change.besides.asked.value,
            "shortest": change.besides.is_shortest,
            "conversation": to_json(change.besides.conversation),
        },
        "not_decided": [
            {"question": each.asked.value, "reason": each.reason, "covered_messages": each.covered}
            for each in change.left_open
        ],
    }


def _account_json(account: Account) -> dict[str, object]:
    evidence = account.evidence
    return {
        "question": evidence.asked.value,
        "sentence": sentence(account),
        "by": "new" if account.is_new else "old",
        "rules": list(account.rules),
        "message": account.place.message,
        "turn": account.place.turn,
        "why_not_other": account.why.value,
        "other_rule": None if account.other.part is None else account.other.part.name,
        "other_later_at_message": None if account.later is None else account.later.message,
        "shortest": evidence.is_shortest,
        "conversation": to_json(evidence.conversation),
    }


def _kept_json(kept: Kept) -> dict[str, object]:
    conversation = kept.after.conversation
    return {
        "promise": kept.promise.text,
        "of": kept.of,
        "before": kept.before.finding.value,
        "after": kept.after.finding.value,
        "newly_broken": kept.is_newly_broken,
        "conversation": to_json(conversation) if kept.is_newly_broken and conversation is not None else None,
    }


def _recorded_json(recorded: Recorded) -> dict[str, object]:
    return {
        "conversations": recorded.conversations,
        "messages": recorded.messages,
        "left_out": recorded.left_out,
        "changed": _many_json(recorded.changed),
        "changes": [
            {"action": deed.action, "on_trial": deed.on_trial, **_tally_json(tally)}
            for deed, tally in recorded.tallies.items()
            if tally.is_any
        ],
    }


def _tally_json(tally: Tally) -> dict[str, object]:
    return {
        "gained": _many_json(tally.gained),
        "lost": _many_json(tally.lost),
        "earlier": _many_json(tally.earlier),
        "later": _many_json(tally.later),
        "otherwise": _many_json(tally.otherwise),
        "reworded": _many_json(tally.reworded),
        "turns_earlier": {str(by): number for by, number in sorted(tally.turns.items())},
    }


def _many_json(found: Many) -> dict[str, object]:
    return {"number": found.number, "first": list(found.names)}
