"""A review as one comment of a pull request, in Markdown: short, the same at each run, safe whatever a file says.

The first line is a hidden mark, by which whoever writes the comment finds it again. Each line stands for itself, so
that a comment that is too long can be cut behind any of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from policy_engine.diagnostics import Diagnostic
from policy_engine.difference.recorded import Recorded
from policy_engine.reports.difference_markdown import difference_markdown
from policy_engine.reports.english import listed, many, policy_title
from policy_engine.reports.markdown import escaped
from policy_engine.reports.screen import clean, cut
from policy_engine.review.review import Fate, Review, Reviewed, Tests
from policy_engine.simulation.simulation import Simulation
from policy_engine.verify.verdict import Finding

MARK = "<!-- policy-engine review -->"
MOST_WORDS = 3_000
MOST_CHARACTERS = 60_000
"""A comment of GitHub holds 65,536; the rest is for what is said of the cut."""
_LEFT_OPEN = "- not decided: "
_TOOK = re.compile(r" \(after [^()]*\)$")
_MOST_NAMED = 5
_MOST_FINDINGS = 20
_LONGEST = 400
"""Columns of what a file says, in one line."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """``files`` is put before the path of a file of the new side; ``report`` is where the full report is."""

    files: str | None = None
    report: str | None = None


def review_markdown(review: Review, addresses: Addresses, is_full: bool = False) -> list[str]:
    """The lines of the comment; ``is_full``: with nothing left out."""
    head = [MARK, "## What this change does to the policies", "", *_summary(review)]
    sections = [list(_policy(each)) for each in review.policies]
    most = None if is_full else _MOST_FINDINGS
    sections += [
        list(_findings(review, addresses, most)),
        list(_notes(review, None if is_full else _MOST_NAMED)),
    ]
    sections = [each for each in sections if each]
    if is_full:
        return [*head, *(line for each in sections for line in ("", *each))]
    return _cut(head, sections, addresses)


def _cut(head: list[str], sections: Sequence[list[str]], addresses: Addresses) -> list[str]:
    """As much as a comment holds; what is left out is counted."""
    lines = list(head)
    words, characters = _size(head)
    left = 0
    for section in sections:
        for line in ("", *section):
            more = _size([line])
            if left or words + more[0] > MOST_WORDS or characters + more[1] > MOST_CHARACTERS:
                left += bool(line)
                continue
            lines.append(line)
            words, characters = words + more[0], characters + more[1]
    if left:
        verb = "is" if left == 1 else "are"
        lines += ["", f"*{many(left, 'more line')} {verb} left out.*"]
    if addresses.report is not None:
        lines += ["", f"[The full report]({_address(addresses.report)})"]
    return lines


def _size(lines: Sequence[str]) -> tuple[int, int]:
    """Words, and bytes with the line breaks: a service may count either bytes or characters."""
    return sum(len(line.split()) for line in lines), sum(
        len(line.encode("utf-8", "replace")) + 1 for line in lines
    )


# --- The whole --------------------------------------------------------------------------


def _summary(review: Review) -> Iterator[str]:
    if not review.policies and not review.findings:
        yield "No policy changes."
        return
    counts = [(fate, sum(each.fate is fate for each in review.policies)) for fate in Fate]
    named = [f"{many(number, 'policy', 'policies')} {fate.value}" for fate, number in counts if number]
    yield f"**{listed(named, 'and') if named else 'No policy changes'}.**"
    said = list(_alarms(review))
    if said:
        yield ""
        yield from (f"- {each}" for each in said)


def _alarms(review: Review) -> Iterator[str]:
    """What whoever decides has to see first."""
    unread = sum(bool(each.faults) for each in review.policies)
    if unread:
        yield f":x: {many(unread, 'policy', 'policies')} cannot be used: there are mistakes"
    broken = sum(each.newly_broken for each in review.policies)
    if broken:
        yield f":x: {many(broken, 'requirement')} broken"
    failing = sum(len(each.tests[1].failing) for each in review.policies if each.tests[1])
    if failing:
        yield f":x: {many(failing, 'test')} {'fails' if failing == 1 else 'fail'}"
    unusable = sum(bool(each.tests[1].mistakes) for each in review.policies if each.tests[1])
    if unusable:
        yield f":x: {many(unusable, 'test file')} cannot be run"
    if review.findings:
        yield f":warning: {many(len(review.findings), 'finding')} on changed lines"
    alike = sum(each.acts_alike for each in review.policies)
    if alike:
        yield f"{many(alike, 'changed policy', 'changed policies')} act{'s' if alike == 1 else ''} as before: proved"


# --- A policy ---------------------------------------------------------------------------


def _policy(each: Reviewed) -> Iterator[str]:
    yield f"### {_safe(each.path)}"
    yield ""
    if each.moved_from is not None:
        yield f"It was `{_code(each.moved_from)}` before."
        yield ""
    title = "" if each.policy is None else f" ({_safe(policy_title(each.policy))})"
    if each.fate is Fate.REMOVED:
        yield f"**Removed**{title}: whatever it did is no longer done."
        return
    if each.fate is Fate.ADDED:
        yield f"**Added**{title}."
        yield ""
    if each.files and each.fate is Fate.CHANGED:
        names = [f"`{_code(name)}`" for name in each.files[:_MOST_NAMED]]
        rest = len(each.files) - _MOST_NAMED
        yield f"Changed: {', '.join(names)}{f' and {rest:,} more' if rest > 0 else ''}."
        yield ""
    if each.faults:
        yield f"**It cannot be used**: {many(len(each.faults), 'mistake')}."
        yield ""
        for fault in each.faults[:_MOST_NAMED]:
            yield f"- {_place(fault)}: {_safe(fault.message)}"
        yield from _more(len(each.faults) - _MOST_NAMED)
    elif each.were_faults:
        yield "It can be read again: before, it had mistakes, so that nothing can be compared."
        yield ""
    if each.comparison is not None:
        yield from _below_heading(list(difference_markdown(each.comparison)))
        if each.comparison.recorded is not None:
            yield from _examples(each.comparison.recorded)
    yield from _verdicts(each)
    yield from _tests(each)


def _below_heading(lines: list[str]) -> Iterator[str]:
    """What a comparison says, its heading as a line of its own: the policy has one already."""
    first, *rest = lines
    yield f"*{first.removeprefix('### ')}*"
    # how long a question took is another number at each run
    yield from (_TOOK.sub("", line) if line.lstrip().startswith(_LEFT_OPEN) else line for line in rest)


def _examples(recorded: Recorded) -> Iterator[str]:
    for number, (old, new) in enumerate(recorded.shown):
        if not number:
            yield ""
            yield "For example:"
            yield ""
        yield f"- `{_code(new.conversation.id)}`: before, {_done(old)}; now, {_done(new)}"


def _done(simulation: Simulation) -> str:
    """What a policy does in a conversation, in the order of its messages."""
    actions = simulation.policy.vocabulary.actions
    said = [
        f"{actions[done.action].phrase} at message {message} (turn {turn})"
        for message, (turn, decision) in enumerate(
            zip(simulation.turns, simulation.decisions, strict=True), 1
        )
        for done in decision.actions
    ]
    rest = len(said) - _MOST_NAMED
    shown = [*said[:_MOST_NAMED], *([f"{rest:,} more"] if rest > 0 else [])]
    return _safe(listed(shown, "and")) if shown else "nothing"


def _verdicts(each: Reviewed) -> Iterator[str]:
    if not each.verdicts:
        return
    kept = sum(verdict.finding is Finding.PROVED for verdict in each.verdicts)
    yield ""
    yield f"Requirements: {kept:,} of {len(each.verdicts):,} proved."
    others = [verdict for verdict in each.verdicts if verdict.finding is not Finding.PROVED]
    if others:
        yield ""
        for verdict in others[:_MOST_NAMED]:
            sign = "-" if verdict.finding is Finding.BROKEN else "?"
            yield f"- `{sign}` {verdict.finding.value}: {_safe(verdict.promise.text)}"
        yield from _more(len(others) - _MOST_NAMED)


def _tests(each: Reviewed) -> Iterator[str]:
    before, after = each.tests
    if before is None and after is None:
        return
    yield ""
    if after is None:
        yield f"**Tests**: none any more; before, {_result(before)}."
        return
    was = f"; before, {_result(before)}" if before is not None and before != after else ""
    yield f"**Tests**: {_result(after)}{was}."
    told = [f"`-` fails: {_safe(name)}" for name in after.failing]
    told += [f"{_place(mistake)}: {_safe(mistake.message)}" for mistake in after.mistakes]
    if told:
        yield ""
        yield from (f"- {each}" for each in told[:_MOST_NAMED])
        yield from _more(len(told) - _MOST_NAMED)


def _result(tests: Tests | None) -> str:
    if tests is None:
        return "none"
    if tests.mistakes:
        return f"the test file has {many(len(tests.mistakes), 'mistake')}"
    passing = tests.number - len(tests.failing)
    return f"{passing:,} of {tests.number:,} pass, and they try {tests.tried:,} of {tests.goals:,} parts of the policy"


# --- Findings and notes -----------------------------------------------------------------


def _findings(review: Review, addresses: Addresses, most: int | None) -> Iterator[str]:
    if not review.findings and not review.elsewhere:
        return
    yield "### Findings on changed lines"
    yield ""
    for each in review.findings[:most]:
        yield f"- {_place(each, addresses)}: {_safe(each.message)} (`{_code(each.code)}`)"
    if most is not None:
        yield from _more(len(review.findings) - most)
    if not review.findings:
        yield "None."
    if review.elsewhere:
        yield ""
        yield f"{many(review.elsewhere, 'finding')} on other lines of the same files: `policy-engine lint` shows them."


def _notes(review: Review, most: int | None) -> Iterator[str]:
    if not review.notes:
        return
    yield "### Not looked at"
    yield ""
    yield from (f"- {_safe(each)}" for each in review.notes[:most])
    if most is not None:
        yield from _more(len(review.notes) - most)


def _place(found: Diagnostic, addresses: Addresses | None = None) -> str:
    """The file and the line, as a link where it is known to where."""
    if found.location is None:
        return f"`{_code(found.subject or '')}`"
    where = f"{found.location.name}:{found.location.line}"
    if addresses is None or addresses.files is None:
        return f"`{_code(where)}`"
    path = quote(found.location.name.encode("utf-8", "surrogateescape"))
    return f"[{_safe(where)}]({_address(addresses.files).rstrip('/')}/{path}#L{found.location.line})"


def _more(number: int) -> Iterator[str]:
    if number > 0:
        yield f"- and {number:,} more"


def _safe(words: str) -> str:
    return escaped(cut(words, _LONGEST))


def _code(words: str) -> str:
    """Within backticks, where nothing but a backtick has a meaning: a mention or a link is none there."""
    return cut(clean(words).replace("`", "'"), _LONGEST) or " "


def _address(address: str) -> str:
    """An address that ends where it ends: nothing in it closes the link."""
    return quote(address, safe=":/?#@!$&*+,;=%~")
