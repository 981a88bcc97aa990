"""Every rule finds a fault that was planted in a policy that is shipped, at the line where it was planted."""

from __future__ import annotations

from pathlib import Path

import pytest
from lint.planted import PLANTED, Planted, plant
from linted import QUICK, linted, look_at
from sound import POLICIES

from policy_engine.lint.fixing import mended
from policy_engine.model.loading import read_file

STARTER = POLICIES.parent / "policy_engine" / "starter"
SHIPPED = sorted((*POLICIES.rglob("*.policy"), *POLICIES.rglob("*.standard"), *STARTER.glob("*.policy")))


def test_every_rule_has_a_fault_planted() -> None:
    assert sorted(each.rule for each in PLANTED) == sorted(rule.name for rule in QUICK)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_what_is_shipped_is_clean(path: Path) -> None:
    assert linted(path).findings == ()


@pytest.mark.parametrize("planted", PLANTED, ids=lambda planted: planted.rule)
def test_a_planted_fault_is_found_at_its_line(policies: Path, planted: Planted) -> None:
    path = plant(policies, planted)
    (found, *_) = [
        each for each in linted(path, settings=planted.settings).findings if each.code == planted.rule
    ]
    assert found.location is not None
    assert planted.at in found.location.source.line(found.location.line)


@pytest.mark.parametrize(
    "planted",
    [each for each in PLANTED if next(rule for rule in QUICK if rule.name == each.rule).fixes],
    ids=lambda planted: planted.rule,
)
def test_after_the_fix_the_fault_is_gone_and_no_other_has_come(policies: Path, planted: Planted) -> None:
    path = plant(policies, planted)
    source = read_file(str(path))
    before = [each.code for each in linted(path).findings]
    rules = [rule for rule in QUICK if rule.name == planted.rule]
    after, done = mended(source, lambda text: look_at(path, text, rules), unsafe=True)
    assert done
    left = [each.code for each in linted(path, text=after).findings]
    assert planted.rule not in left
    assert not [code for code in left if left.count(code) > before.count(code)]
