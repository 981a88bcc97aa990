"""What two policies do differently in recorded conversations, and to promises, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policy_engine.difference.comparison import Comparison
from policy_engine.difference.deed import Deed
from policy_engine.difference.promises import Kept
from policy_engine.difference.recorded import Many, Recorded, Tally
from policy_engine.reports.changed import verb_words
from policy_engine.reports.english import listed, many
from policy_engine.simulation.summary import median
from policy_engine.verify.verdict import Finding


def recorded_words(comparison: Comparison, recorded: Recorded) -> Iterator[str]:
    """A sentence on all conversations, then one for each deed that changed in some."""
    total = many(recorded.conversations, "recorded conversation")
    changed = recorded.changed
    left_out = f" ({recorded.left_out:,} left out)" if recorded.left_out else ""
    if not changed.number:
        yield f"In {total}{left_out}, nothing is done differently."
    else:
        yield f"In {total}{left_out}, {changed.number:,} come out differently: {names_words(changed)}."
    for deed, tally in recorded.tallies.items():
        if tally.is_any:
            yield f"{verb_words(comparison.pair, deed)}: {listed(list(_tally_words(deed, tally)), 'and')}"


def _tally_words(deed: Deed, tally: Tally) -> Iterator[str]:
    for each, words in (
        (tally.gained, "newly in"),
        (tally.lost, "no longer in"),
        (tally.earlier, "earlier in"),
        (tally.later, "later in"),
        (tally.otherwise, "more or less often in"),
        (tally.reworded, "with other words in"),
    ):
        if each.number:
            turns = _turns_words(tally, each is tally.earlier) if each in (tally.earlier, tally.later) else ""
            yield f"{words} {each.number:,}{turns} ({names_words(each)})"


def _turns_words(tally: Tally, is_earlier: bool) -> str:
    """By how many turns, in the middle."""
    moved = {abs(by): number for by, number in tally.turns.items() if by and (by > 0) is is_earlier}
    by = median(moved)
    return f" by {many(by, 'turn')}" + (" (median)" if len(moved) > 1 else "") if by else ""


def names_words(found: Many) -> str:
    """The ids of the first few, and how many more there are."""
    more = found.number - len(found.names)
    names = [f"`{each[:60]}`" for each in found.names]
    return ", ".join(names) + (f" and {more:,} more" if more else "")


def promise_words(held: Sequence[Kept]) -> Iterator[tuple[str, str]]:
    """A sign and a sentence for each promise that is kept by one policy and not by the other; nothing for others."""
    for each in held:
        before, after = each.before.finding, each.after.finding
        if not each.is_changed:
            continue
        whose = {
            "old": " (a check of the old policy)",
            "new": " (a check of the new policy)",
            "both": "",
        }.get(each.of, f" (required by {each.of})")
        if each.is_newly_broken:
            yield "-", f"now broken: {each.promise.text}{whose}"
        elif before is Finding.BROKEN and after is Finding.PROVED:
            yield "+", f"now kept: {each.promise.text}{whose}"
        else:
            yield "?", f"{after.value}, and {before.value} before: {each.promise.text}{whose}"


def promises_total(held: Sequence[Kept]) -> str:
    """How many promises that held are now broken."""
    broken = sum(each.is_newly_broken for each in held)
    if not held:
        return ""
    if broken:
        verb = "is" if broken == 1 else "are"
        return f"{many(broken, 'promise')} that held {verb} now broken."
    lasting = sum(each.after.finding is Finding.PROVED and not each.is_changed for each in held)
    return f"No promise that held is broken: {many(lasting, 'promise')} proved for both." if lasting else ""
