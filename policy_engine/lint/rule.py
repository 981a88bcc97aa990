"""What a lint rule is: something that looks at one file of a policy and says what is doubtful in it.

A new rule is one new file in ``rules/`` that holds a ``RULE``; nothing else changes. The docstring of the
file is its manual page (the first line is the summary); its valid and invalid examples are its tests
and stand in the manual.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from policy_engine.diagnostics import Fix, Severity
from policy_engine.language.statements import understood
from policy_engine.language.tree import Line, PolicyFile, PolicyLine
from policy_engine.model.model import Ladder, Policy, Standard
from policy_engine.model.model import Rule as PolicyRule
from policy_engine.model.names import Names
from policy_engine.model.parts import parts_of
from policy_engine.source import Location, Source, Span
from policy_engine.vocabulary.vocabulary import Vocabulary

if TYPE_CHECKING:
    from policy_engine.findings.proofs import Proofs

EXAMPLE_DAY = date(2026, 11, 25)
"""The day on which the examples of the rules are looked at."""


@dataclass(frozen=True)
class Opening:
    """How another policy of the same folder presents itself: its file, and its `policy` line."""

    file: str
    name: str
    version: str | None
    effective_from: date | None


@dataclass(frozen=True)
class Surroundings:
    """What is around a file, asked for only by rules that need it."""

    today: date
    neighbours: Callable[[], tuple[Opening, ...]] = lambda: ()
    """The other policies of its folder."""
    has_tests: Callable[[], bool | None] = lambda: None
    """Whether tests stand beside it; None where nobody can say."""
    longest_test: Callable[[], int | None] = lambda: None
    """The turns of the longest of its tests; None where nobody can say."""
    words_beside: Callable[[], frozenset[str] | None] = lambda: None
    """Every word that stands in the other policies and standards of its folder, and of folders in it; None where
    nobody can say."""


Value = tuple[str, ...] | float
"""What a team may set: names, or a number."""


@dataclass(frozen=True)
class Subject:
    """One file with the policy or standard that it is, or is part of. It has no faults."""

    file: PolicyFile
    policy: Policy | None
    standard: Standard | None
    surroundings: Surroundings
    settings: Mapping[tuple[str, str], Value] = field(default_factory=lambda: MappingProxyType({}))
    """By the name of a rule, and that of one of its settings: what the team set."""
    used: tuple[PolicyFile, ...] = ()
    """The other files of the policy."""

    @property
    def source(self) -> Source:
        """The text."""
        return self.file.source

    @property
    def vocabulary(self) -> Vocabulary:
        """What the file may speak of."""
        known = self.policy or self.standard
        assert known is not None
        return known.vocabulary

    @property
    def files(self) -> tuple[PolicyFile, ...]:
        """All files of the policy, this one first."""
        return (self.file, *self.used)

    @cached_property
    def plain(self) -> str:
        """The text as the parser reads it: at every place a character for a character of the source."""
        return understood(self.source.text)

    @cached_property
    def names(self) -> Names:
        """What the file may name."""
        known = self.policy or self.standard
        return Names(self.vocabulary, dict(known.groups) if known else {})

    @cached_property
    def parts(self) -> Mapping[Span, PolicyRule | Ladder]:
        """The rules and ladders that stand in this file, by their place."""
        if self.policy is None:
            return {}
        return {
            each.location.span: each
            for each in parts_of(self.policy)
            if each.location is not None and self.holds(each.location)
        }

    @cached_property
    def proofs(self) -> Proofs:
        """What is proved about the policy; all rules share it, and its budget. The file is a policy."""
        from policy_engine.findings.proofs import Proofs

        assert self.policy is not None
        return Proofs(self.policy)

    @cached_property
    def is_main(self) -> bool:
        """Whether the file is a policy of its own, not one that others use: it has a `policy` line."""
        return any(isinstance(line, PolicyLine) for line in self.file.lines)

    def at(self, span: Span) -> Location:
        """A place in the file."""
        return Location(self.source, span)

    def text(self, span: Span) -> str:
        """The words at a place."""
        return self.source.text[span.start : span.end]

    def holds(self, location: Location | None) -> bool:
        """Whether a place is in this file, and not in one that it uses."""
        return location is not None and location.source.name == self.source.name

    def head(self) -> Span:
        """Where a finding about the file as a whole is shown: its `policy` line, else its first statement."""
        line = next((each for each in self.file.lines if isinstance(each, PolicyLine)), None)
        return first_line(self.source, line or self.file.lines[0])


def first_line(source: Source, line: Line) -> Span:
    """A statement as far as it stands on its first line."""
    end = source.text.find("\n", line.span.start)
    return Span(line.span.start, line.span.end if end < 0 else min(end, line.span.end))


class Finding(NamedTuple):
    """What a rule has found: the place, a fragment that says what is doubtful, and what to do about it.

    ``notes`` are lines that show it, such as the shortest conversation in which it happens.
    """

    span: Span
    message: str
    hint: str | None = None
    fix: Fix | None = None
    notes: tuple[str, ...] = ()


class Example(NamedTuple):
    """A policy that a rule has nothing to say about, or something: then at ``shows``, words of the text.

    ``fixed`` is the text after the rule's fix, where it has one. ``vocabulary`` is the text of a vocabulary, which
    the policy uses as "words.yaml", ``files`` are others that it uses, by name; ``standard`` says that it is a
    standard. ``around`` is what is around it, where that matters.
    """

    text: str
    shows: str = ""
    fixed: str | None = None
    vocabulary: str | None = None
    standard: bool = False
    files: tuple[tuple[str, str], ...] = ()
    around: Surroundings = Surroundings(EXAMPLE_DAY)


@dataclass(frozen=True)
class Setting:
    """What a team may set for a rule: ``meaning`` is a fragment for the manual; a number lies between ``least`` and
    ``most``.
    """

    name: str
    default: Value
    meaning: str
    least: float = 0
    most: float = 1


@dataclass(frozen=True)
class Rule:
    """A lint rule. ``name`` is its name in messages, comments and settings; ``number`` its second name.

    ``find`` never raises for what a policy holds. ``proves`` says that it asks the prover, which takes longer.
    """

    name: str
    number: str
    find: Callable[[Subject], Iterable[Finding]]
    valid: tuple[Example, ...]
    invalid: tuple[Example, ...]
    severity: Severity = Severity.WARNING
    proves: bool = False
    fixes: bool = False
    settings: tuple[Setting, ...] = ()

    def setting(self, subject: Subject, name: str) -> Value:
        """What the team set, else the default. KeyError for a name that is not among the settings."""
        default = {each.name: each.default for each in self.settings}[name]
        return subject.settings.get((self.name, name), default)

    @property
    def module(self) -> str:
        """Where it is written."""
        return self.find.__module__

    @property
    def manual(self) -> str:
        """The manual page: the docstring of the rule's file."""
        import sys

        return (sys.modules[self.module].__doc__ or "").strip()

    @property
    def summary(self) -> str:
        """The first line of the manual."""
        return self.manual.partition("\n")[0]


def lines_of(subject: Subject, *kinds: type[Line]) -> Iterator[Line]:
    """The statements of the file that are of these kinds."""
    return (line for line in subject.file.lines if isinstance(line, kinds))
