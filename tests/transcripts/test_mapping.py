"""What the outputs of a classifier become: doubt is kept, and nothing is lost in silence."""

from __future__ import annotations

import math

import pytest

from policy_engine.source import Source
from policy_engine.transcripts.classifying import shipped_classifiers
from policy_engine.transcripts.mapping import MAX_NAMES, ClassifierMapping
from policy_engine.transcripts.mapping_loader import load_mapping
from policy_engine.transcripts.message import Score

OPENAI = shipped_classifiers()["openai-moderation"]
GUARD = shipped_classifiers()["llama-guard-3"]


def loaded(text: str) -> ClassifierMapping:
    mapping, faults = load_mapping(Source("ours.yaml", text), shipped_classifiers())
    assert mapping is not None, faults
    return mapping


def told(classifier: ClassifierMapping, output: object) -> dict[str, list[Score]]:
    """The values of every label, but for those of which nothing was said."""
    found: dict[str, list[Score]] = {}
    for label in classifier.labels(output):
        found.setdefault(label.name, []).append(label.value)
    return {name: values for name, values in found.items() if values != [None]}


def openai(score: float | None, verdict: bool | None) -> list[Score]:
    output = {"category_scores": {"hate": score}, "categories": {"hate": verdict}}
    return told(OPENAI, output).get("hate", [None])


def test_a_score_stays_a_score_and_a_verdict_that_contradicts_it_leaves_a_doubt() -> None:
    assert openai(0.7, True) == [0.7]
    assert openai(0.7, False) == [0.7]
    assert openai(0.2, False) == [0.2]
    assert openai(0.2, True) == [0.2, None]
    assert openai(None, True) == [True]
    assert openai(None, False) == [False]
    assert openai(None, None) == [None]


@pytest.mark.parametrize("score", [math.nan, math.inf, -0.1, 1.5, 10**400])
def test_a_score_that_is_none_is_kept_to_be_reported(score: float) -> None:
    (value,) = openai(score, False)
    assert value is not None
    assert not 0.0 <= value <= 1.0
    assert openai(score, True)[1:] == [True]


def test_an_input_that_was_not_looked_at_is_unknown() -> None:
    """Of an image alone, the moderation looks for no harassment, and writes false and 0 all the same."""
    output = {
        "categories": {"harassment": False, "violence": False},
        "category_scores": {"harassment": 0.0, "violence": 0.01},
        "category_applied_input_types": {"harassment": [], "violence": ["image"]},
    }
    assert told(OPENAI, output) == {"violence": [0.01], "violence/graphic": [False]}


def test_a_name_that_the_mapping_does_not_have_is_kept_under_the_classifiers_own() -> None:
    found = told(
        OPENAI, {"categories": {"hate": False, "astrology": True}, "category_scores": {"astrology": 0.9}}
    )
    assert found["openai-moderation:astrology"] == [0.9]
    assert told(GUARD, "unsafe\nS1,S99")["llama-guard-3:S99"] == [True]


def test_a_value_that_the_mapping_does_not_have_is_unknown_and_kept() -> None:
    rating = {"category": "HARM_CATEGORY_HARASSMENT", "probability": "EXTREME"}
    labels = shipped_classifiers()["gemini"].labels([rating])
    assert ("harassment", None, "gemini") in labels
    assert ("gemini:HARM_CATEGORY_HARASSMENT=EXTREME", None, "gemini") in labels


@pytest.mark.parametrize("text", ["unsafe", "unsafe\nO3", "maybe", "", "unsafe\n,,,"])
def test_what_a_guard_found_and_did_not_name_could_be_anything(text: str) -> None:
    values = {label.name: label.value for label in GUARD.labels(text)}
    assert all(values[name] is None for name in GUARD.looks_for)


def test_a_guard_that_contradicts_itself_is_not_believed() -> None:
    values = {label.name: label.value for label in GUARD.labels("safe\nS11")}
    assert values["self-harm"] is None
    assert values["hate"] is False


def test_a_verdict_can_be_a_label_by_itself() -> None:
    judge = loaded(
        "classifier: judge\noutput: {levels: answer}\nlevels: {ok: absent, rude: detected}\nlabels: {'*': harassment}\n"
    )
    assert told(judge, {"answer": "rude"}) == {"harassment": [True]}
    assert told(judge, 'Well: {"answer": "OK"}') == {"harassment": [False]}
    assert told(judge, {"answer": "hm"}) == {}
    assert ("judge:hm", None, "judge") in judge.labels({"answer": "hm"})


def test_camel_case_and_snake_case_are_one_field() -> None:
    judge = loaded('classifier: judge\noutput: {scores: "allScores.*.meanValue"}\nlabels: {a: hate}\n')
    assert told(judge, {"all_scores": {"a": {"mean_value": 0.3}}}) == {"hate": [0.3]}
    assert told(judge, {"allScores": {"a": {"meanValue": 0.3}}}) == {"hate": [0.3]}


@pytest.mark.parametrize(
    ("output", "fault"),
    [
        ({"unrelated": 1}, "has none of the fields of `openai-moderation`"),
        ({"categories": {"a": True}}, "has none of the names of `openai-moderation`"),
        ({"results": []}, "has 0 results where one message has one"),
        ({"results": [{}, {}]}, "has 2 results where one message has one"),
        ("no JSON", "is a text without JSON"),
        ('{"categories": ', "is a text whose JSON cannot be read"),
        (3, "has none of the fields of `openai-moderation`"),
        (
            {"categories": {f"n{number}": True for number in range(MAX_NAMES + 1)}},
            "has more than 1,000 names",
        ),
    ],
)
def test_what_is_not_of_the_classifiers_form_is_refused_in_words(output: object, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        OPENAI.labels(output)


def test_a_long_name_is_cut() -> None:
    labels = OPENAI.labels({"categories": {"hate": True, "x" * 10_000: True}})
    assert max(len(label.name) for label in labels) < 200
