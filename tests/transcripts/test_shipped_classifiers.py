"""Every shipped mapping file against a plain table of what its names and values mean, written here once more.

The outputs are drawn; what they have to become is worked out by code that shares nothing with the mapping.
"""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transcripts.published import published

from policy_engine.transcripts.classifying import shipped_classifiers, shipped_names
from policy_engine.transcripts.message import Role, Score

OPENAI = {
    "harassment": "harassment",
    "harassment/threatening": "harassment/threatening",
    "hate": "hate",
    "hate/threatening": "hate/threatening",
    "illicit": "illicit",
    "illicit/violent": "illicit/violent",
    "self-harm": "self-harm",
    "self-harm/instructions": "self-harm/instructions",
    "self-harm/intent": "self-harm/intent",
    "sexual": "sexual",
    "sexual/minors": "sexual/minors",
    "violence": "violence",
    "violence/graphic": "violence/graphic",
}
OPENAI_2022 = {
    "S": "sexual", "H": "hate", "V": "violence", "HR": "harassment", "SH": "self-harm",
    "S3": "sexual/minors", "H2": "hate/threatening", "V2": "violence/graphic",
}  # fmt: skip
WITHIN_2022 = {"S3": "S", "H2": "H", "V2": "V"}
GUARD_1 = {
    "O1": "violent-or-hateful", "O2": "sexual", "O3": "criminal-planning", "O4": "illegal-weapons",
    "O5": "controlled-substances", "O6": "self-harm",
}  # fmt: skip
GUARD_2 = {
    "S1": "violent-crimes", "S2": "nonviolent-crimes", "S3": "sex-crimes", "S4": "sexual/minors",
    "S5": "specialized-advice", "S6": "privacy", "S7": "intellectual-property", "S8": "indiscriminate-weapons",
    "S9": "hate", "S10": "self-harm", "S11": "sexual",
}  # fmt: skip
GUARD_3 = {
    "S1": "violent-crimes", "S2": "nonviolent-crimes", "S3": "sex-crimes", "S4": "sexual/minors",
    "S5": "defamation", "S6": "specialized-advice", "S7": "privacy", "S8": "intellectual-property",
    "S9": "indiscriminate-weapons", "S10": "hate", "S11": "self-harm", "S12": "sexual", "S13": "elections",
    "S14": "code-interpreter-abuse",
}  # fmt: skip
AZURE = {"Hate": "hate", "SelfHarm": "self-harm", "Sexual": "sexual", "Violence": "violence"}
AZURE_FILTER = {
    "hate": "hate", "self_harm": "self-harm", "sexual": "sexual", "violence": "violence",
    "profanity": "profanity", "jailbreak": "jailbreak",
}  # fmt: skip
PERSPECTIVE = {
    "TOXICITY": "toxicity", "SEVERE_TOXICITY": "toxicity/severe", "IDENTITY_ATTACK": "hate", "INSULT": "insult",
    "PROFANITY": "profanity", "THREAT": "threat",
}  # fmt: skip
DETOXIFY = {
    "toxicity": "toxicity", "severe_toxicity": "toxicity/severe", "obscene": "profanity",
    "identity_attack": "hate", "insult": "insult", "threat": "threat", "sexual_explicit": "sexual",
}  # fmt: skip
GEMINI = {
    "HARM_CATEGORY_HARASSMENT": "harassment", "HARM_CATEGORY_HATE_SPEECH": "hate",
    "HARM_CATEGORY_SEXUALLY_EXPLICIT": "sexual", "HARM_CATEGORY_DANGEROUS_CONTENT": "dangerous-content",
    "HARM_CATEGORY_CIVIC_INTEGRITY": "civic-integrity", "HARM_CATEGORY_JAILBREAK": "jailbreak",
}  # fmt: skip
SHIELDGEMMA = {
    "No Dangerous Content": "dangerous-content", "No Harassment": "harassment", "No Hate Speech": "hate",
    "No Sexually Explicit Information": "sexual",
}  # fmt: skip
CHECKS = {
    "DANGEROUS_CONTENT": "dangerous-content", "PII_SOLICITING_RECITING": "privacy", "HARASSMENT": "harassment",
    "SEXUALLY_EXPLICIT": "sexual", "HATE_SPEECH": "hate", "MEDICAL_INFO": "specialized-advice/health",
    "VIOLENCE_AND_GORE": "violence/graphic", "OBSCENITY_AND_PROFANITY": "profanity",
}  # fmt: skip
AILUMINATE = {
    "vcr": "violent-crimes", "ncr": "nonviolent-crimes", "src": "sex-crimes", "cse": "sexual/minors",
    "dfm": "defamation", "spc": "specialized-advice", "spc_ele": "specialized-advice/elections",
    "spc_fin": "specialized-advice/financial", "spc_hlt": "specialized-advice/health",
    "spc_lgl": "specialized-advice/legal", "prv": "privacy", "ipv": "intellectual-property",
    "iwp": "indiscriminate-weapons", "hte": "hate", "ssh": "self-harm", "sxc_prn": "sexual",
}  # fmt: skip
JUDGE = {
    name: name
    for name in (
        "harassment",
        "hate",
        "illicit",
        "self-harm",
        "sexual",
        "sexual/minors",
        "terrorism",
        "violence",
    )
}

SCORES = st.floats(0, 1)


def labels_of(classifier: str, output: object) -> dict[str, list[Score]]:
    """What the mapping makes of an output: by label, the values in order."""
    found: dict[str, list[Score]] = {}
    for label in shipped_classifiers()[classifier].labels(output):
        assert label.source == classifier
        found.setdefault(label.name, []).append(label.value)
    return found


def some_of(
    table: Mapping[str, str], values: st.SearchStrategy[object]
) -> st.SearchStrategy[dict[str, object]]:
    return st.dictionaries(st.sampled_from(sorted(table)), values)


# --- names with a value each ---


@given(some_of(OPENAI, SCORES), some_of(OPENAI, st.booleans() | st.none()), st.booleans())
def test_openai_moderation(
    scores: dict[str, float], verdicts: dict[str, bool | None], is_answer: bool
) -> None:
    result = {"categories": verdicts, "category_scores": scores, "flagged": any(verdicts.values())}
    output = {"id": "modr-1", "model": "omni", "results": [result]} if is_answer else result

    def said(name: str) -> list[Score]:
        score, verdict = scores.get(name), verdicts.get(name)
        if score is not None:
            return [score, None] if verdict and score < 0.5 else [score]
        return [] if verdict is None else [verdict]

    expected = {}
    for name, label in OPENAI.items():
        above = said(name.partition("/")[0]) if "/" in name else []
        is_absent = above and None not in above and all(each is not None and each < 0.5 for each in above)
        expected[label] = said(name) or ([False] if is_absent else [None])
    assert labels_of("openai-moderation", output) == expected


@given(some_of(OPENAI, st.tuples(SCORES, st.booleans(), st.sampled_from(("slash", "line", "both", "null")))))
def test_openai_moderation_in_both_spellings(found: dict[str, tuple[float, bool, str]]) -> None:
    """WildChat writes a name twice, and one of the two may be null."""
    scores: dict[str, float | None] = {}
    for name, (score, _, spelling) in found.items():
        other = name.replace("/", "_")
        if spelling != "line" or other == name:
            scores[name] = score
        if spelling != "slash" and other != name:
            scores[other] = None if spelling == "null" else score
    labels = labels_of("openai-moderation", {"category_scores": scores})
    assert {name: labels[OPENAI[name]] for name in found} == {name: [found[name][0]] for name in found}


@given(some_of(OPENAI_2022, st.sampled_from((0, 1))), st.booleans())
def test_openai_moderation_2022(given_labels: dict[str, int], has_text: bool) -> None:
    def meant(name: str) -> Score:
        if name in given_labels:
            return given_labels[name] == 1
        return False if given_labels.get(WITHIN_2022.get(name, "")) == 0 else None

    row = {**given_labels, **({"prompt": "text"} if has_text else {})}
    expected = {label: [meant(name)] for name, label in OPENAI_2022.items()}
    assert labels_of("openai-moderation-2022", row) == expected


@given(some_of(DETOXIFY, SCORES))
def test_detoxify(scores: dict[str, float]) -> None:
    assert labels_of("detoxify", scores) == {label: [scores.get(name)] for name, label in DETOXIFY.items()}


@given(some_of(PERSPECTIVE, SCORES))
def test_perspective(scores: dict[str, float]) -> None:
    attributes = {
        name: {"spanScores": [], "summaryScore": {"value": score, "type": "PROBABILITY"}}
        for name, score in scores.items()
    }
    expected = {label: [scores.get(name)] for name, label in PERSPECTIVE.items()}
    assert labels_of("perspective", {"attributeScores": attributes, "languages": ["en"]}) == expected


@given(some_of(SHIELDGEMMA, SCORES | st.sampled_from(("Yes", "No"))))
def test_shieldgemma(answers: dict[str, object]) -> None:
    meant = {"Yes": True, "No": False}
    expected = {
        label: [meant.get(answers[name], answers[name]) if name in answers else None]  # type: ignore[call-overload]
        for name, label in SHIELDGEMMA.items()
    }
    assert labels_of("shieldgemma", answers) == expected


# --- lists of names with a value each ---


@pytest.mark.parametrize("classifier", ["azure-content-safety", "azure-content-safety-8"])
@given(levels=some_of(AZURE, st.integers(0, 7)))
def test_azure_content_safety(classifier: str, levels: dict[str, int]) -> None:
    entries = [{"category": name, "severity": level} for name, level in levels.items()]
    found = labels_of(classifier, {"categoriesAnalysis": entries, "blocklistsMatch": []})
    for name, label in AZURE.items():
        level = levels.get(name)
        is_level = level is not None and (classifier.endswith("8") or level % 2 == 0)
        assert found.pop(label) == [level >= 4 if level is not None and is_level else None]
    strange = {f"{classifier}:{name}={level}" for name, level in levels.items() if level % 2}
    assert found.keys() == (set() if classifier.endswith("8") else strange)


@given(
    some_of(AZURE_FILTER, st.tuples(st.sampled_from(("safe", "low", "medium", "high")), st.booleans())),
    st.booleans(),
)
def test_azure_openai_filter(found: dict[str, tuple[str, bool]], is_of_prompt: bool) -> None:
    results = {
        name: {"filtered": filtered, "detected": filtered}
        if name in ("jailbreak", "profanity")
        else {"filtered": filtered, "severity": severity}
        for name, (severity, filtered) in found.items()
    }
    expected: dict[str, list[Score]] = {label: [None] for label in AZURE_FILTER.values()}
    for name, (severity, filtered) in found.items():
        is_grave = severity in ("medium", "high") and name not in ("jailbreak", "profanity")
        expected[AZURE_FILTER[name]] = [filtered or is_grave]
    output = {"prompt_index": 0, "content_filter_results": results} if is_of_prompt else results
    assert labels_of("azure-openai-filter", output) == expected


PROBABILITIES = ("NEGLIGIBLE", "LOW", "MEDIUM", "HIGH", "HARM_PROBABILITY_UNSPECIFIED")


@given(
    some_of(GEMINI, st.tuples(st.sampled_from(PROBABILITIES), st.booleans() | st.none(), SCORES)),
    st.booleans(),
)
def test_gemini(found: dict[str, tuple[str, bool | None, float]], is_snake: bool) -> None:
    ratings = [
        {"category": name, "probability": level, "blocked": blocked,
         "probability_score" if is_snake else "probabilityScore": score,
         "severity": "HARM_SEVERITY_LOW"}
        for name, (level, blocked, score) in found.items()
    ]  # fmt: skip
    meant = dict(zip(PROBABILITIES, (False, False, True, True, None), strict=True))
    expected: dict[str, list[Score]] = {label: [None] for label in GEMINI.values()}
    for name, (level, blocked, _) in found.items():
        expected[GEMINI[name]] = [True if blocked else meant[level]]
    key = "safety_ratings" if is_snake else "safetyRatings"
    for output in (ratings, {key: ratings}, {"promptFeedback": {key: ratings}}):
        assert labels_of("gemini", output) == expected


VIOLATIONS = ("VIOLATIVE", "NON_VIOLATIVE", "CLASSIFICATION_ERROR", "VIOLATION_RESULT_UNSPECIFIED")


@given(some_of(CHECKS, st.tuples(st.sampled_from(VIOLATIONS), st.none() | SCORES)))
def test_google_checks(found: dict[str, tuple[str, float | None]]) -> None:
    results = [
        {"policyType": name, "violationResult": result, **({} if score is None else {"score": score})}
        for name, (result, score) in found.items()
    ]
    expected: dict[str, list[Score]] = {label: [None] for label in CHECKS.values()}
    for name, (result, score) in found.items():
        if result in VIOLATIONS[2:]:
            values: list[Score] = [None]
        elif score is None:
            values = [result == "VIOLATIVE"]
        else:
            values = [score, None] if result == "VIOLATIVE" and score < 0.5 else [score]
        expected[CHECKS[name]] = values
    assert labels_of("google-checks", {"policyResults": results}) == expected


# --- one verdict, and names ---

GUARDS = {"llama-guard-1": GUARD_1, "llama-guard-2": GUARD_2, "llama-guard-3": GUARD_3}


@pytest.mark.parametrize("classifier", GUARDS)
@given(data=st.data())
def test_llama_guard(classifier: str, data: st.DataObject) -> None:
    table = GUARDS[classifier]
    codes = data.draw(st.lists(st.sampled_from(sorted(table)), unique=True))
    before = data.draw(st.sampled_from(("", "\n\n", "  ")))
    comma = data.draw(st.sampled_from((",", ", ", "\n")))
    text = f"{before}unsafe\n{comma.join(codes)}" if codes else f"{before}safe"
    expected = {label: [name in codes] for name, label in table.items()}
    assert labels_of(classifier, text) == expected


@given(st.lists(st.sampled_from(sorted(GUARD_3)), unique=True))
def test_llama_stack_shield(codes: list[str]) -> None:
    violation = {
        "violation_level": "error",
        "user_message": "no",
        "metadata": {"violation_type": ",".join(codes)},
    }
    expected = {label: [name in codes] for name, label in GUARD_3.items()}
    assert labels_of("llama-stack-shield", {"violation": violation if codes else None}) == expected


def test_a_shield_that_names_no_code_may_have_found_anything() -> None:
    output = {"violation": {"violation_level": "error", "user_message": "no", "metadata": {}}}
    assert labels_of("llama-stack-shield", output) == {label: [None] for label in GUARD_3.values()}


@given(st.lists(st.sampled_from(sorted(AILUMINATE)), unique=True), st.booleans())
def test_ailuminate(codes: list[str], is_list: bool) -> None:
    output = {"release_prompt_id": "airr_1", "hazard": codes if is_list else ",".join(codes)}
    assert labels_of("ailuminate", output) == {AILUMINATE[code]: [True] for code in codes}
    assert shipped_classifiers()["ailuminate"].looks_for == {}


REASONS = (
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "pause_turn",
    "model_context_window_exceeded",
)
REFUSED = {"cyber": "cyber-harm", "bio": "biological-harm"}


@given(st.sampled_from((*REASONS, "refusal", None)), st.sampled_from((None, *REFUSED, "general_harms")))
def test_anthropic_refusal(reason: str | None, category: str | None) -> None:
    is_refused = reason == "refusal"
    details = {"type": "refusal", "category": category, "explanation": None} if is_refused else None
    message = {"type": "message", "role": "assistant", "stop_reason": reason, "stop_details": details}
    expected: dict[str, list[Score]] = {"refusal": [None if reason is None else is_refused]}
    if is_refused and category in REFUSED:
        expected[REFUSED[category]] = [True]
    assert labels_of("anthropic-refusal", message) == expected
    assert dict(shipped_classifiers()["anthropic-refusal"].looks_for) == {
        "refusal": frozenset((Role.ASSISTANT,))
    }


@given(st.sampled_from((*REFUSED, None)))
def test_anthropic_stop_details_alone(category: str | None) -> None:
    expected: dict[str, list[Score]] = {"refusal": [True]}
    if category is not None:
        expected[REFUSED[category]] = [True]
    assert labels_of("anthropic-refusal", {"type": "refusal", "category": category}) == expected


@given(st.sampled_from((0, 1, True, False)), st.sampled_from((None, *sorted(JUDGE))), st.booleans())
def test_gpt_oss_safeguard(violation: int, category: str | None, is_text: bool) -> None:
    answer = {"violation": violation, "policy_category": category, "rule_ids": ["R1"], "confidence": "high"}
    output = f"I think so.\n```json\n{json.dumps(answer)}\n```\n" if is_text else answer
    named = {} if category is None else {JUDGE[category]: [True if violation else None]}
    assert labels_of("gpt-oss-safeguard", output) == named


# --- what holds for all of them ---

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = (
    *(
        "results",
        "categories",
        "category_scores",
        "category_applied_input_types",
        "categoriesAnalysis",
        "category",
    ),
    *(
        "severity",
        "attributeScores",
        "TOXICITY",
        "summaryScore",
        "value",
        "safetyRatings",
        "probability",
        "blocked",
    ),
    *(
        "policyResults",
        "policyType",
        "score",
        "violationResult",
        "violation",
        "metadata",
        "hazard",
        "stop_reason",
    ),
    *(
        "stop_details",
        "policy_category",
        "self-harm",
        "S",
        "hate",
        "No Harassment",
        "toxicity",
        "error",
        "type",
    ),
)
SIMILAR = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 8)
    | st.floats()
    | st.sampled_from(("Hate", "HIGH", "safe", "S1", "unsafe\nS1")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5),
    max_leaves=20,
)


@pytest.mark.parametrize("name", shipped_names())
@given(output=ANYTHING | SIMILAR)
def test_no_output_breaks_a_classifier_and_nothing_that_it_looks_for_is_left_out(
    name: str, output: object
) -> None:
    classifier = shipped_classifiers()[name]
    try:
        labels = classifier.labels(output)
    except ValueError:
        return
    assert {label.name for label in labels} >= set(classifier.looks_for)
    assert all(label.name in classifier.gives or label.name.startswith(f"{name}:") for label in labels)
    assert len({(label.name, repr(label.value)) for label in labels}) == len(labels)


@pytest.mark.parametrize("name", shipped_names())
@pytest.mark.parametrize("output", [None, {"error": {"code": 503, "message": "down"}}])
def test_a_failure_is_unknown_for_everything_that_is_looked_for(name: str, output: object) -> None:
    classifier = shipped_classifiers()[name]
    if name.startswith("llama-guard") and output is not None:
        output = None  # a text has no errors
    assert {label.name: label.value for label in classifier.labels(output)} == dict.fromkeys(
        classifier.looks_for
    )


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ("openai-moderation", {"category_scores": {"self-harm": math.nan, "hate": 1.5}}),
        ("perspective", {"attributeScores": {"TOXICITY": {"summaryScore": {"value": math.inf}}}}),
        ("detoxify", {"toxicity": -0.1}),
    ],
)
def test_a_score_that_is_none_stays_to_be_reported(name: str, output: object) -> None:
    values = [label.value for label in shipped_classifiers()[name].labels(output) if label.value is not None]
    assert values
    assert not any(0.0 <= value <= 1.0 for value in values)


def test_the_published_labels_of_2022_are_counted_as_the_file_has_them() -> None:
    path = published("openai-moderation", "samples-1680.jsonl.gz")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    assert len(rows) == 1680
    counted: Counter[tuple[str, bool]] = Counter()
    for row in rows:
        counted.update((OPENAI_2022[key], value == 1) for key, value in row.items() if key != "prompt")
        # a case of what is absent is absent: 17 labels that the file leaves out
        counted.update(
            (OPENAI_2022[case], False)
            for case, above in WITHIN_2022.items()
            if case not in row and row.get(above) == 0
        )
    found: Counter[tuple[str, bool]] = Counter()
    classifier = shipped_classifiers()["openai-moderation-2022"]
    for row in rows:
        found.update((name, bool(value)) for name, value, _ in classifier.labels(row) if value is not None)
    assert found == counted
    assert found["self-harm", True] == 51
    assert found["sexual", True] == 237
