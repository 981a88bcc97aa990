"""Decisions and summaries for programs. A key is only ever added within one ``format_version``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from policy_engine.model.decision import Cause, Decision
from policy_engine.model.model import Policy
from policy_engine.reports.english import condition_words
from policy_engine.reports.policy_json import policy_json
from policy_engine.reports.reasons import stop_kind, stop_words
from policy_engine.simulation.coverage import Coverage
from policy_engine.simulation.evidence import Evidence
from policy_engine.simulation.moments import Cited, Moment, Stopped
from policy_engine.simulation.simulation import Place, Simulation
from policy_engine.simulation.summary import Reach, Summary, Tally
from policy_engine.vocabulary.vocabulary import Lasting

FORMAT_VERSION = 1
"""The version of the shape."""


def simulation_json(simulation: Simulation) -> dict[str, object]:
    """One conversation: what was decided at every message at which something was done or stopped."""
    held = simulation.held_open
    return {
        "format_version": FORMAT_VERSION,
        "conversation": simulation.conversation.id,
        "origin": simulation.conversation.origin,
        "policy": policy_json(simulation.policy),
        "covered": simulation.covered.value,
        "messages": len(simulation.decisions),
        "turns": simulation.turn_count,
        "decisions": _decisions_json(simulation),
        "ended": _place_json(simulation.ended),
        "after_end": simulation.after_end,
        "supposed_pace": _seconds_json(simulation.pace),
        "held_open": None if held is None else {
            **_some_place_json(held.place),
            "never_looked_for": list(held.never_looked_for),
            "not_checked": list(held.not_checked),
        },
    }  # fmt: skip


def summary_json(summary: Summary) -> dict[str, object]:
    """What a whole log adds up to."""
    return {
        "format_version": FORMAT_VERSION,
        "policy": policy_json(summary.policy),
        "conversations": summary.conversations,
        "messages": summary.messages,
        "turns": summary.turns,
        "malformed": summary.malformed,
        "out_of_order": summary.out_of_order,
        "faults": _counts(summary.faults),
        "repeated_ids": summary.repeated,
        "times_supposed": summary.paced,
        "supposed_pace": _seconds_json(summary.pace),
        "covered": {each.value: summary.covered[each] for each in Coverage},
        "coverage": [_reach_json(each, summary.policy) for each in summary.reaches],
        "assumed": _counts(summary.assumed),
        "not_recorded": _counts(summary.unrecorded),
        "actions": {name: _tally_json(each) for name, each in sorted(summary.actions.items())},
        "trial_actions": {name: _tally_json(each) for name, each in sorted(summary.trial.items())},
        "rules": {
            name: {
                "fired": _tally_json(each.fired),
                "stopped": {**_tally_json(each.stopped), "occasions": each.occasions},
            }
            for name, each in sorted(summary.rules.items())
        },
        "stopped_by": {
            **{_by(each): summary.stopped_by[each] for each in Cause},
            "unknown": summary.stopped_unknown,
        },
        "ended": summary.ended,
        "ended_if_absent": summary.ended_if_absent,
        "held_open": {
            "conversations": summary.held_open,
            "never_looked_for": _counts(summary.never_looked_for),
            "not_checked": _counts(summary.not_checked),
        },
        "only_in_doubt": _counts(summary.only_in_doubt),
        "unknown_on_messages": _counts(summary.unknown),
        "with_messages_after_end": summary.with_messages_after_end,
        "shown_after_end": summary.shown_after_end,
        "from_text": _counts(summary.from_text),
        "from_keywords": _counts(summary.from_keywords),
        "on_keywords": _counts(summary.on_keywords),
    }


def _reach_json(reach: Reach, policy: Policy) -> dict[str, object]:
    """Whom the rules with one ``applies when`` cover; it is null where they apply to every conversation."""
    applies = None if reach.applies is None else condition_words(reach.applies, policy.vocabulary)
    covered = {each.value: reach.covered[each] for each in Coverage}
    return {"applies_when": applies, "rules": list(reach.rules), **covered}


def _place_json(place: Place | None) -> dict[str, int] | None:
    return None if place is None else _some_place_json(place)


def _some_place_json(place: Place) -> dict[str, int]:
    return {"message": place.message, "turn": place.turn}


def _seconds_json(pace: Lasting | None) -> int | None:
    """The seconds between two messages whose times are supposed; None where they were recorded or not needed."""
    return None if pace is None else pace.seconds


def _counts(counter: Counter[str]) -> Mapping[str, int]:
    return dict(sorted(counter.items()))


def _tally_json(tally: Tally) -> dict[str, object]:
    return {
        "conversations": tally.conversations,
        "times": tally.times,
        "first_turns": {str(turn): tally.first_turns[turn] for turn in sorted(tally.first_turns)},
        "median_first_turn": tally.median,
    }


def _decisions_json(simulation: Simulation) -> list[dict[str, object]]:
    return [_moment_json(each, simulation.policy) for each in simulation.moments_at(_is_told)]


def _is_told(decision: Decision) -> bool:
    return bool(decision.actions or decision.trial or decision.stopped)


def _moment_json(moment: Moment, policy: Policy) -> dict[str, object]:
    return {
        "message": moment.number,
        "turn": moment.turn,
        "actions": [_cited_json(each) for each in moment.cited],
        "stopped": [entry for each in moment.stopped for entry in _stopped_json(each, policy)],
    }


def _cited_json(cited: Cited) -> dict[str, object]:
    return {
        "action": cited.done.action,
        "text": cited.done.text,
        "rules": list(cited.done.rules),
        "trial": cited.trial,
        "reason": "; ".join(cited.done.reasons) or None,
        "because": [_evidence_json(each) for each in cited.because],
        "assumed": list(cited.assumed),
    }


def _evidence_json(evidence: Evidence) -> dict[str, object]:
    found = evidence.found
    shown: dict[str, object] = {
        "message": evidence.message,
        "label": found.label,
        "score": found.score,
        "source": found.source,
    }
    if found.recorded not in (found.label, None):
        shown["recorded_as"] = found.recorded
    if found.unknown:
        shown["unknown"] = True
    return shown


def _stopped_json(stopped: Stopped, policy: Policy) -> list[dict[str, object]]:
    """One entry for every action that was kept from being done."""
    stop = stopped.stop
    why = f"{stop_kind(stopped)}: {stop_words(stopped, policy)}"
    return [
        {
            "rule": stop.rule,
            "action": action,
            "by": "unknown" if stop.unknown else _by(stop.cause),
            "clause": _by(stop.cause),
            "trial": stopped.trial,
            "why": why,
        }
        for action in stopped.actions
    ]


def _by(cause: Cause) -> str:
    return cause.value
