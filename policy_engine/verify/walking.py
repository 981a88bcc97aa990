"""Going through a formula, and making it anew: whoever needs to know what one is made of goes by these."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import TypeVar, get_args

from policy_engine.verify.question import And, Atom, Earlier, Formula, Negation, Or, Unanswered
from policy_engine.vocabulary.vocabulary import Vocabulary

_ATOMS = get_args(Atom)


Made = TypeVar("Made")


def values_in(made: object, kind: type[Made]) -> Iterator[Made]:
    """The values of a kind that a value of the model, or a formula, is made of, outermost and first ones first.

    What a vocabulary holds is not looked at, nor what makes no difference between equal values.
    """
    if isinstance(made, kind):
        yield made
    elif isinstance(made, tuple):
        for each in made:
            yield from values_in(each, kind)
    elif not isinstance(made, Vocabulary | type):
        for name in compared_fields(type(made)):
            yield from values_in(getattr(made, name), kind)


_COMPARED: dict[type, tuple[str, ...]] = {}


def compared_fields(kind: type) -> tuple[str, ...]:
    """The names of the fields of a dataclass that make a difference between its values; none of any other class."""
    found = _COMPARED.get(kind)
    if found is None:
        names = (each.name for each in fields(kind) if each.compare) if is_dataclass(kind) else ()
        found = _COMPARED[kind] = tuple(names)
    return found


def parts_of_formula(formula: Formula) -> Iterator[Formula]:
    """The formula and every formula in it, from left to right; some come more than once."""
    left = [formula]
    while left:
        part = left.pop()
        yield part
        match part:
            case And(parts) | Or(parts):
                left.extend(reversed(parts))
            case Negation(inner) | Earlier(inner):
                left.append(inner)
            case Unanswered(_, event, answer):
                left += (answer, event)
            case _:
                continue


def atoms_of(formula: Formula) -> Iterator[Atom]:
    """The formulas that it is made of and that are made of no others, from left to right."""
    for each in parts_of_formula(formula):
        if isinstance(each, _ATOMS):
            yield each


def mapped(formula: Formula, of: Callable[[Formula], Formula]) -> Formula:
    """The formula made anew, with a function applied to its atoms."""
    match formula:
        case And(parts):
            return And(tuple(mapped(each, of) for each in parts))
        case Or(parts):
            return Or(tuple(mapped(each, of) for each in parts))
        case Negation(part):
            return Negation(mapped(part, of))
        case Earlier(part):
            return Earlier(mapped(part, of))
        case Unanswered(policy, event, answer, turns):
            return Unanswered(policy, mapped(event, of), mapped(answer, of), turns)
        case _:
            return of(formula)
