"""What the tests of lint share."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sound import POLICIES


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """The shipped policies, to be changed."""
    return Path(
        shutil.copytree(POLICIES, tmp_path / "policies", ignore=shutil.ignore_patterns("conversations"))
    )
