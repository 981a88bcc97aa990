"""What all tests share: how hard Hypothesis tries, and where the checkout is.

A test does not set ``max_examples`` itself: the profile decides. ``default`` is what `make test`
runs; with ``CI`` set, the examples are the same in every run, so that a change is never blamed
for luck; ``fuzz`` is what `make fuzz` runs, where ``FUZZ`` says how much more (see ``scale``).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from scale import SCALE

_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}

settings.register_profile("default", max_examples=100, **_COMMON)
settings.register_profile("ci", max_examples=100, derandomize=True, print_blob=True, **_COMMON)
settings.register_profile("fuzz", max_examples=100 * SCALE, print_blob=True, **_COMMON)
settings.load_profile("fuzz" if SCALE > 1 else "ci" if os.environ.get("CI") else "default")


@pytest.fixture(scope="session")
def root() -> Path:
    """The root of the checkout."""
    return Path(__file__).resolve().parent.parent
