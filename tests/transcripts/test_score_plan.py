"""Outputs that have scores alone, read by a plan: the labels are those that the mapping finds name by name."""

from __future__ import annotations

import math
import time
from itertools import islice, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.source import Source
from policy_engine.transcripts.classifying import shipped_classifiers
from policy_engine.transcripts.mapping import MAX_NAMES, ClassifierMapping, Kind
from policy_engine.transcripts.mapping_loader import load_mapping
from policy_engine.transcripts.message import Score
from policy_engine.transcripts.score_plan import ScorePlans

OPENAI = shipped_classifiers()["openai-moderation"]
DETOXIFY = shipped_classifiers()["detoxify"]
SCORED = [each for each in shipped_classifiers().values() if Kind.SCORE in each.layout.values]
scores = st.sampled_from([0.5, 0, 1, None, True, math.nan, math.inf, "0.5", [], {}])
verdicts = st.sampled_from([False, False, None, True, 0, "false", [], {}])


@st.composite
def outputs(draw: st.DrawFn, classifier: ClassifierMapping) -> object:
    """Some names, most of them with a score and with no verdict that there is something."""
    known = [name for each in classifier.entries for name in each.names]
    once = [each.names[0] for each in classifier.entries]
    left_out = draw(st.sampled_from(["", *once]))
    names = draw(
        st.just([name for name in once if not left_out or not name.startswith(left_out)])
        | st.just(known)
        | st.lists(st.sampled_from(known), min_size=1, max_size=6, unique=True)
    )
    said = {name: draw(st.sampled_from([0.1, 0.25, 0.75])) for name in names}
    judged: dict[str, object] = dict.fromkeys(draw(st.permutations(names)), False)
    odd = draw(st.sampled_from(["nothing", "a score", "a verdict"]))
    if odd == "a score":
        said[draw(st.sampled_from([*once, "astrology"]))] = draw(scores)
    elif odd == "a verdict":
        judged[draw(st.sampled_from([*once, "astrology"]))] = draw(verdicts)
    output: dict[str, object] = {"category_scores": said, "flagged": False}
    if draw(st.booleans()):
        output["categories"] = judged
    if draw(st.booleans()):
        types = st.sampled_from([["text"], ["text"], [], None])
        output["category_applied_input_types"] = {name: draw(types) for name in names}
    return draw(st.sampled_from([output, output, said, {"results": [output]}]))


def one_by_one(classifier: ClassifierMapping, output: object) -> object:
    """The labels of the same output with a plan that knows nothing."""
    without = ClassifierMapping(
        classifier.name, classifier.title, classifier.layout, classifier.entries, classifier.levels,
        classifier.passed_over, classifier.reads,
    )  # fmt: skip
    without.__dict__["_score_fields"] = None
    return told(without, output)


def told(classifier: ClassifierMapping, output: object) -> object:
    try:
        return repr(classifier.labels(output))
    except ValueError as fault:
        return str(fault)


@pytest.mark.parametrize("classifier", SCORED, ids=lambda each: each.name)
@given(data=st.data())
def test_a_plan_says_what_the_mapping_says_name_by_name(
    classifier: ClassifierMapping, data: st.DataObject
) -> None:
    for output in data.draw(st.lists(outputs(classifier), min_size=1, max_size=3)):
        assert told(classifier, output) == one_by_one(classifier, output)


def planned(classifier: ClassifierMapping, output: object) -> bool:
    return classifier._by_score(output) is not None


MODERATION = [name for entry in OPENAI.entries for name in entry.names if "_" not in name]


def moderation(names: list[str], **more: object) -> dict[str, object]:
    return {
        "categories": dict.fromkeys(names, False),
        "category_scores": dict.fromkeys(names, 0.25),
        "flagged": False,
        **more,
    }


def test_the_outputs_of_published_chats_are_read_by_a_plan() -> None:
    lmsys = [name for name in MODERATION if "illicit" not in name]
    assert planned(OPENAI, moderation(MODERATION))
    assert planned(OPENAI, moderation(lmsys))
    assert planned(OPENAI, moderation([*lmsys, *(name.replace("/", "_") for name in lmsys)]))
    assert planned(OPENAI, moderation(MODERATION, category_applied_input_types={"hate": ["text"]}))
    assert planned(DETOXIFY, dict.fromkeys([name for each in DETOXIFY.entries for name in each.names], 0.5))


def test_what_takes_more_to_say_is_left_to_the_mapping() -> None:
    plain = moderation(MODERATION)
    scores = {**dict.fromkeys(MODERATION, 0.25)}
    assert not planned(OPENAI, {**plain, "categories": {**dict.fromkeys(MODERATION, False), "hate": True}})
    assert not planned(OPENAI, {**plain, "categories": {**dict.fromkeys(MODERATION, False), "hate": []}})
    assert not planned(OPENAI, {**plain, "category_scores": {**scores, "astrology": 0.1}})
    assert not planned(OPENAI, {**plain, "category_scores": {**scores, "hate": None}})
    assert not planned(OPENAI, {**plain, "category_scores": {**scores, "hate": True}})
    assert not planned(OPENAI, {**plain, "categories": {**dict.fromkeys(MODERATION, False), "hate": {}}})
    assert not planned(OPENAI, {**moderation(MODERATION[2:]), "categories": {"harassment": False}})
    assert not planned(OPENAI, {**plain, "category_scores": {**scores, "hate_threatening": 0.75}})
    assert not planned(OPENAI, {**plain, "category_applied_input_types": {"hate": []}})
    assert not planned(OPENAI, moderation([name for name in MODERATION if name != "violence/graphic"]))
    assert not planned(shipped_classifiers()["llama-guard-3"], plain)


def test_names_that_nobody_knows_are_not_remembered() -> None:
    plans = ScorePlans(OPENAI.entries, OPENAI.passed_over, MAX_NAMES)
    for number in range(1_000):
        assert plans.scores({f"name {number}": 0.5}, {}) is None
    assert not plans._plans
    start = time.perf_counter()
    assert plans.scores(dict.fromkeys(map(str, range(1_000_000)), 0.5), {}) is None
    assert time.perf_counter() - start < 2
    for names in islice(permutations(MODERATION), 100):
        assert plans.scores(dict.fromkeys(names, 0.5), {}) is not None
    assert 0 < len(plans._plans) <= 64


def test_a_mapping_of_ones_own_is_read_by_a_plan_if_it_is_as_plain() -> None:
    text = "classifier: ours\ntitle: Ours\noutput: {scores: risk.*}\nlabels: {bad: hate, worse: violence}\n"
    mapping, faults = load_mapping(Source("ours.yaml", text), shipped_classifiers())
    assert mapping is not None, faults
    output = {"risk": {"bad": 0.5, "worse": 0.75}}
    found: list[tuple[str, Score, str | None]] = [("hate", 0.5, "ours"), ("violence", 0.75, "ours")]
    assert planned(mapping, output)
    assert list(mapping.labels(output)) == found


@pytest.mark.parametrize(
    ("scores", "labels", "output"),
    [
        ("risk.*", "{bad: hate, worse: hate}", {"risk": {"bad": 0.5, "worse": 0.5}}),
        (
            "risk.*.value",
            "{bad: hate, worse: violence}",
            {"risk": {"bad": {"value": 0.5}, "worse": {"value": 1.0}}},
        ),
    ],
)
def test_a_mapping_that_is_not_so_plain_has_no_plan(scores: str, labels: str, output: object) -> None:
    text = f"classifier: ours\ntitle: Ours\noutput: {{scores: {scores}}}\nlabels: {labels}\n"
    mapping, faults = load_mapping(Source("ours.yaml", text), {})
    assert mapping is not None, faults
    assert not planned(mapping, output)
    assert told(mapping, output) == one_by_one(mapping, output)
    assert len(mapping.labels(output)) == len(mapping.gives)


def test_an_output_of_too_many_names_is_told_also_where_the_mapping_has_them_all() -> None:
    names = [f"n{number}" for number in range(MAX_NAMES + 1)]
    labels = ", ".join(f"{name}: l-{name}" for name in names)
    text = f'classifier: ours\ntitle: Ours\noutput: {{scores: "*"}}\nlabels: {{{labels}}}\n'
    mapping, faults = load_mapping(Source("ours.yaml", text), {})
    assert mapping is not None, faults
    assert planned(mapping, dict.fromkeys(names[1:], 0.5))
    with pytest.raises(ValueError, match="more than 1,000 names"):
        mapping.labels(dict.fromkeys(names, 0.5))
