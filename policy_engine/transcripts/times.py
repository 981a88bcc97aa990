"""Times as logs write them, to and from whole microseconds since 1970-01-01 UTC.

A time is ISO-8601 text (no zone means UTC), a date and time that YAML or a database driver has
already read, or a number of seconds since 1970. Anything finer than a microsecond is cut off
towards the past, so that the order of two times never turns round. Years run from 1 to 9999.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_EARLIEST = (datetime.min - _EPOCH) // _MICROSECOND
_LATEST = (datetime.max - _EPOCH) // _MICROSECOND
_DECIMAL = re.compile(r"[-+]?[0-9]{1,20}(?:\.[0-9]{0,30})?")
_LONGEST = 40
_ZONE = re.compile(r".{8}.*(?:[zZ]|[-+][0-9]{2}(?::?[0-9]{2}(?::?[0-9]{2}(?:\.[0-9]*)?)?)?)", re.DOTALL)
"""A zone at the end of a time; the first eight characters belong to its date."""


def parse_time(value: object) -> int:
    """Microseconds since 1970-01-01 UTC; ValueError, with a fragment to show, where ``value`` is no time."""
    if isinstance(value, str):
        return _in_range(_from_text(value.strip()))
    if isinstance(value, datetime):
        return _in_range(_from_datetime(value))
    if isinstance(value, date):
        return _in_range(_from_datetime(datetime(value.year, value.month, value.day)))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _in_range(_from_number(value))
    raise ValueError("is not a time")


def format_time(microseconds: int) -> str:
    """The same time as ISO-8601 text in UTC; ValueError where its year is not one of 1 to 9999."""
    moment = _EPOCH + _in_range(microseconds) * _MICROSECOND
    return f"{moment.isoformat()}Z"


def are_zones_mixed(times: Iterable[object]) -> bool:
    """Whether some of these times, which can be read, name a zone and some do not; seconds since 1970 are neither."""
    written = (each.strip() for each in times if isinstance(each, str))
    return len({_ZONE.fullmatch(each) is None for each in written if not _DECIMAL.fullmatch(each)}) > 1


def _from_text(text: str) -> int:
    if _DECIMAL.fullmatch(text):
        if re.fullmatch("[0-9]{8}", text):
            raise ValueError("could be a date or a number of seconds")
        return _from_seconds(Decimal(text))
    if len(text) > _LONGEST:
        raise ValueError("is not a time")
    try:
        return _from_datetime(datetime.fromisoformat(text))
    except ValueError:
        raise ValueError("is not a time") from None


def _from_datetime(moment: datetime) -> int:
    since = moment.replace(tzinfo=None) - _EPOCH
    return (since - (moment.utcoffset() or timedelta())) // _MICROSECOND


def _from_number(value: int | float) -> int:
    if isinstance(value, int):
        return value * 1_000_000
    if not math.isfinite(value):
        raise ValueError("is not a time")
    if abs(value) > 1e12:
        return _LATEST + 1  # beyond any year, and too long to work out exactly
    return _from_seconds(Decimal(repr(value)))


def _from_seconds(seconds: Decimal) -> int:
    numerator, denominator = seconds.as_integer_ratio()
    return numerator * 1_000_000 // denominator


def _in_range(microseconds: int) -> int:
    if not _EARLIEST <= microseconds <= _LATEST:
        hint = " (milliseconds, perhaps)" if 0 < microseconds // 1000 <= _LATEST else ""
        raise ValueError(f"is beyond the year 9999 or before the year 1{hint}")
    return microseconds
