"""What nobody knew in a log, and what depends on it, for programs."""

from __future__ import annotations

from policy_engine.simulation.doubt import Doubting, Outcome
from policy_engine.simulation.known import Known
from policy_engine.simulation.refusals import DETECTORS, SUPPOSED, Recorded
from policy_engine.transcripts.source_kind import kind_of_source


def doubt_json(doubting: Doubting) -> dict[str, object]:
    """All of it; keys are only ever added within one ``format_version`` of the summary that it is part of."""
    doubt = doubting.doubt
    return {
        "labels": {
            name: {
                **{_key(each): doubt.known[name, each] for each in Known},
                "conversations_never_known": doubt.never_known[name],
            }
            for name in doubting.labels
        },
        "sources": [
            {
                "label": name,
                "source": source,
                "kind": kind_of_source(source, doubting.classifiers).name.lower(),
                "known": _key(known),
                "records": number,
            }
            for (name, source, known), number in sorted(
                doubt.said.items(), key=lambda each: (each[0][0], each[0][1] or "", each[0][2].name)
            )
        ],
        "unmapped": [
            {"name": name, "records": number, "nearest": doubting.nearest(name)}
            for name, number in sorted(doubt.unmapped.items(), key=lambda each: (-each[1], each[0]))
        ],
        "refusals": _replies_json(doubting),
        "outcomes": {
            "as_it_is": _outcome_json(doubt.as_it_is),
            **{each.value: _outcome_json(outcome) for each, outcome in doubt.unknown.items()},
        },
        "outcomes_by_refusals": {
            name: _outcome_json(doubt.refusals[name]) for name in SUPPOSED if name in doubt.refusals
        },
        "outcomes_by_refusals_with_unknown_as_no": {
            name: _outcome_json(doubt.refusals_as_no[name])
            for name in SUPPOSED
            if name in doubt.refusals_as_no
        },
    }


def _key(known: Known) -> str:
    return known.name.lower()


def _replies_json(doubting: Doubting) -> list[dict[str, object]]:
    """Replies by what was recorded of them, and what each detector says of their text (null: not to be judged)."""
    replies = doubting.doubt.compared.replies
    return [
        {
            "detector": name,
            "recorded": each.name.lower(),
            "in_text": answer,
            "replies": replies[name, each, answer],
        }
        for name in DETECTORS
        for each in Recorded
        for answer in (True, False, None)
        if replies[name, each, answer]
    ]


def _outcome_json(outcome: Outcome) -> dict[str, object]:
    return {
        "actions": dict(sorted(outcome.actions.items())),
        "done_more": dict(sorted(outcome.more.items())),
        "done_fewer": dict(sorted(outcome.fewer.items())),
        "changed": outcome.changed,
        "first_changed": list(outcome.first),
    }
