"""The manual page of a lint rule: what it finds, why that matters, and what it looks like."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from policy_engine.diagnostics import Severity
from policy_engine.reports.screen import COLUMNS, wrapped


@dataclass(frozen=True)
class Sample:
    """A policy text that shows something, and what the fix makes of it."""

    text: str
    fixed: str | None = None


@dataclass(frozen=True)
class Page:
    """A rule's names and its manual: paragraphs, and samples in which it finds something, or nothing."""

    name: str
    number: str
    severity: Severity
    text: str
    fixes: bool
    proves: bool
    invalid: tuple[Sample, ...]
    valid: tuple[Sample, ...]

    @property
    def summary(self) -> str:
        """The first line of the text."""
        return self.text.partition("\n")[0]

    @property
    def markdown(self) -> str:
        """The page in Markdown, without its heading."""
        return "\n".join(_markdown(self))


def page_text(page: Page) -> Iterator[str]:
    """The lines of a page as a terminal shows it."""
    yield f"{page.name}  ({page.number}, {page.severity.value}{_kind(page)})"
    for paragraph in page.text.split("\n\n"):
        yield ""
        yield from wrapped(paragraph.split(), COLUMNS - 2, "  ", "  ")
    for heading, samples in _headed(page):
        yield ""
        yield f"  {heading}"
        for sample in samples:
            yield ""
            yield from _set_in(sample.text)
            if sample.fixed is not None:
                yield ""
                yield "    after the fix:"
                yield ""
                yield from _set_in(sample.fixed)


def _set_in(text: str) -> Iterator[str]:
    return (f"      {line}".rstrip() for line in text.rstrip("\n").split("\n"))


def _headed(page: Page) -> Sequence[tuple[str, tuple[Sample, ...]]]:
    return (("Found in", page.invalid), ("Not found in", page.valid))


def _kind(page: Page) -> str:
    return ", by proof" * page.proves + ", has a fix" * page.fixes


def _markdown(page: Page) -> Iterator[str]:
    yield page.text
    for heading, samples in _headed(page):
        yield from ("", f"**{heading}**")
        for sample in samples:
            yield from ("", "```policy", sample.text.rstrip("\n"), "```")
            if sample.fixed is not None:
                yield from ("", "after the fix:", "", "```policy", sample.fixed.rstrip("\n"), "```")
