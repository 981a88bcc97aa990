"""What was expected at the word that does not fit, told in the writer's words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lark import Token

from policy_engine.diagnostics import nearest

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
        (
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
            "sixteen seventeen eighteen nineteen twenty"
        ).split()
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
        _name,
        _other_word,
        _no_step,
        _upper_case,
        _other_keyword,
        _numeral,
        _action_first,
        _second_action,
        _verb,
        _number_alone,
        _quoted_name,
        _once_per,
        _window,
        _list,
        _missing_count,
        _run_on,
        _action_run_on,
        _too_early,
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
    ("per", "user"): (
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
        if found is not None and not (
            words[0] == "unless" and _type(tokens, 0) in ("CHECK_THAT", "REQUIRE_THAT")
        ):
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
    known = {each.lower().replace("_", " ").split()[0] for each in accepted} | (
        set(openers) if index == 0 else set()
    )
    for at in _run(tokens, index):
        word = _text(tokens, at)
        lower = word.lower()
        if word != lower and lower in known:
            return Complaint(
                f"the words of the language are lower-case, not `{word}`", f"write `{lower}`", at, at
            )
    return None


_MOST_NAMES = 12
"""Names before the fault that are looked at."""


def _run(tokens: Sequence[Token], index: int) -> Iterator[int]:
    """The token that does not fit, then the names right before it, last first: one of them may be a keyword
    that was misspelt and so was taken for a part of a name."""
    yield from (index,) if index < len(tokens) else ()
    for at in range(index - 1, max(-1, index - 1 - _MOST_NAMES), -1):
        if _type(tokens, at) != "NAME":
            return
        yield at


_SYNONYMS = {
    "if": ("WHEN",), "whenever": ("WHEN",), "once": ("AFTER", "WHEN"), "for": ("ON",), "in": ("WITHIN",),
    "only": ("ONLY_IF",),
}  # fmt: skip
"""What people write for a keyword, where it is taken for a part of a name."""


def _other_keyword(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], _: Sequence[str]
) -> Complaint | None:
    """``wen``, ``exept when``, ``if``: a keyword that was misspelt, or is another word."""
    if index == 0:
        return None
    keywords = [each.lower().replace("_", " ") for each in accepted & _KEYWORDS]
    longer = [each for each in keywords if " " in each]
    shorter = [each for each in keywords if " " not in each]
    for at in _run(tokens, index):
        if _type(tokens, at) in _CERTAIN:
            continue
        pair = f"{_text(tokens, at)} {_text(tokens, at + 1)}".strip()
        found = _OTHER_WORDS.get(tuple(pair.split()))
        if found is not None and at + 1 < len(tokens) and " " in pair:
            return Complaint(*found, at, at + 1)
        for words, last, known in ((pair, at + 1, longer), (_text(tokens, at), at, shorter)):
            meant = next((each for each in _SYNONYMS.get(words, ()) if each in accepted), None)
            said = meant.lower().replace("_", " ") if meant else nearest(words, known, 0.8)
            if said is not None and last < len(tokens) and words.lower() != said:
                return Complaint(f"unexpected `{words}`", f"did you mean `{said}`?", at, last)
    return None


_KEYWORDS = frozenset(
    {
        "WHEN", "AFTER", "AFTER_EVERY", "EVERY", "ONLY_IF", "EXCEPT_WHEN", "AT_MOST_ONCE", "AT_MOST_ONCE_IN", "REASON",
        "WITHIN", "SINCE", "STARTING_OVER", "START_OVER", "OVERRIDES", "UNLESS", "VERSION", "BEFORE", "IN_THE_LAST",
    }
)  # fmt: skip
_CERTAIN = _KEYWORDS | {"STRING", "NUMBER", "COMMA", "EQUALS", "LPAR", "RPAR"}


def _name(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], _: Sequence[str]
) -> Complaint | None:
    """``rule after …``, ``rule my rule after …``: no name, or one that holds a word of the language."""
    kind, word = _text(tokens, 0), _text(tokens, index)
    if index >= len(tokens) or _type(tokens, 0) not in ("RULE", "LADDER", "GROUP", "TRIAL"):
        return None
    if _type(tokens, index - 1) in ("RULE", "LADDER", "GROUP") and word[:1].isalpha():
        opener = _text(tokens, index - 1)
        hint = f"for example: {_PLACES[_type(tokens, index - 1)]}"
        return Complaint(
            f"the {opener} has no name: `{word}` is a word of the language", hint, index - 1, index
        )
    if (
        index == 2
        and kind != "trial"
        and _type(tokens, 1) == "NAME"
        and _type(tokens, 2) in ("RULE", "POLICY", "LADDER")
    ):
        hint = f"write `{_text(tokens, 1)}-{word}`"
        return Complaint(f"the name of a {kind} is one word", hint, 1, 2)
    return None


_CLAUSES = frozenset({"ONLY_IF", "EXCEPT_WHEN", "AT_MOST_ONCE", "AT_MOST_ONCE_IN", "REASON"})


def _too_early(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], _: Sequence[str]
) -> Complaint | None:
    """``after 3 refusals, except when …, end the chat``: a clause before the action."""
    if _type(tokens, index) not in _CLAUSES or accepted & _CLAUSES:
        return None
    if _type(tokens, 0) not in ("RULE", "TRIAL", "LADDER"):
        return None
    word = _text(tokens, index)
    hint = f"first `when …` or `after …`, a comma and the action, then `{word} …`"
    return Complaint(f"`{word}` comes after the action", hint, index, index)


def _action_first(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], _: Sequence[str]
) -> Complaint | None:
    """``rule x end the chat after 3 refusals``: the action before what the rule waits for."""
    start = {"RULE": 1, "TRIAL": 2}.get(_type(tokens, 0))
    if start is None or index < len(tokens) or "COMMA" not in accepted:
        return None
    end = start
    while _type(tokens, end) == "NAME":
        end += 1
    if end - start < 3 or _type(tokens, end) not in ("WHEN", "AFTER", "EVERY", "AFTER_EVERY"):
        return None
    action = " ".join(_text(tokens, each) for each in range(start + 1, end))
    hint = f"write `{_text(tokens, start)} {_text(tokens, end)} …, {action}`"
    return Complaint("a rule says first what it waits for, then what it does", hint, start + 1, end - 1)


def _second_action(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], _: Sequence[str]
) -> Complaint | None:
    """``add a strike, end the chat``: actions are joined by ``and``."""
    if _type(tokens, index) != "NAME" or _type(tokens, index - 1) != "COMMA" or "EXCEPT_WHEN" not in accepted:
        return None
    end = index
    while _type(tokens, end + 1) == "NAME":
        end += 1
    action = " ".join(_text(tokens, each) for each in range(index, end + 1))
    return Complaint("actions are joined by `and`, not by a comma", f"write `… and {action}`", index - 1, end)


def _verb(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], _: Sequence[str]
) -> Complaint | None:
    """``when hate detected``: the verb was forgotten."""
    if _type(tokens, index) not in ("DETECTED", "FIRST_DETECTED") or "IS" not in accepted:
        return None
    word, at = _text(tokens, index), index - 1
    while _text(tokens, at) in _OTHER_VERBS:
        at -= 1
    is_trigger = not any(_type(tokens, each) == "COMMA" for each in range(index))
    hint = f"write `{_text(tokens, at)} {'is' if is_trigger else 'has been'} {word}`"
    if at == index - 1:
        return Complaint(f"a verb is missing before `{word}`", hint, at, index)
    verb = " ".join(_text(tokens, each) for each in range(at + 1, index))
    return Complaint(f"`{verb} {word}` is no form of the language", hint, at + 1, index)


_OTHER_VERBS = frozenset("was were been ben being be are has have had gets got".split())


def _number_alone(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], _: Sequence[str]
) -> Complaint | None:
    """``after at least 3 refusals``, ``after the third refusal``: a count is a number and nothing else."""
    after = _text(tokens, index - 1)
    if "NUMBER" not in accepted or _type(tokens, index - 1) not in ("AFTER", "AFTER_EVERY"):
        return None
    if _type(tokens, index) in ("AT_LEAST", "AT_MOST", "MORE_THAN", "LESS_THAN"):
        more = _type(tokens, index) == "MORE_THAN" and _text(tokens, index + 1).isdigit()
        number = str(int(_text(tokens, index + 1)[:9]) + 1) if more else _text(tokens, index + 1)
        message = f"`{after}` takes a number alone, without `{_text(tokens, index)}`"
        return Complaint(message, f"write `{after} {number} {_text(tokens, index + 2)}`", index, index)
    at = index + (_text(tokens, index) == "the")
    if _text(tokens, at) in _ORDINALS:
        number = str(_ORDINALS.index(_text(tokens, at)) + 1)
        message = f"`{after}` counts: it takes a number, not `{_text(tokens, at)}`"
        return Complaint(message, f"for example: {after} {number} refusals", index, at)
    return None


_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()


def _quoted_name(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], _: Sequence[str]
) -> Complaint | None:
    """``on "hate"``: names stand without quotation marks."""
    if _type(tokens, index) != "STRING" or "NAME" not in accepted or "STRING" in accepted:
        return None
    name = "-".join(_text(tokens, index).strip('"').split())
    hint = f"write `{name}`" if name else None
    return Complaint("names stand without quotation marks", hint, index, index)


def _once_per(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], _: Sequence[str]
) -> Complaint | None:
    """``at most once per day``."""
    if _type(tokens, index - 1) != "AT_MOST_ONCE" or _text(tokens, index) not in (
        "per",
        "a",
        "every",
        "each",
    ):
        return None
    unit = _text(tokens, index + 1) or "turn"
    hint = f"write `at most once in 1 {unit}`"
    return Complaint(f"unexpected `{_text(tokens, index)}`", hint, index, min(index + 1, len(tokens) - 1))


_UNITS = ("turns", "seconds", "minutes", "hours", "days", "weeks")


def _window(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], _: Sequence[str]
) -> Complaint | None:
    """``within 10``, ``within 10 mins``."""
    if "UNIT" not in accepted:
        return None
    number, word = _text(tokens, index - 1), _text(tokens, index).lower()
    if _type(tokens, index) != "NAME":
        hint = f"for example: {number} turns, or {number} minutes"
        return Complaint(f"a unit is missing after `{number}`", hint, index - 1, index - 1)
    stem = word.removesuffix("s")
    unit = next((each for each in _UNITS if each.startswith(stem)), None) or nearest(word, _UNITS)
    if unit is None:
        return None
    return Complaint(f"unexpected `{word}`, expected a unit", f"did you mean `{unit}`?", index, index)


def _list(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], _: Sequence[str]
) -> Complaint | None:
    """``group g = a, b``, ``group g a or b``."""
    if _type(tokens, 0) != "GROUP" or index >= len(tokens):
        return None
    if _type(tokens, index) == "COMMA" and "OR" in accepted:
        hint = f"write `{_text(tokens, index - 1)} or {_text(tokens, index + 1)}`"
        return Complaint("the names of a group are joined by `or`", hint, index, index)
    if "EQUALS" in accepted and _type(tokens, 1) == "NAME":
        name = _text(tokens, 1)
        return Complaint(f"a `=` is missing after `{name}`", f"write `{name} = {_text(tokens, 2)} …`", 1, 1)
    return None


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
    if word[0].isdigit():
        return Complaint(f"`{word}` is not a whole number", f"for example: {after} 2 refusals", index, index)
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


def _action_run_on(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], _: Sequence[str]
) -> Complaint | None:
    """``after 3 refusals end the chat``: the comma before the action was forgotten, and there is no ``on``."""
    if "COMMA" not in accepted or accepted & _CLAUSES:
        return None
    start = index
    while _type(tokens, start - 1) == "NAME":
        start -= 1
    start += _text(tokens, start) == "more"
    if _type(tokens, index) == "OR" or index - start < 2 or "NUMBER" not in (
        _type(tokens, start - 1), _type(tokens, start - 2)
    ):  # fmt: skip
        return None
    act, action = _text(tokens, start), " ".join(_text(tokens, each) for each in range(start + 1, index))
    return Complaint(f"a comma is missing after `{act}`", f"write `{act}, {action}`", start, index - 1)


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


_OPENINGS = {
    "check": "check that",
    "require": "require that",
    "applies": "applies when",
    "effective": 'policy "…" effective from',
}


def _statement_word(
    tokens: Sequence[Token], index: int, accepted: frozenset[str], openers: Sequence[str]
) -> Complaint | None:
    if index:
        return None
    word = _text(tokens, 0)
    opener = _OPENINGS.get(word) or nearest(word, openers, 0.75)
    if opener is not None and opener != word:
        return Complaint(f"no sentence begins with `{word}`", f"did you mean `{opener}`?", 0, 0)
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
        if (
            _type(tokens, 0) in ("RULE", "TRIAL", "LADDER")
            and accepted >= {"COMMA"}
            and not accepted & _CLAUSES
        ):
            example = "a comma follows, and what is to be done"
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
