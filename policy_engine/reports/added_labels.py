"""What detectors added to a log, as a table on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from policy_engine.reports.english import many
from policy_engine.reports.screen import COLUMNS, Screen, clean, cut, pad, wrapped
from policy_engine.transcripts.added_labels import VALUES, AddedLabels

_NAME = 44
_NUMBER = 12
_HEADS = ("detected", "absent", "unknown")
_MOST_LABELS = 100


def added_labels(added: AddedLabels, screen: Screen) -> Iterator[str]:
    """The lines of the table: by detector and label, on how many messages it was said to be what."""
    if not added.said:
        yield "no label was added"
    else:
        yield screen.paint(
            pad("labels that were added", _NAME) + "".join(each.rjust(_NUMBER) for each in _HEADS), "bold"
        )
        rows = sorted(added.said)[:_MOST_LABELS]
        for source, group in groupby(rows, key=lambda row: row[0]):
            yield cut(clean(source), COLUMNS)
            for row in group:
                numbers = (f"{added.said[row][value]:,}".rjust(_NUMBER) for value in VALUES)
                yield pad(cut(f"  {clean(row[1])}", _NAME - 1), _NAME) + "".join(numbers)
        if len(added.said) > _MOST_LABELS:
            yield f"and {many(len(added.said) - _MOST_LABELS, 'more label')}"
    for name, number in sorted(added.recorded.items()):
        said = f"`{cut(clean(name), _NAME)}` was recorded before on {many(number, 'message')}, and stays as it was"
        yield from wrapped(said.split(" "))
