"""What a message shows is worked out in bounded time, however the labels imply one another."""

from __future__ import annotations

from pathlib import Path

import policy_engine as pe

LAYERS, WIDTH = 19, 6


def test_labels_that_imply_one_another_by_many_ways_take_no_time(tmp_path: Path) -> None:
    """6 to the power of 18 ways lead from the first layer to the last: each label is settled once."""
    entries = [
        f"  l{layer}-{number}: {{implies: [{', '.join(f'l{layer + 1}-{each}' for each in range(WIDTH))}]}}\n"
        for layer in range(LAYERS - 1)
        for number in range(WIDTH)
    ]
    last = "".join(f"  l{LAYERS - 1}-{number}: {{title: last}}\n" for number in range(WIDTH))
    (tmp_path / "v.yaml").write_text("extends: default\ncategories:\n" + "".join(entries) + last)
    path = tmp_path / "deep.policy"
    path.write_text(f'use "v.yaml"\nrule x1\n  when l{LAYERS - 1}-0 is detected, add a strike\n')
    session = pe.load(path).session()
    assert not session.observe(pe.Message(pe.Role.USER)).actions
    assert session.observe(pe.Message(pe.Role.USER, (pe.Label("l0-3"),))).actions
