"""A value behaves as a frozen dataclass does."""

from __future__ import annotations

import copy
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.value import value


@value
class Made:
    name: str
    number: int = 3
    place: object = field(default=None, compare=False)


@dataclass(frozen=True)
class Known:
    name: str
    number: int = 3
    place: object = field(default=None, compare=False)


@value
class Other:
    name: str
    number: int = 3


GIVEN = st.tuples(st.text(max_size=1), st.integers(0, 1), st.booleans())


@given(GIVEN, GIVEN)
def test_equality_and_hash_are_those_of_a_dataclass(
    one: tuple[str, int, bool], two: tuple[str, int, bool]
) -> None:
    assert (Made(*one) == Made(*two)) == (Known(*one) == Known(*two))
    assert (hash(Made(*one)) == hash(Made(*two))) == (hash(Known(*one)) == hash(Known(*two)))
    assert repr(Made(*one)) == repr(Known(*one)).replace("Known", "Made")


def test_values_of_two_classes_are_not_equal() -> None:
    assert Made("a", 1) != Other("a", 1)
    assert hash(Made("a", 1)) != hash(Other("a", 1))


def test_it_is_never_changed() -> None:
    made = Made("a")
    with pytest.raises(FrozenInstanceError):
        made.name = "b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del made.name
    assert made == Made(name="a", number=3)


@pytest.mark.parametrize(
    ("given", "named"), [((), {}), (("a", 1, 2, 3), {}), (("a",), {"name": "b"}), (("a",), {"nmae": "b"})]
)
def test_a_wrong_call_is_told(given: tuple[object, ...], named: dict[str, object]) -> None:
    with pytest.raises(TypeError, match="Made takes name, number, place"):
        Made(*given, **named)  # type: ignore[arg-type]


def test_it_is_copied_replaced_matched_and_pickled() -> None:
    made = Made("a", place="here")
    assert replace(made, number=5) == Made("a", 5)
    assert [each.name for each in fields(made)] == ["name", "number", "place"]  # type: ignore[arg-type]
    assert copy.deepcopy(made) == pickle.loads(pickle.dumps(made)) == made
    match made:
        case Made(name, number):
            assert (name, number) == ("a", 3)
