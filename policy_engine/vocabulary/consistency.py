"""What has to hold between the entries of one vocabulary: names, implications, phrases, the ending.

``below`` is the vocabulary that the file extends (consistent in itself), ``drafts`` are the file's
own entries; so every fault found here involves a draft, and is shown there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from policy_engine.source import Span
from policy_engine.vocabulary.entries import ActionDraft, LabelDraft
from policy_engine.vocabulary.fields import Reading, Word, quoted
from policy_engine.vocabulary.phrases import perfect, telling_words
from policy_engine.vocabulary.vocabulary import ActionEntry, Kind, LabelEntry, Vocabulary

MAX_IMPLIED = 50
"""Implications in a chain, each from what the one before it implies."""

_SECTION = {Kind.CATEGORY: "a category", Kind.ACT: "an act", Kind.EVENT: "an event"}


def resolve_labels(
    reading: Reading, below: Vocabulary, drafts: Mapping[str, LabelDraft]
) -> tuple[dict[str, LabelEntry], dict[str, str]]:
    """All labels with what they imply resolved, and all aliases; faults are reported."""
    names = _Names(reading, below, drafts)
    entries = dict(below.labels)
    for name, draft in drafts.items():
        entries[name] = replace(draft.entry, implies=tuple(names.implied(draft)))
    places = _Places(drafts, names)
    _check_roles(reading, entries, places)
    _check_cycles(reading, entries, places)
    return entries, names.aliases


class _Names:
    """The one set of names and aliases that labels of all kinds share."""

    def __init__(self, reading: Reading, below: Vocabulary, drafts: Mapping[str, LabelDraft]) -> None:
        self._reading = reading
        self._drafts = drafts
        self._owners = {name: name for name in (*below.labels, *drafts)}
        self.aliases: dict[str, str] = {}
        for name, entry in below.labels.items():
            if name not in drafts:
                self._take_base(entry)
        for draft in drafts.values():
            self._check_kind(below, draft)
            for alias in draft.aliases:
                self._take_alias(alias, draft.entry.name)
        self._check_plurals(below)

    def _take_base(self, entry: LabelEntry) -> None:
        for alias in entry.aliases:
            if alias in self._drafts:
                draft = self._drafts[alias]
                self._clash(Word(alias, draft.span), f"another name of `{entry.name}`", entry)
            else:
                self._owners[alias] = entry.name
                self.aliases[alias] = entry.name

    def _check_kind(self, below: Vocabulary, draft: LabelDraft) -> None:
        old = below.labels.get(draft.entry.name)
        if old is not None and old.kind is not draft.entry.kind:
            self._clash(Word(old.name, draft.span), _SECTION[old.kind], old)

    def _take_alias(self, alias: Word, owner: str) -> None:
        taken = self._owners.get(alias.text)
        if taken is None:
            self._owners[alias.text] = owner
            self.aliases[alias.text] = owner
        elif taken == owner:
            message = f"{quoted(alias.text)} is both the name and an alias"
            self._reading.error("duplicate-name", message, alias.span, "remove the alias")
        else:
            meaning = "a label of its own" if taken == alias.text else f"another name of `{taken}`"
            self._clash(alias, meaning, None)

    def _clash(self, word: Word, meaning: str, entry: LabelEntry | None) -> None:
        where = f" in {entry.location.name}" if entry is not None and entry.location is not None else ""
        message = f"{quoted(word.text)} is {meaning} already"
        hint = (
            f"choose another name: it stands{where}"
            if where
            else "choose another name, or remove one of the two"
        )
        self._reading.error("duplicate-name", message, word.span, hint)

    def _check_plurals(self, below: Vocabulary) -> None:
        """A plural is a name too, though it may be spelt like its own act."""
        taken = dict(self._owners)
        for name, entry in below.labels.items():
            if name not in self._drafts and entry.plural is not None:
                taken.setdefault(entry.plural, name)
        for name, draft in self._drafts.items():
            plural = draft.plural
            if plural is None:
                continue
            owner = taken.setdefault(plural.text, name)
            if owner != name:
                message = f"the plural {quoted(plural.text)} of {quoted(name)} is taken by {quoted(owner)}"
                self._reading.error("duplicate-name", message, plural.span, "give it another `plural`")

    def implied(self, draft: LabelDraft) -> Iterator[str]:
        """The canonical names of what ``draft`` implies, each once."""
        seen: set[str] = set()
        for word in draft.implies:
            name = self._owners.get(word.text)
            if name is None:
                hint = self._reading.suggest(word.text, self._owners)
                hint = hint or "add it to the vocabulary, or remove it here"
                self._reading.error("unknown-name", f"unknown label {quoted(word.text)}", word.span, hint)
            elif name in seen:
                message = f"{quoted(word.text)} is listed twice in `implies`: it is `{name}`"
                self._reading.error("duplicate-name", message, word.span, "remove one of them")
            else:
                seen.add(name)
                yield name

    def canonical(self, name: str) -> str | None:
        """The label that a name or alias means."""
        return self._owners.get(name)


class _Places:
    """Where the file itself says that one label implies another."""

    def __init__(self, drafts: Mapping[str, LabelDraft], names: _Names) -> None:
        self._drafts = drafts
        self._edges: dict[tuple[str, str], Span] = {}
        for name, draft in drafts.items():
            for word in draft.implies:
                implied = names.canonical(word.text)
                if implied is not None:
                    self._edges.setdefault((name, implied), word.span)

    def of(self, label: str, implied: str) -> Span | None:
        """The place of the implication; else of the draft that replaced the implied label; else None."""
        found = self._edges.get((label, implied))
        if found is None and implied in self._drafts:
            return self._drafts[implied].span
        return found

    def edge(self, label: str, implied: str) -> Span | None:
        """The place of the implication, where the file itself makes it."""
        return self._edges.get((label, implied))


def _check_roles(reading: Reading, entries: Mapping[str, LabelEntry], places: _Places) -> None:
    for entry in entries.values():
        for implied in entry.implies:
            missing = entry.roles - entries[implied].roles
            span = places.of(entry.name, implied)
            if not missing or span is None or not entries[implied].roles:
                continue
            role = min(role.value for role in missing)
            message = (
                f"{quoted(entry.name)} cannot imply {quoted(implied)}: on {role} messages nobody looks for it"
            )
            hint = "a label can imply one that is looked for on the same messages"
            reading.error("bad-value", message, span, hint)


def _check_cycles(reading: Reading, entries: Mapping[str, LabelEntry], places: _Places) -> None:
    """Depth first, without recursion: an edge back into the path closes a cycle.

    What follows the implications (the encoder, the reference) does so by recursion: their depth is bounded here.
    """
    done: dict[str, int] = {}
    """For each label, how many steps its longest chain of implications has."""
    for start in entries:
        path: dict[str, Iterator[str]] = {}
        if start not in done:
            path[start] = iter(entries[start].implies)
        while path:
            label, rest = next(reversed(path.items()))
            implied = next(rest, None)
            if implied is None:
                done[label] = 1 + max((done.get(each, 0) for each in entries[label].implies), default=-1)
                if done[label] == MAX_IMPLIED + 1:
                    _report_depth(reading, label, entries, places)
                del path[label]
            elif implied in path:
                names = list(path)
                _report_cycle(reading, names[names.index(implied) :], places)
            elif implied not in done:
                path[implied] = iter(entries[implied].implies)


def _report_depth(reading: Reading, label: str, entries: Mapping[str, LabelEntry], places: _Places) -> None:
    spans = (places.of(label, implied) for implied in entries[label].implies)
    span = next((each for each in spans if each is not None), None)
    if span is not None:
        message = f"{quoted(label)} begins a chain of more than {MAX_IMPLIED} implications"
        reading.error("too-deep", message, span, "let it imply the last ones directly")


def _report_cycle(reading: Reading, cycle: list[str], places: _Places) -> None:
    around = [*cycle[1:], cycle[0]]
    found = (places.edge(label, implied) for label, implied in zip(cycle, around, strict=True))
    span = next((span for span in found if span is not None), None)
    if span is None:
        return
    shown = [quoted(name) for name in ([*cycle, cycle[0]] if len(cycle) < 6 else [*cycle[:5], "…"])]
    message = f"{quoted(cycle[0])} implies itself"
    reading.error("implies-cycle", message, span, f"{' implies '.join(shown)}: remove one of these")


def check_actions(
    reading: Reading,
    below: Vocabulary,
    labels: Mapping[str, LabelDraft],
    drafts: Mapping[str, ActionDraft],
    actions: Mapping[str, ActionEntry],
    section: Span,
) -> None:
    """Report phrases and nouns that are used twice, and a number of endings that is not one.

    ``actions`` are all actions, strongest first; ``section`` is where the file lists its own.
    """
    _check_phrases(reading, below, labels, drafts)
    _check_nouns(reading, below, drafts)
    _check_ending(reading, below, drafts, actions, section)


def _check_ending(
    reading: Reading,
    below: Vocabulary,
    drafts: Mapping[str, ActionDraft],
    actions: Mapping[str, ActionEntry],
    section: Span,
) -> None:
    ending = [name for name, entry in actions.items() if entry.ends]
    blameless = not below.actions or any(entry.ends for entry in below.actions.values())
    is_misread = not drafts and "unknown-key" in reading.noted  # `aktionen:`, perhaps: one fault, one message
    if not ending and blameless and not is_misread:
        hint = "mark one action `ends: true`, or begin with `extends: default`"
        reading.error("no-ending", "no action ends the chat", section, hint)
    kept = next((name for name in ending if name not in drafts), next(iter(ending), ""))
    for name in ending:
        if name != kept and name in drafts:
            message = f"{quoted(name)} is a second action that ends the chat"
            hint = f"`{kept}` ends it already: exactly one action may"
            reading.error("two-endings", message, drafts[name].ends, hint)


def _check_phrases(
    reading: Reading,
    below: Vocabulary,
    labels: Mapping[str, LabelDraft],
    drafts: Mapping[str, ActionDraft],
) -> None:
    owners: dict[str, tuple[str, str]] = {}
    for owner, phrase in _phrases_below(below, labels, drafts):
        for form in (phrase, perfect(phrase)):
            owners[telling_words(form)] = owner
    own = [(("event", name), draft.phrase) for name, draft in labels.items() if draft.phrase is not None]
    own += [(("action", name), said) for name, draft in drafts.items() for said in draft.phrases]
    for owner, said in own:
        for form in dict.fromkeys((said.text, perfect(said.text))):
            first = owners.setdefault(telling_words(form), owner)
            if first != owner:
                message = f"{quoted(form)} is a phrase of the {first[0]} {quoted(first[1])} already"
                reading.error("duplicate-phrase", message, said.span, "say it in other words")


def _phrases_below(
    below: Vocabulary, labels: Mapping[str, LabelDraft], drafts: Mapping[str, ActionDraft]
) -> Iterator[tuple[tuple[str, str], str]]:
    """What the extended vocabulary says, apart from entries that are replaced."""
    for label in below.labels.values():
        if label.phrase is not None and label.name not in labels:
            yield ("event", label.name), label.phrase
    for action in below.actions.values():
        if action.name not in drafts:
            yield ("action", action.name), action.phrase
            yield ("action", action.name), action.past


def _check_nouns(reading: Reading, below: Vocabulary, drafts: Mapping[str, ActionDraft]) -> None:
    owners = {entry.noun: name for name, entry in below.actions.items() if entry.noun and name not in drafts}
    for name, draft in drafts.items():
        if draft.noun is None:
            continue
        owner = owners.setdefault(draft.noun.text, name)
        if owner != name:
            message = f"{quoted(draft.noun.text)} is the noun of {quoted(owner)} already"
            reading.error("duplicate-name", message, draft.noun.span, "choose another noun")
