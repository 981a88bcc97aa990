"""What a mapping file can say, and every fault of it at its place.

``UPDATE_GOLDEN=1`` writes what is told of the faults anew: read it then.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.reports.diagnostics_text import diagnostic_text
from policy_engine.reports.screen import Screen
from policy_engine.source import Source
from policy_engine.transcripts.classifying import classifiers, shipped_classifiers
from policy_engine.transcripts.mapping import ClassifierMapping
from policy_engine.transcripts.mapping_loader import load_mapping
from policy_engine.transcripts.message import Label, Role

GOLDEN = Path(__file__).parents[1] / "golden" / "mapping_faults.txt"

SOUND = """\
classifier: ours
title: Our own
reads: [user, assistant]
output:
  list: found
  name: what
  levels: grade
levels: {0: absent, 1: 0.4, 2: detected, "?": unknown}
labels:
  Rude: harassment
  Sad: {label: self-harm, aliases: [Sadness], levels: {0: absent, 1: detected, 2: detected}}
"""


def loaded(text: str) -> ClassifierMapping:
    mapping, faults = load_mapping(Source("ours.yaml", text), {})
    assert faults == ()
    assert mapping is not None
    return mapping


def test_a_file_says_where_things_stand_and_what_they_mean() -> None:
    ours = loaded(SOUND)
    assert (ours.name, ours.title) == ("ours", "Our own")
    both = frozenset((Role.USER, Role.ASSISTANT))
    assert dict(ours.looks_for) == {"harassment": both, "self-harm": both}
    output = {"found": [{"what": "Rude", "grade": 1}, {"what": "Sadness", "grade": 1}]}
    assert ours.labels(output) == (Label("harassment", 0.4, "ours"), Label("self-harm", True, "ours"))
    output = {"found": [{"what": "Rude", "grade": "?"}, {"what": "Sad", "grade": 0}]}
    assert ours.labels(output) == (Label("harassment", None, "ours"), Label("self-harm", False, "ours"))


def test_a_file_that_extends_another_says_what_differs() -> None:
    text = "extends: azure-content-safety\nlevels: {0: 0, 2: 0.3, 4: 0.7, 6: 1}\nlabels: {Hate: rudeness}\n"
    known, faults = classifiers([Source("ours.yaml", text)])
    assert faults == ()
    ours = known["azure-content-safety"]
    output = {
        "categoriesAnalysis": [{"category": "Hate", "severity": 4}, {"category": "SelfHarm", "severity": 2}]
    }
    values = {label.name: label.value for label in ours.labels(output)}
    assert values == {"rudeness": 0.7, "self-harm": 0.3, "sexual": None, "violence": None}


def test_a_label_that_is_named_anew_keeps_its_spellings_and_what_it_is_a_case_of() -> None:
    text = "classifier: ours\nextends: openai-moderation\nlabels: {self-harm_intent: crisis, self_harm: despair}\n"
    known, faults = classifiers([Source("ours.yaml", text)])
    assert faults == ()
    values = {label.name: label.value for label in known["ours"].labels({"categories": {"self-harm": False}})}
    assert values["despair"] is False
    assert values["crisis"] is False
    assert "self-harm" not in known["ours"].gives
    assert "self-harm/intent" not in known["ours"].gives


def test_what_is_missing_can_be_said_of_inherited_labels_too() -> None:
    known, faults = classifiers([Source("ours.yaml", "extends: ailuminate\nwhen-missing: absent\n")])
    assert faults == ()
    values = {label.name: label.value for label in known["ailuminate"].labels({"hazard": "vcr"})}
    assert (values["violent-crimes"], values["self-harm"]) == (True, False)


def test_a_missing_name_may_be_absent() -> None:
    text = SOUND.replace("labels:\n", "when-missing: absent\nlabels:\n")
    assert loaded(text).labels({"found": []}) == (
        Label("harassment", False, "ours"),
        Label("self-harm", False, "ours"),
    )


CHANGES = (
    ("title:", "titel:"),
    ("classifier: ours\n", ""),
    ("classifier: ours\n", "classifier: Our Own\n"),
    ("classifier: ours\n", "classifier: ours\nextends: azure-content-saftey\n"),
    ("classifier: ours", "classifier: &a ours"),
    ("[user, assistant]", "[user, asistant]"),
    ("[user, assistant]", "[]"),
    ("  name: what\n", ""),
    ("  list: found\n", ""),
    ("  list: found\n  name: what\n  levels: grade\n", "  inside: found\n"),
    ("  list: found\n", "  list: found\n  names: what\n"),
    ("  list: found\n", "  list: found\n  text: verdict and names\n"),
    ("  list: found\n", "  list: found\n  text: verdict\n"),
    ("  list: found\n", "  list: found\n  applied: types.*\n"),
    ("grade\n", '"*.grade"\n'),
    ("grade\n", "a..b\n"),
    ("  levels: grade\n", "  scores: grade\n"),
    ('levels: {0: absent, 1: 0.4, 2: detected, "?": unknown}\n', ""),
    ("1: 0.4", "1: 1.4"),
    ("0.4, 2: detected", "0.4, 2: detectd"),
    ("1: 0.4", "0: 0.4"),
    ("labels:\n", "when-missing: gone\nlabels:\n"),
    ("Rude: harassment", "Rude: Harassment!"),
    ("Rude: harassment", "Rude: when"),
    ("  Rude: harassment\n", "  Rude: harassment\n  Rude: hate\n"),
    ("aliases: [Sadness]", "aliases: [Rude]"),
    ("aliases: [Sadness]", "within: Rud"),
    ("label: self-harm, ", ""),
    ("Rude: harassment", '"*": harassment'),
    ("  list: found\n  name: what\n", ""),
    (SOUND, ""),
    (SOUND, "- a\n"),
    (SOUND, "classifier: ours\noutput: 3\nlabels: hate\n"),
    (SOUND, "classifier: ours\n"),
    (SOUND, "extends: gpt-oss-safeguard\nlevels: [0, 1]\n"),
    (SOUND, "extends: openai-moderation\noutput: {verdicts: flagged}\n"),
)
"""What is changed in the sound file, and to what."""


def test_every_fault_is_told_at_its_place() -> None:
    shown = []
    for before, after in CHANGES:
        assert SOUND.count(before) == 1
        text = SOUND.replace(before, after)
        mapping, faults = load_mapping(Source("ours.yaml", text), shipped_classifiers())
        assert mapping is None, after
        shown += [
            diagnostic_text(each, Screen(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))) for each in faults
        ]
        shown.append("")
    found = "\n".join(shown)
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(found, encoding="utf-8")
    assert found == GOLDEN.read_text(encoding="utf-8")


WORDS = st.sampled_from(
    (
        *(
            "classifier",
            "title",
            "extends",
            "reads",
            "output",
            "levels",
            "when-missing",
            "labels",
            "passes-over",
        ),
        *(
            "list",
            "name",
            "names",
            "scores",
            "verdicts",
            "text",
            "inside",
            "applied",
            "label",
            "aliases",
            "within",
        ),
        *(
            "ours",
            "user",
            "'*'",
            "a.*",
            "*",
            "&a",
            "verdict and names",
            "absent",
            "0",
            "1e999",
            "null",
            "~",
            "",
        ),
        *(
            "azure-content-safety",
            "llama-guard-3",
            "hate",
            "{}",
            "[]",
            "!!python/object:os.system",
            "é",
            "\x00",
        ),
    )
)
TREES = st.recursive(
    WORDS,
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]")
        | st.lists(st.tuples(WORDS, inner), max_size=5).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"
        )
    ),
    max_leaves=30,
)


@given(st.lists(st.tuples(WORDS, TREES), max_size=7))
def test_no_file_breaks_the_loader_and_what_is_loaded_can_be_used(pairs: list[tuple[str, str]]) -> None:
    text = "\n".join(f"{key}: {value}" for key, value in pairs)
    mapping, faults = load_mapping(Source("ours.yaml", text), shipped_classifiers())
    assert (mapping is None) == bool(faults)
    for output in (
        (None, "safe", "unsafe\nS1", {"a": {"hate": 1}, "hate": "x"}, [{"name": "hate"}]) if mapping else ()
    ):
        try:
            assert {label.name for label in mapping.labels(output)} >= set(mapping.looks_for)  # type: ignore[union-attr]
        except ValueError as fault:
            assert str(fault)  # noqa: PT017 - either will do


@given(st.text() | st.binary().map(lambda raw: raw.decode("utf-8", "replace")))
def test_no_text_breaks_the_loader(text: str) -> None:
    mapping, faults = load_mapping(Source("ours.yaml", text), {})
    assert mapping is None
    assert faults


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000,
        "x" * 2_000_000,
        "labels: {" + "".join(f"n{i}: hate, " for i in range(30_000)) + "}",
    ],
)
def test_a_huge_file_is_refused_in_a_moment(text: str) -> None:
    assert load_mapping(Source("ours.yaml", text), {})[1]


def test_a_mapping_file_names_its_source_or_says_that_it_is_an_example() -> None:
    folder = Path(__file__).parents[2] / "policy_engine" / "transcripts" / "classifiers"
    for path in sorted(folder.glob("*.yaml")):
        comment = path.read_text(encoding="utf-8").split("classifier:")[0]
        assert "Source:" in comment or "example" in comment, path.name
