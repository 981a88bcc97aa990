"""Terms of the solver, made past the wrappers of its own interface.

The wrappers look at every argument, and ask the solver for its sort, each time that a term is made or let go. For the
tens of thousands of gates of a large policy that takes longer than the solver's own work. Here terms are handles; what
they are made of is known to fit. All are kept until their context ends, so none has to be counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

Term = Any
"""A handle of the solver's, good in one context."""


class Terms:
    """Makes the terms of one context. ``z3`` is the solver's module."""

    def __init__(self, z3: Any, context: Any) -> None:
        self.z3 = z3
        self.context = context
        self._ref = context.ref()
        self._truths = z3.BoolSort(context)
        self._wholes = z3.IntSort(context)

    def _kept(self, term: Term) -> Term:
        self.z3.Z3_inc_ref(self._ref, term)
        return term

    def _array(self, terms: Sequence[Term]) -> Any:
        return (self.z3.Ast * len(terms))(*terms)

    # --- truths ---

    def constant(self, value: bool) -> Term:
        """A truth that is known."""
        z3 = self.z3
        return self._kept(z3.Z3_mk_true(self._ref) if value else z3.Z3_mk_false(self._ref))

    def truth(self, name: str) -> Term:
        """A truth by its name."""
        symbol = self.z3.Z3_mk_string_symbol(self._ref, name)
        return self._kept(self.z3.Z3_mk_const(self._ref, symbol, self._truths.ast))

    def negation(self, term: Term) -> Term:
        """*Not*."""
        return self._kept(self.z3.Z3_mk_not(self._ref, term))

    def all(self, terms: Sequence[Term]) -> Term:
        """*And*."""
        return self._kept(self.z3.Z3_mk_and(self._ref, len(terms), self._array(terms)))

    def any(self, terms: Sequence[Term]) -> Term:
        """*Or*."""
        return self._kept(self.z3.Z3_mk_or(self._ref, len(terms), self._array(terms)))

    def same(self, one: Term, other: Term) -> Term:
        """Whether two are equal."""
        return self._kept(self.z3.Z3_mk_eq(self._ref, one, other))

    def choice(self, condition: Term, then: Term, otherwise: Term) -> Term:
        """*If, then, else*, of truths or of whole numbers."""
        return self._kept(self.z3.Z3_mk_ite(self._ref, condition, then, otherwise))

    # --- whole numbers ---

    def whole(self, name: str) -> Term:
        """A whole number by its name."""
        symbol = self.z3.Z3_mk_string_symbol(self._ref, name)
        return self._kept(self.z3.Z3_mk_const(self._ref, symbol, self._wholes.ast))

    def number(self, value: int) -> Term:
        """A whole number that is known."""
        return self._kept(self.z3.Z3_mk_numeral(self._ref, str(value), self._wholes.ast))

    def sum(self, one: Term, other: Term) -> Term:
        """Both together."""
        return self._kept(self.z3.Z3_mk_add(self._ref, 2, self._array((one, other))))

    def at_most(self, one: Term, other: Term, most: int) -> Term:
        """Whether one is at most so much more than the other."""
        difference = self._kept(self.z3.Z3_mk_sub(self._ref, 2, self._array((one, other))))
        return self._kept(self.z3.Z3_mk_le(self._ref, difference, self.number(most)))

    # --- many at once ---

    def together(self, truths: Sequence[Term], wholes: Sequence[Term]) -> Term:
        """One term that is made of these, in this order, so that they are gone through at once."""
        sorts = [self._truths] * len(truths) + [self._wholes] * len(wholes)
        declared = self.z3.Function("all", *sorts, self._truths)
        terms = (*truths, *wholes)
        return self._kept(self.z3.Z3_mk_app(self._ref, declared.ast, len(terms), self._array(terms)))

    def replaced(self, term: Term, pairs: Sequence[tuple[Term, Term]]) -> Term:
        """The term where each first one of the pairs is the second."""
        before, after = (self._array([pair[place] for pair in pairs]) for place in (0, 1))
        return self._kept(self.z3.Z3_substitute(self._ref, term, len(pairs), before, after))

    def simplified(self, term: Term) -> Term:
        """The term, with what is known in it worked in."""
        options = self.z3.args2params((), {"local_ctx": False, "flat": False}, self.context)
        return self._kept(self.z3.Z3_simplify_ex(self._ref, term, options.params))

    def parts(self, term: Term) -> list[Term]:
        """What a term is made of."""
        number = self.z3.Z3_get_app_num_args(self._ref, term)
        return [self._kept(self.z3.Z3_get_app_arg(self._ref, term, place)) for place in range(number)]

    # --- to and from the solver's own interface ---

    def wrapped(self, terms: Iterable[Term]) -> list[Any]:
        """Truths as the solver's own interface has them."""
        return [self.z3.BoolRef(each, self.context) for each in terms]

    def wrapped_whole(self, term: Term) -> Any:
        """A whole number as the solver's own interface has it."""
        return self.z3.ArithRef(term, self.context)
