"""Which classifiers there are, and which of them tell a label."""

from __future__ import annotations

import pytest

from policy_engine.source import Source
from policy_engine.transcripts.classifier import unsaid
from policy_engine.transcripts.classifying import (
    classifier_named,
    classifiers,
    givers,
    shipped_classifiers,
    shipped_names,
)
from policy_engine.transcripts.message import Label, Role
from policy_engine.vocabulary.shipped import default_vocabulary

OWN = """
classifier: openai-moderation
reads: [user]
output: {scores: "*"}
labels: {SH: self-harm}
"""


@pytest.mark.parametrize("name", shipped_names())
def test_a_shipped_file_is_sound_and_named_after_its_classifier(name: str) -> None:
    found = shipped_classifiers()[name]
    assert found.name == name
    assert found.gives >= set(found.looks_for)
    assert found.title


@pytest.mark.parametrize("name", shipped_names())
def test_the_default_vocabulary_knows_every_label_of_a_shipped_file(name: str) -> None:
    known = default_vocabulary().labels
    assert shipped_classifiers()[name].gives - set(known) == set()


def test_a_users_file_takes_the_place_of_the_shipped_one_of_its_name() -> None:
    known, faults = classifiers([Source("own.yaml", OWN)])
    assert faults == ()
    assert set(known) == set(shipped_names())
    own = known["openai-moderation"]
    assert dict(own.looks_for) == {"self-harm": frozenset((Role.USER,))}
    assert own.labels({"SH": 0.25}) == (Label("self-harm", 0.25, "openai-moderation"),)
    assert classifier_named("llama-guard-3", known) is classifier_named("llama-guard-3")


def test_two_files_of_one_name_are_a_fault() -> None:
    known, faults = classifiers([Source("one.yaml", OWN), Source("two.yaml", OWN)])
    assert [each.message for each in faults] == ["there is another mapping file for `openai-moderation`"]
    assert faults[0].location is not None
    assert (faults[0].location.name, faults[0].location.line) == ("two.yaml", 2)
    assert len(known) == len(shipped_names())


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean `llama-guard-3`"):
        classifier_named("lama-guard-3")
    assert "lama-guard-3" not in shipped_classifiers()


def test_who_gives_a_label_and_on_whose_messages() -> None:
    known, _ = classifiers([Source("own.yaml", OWN)])
    given = {each.classifier.name: each[1:] for each in givers("self-harm", known)}
    assert given["openai-moderation"] == (frozenset((Role.USER,)), True)
    assert given["llama-guard-3"] == (None, True)
    assert given["ailuminate"] == (None, False)
    assert not {"perspective", "detoxify", "gemini", "shieldgemma", "google-checks"} & given.keys()
    assert givers("no-such-label") == ()


def test_a_message_of_which_a_classifier_said_nothing_is_unknown_and_only_where_it_reads() -> None:
    own = classifiers([Source("own.yaml", OWN)])[0]["openai-moderation"]
    assert unsaid(own, Role.USER) == (Label("self-harm", None, "openai-moderation"),)
    assert unsaid(own, Role.ASSISTANT) == ()
