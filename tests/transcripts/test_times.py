from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.transcripts.times import format_time, parse_time

NOON = 1_755_259_200_000_000  # 2025-08-15T12:00:00Z


@pytest.mark.parametrize(
    "written",
    [
        "2025-08-15T12:00:00Z",
        "2025-08-15T12:00:00",
        "2025-08-15 14:00:00+02:00",
        "1755259200",
        "1755259200.000000",
        1_755_259_200,
        1_755_259_200.0,
        datetime(2025, 8, 15, 12),
        datetime(2025, 8, 15, 12, tzinfo=UTC),
        datetime(2025, 8, 15, 14, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_one_time_in_every_form(written: object) -> None:
    assert parse_time(written) == NOON


def test_a_date_is_its_midnight() -> None:
    assert parse_time(date(2025, 8, 15)) == parse_time("2025-08-15") == NOON - 12 * 3600 * 1_000_000


def test_decimal_text_is_exact_and_cut_off_towards_the_past() -> None:
    assert parse_time("1755259200.1234569") == NOON + 123_456
    assert parse_time(1755259200.123456) == NOON + 123_456
    assert parse_time("-0.0000001") == -1


@pytest.mark.parametrize(
    "written",
    [
        *("", "yesterday", "20250815", "2025-13-01", "9" * 20, "1" * 5000, "0001-01-01T00:00:00+23:00"),
        *(float("nan"), float("inf"), 1e300, 10**30, 1_755_259_200_000, True, None, []),
    ],
)
def test_what_is_no_time_is_an_error(written: object) -> None:
    with pytest.raises(ValueError):
        parse_time(written)


@given(st.datetimes(timezones=st.just(UTC)))
def test_round_trip(moment: datetime) -> None:
    microseconds = parse_time(moment)
    assert parse_time(format_time(microseconds)) == microseconds
    assert parse_time(moment.isoformat()) == microseconds
