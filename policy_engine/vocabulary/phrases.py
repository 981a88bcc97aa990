"""The sentences that a vocabulary lends to policies: their shape, and their perfect form.

A phrase is at least two words besides `the`, `a` and `an`, in lower-case letters, digits, hyphens and
apostrophes, without the words at which a policy's sentence would go on to something else. `the`,
`a` and `an` and the spacing do not tell two phrases apart.
"""

from __future__ import annotations

import re

from policy_engine.vocabulary.fields import Reading, Word, quoted
from policy_engine.vocabulary.reserved import PHRASE_BREAKERS

_WORD = re.compile(r"[a-z0-9'-]+")
_ARTICLES = frozenset(("the", "a", "an"))
_BUILT_IN = {"chat begins": "the language's own `when the chat begins`"}


def telling_words(phrase: str) -> str:
    """What tells a phrase apart: its words without articles, with single spaces."""
    return " ".join(word for word in phrase.split() if word not in _ARTICLES)


def perfect(past: str) -> str:
    """The form with `has been`: "a warning is given" becomes "a warning has been given"."""
    if " is " in past:
        return past.replace(" is ", " has been ", 1)
    return past.replace(" are ", " have been ", 1)


def check_phrase(reading: Reading, key: str, phrase: Word, example: str) -> None:
    """Report a phrase that a policy could not say."""
    words = phrase.text.split()
    odd = next((word for word in words if not _WORD.fullmatch(word)), None)
    breaker = next((word for word in words if word in PHRASE_BREAKERS), None)
    same = _BUILT_IN.get(telling_words(phrase.text))
    message = None
    if odd is not None:
        message = f"{quoted(odd)} in `{key}` is not a lower-case word"
    elif breaker is not None:
        message = f"`{key}` cannot hold the word `{breaker}`: a policy's sentence would break there"
    elif len(telling_words(phrase.text).split()) < 2:
        message = f"`{key}` needs at least two words besides `the`, `a` and `an`"
    elif same is not None:
        message = f"{quoted(phrase.text)} is {same}"
    if message is not None:
        reading.error("bad-phrase", message, phrase.span, f"for example `{example}`")


def check_past(reading: Reading, past: Word) -> None:
    """Report a past form that cannot be turned into `has been`."""
    check_phrase(reading, "past", past, "a warning is given")
    if " is " not in past.text and " are " not in past.text:
        message = f"{quoted(past.text)} does not report: it has neither `is` nor `are`"
        reading.error("bad-phrase", message, past.span, "for example `a warning is given`")
