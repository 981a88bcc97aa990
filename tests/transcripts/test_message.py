"""A message says at once what is wrong with it: nothing of it is passed over in silence."""

from __future__ import annotations

from typing import Any

import pytest

import policy_engine as pe

USER = pe.Role.USER


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"role": "user"}, "a message's role is a Role, such as Role.USER, not 'user'"),
        ({"role": USER, "labels": [pe.Label("hate")]}, "labels are a tuple of Label"),
        ({"role": USER, "labels": pe.Label("hate")}, "labels are a tuple of Label, not Label"),
        ({"role": USER, "labels": ("hate",)}, "'hate' is none"),
        ({"role": USER, "labels": (pe.Label("hate", "0.9"),)}, "a score, True, False or None, not '0.9'"),  # type: ignore[arg-type]
        ({"role": USER, "time": 1.5}, "whole number of microseconds since 1970, not 1.5"),
        ({"role": USER, "time": float("nan")}, "whole number of microseconds since 1970, not nan"),
        ({"role": USER, "time": "2025-08-15"}, "whole number of microseconds since 1970, not '2025-08-15'"),
    ],
)
def test_a_part_of_another_type_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(TypeError) as raised:
        pe.Message(**given)
    assert said in str(raised.value)


def test_every_kind_of_score_is_taken() -> None:
    labels = tuple(pe.Label("hate", value) for value in (0.5, 1, True, False, None, float("nan")))
    assert pe.Message(USER, labels, time=-1).labels == labels
