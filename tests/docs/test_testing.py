"""Every example of ``docs/testing.md`` is run as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from policy_engine.commands.test import Options
from policy_engine.commands.test import test as run_tests

ROOT = Path(__file__).resolve().parents[2]
_FENCE = re.compile(r"^```([a-z-]+)(?: (?:file|policy)=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Example(NamedTuple):
    """A test file of the document, its policy, and what it prints (empty: it passes), also with ``--mutate``."""

    line: int
    name: str
    policy: str
    text: str
    output: str
    mutated: str


def examples() -> list[Example]:
    """The test files of the document, in order; one is for the policy before it, or for the one it names."""
    text = (ROOT / "docs" / "testing.md").read_text(encoding="utf-8")
    found = [
        (each[1], each[2], each[3], text.count("\n", 0, each.start()) + 1) for each in _FENCE.finditer(text)
    ]
    policies: dict[str, str] = {}
    last = ""
    made = []
    for number, (kind, name, body, line) in enumerate(found):
        if kind == "policy":
            assert name
            policies[name], last = body, name
        elif kind in ("tests", "tests-failing"):
            policy = name or last
            following, said = found[number + 1][::2] if number + 1 < len(found) else ("", "")
            assert (following == "output") is (kind == "tests-failing")
            output, mutated = (said if following == each else "" for each in ("output", "mutate"))
            made.append(Example(line, policy, policies[policy], body, output, mutated))
    return made


@pytest.mark.parametrize("example", examples(), ids=lambda each: f"line {each.line}")
def test_example_is_so(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(example.name).write_text(example.policy, encoding="utf-8")
    tests = Path(example.name.removesuffix(".policy") + ".test.yaml")
    tests.write_text(example.text, encoding="utf-8")
    code = run_tests([tests], Options(mutate=bool(example.mutated)))
    said, faults = capsys.readouterr()
    assert faults == ""
    if example.mutated:
        shortest = ", and none is shorter"  # known or not: that depends on how busy the machine is
        assert example.mutated.replace(shortest, "") in said.replace(shortest, "")
        return
    if example.output:
        assert code == 1
        assert said.startswith(example.output)
    else:
        assert "failed" not in said, said
        assert code == 0


def test_there_are_examples_of_all_kinds() -> None:
    found = examples()
    assert len(found) >= 8
    assert any(each.output for each in found)
    assert any(each.mutated for each in found)
