"""What was expected at the word that does not fit, told in the writer's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lark import Token

_WORDS = {
    "NAME": "a name", "NUMBER": "a number", "STRING": 'a text in "quotation marks"', "DATE": "a date like 2025-08-15",
    "UNIT": "`turns`, `minutes`, `hours` or `days`", "COMMA": "a comma", "EQUALS": "`=`", "LPAR": "`(`", "RPAR": "`)`",
    "FROM_ROLE": "`from the user`", "OR_UNCHECKED": "`or could not be checked`", "UNCHECKED": "`could not be checked`",
    "LESS_THAN": "`less than`", "POINTS": "`points`", "HAS_BEEN": "`has been`", "HAS_NOT_BEEN": "`has not been`",
    "AT_MOST_ONCE_IN": "`at most once in`", "TIMES": "`times`", "$END": "the end of the sentence",
}  # fmt: skip
_ORDER = (
    "COMMA", "NAME", "NUMBER", "STRING", "UNIT", "EQUALS", "DATE", "WHEN", "AFTER", "AFTER_EVERY", "EVERY", "ON", "IS",
    "HAS_BEEN", "DETECTED", "ONLY_IF", "EXCEPT_WHEN", "UNLESS", "AND", "OR", "RPAR", "IN_THE_LAST", "WITHIN", "REASON",
)  # fmt: skip
EXAMPLES = {
    "ONLY_IF": "only if the user confirms", "EXCEPT_WHEN": "except when self-harm has been detected",
    "WHEN": "when self-harm is detected", "ON": "on harassment", "WITHIN": "within 10 turns",
    "IN_THE_LAST": "in the last 5 turns", "CHECK_THAT": "check that the chat is never ended when ...",
    "RULE": "rule last-warning",
    "LADDER": "ladder abuse on harassment", "GROUP": "group crisis = self-harm or violence",
    "USE": 'use "crisis.policy"', "POLICY": 'policy "Last resort" version "1"', "LANGUAGE": "language 1",
    "EVERY": "every 20 turns", "AT_MOST_ONCE_IN": "at most once in 10 turns", "REASON": 'reason "usage policy"',
    "VERSION": 'version "2025.08"', "EFFECTIVE_FROM": "effective from 2025-08-15",
    "THERE_HAVE_BEEN": "there have been at least 2 refusals on harassment",
}  # fmt: skip
"""What may follow a word, as a policy would have it."""

CLAUSES = frozenset({"ONLY_IF", "EXCEPT_WHEN", "AT_MOST_ONCE", "AT_MOST_ONCE_IN", "REASON"})
"""The clauses of a rule."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A statement with a word that does not fit: token number ``index``, or the end, where that is ``end``.

    ``accepted`` are the terminals that would have fitted there, ``openers`` the words that begin a statement.
    """

    tokens: Sequence[Token]
    index: int
    accepted: frozenset[str]
    openers: Sequence[str]

    @property
    def end(self) -> int:
        """The number of tokens."""
        return len(self.tokens)

    def text(self, index: int) -> str:
        """The words of a token, with single spaces; empty behind the end."""
        return " ".join(str(self.tokens[index]).split()) if index < self.end else ""

    def type(self, index: int) -> str:
        """The terminal of a token; empty where there is none."""
        return str(self.tokens[index].type) if 0 <= index < self.end else ""


@dataclass(frozen=True, slots=True)
class Complaint:
    """A message about the tokens ``first`` to ``last`` of the statement."""

    message: str
    hint: str | None
    first: int
    last: int


def unexpected(slip: Slip) -> Complaint:
    """What is said of a slip that is none of the known ones: what stands there, and what was expected."""
    wanted = [_said(each) for each in sorted(slip.accepted, key=_rank)][:5]
    before = slip.type(slip.index - 1)
    example = f"for example: {EXAMPLES[before]}" if before in EXAMPLES else None
    if slip.index >= slip.end:
        last = slip.end - 1
        if (
            slip.type(0) in ("RULE", "TRIAL", "LADDER")
            and slip.accepted >= {"COMMA"}
            and not slip.accepted & CLAUSES
        ):
            example = "a comma follows, and what is to be done"
        return Complaint(
            f"the sentence stops after `{slip.text(last)}`, expected {listed_words(wanted)}",
            example,
            last,
            last,
        )
    return Complaint(
        f"unexpected `{slip.text(slip.index)}`, expected {listed_words(wanted)}",
        example,
        slip.index,
        slip.index,
    )


def _said(terminal: str) -> str:
    return _WORDS.get(terminal) or f"`{terminal.lower().replace('_', ' ')}`"


def _rank(terminal: str) -> tuple[int, str]:
    return (_ORDER.index(terminal) if terminal in _ORDER else len(_ORDER), terminal)


def listed_words(words: list[str]) -> str:
    """``a, b or c``."""
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]
