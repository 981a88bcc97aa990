"""Policies of many files: what several vocabularies say of one name."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_engine.model.loading import Loaded, load_policy

OWN_MODELS = "extends: default\nattributes:\n  model: {type: one of, values: [opus-4, sonnet-4]}\n"
OWN_NOTICE = 'extends: default\nnotices:\n  crisis-line: {en: "Our own line."}\n'
MORE = "extends: default\nattributes:\n  user.state: {type: text}\n"


def loaded(folder: Path, **vocabularies: str) -> Loaded:
    for name, text in vocabularies.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    uses = "".join(f'use "{name}.yaml"\n' for name in vocabularies)
    rule = "rule one\n  when self-harm is detected, offer support crisis-line\n"
    (folder / "main.policy").write_text(uses + rule, encoding="utf-8")
    return load_policy(folder / "main.policy")


@pytest.mark.parametrize("order", [("own", "more"), ("more", "own")])
def test_what_one_only_inherits_gives_way(order: tuple[str, str], tmp_path: Path) -> None:
    texts = {"own": OWN_MODELS, "more": MORE}
    found = loaded(tmp_path, **{name: texts[name] for name in order})
    assert found.policy is not None, found.diagnostics
    attributes = found.policy.vocabulary.attributes
    assert attributes["model"].values == ("opus-4", "sonnet-4")
    assert attributes["user.state"].type == "text"


def test_two_that_speak_of_different_things_are_both_heard(tmp_path: Path) -> None:
    found = loaded(tmp_path, one=OWN_MODELS, two=OWN_NOTICE, three=MORE)
    assert found.policy is not None, found.diagnostics
    vocabulary = found.policy.vocabulary
    assert vocabulary.notices["crisis-line"].texts == {"en": "Our own line."}
    assert vocabulary.attributes["model"].type == "one of"


def test_two_contents_of_their_own_are_an_error(tmp_path: Path) -> None:
    found = loaded(tmp_path, one=OWN_MODELS, two=OWN_MODELS.replace("sonnet-4", "haiku-4"))
    assert found.policy is None
    (fault,) = found.diagnostics
    assert fault.message == "two vocabularies say different things of `model`"
    assert fault.hint == "let one extend the other"
    assert fault.location is not None
    assert fault.location.name.endswith("main.policy")
    assert fault.location.line == 2  # at the `use` of the later one
