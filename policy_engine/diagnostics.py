"""What is wrong with a text: one type, collected at every stage, rendered by the shells.

Messages are lower-case fragments without a full stop; the author's own words stand in
backticks; the hint says what to do. ``code`` is the name of the kind of fault
(``unknown-name``), stable, so that it can be looked up and filtered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from policy_engine.source import Location, Source, Span


class Severity(Enum):
    """How much a diagnostic matters: an error leaves nothing to run."""

    ERROR = "error"
    WARNING = "warning"


def reason_of(fault: Exception) -> str:
    """What the operating system says of a fault, as a fragment to show; where it says nothing, that nobody knows."""
    return (getattr(fault, "strerror", None) or "unknown reason").lower()


def why_unreadable(path: str, fault: OSError | ValueError) -> tuple[str, str]:
    """The code and the message for a file whose text cannot be read."""
    if isinstance(fault, FileNotFoundError):
        return "missing-file", f"there is no file `{path}`"
    if isinstance(fault, IsADirectoryError):
        return "unreadable", f"`{path}` is a folder"
    if isinstance(fault, UnicodeError):
        return "not-text", f"`{path}` is not UTF-8 text"
    return "unreadable", f"`{path}` cannot be read: {reason_of(fault)}"


@dataclass(frozen=True, slots=True)
class Edit:
    """A stretch of a text, and what takes its place."""

    location: Location
    text: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change that mends a fault: all of ``edits``, or none. ``title`` says what it does, as a fragment.

    ``safe`` says that what the policy does stays the same in every conversation.
    """

    title: str
    edits: tuple[Edit, ...]
    safe: bool = False


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fault: what, where, and what to do about it.

    ``location`` is None only where no text can be shown (a missing file); ``subject``
    then names what the fault is about. ``number`` is the second name of a lint rule (``PE201``);
    ``notes`` are lines that show the fault, such as a conversation; ``fix`` is what would mend it.
    """

    code: str
    message: str
    location: Location | None = None
    hint: str | None = None
    subject: str | None = None
    severity: Severity = Severity.ERROR
    number: str | None = None
    notes: tuple[str, ...] = ()
    fix: Fix | None = None

    @property
    def order(self) -> tuple[str, int, int, str]:
        """Sort key: by file, then place, then text."""
        if self.location is None:
            return (self.subject or "", -1, -1, self.message)
        return (self.location.name, self.location.span.start, self.location.span.end, self.message)


class PolicyError(Exception):
    """A policy, vocabulary or standard cannot be used; ``diagnostics`` says why (at least one)."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(sorted(diagnostics, key=lambda each: each.order))
        first = self.diagnostics[0]
        place = f" ({first.location.name}:{first.location.line})" if first.location else ""
        more = f" and {len(self.diagnostics) - 1} more" if len(self.diagnostics) > 1 else ""
        super().__init__(f"{first.message}{place}{more}")


MAX_MESSAGE = 500
"""Characters of a message: it may hold words of the text, which may be of any length."""


class Report:
    """Collects the diagnostics of one stage; a place is reported once, by its first fault."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, int, str], Diagnostic] = {}

    def add(
        self,
        code: str,
        message: str,
        source: Source | None = None,
        span: Span | None = None,
        *,
        hint: str | None = None,
        subject: str | None = None,
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Note one fault at ``span`` of ``source`` (or about ``subject``, where there is no text)."""
        location = Location(source, span) if source is not None and span is not None else None
        message = message if len(message) <= MAX_MESSAGE else message[: MAX_MESSAGE - 2] + "…`"
        self.extend([Diagnostic(code, message, location, hint, subject, severity)])

    def extend(self, diagnostics: Iterable[Diagnostic]) -> None:
        """Take over the diagnostics of another stage."""
        for each in diagnostics:
            self._found.setdefault(each.order, each)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Everything found, sorted by file and place."""
        return tuple(sorted(self._found.values(), key=lambda each: each.order))

    @property
    def has_errors(self) -> bool:
        """Whether anything found makes the text unusable."""
        return any(each.severity is Severity.ERROR for each in self._found.values())


def nearest(name: str, known: Iterable[str], likeness: float = 0.6) -> str | None:
    """The known name most like ``name``, or None where nothing is like it (by difflib's ratio, 0 to 1)."""
    import difflib

    candidates = sorted(known)
    folded = {each.casefold(): each for each in candidates}
    key = name.casefold()
    for variant in (key, key.replace(" ", "-"), key.replace("_", "-")):
        if variant in folded:
            return folded[variant]
    close = difflib.get_close_matches(key, list(folded), n=1, cutoff=likeness)
    return folded[close[0]] if close else None
