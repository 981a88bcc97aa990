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
_NUMERALS = {
    word: number
    for number, word in enumerate(
        ("zero one two three four five six seven eight nine ten eleven twelve").split()
    )
}
_PLACES = {
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


@dataclass(frozen=True, slots=True)
class Complaint:
    """A message about the tokens ``first`` to ``last`` of the statement."""

    message: str
    hint: str | None
    first: int
    last: int


def complaint(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], openers: Sequence[str]
) -> Complaint:
    """What to say where token number ``index`` (or the end, ``len(tokens)``) was none of ``accepted``."""
    for look in (
        _other_word,
        _no_step,
        _numeral,
        _upper_case,
        _missing_count,
        _run_on,
        _missing_comma,
        _statement_word,
    ):
        found = look(tokens, index, accepted, openers)
        if found is not None:
            return found
    return _plain(tokens, index, accepted)


_LADDER_CLAUSES = ("ONLY_IF", "EXCEPT_WHEN", "START_OVER", "REASON")
_OTHER_WORDS = {
    ("except", "if"): ("exceptions begin with `except when`", "write `except when`"),
    ("except", "unless"): ("exceptions begin with `except when`", "write `except when`"),
    ("only", "when"): ("conditions of a rule begin with `only if`", "write `only if`"),
    ("only", "after"): ("conditions of a rule begin with `only if`", "write `only if`"),
    ("unless",): ("exceptions of a rule begin with `except when`", "write `except when`"),
    ("if",): ("a rule waits with `when` or `after`, and asks with `only if`", "write `when` or `only if`"),
    ("per",): (
        "`per user` is reserved: counting across conversations is not part of language 1",
        "let the service keep the number and ask for it: `only if user.strikes is at least 2`",
    ),
    ("then",): ("`then` is not a word of the language", "a comma stands before the action"),
}
"""What people write for the language's own words."""


def _other_word(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], _: Sequence[str]
) -> Complaint | None:
    if _type(tokens, index - 1) in ("RULE", "LADDER", "GROUP", "NEVER", "AND", "OR"):
        return None
    words = " ".join(_text(tokens, each) for each in range(index, min(index + 2, len(tokens)))).split()
    for length in (2, 1):
        found = _OTHER_WORDS.get(tuple(words[:length])) if len(words) >= length else None
        if found is not None:
            is_one_token = len(_text(tokens, index).split()) >= length
            return Complaint(*found, index, index if is_one_token else index + 1)
    return None


def _text(tokens: Sequence[Token], index: int) -> str:
    return " ".join(str(tokens[index]).split()) if index < len(tokens) else ""


def _type(tokens: Sequence[Token], index: int) -> str:
    return str(tokens[index].type) if 0 <= index < len(tokens) else ""


def _no_step(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], _: Sequence[str]
) -> Complaint | None:
    """A ladder that says nothing but its clauses."""
    is_bare = _type(tokens, 0) == "LADDER" and index > 1 and "AFTER" in accepted
    if not is_bare or (index < len(tokens) and _type(tokens, index) not in _LADDER_CLAUSES):
        return None
    if any(_type(tokens, each) == "AFTER" for each in range(index)):
        return None
    hint = 'for example: after 2 refusals, warn the user "Please keep this respectful."'
    return Complaint("a ladder has at least one step", hint, 0, index - 1)


def _numeral(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], _: Sequence[str]
) -> Complaint | None:
    number = _NUMERALS.get(_text(tokens, index).lower())
    if "NUMBER" not in accepted or number is None:
        return None
    return Complaint(
        f"numbers are written in digits, not `{_text(tokens, index)}`", f"write `{number}`", index, index
    )


def _upper_case(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], openers: Sequence[str]
) -> Complaint | None:
    word = _text(tokens, index)
    lower = word.lower()
    known = {each.lower().replace("_", " ").split()[0] for each in accepted} | (
        set(openers) if index == 0 else set()
    )
    if word == lower or lower not in known:
        return None
    return Complaint(
        f"the words of the language are lower-case, not `{word}`", f"write `{lower}`", index, index
    )


def _missing_count(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], _: Sequence[str]
) -> Complaint | None:
    before = _type(tokens, index - 1)
    if (
        "NUMBER" not in accepted
        or before not in ("AFTER", "AFTER_EVERY", "EVERY")
        or _type(tokens, index) != "NAME"
    ):
        return None
    word, after = _text(tokens, index), _text(tokens, index - 1)
    rest = " ".join(
        _text(tokens, each)
        for each in range(index, min(index + 3, len(tokens)))
        if _type(tokens, each) in ("NAME", "ON")
    )
    return Complaint(
        f"`{after}` needs a number before `{word}`", f"for example: {after} 2 {rest}", index, index
    )


def _run_on(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], _: Sequence[str]
) -> Complaint | None:
    """``on harassment warn the user, except``: the comma before the action was forgotten."""
    if accepted & {"ONLY_IF", "EXCEPT_WHEN"}:
        return None
    on = next((each for each in range(index - 2, -1, -1) if _type(tokens, each) in ("ON", "COMMA")), -1)
    if on < 0 or _type(tokens, on) != "ON":
        return None
    name = on + 1
    while _text(tokens, name) in ("the", "category"):
        name += 1
    while _type(tokens, name + 1) == "OR" and _type(tokens, name + 2) == "NAME":
        name += 2
    if _type(tokens, name) != "NAME" or _type(tokens, name + 1) != "NAME" or _text(tokens, name) == "same":
        return None
    return Complaint(
        f"a comma is missing after `{_text(tokens, name)}`",
        f"write `{_text(tokens, name)}, {_text(tokens, name + 1)} …`", name, name + 1,
    )  # fmt: skip


def _missing_comma(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], _: Sequence[str]
) -> Complaint | None:
    if (
        "COMMA" not in accepted
        or index >= len(tokens)
        or _type(tokens, index) in ("RPAR", "EQUALS", "STRING", "OR", "IS")
    ):
        return None
    word = _text(tokens, index)
    return Complaint(
        f"a comma is missing before `{word}`", f"write `{_text(tokens, index - 1)}, {word}`", index, index
    )


def _statement_word(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], openers: Sequence[str]
) -> Complaint | None:
    if index:
        return None
    word = _text(tokens, 0)
    if _type(tokens, 0) in ("AFTER", "WHEN", "EVERY", "AFTER_EVERY"):
        return Complaint(
            f"a rule begins with `rule` and a name, not with `{word}`",
            f"for example: rule last-warning {word} …",
            0,
            0,
        )
    return Complaint(
        f"no sentence begins with `{word}`",
        "sentences begin with " + _listed([f"`{each}`" for each in openers]),
        0,
        0,
    )


def _plain(tokens: Sequence[Token], index: int, accepted: frozenset[str]) -> Complaint:
    wanted = [_said(each) for each in sorted(accepted, key=_rank)][:5]
    before = _type(tokens, index - 1)
    example = f"for example: {_PLACES[before]}" if before in _PLACES else None
    if index >= len(tokens):
        last = len(tokens) - 1
        return Complaint(
            f"the sentence stops after `{_text(tokens, last)}`, expected {_listed(wanted)}",
            example,
            last,
            last,
        )
    return Complaint(
        f"unexpected `{_text(tokens, index)}`, expected {_listed(wanted)}", example, index, index
    )


def _said(terminal: str) -> str:
    return _WORDS.get(terminal) or f"`{terminal.lower().replace('_', ' ')}`"


def _rank(terminal: str) -> tuple[int, str]:
    return (_ORDER.index(terminal) if terminal in _ORDER else len(_ORDER), terminal)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " or " + words[-1]
