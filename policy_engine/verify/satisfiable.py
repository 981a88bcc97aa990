"""Whether formulas can all be true at one message, if little is known of how their atoms hang together.

What cannot be so at any message, whatever the atoms are, is never so; that takes no search through conversations. Only
what :mod:`policy_engine.verify.implying` tells of the atoms is known.
"""

from __future__ import annotations

from collections.abc import Mapping

from policy_engine.verify.implying import Implied
from policy_engine.verify.question import And, Earlier, Formula, Negation, Or
from policy_engine.verify.walking import atoms_of

MOST = 3_000
"""Choices that are tried; then the formulas are taken to be possible."""

TRUE, FALSE = And(()), Or(())


Known = Mapping[Formula, bool]
"""What some atoms are."""
NOTHING: Known = {}


def can_be(formula: Formula, known: Known, most: int = MOST) -> bool:
    """Whether the formula may be true, where some of its atoms are known. False is certain.

    After ``most`` tries it is taken to be possible.
    """
    implied = Implied(atoms_of(formula))
    chosen = [_choice(each, value, implied) for each, value in known.items()]
    whole = {each: value for more in chosen for each, value in more.items()} | dict(known)
    return _can_be(_given(formula, whole), [most], implied)


def _can_be(formula: Formula, tries: list[int], implied: Implied) -> bool:
    if formula == TRUE:
        return True
    if formula == FALSE:
        return False
    tries[0] -= 1
    if tries[0] < 0:
        return True
    atom = _first(formula)
    return any(
        _can_be(_given(formula, _choice(atom, value, implied)), tries, implied) for value in (True, False)
    )


def _choice(atom: Formula, value: bool, implied: Implied) -> Known:
    """An atom so chosen, and what follows from it."""
    return dict.fromkeys((atom, *implied.by(atom, value)), value)


def _first(formula: Formula) -> Formula:
    """An atom that matters: the first of the smallest part."""
    match formula:
        case And(parts) | Or(parts):
            return _first(min(parts, key=_breadth))
        case Negation(part):
            return _first(part)
        case _:
            return formula


def _breadth(formula: Formula) -> int:
    match formula:
        case And(parts) | Or(parts):
            return sum(_breadth(each) for each in parts)
        case Negation(part):
            return _breadth(part)
        case _:
            return 1


def _given(formula: Formula, known: Known) -> Formula:
    """What is left of a formula when some of its atoms are known. What was earlier counts as an atom."""
    match formula:
        case And(parts):
            left = dict.fromkeys(each for part in parts for each in _flat(_given(part, known), And))
            return FALSE if FALSE in left else _one(And, tuple(each for each in left if each != TRUE))
        case Or(parts):
            left = dict.fromkeys(each for part in parts for each in _flat(_given(part, known), Or))
            return TRUE if TRUE in left else _one(Or, tuple(each for each in left if each != FALSE))
        case Negation(part):
            inner = _given(part, known)
            return FALSE if inner == TRUE else TRUE if inner == FALSE else Negation(inner)
        case Earlier(part) if _given(part, NOTHING) == FALSE:
            return FALSE
        case _:
            value = known.get(formula)
            return formula if value is None else TRUE if value else FALSE


def _flat(formula: Formula, kind: type[And] | type[Or]) -> tuple[Formula, ...]:
    return formula.formulas if isinstance(formula, kind) and formula.formulas else (formula,)


def _one(kind: type[And] | type[Or], parts: tuple[Formula, ...]) -> Formula:
    return parts[0] if len(parts) == 1 else kind(parts)
