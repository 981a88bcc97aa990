"""Suites from texts, for the tests of what is measured about them."""

from __future__ import annotations

from pathlib import Path

from policy_engine.policytest.case import Suite
from policy_engine.policytest.reading import read_suite


def suite_in(folder: Path, policy: str, tests: str = "", name: str = "a") -> Suite:
    """The suite of a policy and a test file without a fault; of no ``tests``, with one in which nothing happens."""
    (folder / f"{name}.policy").write_text(policy, encoding="utf-8")
    path = folder / f"{name}.test.yaml"
    path.write_text(tests or "tests:\n  - name: quiet\n    turns: [quiet turn]\n", encoding="utf-8")
    suite, faults = read_suite(path)
    assert faults == ()
    assert suite is not None
    return suite


def in_turns(*turns: str, name: str = "one") -> str:
    """A file with one test of these turns."""
    return f"tests:\n  - name: {name}\n    turns:\n" + "".join(f"      - {each}\n" for each in turns)
