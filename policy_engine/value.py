"""Frozen values: what ``dataclasses.dataclass(frozen=True)`` makes, without compiling code for every class.

``dataclass`` writes six functions as text for each class and compiles them, a quarter of a millisecond
a class; a policy is made of more than fifty, and the command line starts anew for every file that an
editor saves. Here they are shared. All that ``dataclasses`` offers for its instances (``fields``,
``replace``) works, since ``dataclass`` itself collects the fields.
"""

from __future__ import annotations

from dataclasses import MISSING, FrozenInstanceError, dataclass, field, fields
from typing import Any, TypeVar, dataclass_transform

Made = TypeVar("Made", bound=type)

_HASH = "__value_hash__"


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(made: Made) -> Made:
    """Make a class a frozen value: equal to another of its own class with equal fields, hashable, never changed.

    Fields may have a default and ``field(compare=False)``; not a ``default_factory``. Assigning to a field raises
    dataclasses.FrozenInstanceError; a wrong call raises TypeError.
    """
    collected = fields(dataclass(init=False, repr=False, eq=False)(made))
    shared = {
        "__value_names__": tuple(each.name for each in collected),
        "__value_defaults__": {each.name: each.default for each in collected if each.default is not MISSING},
        "__value_compared__": tuple(each.name for each in collected if each.compare),
    }
    methods = (__init__, __repr__, __eq__, __hash__, __setattr__, __delattr__, __getstate__)
    for name, member in (*shared.items(), *((each.__name__, each) for each in methods)):
        setattr(made, name, member)
    return made


def __init__(self: Any, *given: Any, **named: Any) -> None:
    names = self.__value_names__
    found = {**self.__value_defaults__, **dict(zip(names, given, strict=False)), **named}
    if (
        len(found) != len(names)
        or len(given) > len(names)
        or not named.keys().isdisjoint(names[: len(given)])
    ):
        raise TypeError(f"{type(self).__name__} takes {', '.join(names)}")
    self.__dict__.update(found)


def __repr__(self: Any) -> str:
    shown = (f"{name}={getattr(self, name)!r}" for name in self.__value_names__)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _compared(of: Any) -> tuple[Any, ...]:
    kept = of.__dict__
    return tuple([kept[name] for name in of.__value_compared__])


def __eq__(self: Any, other: object) -> bool:
    if self is other:
        return True
    return _compared(self) == _compared(other) if type(other) is type(self) else NotImplemented


def __hash__(self: Any) -> int:
    # Worked out once: a policy is a deep value, and whoever looks things up by its parts asks again and again.
    kept = self.__dict__
    found = kept.get(_HASH)
    if found is None:
        found = kept[_HASH] = hash((type(self), _compared(self)))
    return found  # type: ignore[no-any-return]


def __getstate__(self: Any) -> dict[str, Any]:
    """What is pickled: the fields. A hash of texts is another in each process."""
    kept = self.__dict__
    return {name: kept[name] for name in self.__value_names__}


def __setattr__(self: Any, name: str, _value: object) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def __delattr__(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")
