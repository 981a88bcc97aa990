"""The slips that people are known to make, each with what the writer meant. The first that is recognised is told."""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.diagnostics import nearest
from policy_engine.language.expectation import (
    CLAUSES,
    EXAMPLES,
    Complaint,
    Slip,
    listed_words,
    unexpected,
)


def complaint(slip: Slip) -> Complaint:
    """What to say of a slip."""
    for look in _KNOWN:
        found = look(slip)
        if found is not None:
            return found
    return unexpected(slip)


_NUMERALS = {
    word: number
    for number, word in enumerate(
        (
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
            "sixteen seventeen eighteen nineteen twenty"
        ).split()
    )
}
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


def _other_word(slip: Slip) -> Complaint | None:
    if slip.type(slip.index - 1) in ("RULE", "LADDER", "GROUP", "NEVER", "AND", "OR"):
        return None
    words = " ".join(slip.text(each) for each in range(slip.index, min(slip.index + 2, slip.end))).split()
    for length in (2, 1):
        found = _OTHER_WORDS.get(tuple(words[:length])) if len(words) >= length else None
        if found is not None and not (
            words[0] == "unless" and slip.type(0) in ("CHECK_THAT", "REQUIRE_THAT")
        ):
            is_one_token = len(slip.text(slip.index).split()) >= length
            return Complaint(*found, slip.index, slip.index if is_one_token else slip.index + 1)
    return None


def _no_step(slip: Slip) -> Complaint | None:
    """A ladder that says nothing but its clauses."""
    is_bare = slip.type(0) == "LADDER" and slip.index > 1 and "AFTER" in slip.accepted
    if not is_bare or (slip.index < slip.end and slip.type(slip.index) not in _LADDER_CLAUSES):
        return None
    if any(slip.type(each) == "AFTER" for each in range(slip.index)):
        return None
    hint = 'for example: after 2 refusals, warn the user "Please keep this respectful."'
    return Complaint("a ladder has at least one step", hint, 0, slip.index - 1)


def _numeral(slip: Slip) -> Complaint | None:
    number = _NUMERALS.get(slip.text(slip.index).lower())
    if "NUMBER" not in slip.accepted or number is None:
        return None
    return Complaint(
        f"numbers are written in digits, not `{slip.text(slip.index)}`",
        f"write `{number}`",
        slip.index,
        slip.index,
    )


def _upper_case(slip: Slip) -> Complaint | None:
    known = {each.lower().replace("_", " ").split()[0] for each in slip.accepted} | (
        set(slip.openers) if slip.index == 0 else set()
    )
    for at in _run(slip):
        word = slip.text(at)
        lower = word.lower()
        if word != lower and lower in known:
            return Complaint(
                f"the words of the language are lower-case, not `{word}`", f"write `{lower}`", at, at
            )
    return None


_MOST_NAMES = 12
"""Names before the fault that are looked at."""


def _run(slip: Slip) -> Iterator[int]:
    """The token that does not fit, then the names right before it, last first: one of them may be a keyword
    that was misspelt and so was taken for a part of a name."""
    yield from (slip.index,) if slip.index < slip.end else ()
    for at in range(slip.index - 1, max(-1, slip.index - 1 - _MOST_NAMES), -1):
        if slip.type(at) != "NAME":
            return
        yield at


_SYNONYMS = {
    "if": ("WHEN",), "whenever": ("WHEN",), "once": ("AFTER", "WHEN"), "for": ("ON",), "in": ("WITHIN",),
    "only": ("ONLY_IF",),
}  # fmt: skip
"""What people write for a keyword, where it is taken for a part of a name."""


def _other_keyword(slip: Slip) -> Complaint | None:
    """``wen``, ``exept when``, ``if``: a keyword that was misspelt, or is another word."""
    if slip.index == 0:
        return None
    keywords = [each.lower().replace("_", " ") for each in slip.accepted & _KEYWORDS]
    longer = [each for each in keywords if " " in each]
    shorter = [each for each in keywords if " " not in each]
    for at in _run(slip):
        if slip.type(at) in _CERTAIN or (slip.text(at) == "with" and slip.type(at + 1) == "STRING"):
            continue
        pair = f"{slip.text(at)} {slip.text(at + 1)}".strip()
        found = _OTHER_WORDS.get(tuple(pair.split()))
        if found is not None and at + 1 < slip.end and " " in pair:
            return Complaint(*found, at, at + 1)
        for words, last, known in ((pair, at + 1, longer), (slip.text(at), at, shorter)):
            meant = next((each for each in _SYNONYMS.get(words, ()) if each in slip.accepted), None)
            said = meant.lower().replace("_", " ") if meant else nearest(words, known, 0.8)
            if said is not None and last < slip.end and words.lower() != said:
                return Complaint(f"unexpected `{words}`", f"did you mean `{said}`?", at, last)
    return None


_KEYWORDS = frozenset(
    {
        "WHEN", "AFTER", "AFTER_EVERY", "EVERY", "ONLY_IF", "EXCEPT_WHEN", "AT_MOST_ONCE", "AT_MOST_ONCE_IN", "REASON",
        "WITHIN", "SINCE", "STARTING_OVER", "START_OVER", "OVERRIDES", "UNLESS", "VERSION", "BEFORE", "IN_THE_LAST",
    }
)  # fmt: skip
_CERTAIN = _KEYWORDS | {"STRING", "NUMBER", "COMMA", "EQUALS", "LPAR", "RPAR"}


def _name(slip: Slip) -> Complaint | None:
    """``rule after …``, ``rule my rule after …``: no name, or one that holds a word of the language."""
    kind, word = slip.text(0), slip.text(slip.index)
    if slip.index >= slip.end or slip.type(0) not in ("RULE", "LADDER", "GROUP", "TRIAL"):
        return None
    if slip.type(slip.index - 1) in ("RULE", "LADDER", "GROUP") and word[:1].isalpha():
        opener = slip.text(slip.index - 1)
        hint = f"for example: {EXAMPLES[slip.type(slip.index - 1)]}"
        return Complaint(
            f"the {opener} has no name: `{word}` is a word of the language", hint, slip.index - 1, slip.index
        )
    if (
        slip.index == 2
        and kind != "trial"
        and slip.type(1) == "NAME"
        and slip.type(2) in ("RULE", "POLICY", "LADDER")
    ):
        hint = f"write `{slip.text(1)}-{word}`"
        return Complaint(f"the name of a {kind} is one word", hint, 1, 2)
    return None


def _too_early(slip: Slip) -> Complaint | None:
    """``after 3 refusals, except when …, end the chat``: a clause before the action."""
    if slip.type(slip.index) not in CLAUSES or slip.accepted & CLAUSES:
        return None
    if slip.type(0) not in ("RULE", "TRIAL", "LADDER"):
        return None
    word = slip.text(slip.index)
    hint = f"first `when …` or `after …`, a comma and the action, then `{word} …`"
    return Complaint(f"`{word}` comes after the action", hint, slip.index, slip.index)


def _action_first(slip: Slip) -> Complaint | None:
    """``rule x end the chat after 3 refusals``: the action before what the rule waits for."""
    start = {"RULE": 1, "TRIAL": 2}.get(slip.type(0))
    if start is None or slip.index < slip.end or "COMMA" not in slip.accepted:
        return None
    end = start
    while slip.type(end) == "NAME":
        end += 1
    if end - start < 3 or slip.type(end) not in ("WHEN", "AFTER", "EVERY", "AFTER_EVERY"):
        return None
    action = " ".join(slip.text(each) for each in range(start + 1, end))
    hint = f"write `{slip.text(start)} {slip.text(end)} …, {action}`"
    return Complaint("a rule says first what it waits for, then what it does", hint, start + 1, end - 1)


def _never_in_rule(slip: Slip) -> Complaint | None:
    """``rule x never end the chat when …``: such a sentence has no name."""
    if slip.text(slip.index) != "never" or slip.index != 2 or slip.type(0) != "RULE":
        return None
    said = f"leave out `rule {slip.text(1)}`"
    return Complaint("`never` begins a sentence of its own, which has no name", said, 0, slip.index)


def _second_action(slip: Slip) -> Complaint | None:
    """``add a strike, end the chat``: actions are joined by ``and``."""
    if (
        slip.type(slip.index) != "NAME"
        or slip.type(slip.index - 1) != "COMMA"
        or "EXCEPT_WHEN" not in slip.accepted
    ):
        return None
    end = slip.index
    while slip.type(end + 1) == "NAME":
        end += 1
    action = " ".join(slip.text(each) for each in range(slip.index, end + 1))
    return Complaint(
        "actions are joined by `and`, not by a comma", f"write `… and {action}`", slip.index - 1, end
    )


def _verb(slip: Slip) -> Complaint | None:
    """``when hate detected``: the verb was forgotten."""
    if slip.type(slip.index) not in ("DETECTED", "FIRST_DETECTED") or "IS" not in slip.accepted:
        return None
    word, at = slip.text(slip.index), slip.index - 1
    while slip.text(at) in _OTHER_VERBS:
        at -= 1
    is_trigger = not any(slip.type(each) == "COMMA" for each in range(slip.index))
    hint = f"write `{slip.text(at)} {'is' if is_trigger else 'has been'} {word}`"
    if at == slip.index - 1:
        return Complaint(f"a verb is missing before `{word}`", hint, at, slip.index)
    verb = " ".join(slip.text(each) for each in range(at + 1, slip.index))
    return Complaint(f"`{verb} {word}` is no form of the language", hint, at + 1, slip.index)


_OTHER_VERBS = frozenset("was were been ben being be are has have had gets got".split())


def _number_alone(slip: Slip) -> Complaint | None:
    """``after at least 3 refusals``, ``after the third refusal``: a count is a number and nothing else."""
    after = slip.text(slip.index - 1)
    if "NUMBER" not in slip.accepted or slip.type(slip.index - 1) not in ("AFTER", "AFTER_EVERY"):
        return None
    if slip.type(slip.index) in ("AT_LEAST", "AT_MOST", "MORE_THAN", "LESS_THAN"):
        more = slip.type(slip.index) == "MORE_THAN" and slip.text(slip.index + 1).isdigit()
        number = str(int(slip.text(slip.index + 1)[:9]) + 1) if more else slip.text(slip.index + 1)
        message = f"`{after}` takes a number alone, without `{slip.text(slip.index)}`"
        return Complaint(
            message, f"write `{after} {number} {slip.text(slip.index + 2)}`", slip.index, slip.index
        )
    at = slip.index + (slip.text(slip.index) == "the")
    if slip.text(at) in _ORDINALS:
        number = str(_ORDINALS.index(slip.text(at)) + 1)
        message = f"`{after}` counts: it takes a number, not `{slip.text(at)}`"
        return Complaint(message, f"for example: {after} {number} refusals", slip.index, at)
    return None


_ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth".split()


def _quoted_name(slip: Slip) -> Complaint | None:
    """``on "hate"``: names stand without quotation marks."""
    if slip.type(slip.index) != "STRING" or "NAME" not in slip.accepted or "STRING" in slip.accepted:
        return None
    name = "-".join(slip.text(slip.index).strip('"').split())
    hint = f"write `{name}`" if name else None
    return Complaint("names stand without quotation marks", hint, slip.index, slip.index)


def _once_per(slip: Slip) -> Complaint | None:
    """``at most once per day``."""
    if slip.type(slip.index - 1) != "AT_MOST_ONCE" or slip.text(slip.index) not in (
        "per",
        "a",
        "every",
        "each",
    ):
        return None
    unit = slip.text(slip.index + 1) or "turn"
    hint = f"write `at most once in 1 {unit}`"
    return Complaint(
        f"unexpected `{slip.text(slip.index)}`", hint, slip.index, min(slip.index + 1, slip.end - 1)
    )


_UNITS = ("turns", "seconds", "minutes", "hours", "days", "weeks")


def _window(slip: Slip) -> Complaint | None:
    """``within 10``, ``within 10 mins``."""
    if "UNIT" not in slip.accepted:
        return None
    number, word = slip.text(slip.index - 1), slip.text(slip.index).lower()
    if slip.type(slip.index) != "NAME":
        hint = f"for example: {number} turns, or {number} minutes"
        return Complaint(f"a unit is missing after `{number}`", hint, slip.index - 1, slip.index - 1)
    stem = word.removesuffix("s")
    unit = next((each for each in _UNITS if each.startswith(stem)), None) or nearest(word, _UNITS)
    if unit is None:
        return None
    return Complaint(
        f"unexpected `{word}`, expected a unit", f"did you mean `{unit}`?", slip.index, slip.index
    )


def _list(slip: Slip) -> Complaint | None:
    """``group g = a, b``, ``group g a or b``."""
    if slip.type(0) != "GROUP" or slip.index >= slip.end:
        return None
    if slip.type(slip.index) == "COMMA" and "OR" in slip.accepted:
        hint = f"write `{slip.text(slip.index - 1)} or {slip.text(slip.index + 1)}`"
        return Complaint("the names of a group are joined by `or`", hint, slip.index, slip.index)
    if "EQUALS" in slip.accepted and slip.type(1) == "NAME":
        name = slip.text(1)
        return Complaint(f"a `=` is missing after `{name}`", f"write `{name} = {slip.text(2)} …`", 1, 1)
    return None


def _missing_count(slip: Slip) -> Complaint | None:
    before = slip.type(slip.index - 1)
    if (
        "NUMBER" not in slip.accepted
        or before not in ("AFTER", "AFTER_EVERY", "EVERY")
        or slip.type(slip.index) != "NAME"
    ):
        return None
    word, after = slip.text(slip.index), slip.text(slip.index - 1)
    if word[0].isdigit():
        return Complaint(
            f"`{word}` is not a whole number", f"for example: {after} 2 refusals", slip.index, slip.index
        )
    rest = " ".join(
        slip.text(each)
        for each in range(slip.index, min(slip.index + 3, slip.end))
        if slip.type(each) in ("NAME", "ON")
    )
    return Complaint(
        f"`{after}` needs a number before `{word}`", f"for example: {after} 2 {rest}", slip.index, slip.index
    )


def _run_on(slip: Slip) -> Complaint | None:
    """``on harassment warn the user, except``: the comma before the action was forgotten."""
    if slip.accepted & {"ONLY_IF", "EXCEPT_WHEN"}:
        return None
    on = next((each for each in range(slip.index - 2, -1, -1) if slip.type(each) in ("ON", "COMMA")), -1)
    if on < 0 or slip.type(on) != "ON":
        return None
    name = on + 1
    while slip.text(name) in ("the", "category"):
        name += 1
    while slip.type(name + 1) == "OR" and slip.type(name + 2) == "NAME":
        name += 2
    if slip.type(name) != "NAME" or slip.type(name + 1) != "NAME" or slip.text(name) == "same":
        return None
    return Complaint(
        f"a comma is missing after `{slip.text(name)}`",
        f"write `{slip.text(name)}, {slip.text(name + 1)} …`", name, name + 1,
    )  # fmt: skip


def _action_run_on(slip: Slip) -> Complaint | None:
    """``after 3 refusals end the chat``: the comma before the action was forgotten, and there is no ``on``."""
    if "COMMA" not in slip.accepted or slip.accepted & CLAUSES:
        return None
    start = slip.index
    while slip.type(start - 1) == "NAME":
        start -= 1
    start += slip.text(start) == "more"
    if slip.type(slip.index) == "OR" or slip.index - start < 2 or "NUMBER" not in (
        slip.type(start - 1), slip.type(start - 2)
    ):  # fmt: skip
        return None
    act, action = slip.text(start), " ".join(slip.text(each) for each in range(start + 1, slip.index))
    return Complaint(f"a comma is missing after `{act}`", f"write `{act}, {action}`", start, slip.index - 1)


def _missing_comma(slip: Slip) -> Complaint | None:
    if (
        "COMMA" not in slip.accepted
        or slip.index >= slip.end
        or slip.type(slip.index) in ("RPAR", "EQUALS", "STRING", "OR", "IS")
    ):
        return None
    word = slip.text(slip.index)
    return Complaint(
        f"a comma is missing before `{word}`",
        f"write `{slip.text(slip.index - 1)}, {word}`",
        slip.index,
        slip.index,
    )


_OPENINGS = {
    "check": "check that",
    "require": "require that",
    "applies": "applies when",
    "effective": 'policy "…" effective from',
}


def _statement_word(slip: Slip) -> Complaint | None:
    if slip.index:
        return None
    word = slip.text(0)
    opener = _OPENINGS.get(word) or nearest(word, slip.openers, 0.75)
    if opener is not None and opener != word:
        return Complaint(f"no sentence begins with `{word}`", f"did you mean `{opener}`?", 0, 0)
    if slip.type(0) in ("AFTER", "WHEN", "EVERY", "AFTER_EVERY"):
        return Complaint(
            f"a rule begins with `rule` and a name, not with `{word}`",
            f"for example: rule last-warning {word} …",
            0,
            0,
        )
    return Complaint(
        f"no sentence begins with `{word}`",
        "sentences begin with " + listed_words([f"`{each}`" for each in slip.openers]),
        0,
        0,
    )


_KNOWN = (
    _name,
    _never_in_rule,
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
)
"""In the order in which they are looked for."""
