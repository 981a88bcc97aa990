"""Sentences by kind with what a detector is to say of them, from the files beside this one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml


def sentences(name: str, key: str, column: str = "expected") -> Iterator[pytest.ParameterSet]:
    """Every sentence of a file with the value in ``column``, else in ``expected``."""
    kinds = yaml.safe_load(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    for kind, entry in kinds.items():
        for number, text in enumerate(entry[key], 1):
            yield pytest.param(text, entry.get(column, entry["expected"]), id=f"{kind}-{number}")
