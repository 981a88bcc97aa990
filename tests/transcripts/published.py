"""Where the published data is that some tests run against; it is no part of the checkout."""

from __future__ import annotations

from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"


def published(*parts: str) -> Path:
    """A file or folder of the published data; the test is skipped where it is absent."""
    path = DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the published data is absent: {path}")
    return path
