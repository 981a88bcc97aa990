"""An explanation for people."""

from __future__ import annotations

from collections.abc import Iterable

from policy_engine.model.model import Policy, Standard
from policy_engine.reports.english import policy_words
from policy_engine.reports.explanation import Entry, Section, explain, explain_standard
from policy_engine.reports.screen import clean, wrapped


def explanation_text(policy: Policy) -> str:
    """The explanation of a policy, 80 columns wide, without a line break at the end."""
    return _text(policy_words(policy), explain(policy))


def standard_text(standard: Standard) -> str:
    """The explanation of a standard, likewise."""
    return _text(f"{standard.name}, a standard", explain_standard(standard))


def _text(title: str, sections: Iterable[Section]) -> str:
    lines = [clean(title)]
    for section in sections:
        lines += ["", section.title, "-" * len(section.title)]
        for entry in section.entries:
            lines += _entry_lines(entry)
    return "\n".join(lines)


def _entry_lines(entry: Entry) -> list[str]:
    head = f"{entry.name}: {entry.sentence}" if entry.name else entry.sentence
    lines = list(wrapped(clean(head).split(), rest="  "))
    for detail in entry.details:
        indent = "      " if detail.startswith("  ") else "  "
        lines += wrapped(clean(detail).split(), first=f"{indent}- ", rest=f"{indent}  ")
    return lines
