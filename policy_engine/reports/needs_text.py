"""What a policy has to be supplied with, and what a log lacks of it, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from policy_engine.model.decision import Cause
from policy_engine.model.model import Policy
from policy_engine.needs.asked import Asked, AttributeNeed, LabelNeed, Use
from policy_engine.needs.blocked import Blocked, Fate
from policy_engine.needs.lacking import Lacking
from policy_engine.needs.supply import Supplier, detectors_of, suppliers
from policy_engine.needs.verdict import Verdict
from policy_engine.reports.english import listed, many, policy_title, value_words
from policy_engine.reports.figures import Row, clause_words
from policy_engine.reports.groups import with_group_names
from policy_engine.reports.rows import cells, filled, row
from policy_engine.reports.screen import COLUMNS, Screen, clean, cut, pad
from policy_engine.simulation.refusals import REFUSAL
from policy_engine.transcripts.mapping import ClassifierMapping
from policy_engine.transcripts.message import Role
from policy_engine.vocabulary.vocabulary import Kind

_LACKS = ("messages", "unknown", "never known")
_WIDTHS = (12, 12, 14)
_MOST_USES = 12
_KINDS = {Kind.CATEGORY: "Categories", Kind.ACT: "Acts of the assistant", Kind.EVENT: "Events"}


def needs_text(
    policy: Policy, asked: Asked, known: Mapping[str, ClassifierMapping], screen: Screen
) -> Iterator[str]:
    """What it asks for; ``known`` are the classifiers that there are."""
    for line in _needs(policy, asked, known, screen):
        yield screen.signs(line).rstrip()


def lacks_text(lacking: Lacking, found: Verdict, screen: Screen) -> Iterator[str]:
    """What a log lacks, and what can therefore never happen in it."""
    for line in _lacks(lacking, found, screen):
        yield screen.signs(line).rstrip()


# --- What a policy asks for -----------------------------------------------------------


def _needs(
    policy: Policy, asked: Asked, known: Mapping[str, ClassifierMapping], screen: Screen
) -> Iterator[str]:
    yield screen.paint(cut(clean(f"What this policy needs: {policy_title(policy)}"), COLUMNS), "bold")
    for kind, title in _KINDS.items():
        needs = [each for each in asked.labels if each.entry.kind is kind]
        if needs:
            yield from ("", screen.paint(title, "bold"))
        for need in needs:
            yield from _label(need, known)
    if asked.labels:
        yield ""
        yield from filled(
            "Keyword lists (--detect keywords:FILE.yaml) can stand for any label, for demonstration: they do not find "
            "a crisis, and what they do not find stays unknown."
        )
    if asked.attributes:
        yield from ("", screen.paint("Attributes of the conversation", "bold"))
    for attribute in asked.attributes:
        yield from _attribute(attribute)
    yield from ("", screen.paint("Times", "bold"))
    if asked.timed:
        yield from _told("every message needs one: durations are measured", 2)
        yield from _told(f"for {_uses(asked.timed)}", 4)
    else:
        yield "  none are needed: no rule measures a duration"


def _label(need: LabelNeed, known: Mapping[str, ClassifierMapping]) -> Iterator[str]:
    entry = need.entry
    title = f" ({entry.phrase or entry.title})" if entry.phrase or entry.title else ""
    yield from _told(f"{entry.name}{title}, on messages of the {_roles(need.roles)}", 2)
    yield from _told(f"for {_uses(need.uses)}", 4)
    if entry.kind is Kind.EVENT and entry.roles <= {Role.SERVICE}:
        yield from _told("your service sends it, as a message of its own", 4)
        return
    given = suppliers(entry.name, known)
    if given:
        yield from _told(f"given by {', '.join(map(_supplier, given))}", 4)
    if entry.name == REFUSAL:
        yield from _told("told by providers, where the log's format has a field for it", 4)
    by_text = detectors_of(entry.name)
    if by_text:
        yield from _told(f"read off the text by --detect {listed(by_text)}", 4)
    if not given and not by_text:
        yield from _told("no classifier that is known here gives it: see --labels and --classifier", 4)
    if entry.when_unknown is not None:
        yield from _told(f"where nobody looks: read as {entry.when_unknown} (when-unknown)", 4)


def _supplier(each: Supplier) -> str:
    notes = [each.native] if each.native else []
    if each.roles is not None:
        notes.append(f"on messages of the {_roles(each.roles)}")
    if not each.also_absent:
        notes.append("only where found")
    return f"{each.classifier} ({'; '.join(notes)})" if notes else each.classifier


def _attribute(need: AttributeNeed) -> Iterator[str]:
    entry = need.entry
    kind = f"one of {listed(entry.values)}" if entry.values else entry.type
    yield from _told(f"{entry.name}, {kind}", 2)
    yield from _told(f"for {_uses(need.uses)}", 4)
    if entry.assume is not None:
        yield from _told(f"where nobody gives it, {value_words(entry.assume)} is assumed", 4)
    else:
        yield from _told("where nobody gives it, it is unknown: what asks for it stops the rule", 4)


def _uses(uses: Sequence[Use]) -> str:
    named = [
        each.name if each.location is None else f"{each.name} ({_place(each)})" for each in uses[:_MOST_USES]
    ]
    more = len(uses) - _MOST_USES
    return ", ".join([*named, *([f"{more:,} more"] if more > 0 else [])])


def _place(use: Use) -> str:
    """The file's own name and the line."""
    return "" if use.location is None else f"{PurePath(use.location.name).name}:{use.location.line}"


def _roles(roles: frozenset[Role]) -> str:
    return listed([each.value for each in Role if each in roles], "and")


def _told(text: str, indent: int) -> Iterator[str]:
    room = COLUMNS - indent
    return (" " * indent + line for line in filled(text, room, "  "))


# --- What a log lacks -----------------------------------------------------------------


def _lacks(lacking: Lacking, found: Verdict, screen: Screen) -> Iterator[str]:
    yield screen.paint(f"What the log lacks: {many(lacking.total, 'conversation')}", "bold")
    lines = [*_missing_labels(lacking, screen), *_missing_rest(lacking)]
    yield from lines or ["  nothing that the policy asks for"]
    yield ""
    yield screen.paint("What can therefore never happen", "bold")
    lines = list(_never(lacking, found))
    yield from lines or ["  everything that the policy can do can still happen"]


def _missing_labels(lacking: Lacking, screen: Screen) -> Iterator[str]:
    rows = []
    for need in lacking.asked.labels:
        for role in Role:
            key = (need.entry.name, role)
            if role in need.roles and lacking.unknown[key]:
                numbers = (lacking.messages[key], lacking.unknown[key], lacking.conversations[key])
                rows.append(Row(f"{need.entry.name}, {role.value}", tuple(f"{each:,}" for each in numbers)))
    if not rows:
        return
    name = COLUMNS - sum(_WIDTHS)
    yield screen.paint(pad("  label, on messages of", name) + cells(_LACKS, _WIDTHS), "bold")
    for each in rows:
        yield from row(each, name, _WIDTHS)
    yield "  Never known: conversations in which it is unknown on each such message."


def _missing_rest(lacking: Lacking) -> Iterator[str]:
    of = f"of {lacking.total:,}"
    for attribute in lacking.asked.attributes:
        name = attribute.entry.name
        if lacking.attributes[name]:
            value = lacking.assumed.get(name, attribute.entry.assume)
            then = "unknown there" if value is None else f"{value_words(value)} is assumed there"
            yield from _told(f"{name} is not recorded in {lacking.attributes[name]:,} {of}: {then}", 2)
    for need in lacking.asked.labels:
        speakers = need.entry.roles & need.roles
        if not any(lacking.spoken[each] for each in speakers):
            yield from _told(f"{need.entry.name}: no message of the {_roles(speakers)} is in the log", 2)
    if lacking.asked.timed and lacking.untimed:
        yield from _told(
            f"times are missing in {lacking.untimed:,} {of}: simulate leaves these out"
            + (
                f"; --pace supposes some in {lacking.without_times:,} that have none"
                if lacking.without_times
                else ""
            ),
            2,
        )


def _never(lacking: Lacking, found: Verdict) -> Iterator[str]:
    policy = with_group_names(lacking.policy)
    for each, number in found.rules:
        yield from _told(f"{each.part.name}: {_why(each, policy)}{_in(number, lacking)}", 2)
        if each.anyway:
            yield from _told("not for lack of anything: it can never act in any conversation", 4)
    if found.never_ended:
        yield from _told(f"the chat can never be ended{_in(found.never_ended, lacking)}", 2)
    for each, number in found.undecided:
        yield from _told(f"{each.part.name}: it could not be told within the budget{_in(number, lacking)}", 2)
    if found.of < lacking.total:
        rest = many(lacking.total - found.of, "conversation")
        yield from _told(f"not asked of {rest}, of rarer kinds", 2)


def _in(number: int, lacking: Lacking) -> str:
    return f", in {number:,} of {lacking.total:,}"


def _why(each: Blocked, policy: Policy) -> str:
    if each.fate is Fate.NEVER_DUE:
        return "never due"
    said = [_clause(clause.cause, clause.number, each, policy) for clause in each.clauses]
    by = listed(said, "and by") if said else "several clauses together"
    return f"stopped whenever it is due, by {by}"


_CLAUSES = {
    Cause.APPLIES: "`applies when {}`",
    Cause.ONLY_IF: "`only if {}`",
    Cause.EXCEPT: "`except when {}`",
    Cause.NEVER: "`never {}`",
    Cause.OVERRIDES: "`{}`",
}


def _clause(cause: Cause, number: int, each: Blocked, policy: Policy) -> str:
    words = clause_words(policy, each.part.name, cause, number).removeprefix(f"{each.part.name}: ")
    return "`at most once`" if cause is Cause.COOLDOWN else _CLAUSES[cause].format(words)
