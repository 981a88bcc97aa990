"""A classifier as a mapping file describes it: from its fields, names and values to labels of the vocabulary.

What a mapping file says is told in ``docs/classifiers.md``; ``mapping_loader`` reads one. An output is read in
three steps: where its names and values stand (:class:`Layout`), what a value means (scores, levels and
verdicts), and which label a name stands for (:class:`Entry`).

Nothing is lost in silence. What a classifier did not say is unknown; a name or a value that the mapping does not
have becomes a label of its own, ``NAME:native``, which no vocabulary knows and which is therefore reported.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property, partial
from itertools import repeat
from types import MappingProxyType
from typing import cast

from policy_engine.source import Location
from policy_engine.transcripts.message import Label, Role, Score
from policy_engine.transcripts.score_plan import ScorePlans

MAX_NAMES = 1_000
"""Most names that one output may give values of."""
MAX_TEXT = 1_000_000
"""Longest text that is searched for JSON, or for a verdict, in characters."""

ANY_NAME = "*"
"""In a path: every name of the classifier. In the labels: whatever was found."""
_LONGEST = 100
"""Characters of a classifier's own name that a label keeps."""
_CERTAIN = 0.5
"""The threshold of the language: a verdict and a score on its two sides contradict each other."""

Step = tuple[str, ...]
"""One field of a path, in all its spellings: ``probabilityScore`` is ``probability_score``, too."""
Path = tuple[Step, ...]


class Kind(Enum):
    """What stands in a field."""

    SCORE = "scores"
    """A number from 0 to 1."""
    LEVEL = "levels"
    """A word or a number that the mapping's table of levels explains."""
    VERDICT = "verdicts"
    """True or false."""


class _Nothing(Enum):
    """What a path leads to where a field is not there (which is not the same as null)."""

    MISSING = "missing"


_MISSING = _Nothing.MISSING

_label: Callable[[tuple[str, Score, str]], Label] = partial(tuple.__new__, Label)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the names and the values of an output stand. Of several paths, the first that is there counts.

    ``inside`` is what to unwrap first. With ``entries``, a list holds objects, each with one name and its
    values. With ``names``, one verdict holds for all names that are listed. Else every path of ``values`` holds
    one ``*``, in whose place the names stand; where ``applied`` has an empty list for a name, its values say nothing,
    because the classifier did not look. ``is_text`` says that the output is a text: a verdict on the first line,
    and names on those that follow.
    """

    inside: tuple[Path, ...] = ()
    entries: tuple[Path, ...] = ()
    name: tuple[Path, ...] = ()
    names: tuple[Path, ...] = ()
    applied: tuple[Path, ...] = ()
    values: Mapping[Kind, tuple[Path, ...]] = field(default_factory=lambda: MappingProxyType({}))
    is_text: bool = False

    @property
    def is_of_verdicts(self) -> bool:
        """Whether one verdict holds for all names that are listed."""
        every = [path for paths in self.values.values() for path in paths]
        return self.is_text or bool(self.names) or (not self.entries and not any(map(_has_star, every)))


@dataclass(frozen=True, slots=True)
class Entry:
    """A label, and the classifier's own names for it: several where it has several spellings of one name.

    ``levels`` take the place of the mapping's own for this label. ``missing`` is what it means that an output does
    not have the name: False (absent) or None (unknown). ``within`` is another name of which this one is a
    case, by the classifier's own definition: it is absent where the other is.
    """

    label: str
    names: tuple[str, ...]
    levels: Mapping[str, Score] | None = None
    missing: Score = None
    within: str | None = None


@dataclass(frozen=True)
class ClassifierMapping:
    """One classifier, of one version: a :class:`~policy_engine.transcripts.classifier.Classifier`.

    ``reads`` are those whose messages it reads (None: everybody's). ``levels`` explains its words and numbers, by
    :func:`level_key`. ``passed_over`` are names that say nothing of a message.
    """

    name: str
    title: str
    layout: Layout
    entries: tuple[Entry, ...]
    levels: Mapping[str, Score] = field(default_factory=lambda: MappingProxyType({}))
    passed_over: frozenset[str] = frozenset()
    reads: frozenset[Role] | None = None
    location: Location | None = field(default=None, compare=False)

    @property
    def gives(self) -> frozenset[str]:
        """Every label that it may find; one that it does not look for is never absent by its word."""
        return frozenset(each.label for each in self.entries)

    @cached_property
    def looks_for(self) -> Mapping[str, frozenset[Role] | None]:
        """The labels that it can say are there or are not there, and on whose messages (None: all)."""
        told = (each for each in self.entries if not (self.layout.is_of_verdicts and each.missing is None))
        return MappingProxyType({each.label: self.reads for each in told})

    def labels(self, output: object) -> tuple[Label, ...]:
        """The labels of one message: one at least for everything that it looks for, None where it did not say.

        Raises ValueError, with a fragment to show, where the output is not of this classifier's form.
        """
        value = self._opened(output)
        if value is None:
            return self.unknown
        if self._is_of_verdicts:
            return self._by_verdict(value)
        return self._by_score(value) or self._by_name(_Said(self, value))

    @cached_property
    def unknown(self) -> tuple[Label, ...]:
        """The labels of a message of which the classifier said nothing."""
        return tuple(Label(name, None, self.name) for name in self.looks_for)

    @cached_property
    def _is_of_verdicts(self) -> bool:
        return self.layout.is_of_verdicts

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(name for each in self.entries for name in each.names)

    @cached_property
    def _named(self) -> frozenset[str]:
        return self._known | self.passed_over

    @cached_property
    def _is_plain(self) -> bool:
        """Whether each label has one entry."""
        return len(self.gives) == len(self.entries)

    def _opened(self, output: object) -> object:
        """What the output holds; None where the classifier failed."""
        value = output
        if isinstance(value, str) and not self.layout.is_text:
            value = _json_of(value)
        inner = _first(self.layout.inside, value)
        value = value if inner is _MISSING else inner
        if isinstance(value, list) and not self.layout.entries:
            if len(value) != 1:
                raise ValueError(f"has {len(value)} results where one message has one")
            value = value[0]
        return None if _has_failed(value) else value

    # --- names with a value each ---

    def _by_score(self, value: object) -> tuple[Label, ...] | None:
        """The labels of an output that has scores alone; None where it takes more to say."""
        fields = self._score_fields
        if fields is None or any(self.idle(value)):
            return None
        scores, verdicts = fields
        found = self._plans.scores(_at(scores, value), {} if verdicts is None else _at(verdicts, value))
        return None if found is None else tuple(map(_label, zip(self._labels, found, repeat(self.name))))

    @cached_property
    def _score_fields(self) -> tuple[Path, Path | None] | None:
        """Where the scores and the verdicts stand, if they do and nothing else; and each label has one entry."""
        paths = dict(self.layout.values)
        scores, verdicts = paths.pop(Kind.SCORE, ()), paths.pop(Kind.VERDICT, ())
        if paths or self.layout.entries or len(scores) != 1 or len(verdicts) > 1 or not self._is_plain:
            return None
        if any(path[-1] != (ANY_NAME,) for path in (*scores, *verdicts)):
            return None
        return scores[0][:-1], verdicts[0][:-1] if verdicts else None

    @cached_property
    def _plans(self) -> ScorePlans:
        return ScorePlans(self.entries, self.passed_over, MAX_NAMES)

    @cached_property
    def _labels(self) -> tuple[str, ...]:
        return tuple(each.label for each in self.entries)

    def idle(self, value: object) -> Iterator[str]:
        """The names for which the classifier did not look."""
        for path in self.layout.applied:
            types = _at(_before_star(path), value)
            if isinstance(types, dict):
                yield from (name for name, each in types.items() if each == [])

    def _by_name(self, said: _Said) -> tuple[Label, ...]:
        strangers = sorted(said.names - self._named)
        if strangers and len(strangers) == len(said.names):
            raise ValueError(f"has none of the names of `{self.name}`")
        found = []
        for entry in self.entries:
            meant = self._meant(entry, said) or (self._missing(entry, said),)
            found += [Label(entry.label, value, self.name) for value in meant]
        for name in strangers:
            found += [
                self._stranger(name, value) for value in _meaning(said.of(name), self.levels) or (None,)
            ]
        found += [self._stranger(each, None) for each in said.strange]
        return tuple(found if self._is_plain and not said.strange else dict.fromkeys(found))

    def _meant(self, entry: Entry, said: _Said) -> tuple[Score, ...]:
        """The values of an entry: of those spellings of its name that say something."""
        levels = self.levels if entry.levels is None else entry.levels
        found: tuple[Score, ...] = ()
        for name in entry.names:
            values = said.of(name) if name in said.names else None
            if not values:
                continue
            meant = _meaning(values, levels)
            if not meant and (strange := _strange(values)) is not None:
                said.strange.append(f"{name}={strange}")
                meant = (None,)
            found = meant if not found else tuple(dict.fromkeys((*found, *meant)))
        return found

    def _missing(self, entry: Entry, said: _Said) -> Score:
        """The value of an entry of which nothing was said."""
        if entry.within is not None:
            above = [each for each in self.entries if entry.within in each.names]
            values = [value for each in above for value in self._meant(each, said)]
            if values and all(value is not None and value < _CERTAIN for value in values):
                return False
        return None if any(name in said.names for name in entry.names) else entry.missing

    def _stranger(self, name: str, value: Score) -> Label:
        return Label(f"{self.name}:{name[:_LONGEST]}", value, self.name)

    # --- one verdict, and the names that it is about ---

    def _by_verdict(self, value: object) -> tuple[Label, ...]:
        verdict, listed, strange = self._verdict(value)
        named = [name for name in listed if name in self._known]
        strangers = [name for name in listed if name not in self._known and name not in self.passed_over]
        # what was found and not named could be anything
        is_unnamed = verdict is not False and not named and (self._has_names or bool(strangers))
        found: dict[Label, None] = {}
        for entry in self.entries:
            if ANY_NAME in entry.names:
                value_of: Score = verdict
            elif any(name in named for name in entry.names):
                value_of = None if verdict is False else verdict
            elif entry.missing is None:
                continue
            else:
                value_of = None if is_unnamed or verdict is None else entry.missing
            found[Label(entry.label, value_of, self.name)] = None
        found.update((self._stranger(name, verdict), None) for name in strangers)
        if strange is not None:
            found[self._stranger(strange, None)] = None
        return tuple(found)

    @property
    def _has_names(self) -> bool:
        return self.layout.is_text or bool(self.layout.names)

    def _verdict(self, value: object) -> tuple[Score, list[str], str | None]:
        """The verdict, the names that are listed, and a value that the mapping does not have."""
        if self.layout.is_text:
            if not isinstance(value, str):
                raise ValueError("is not a text")
            first, *rest = value[:MAX_TEXT].split(None, 1) or [""]
            values: _Values = [(Kind.LEVEL, first)]
            listed = _listed(rest)
        else:
            if not isinstance(value, dict):
                raise ValueError("is not an object")
            values = [(kind, _first(paths, value)) for kind, paths in self.layout.values.items()]
            names = _first(self.layout.names, value)
            if names is _MISSING and all(raw is _MISSING for _, raw in values):
                raise ValueError(f"has none of the fields of `{self.name}`")
            listed = _listed(names)
            if not values:
                return bool(listed), listed, None
        meant = _meaning(values, self.levels)
        strange = None if meant else _strange(values)
        return (meant[0] if len(meant) == 1 else None), listed, strange


_Values = list[tuple[Kind, object]]


class _Said:
    """The names and values of one output. ``strange`` are names with values that the mapping does not have."""

    def __init__(self, mapping: ClassifierMapping, value: object) -> None:
        layout = mapping.layout
        self.strange: list[str] = []
        self._listed: dict[str, _Values] = {}
        self._held: list[_Held] = []
        self._idle = frozenset[str]()
        if layout.entries:
            self._take_entries(layout, value)
            self.names = set(self._listed)
            return
        self._held = list(_holders(layout, value))
        if not self._held:
            raise ValueError(f"has none of the fields of `{mapping.name}`")
        if max(len(holder) for _, holder, _ in self._held) > MAX_NAMES:
            raise ValueError(f"has more than {MAX_NAMES:,} names")
        self.names = {name for _, holder, _ in self._held for name in holder}
        self._idle = frozenset(mapping.idle(value))

    def of(self, name: str) -> _Values:
        """What was said of a name: nothing that is null."""
        if not self._held:
            return self._listed.get(name, [])
        found: _Values = []
        for kind, holder, after in self._held:
            raw = holder.get(name)
            if after:
                raw = _at(after, raw)
            if raw is not None and raw is not _MISSING and name not in self._idle:
                found.append((kind, raw))
        return found

    def _take_entries(self, layout: Layout, value: object) -> None:
        listed = value if isinstance(value, list) else _first(layout.entries, value)
        if not isinstance(listed, list):
            raise ValueError(f"has no list `{_words(layout.entries[0])}`")
        for each in listed:
            name = _first(layout.name, each)
            if not isinstance(name, str):
                raise ValueError(f"has an entry without `{_words(layout.name[0])}`")
            if name not in self._listed and len(self._listed) >= MAX_NAMES:
                raise ValueError(f"has more than {MAX_NAMES:,} names")
            values = ((kind, _first(paths, each)) for kind, paths in layout.values.items())
            self._listed.setdefault(name, []).extend(values)


_Held = tuple[Kind, dict[str, object], Path]
"""What stands under each name: its kind, the object whose keys are the names, and the path from there to the value."""


def _holders(layout: Layout, value: object) -> Iterator[_Held]:
    for kind, paths in layout.values.items():
        for path in paths:
            star = path.index((ANY_NAME,))
            holder = _at(path[:star], value)
            if isinstance(holder, dict):
                yield kind, holder, path[star + 1 :]


def _before_star(path: Path) -> Path:
    return path[: path.index((ANY_NAME,))]


def level_key(value: object) -> str | None:
    """How a word, a whole number, true, false or null is written in a table of levels; None for anything else."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 1_000_000_000 else None
    return value.strip().casefold() if isinstance(value, str) and len(value) <= _LONGEST else None


def _meaning(values: _Values, levels: Mapping[str, Score]) -> tuple[Score, ...]:
    """What the values of one name mean; nothing where none of them can be read.

    A score comes first, then a level, then a verdict; but a level that means unknown is a failure, whatever score
    stands beside it. Where the classifier says that something is there, and gives it a score below 0.5, both
    are kept: the score for the vocabulary's threshold, which may be lower, and beside it a doubt.
    """
    if len(values) == 2:  # nearly every output there is: a score, and a verdict that does not contradict it
        (first, score), (second, said) = values
        if first is Kind.SCORE and second is Kind.VERDICT and isinstance(score, float) and said is False:
            return (score,)
    verdict, level = _verdict_of(values), _level_of(values, levels)
    scores = [_as_float(raw) for kind, raw in values if kind is Kind.SCORE and _is_number(raw)]
    is_found = verdict is True or True in level
    if None in level and not is_found:
        return (None,)
    if not scores and level and isinstance(level[0], float):
        scores = [level[0]]
    if scores:
        score = scores[0]
        if is_found and not 0.0 <= score <= 1.0:
            return (score, True)
        return (score, None) if is_found and score < _CERTAIN else (score,)
    if is_found:
        return (True,)
    return level or (() if verdict is None else (verdict,))


def _level_of(values: _Values, levels: Mapping[str, Score]) -> tuple[Score, ...]:
    """The meaning of the first level that the table has, if there is one."""
    for kind, raw in values:
        key = level_key(raw) if kind is Kind.LEVEL and raw is not _MISSING else None
        if key is not None and key in levels:
            return (levels[key],)
    return ()


def _verdict_of(values: _Values) -> bool | None:
    said = [bool(raw) for kind, raw in values if kind is Kind.VERDICT and _is_truth(raw)]
    return any(said) if said else None


def _is_truth(raw: object) -> bool:
    return isinstance(raw, bool | int | float) and raw in (0, 1)


def _is_number(raw: object) -> bool:
    return isinstance(raw, int | float) and not isinstance(raw, bool)


def _as_float(raw: object) -> float:
    try:
        return float(cast(float, raw))
    except OverflowError:
        return float("inf")


def _strange(values: _Values) -> str | None:
    """What was said and cannot be read."""
    for _, raw in values:
        if raw is not None and raw is not _MISSING:
            return str(raw)[:_LONGEST] if isinstance(raw, str | int | float) else "…"
    return None


def _listed(value: object) -> list[str]:
    """The names of a list, or of a text in which commas and line breaks part them; each once."""
    parts = value if isinstance(value, list) else [value]
    names = (
        name.strip()
        for part in parts
        if isinstance(part, str)
        for name in part[:MAX_TEXT].replace("\n", ",").split(",")
    )
    found = list(dict.fromkeys(name for name in names if name))
    if len(found) > MAX_NAMES:
        raise ValueError(f"has more than {MAX_NAMES:,} names")
    return found


def _json_of(text: str) -> object:
    """The JSON object that a text is, or that stands in it after other words (a judge's answer, in a fence)."""
    begin = text.find("{", 0, MAX_TEXT)
    if begin < 0 or len(text) > MAX_TEXT:
        raise ValueError("is a text without JSON")
    try:
        value, _ = json.JSONDecoder().raw_decode(text, begin)
    except (ValueError, RecursionError):
        raise ValueError("is a text whose JSON cannot be read") from None
    return cast(object, value)


def _has_failed(value: object) -> bool:
    """Whether this says that the classifier could not answer: null, or an object with an ``error``."""
    return value is None or (isinstance(value, dict) and bool(value.get("error")))


def _first(paths: Iterable[Path], value: object) -> object:
    """What stands at the first of the paths that is there; null where only nulls are."""
    found: object = _MISSING
    for path in paths:
        there = _at(path, value)
        if there is not _MISSING and there is not None:
            return there
        found = None if there is None else found
    return found


def _at(path: Path, value: object) -> object:
    for spellings in path:
        if value is None:
            return None
        if not isinstance(value, dict):
            return _MISSING
        for each in spellings:
            if each in value:
                value = value[each]
                break
        else:
            return _MISSING
    return value


def _has_star(path: Path) -> bool:
    return (ANY_NAME,) in path


def _words(path: Path) -> str:
    return ".".join(step[0] for step in path)
