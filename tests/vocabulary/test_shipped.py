"""The vocabularies that come with the product."""

from __future__ import annotations

import time

import pytest

from policy_engine.source import Source
from policy_engine.transcripts.message import Role
from policy_engine.vocabulary.loader import load_vocabulary
from policy_engine.vocabulary.shipped import default_source, default_vocabulary, shipped_path
from policy_engine.vocabulary.vocabulary import Kind, Lasting

OPENAI = """harassment harassment/threatening hate hate/threatening illicit illicit/violent self-harm
self-harm/instructions self-harm/intent sexual sexual/minors violence violence/graphic""".split()
AILUMINATE = "vcr src cse ssh iwp ipv dfm ncr hte prv spc_ele spc_fin spc_hlt spc_lgl sxc_prn".split()


def test_the_default_has_no_faults() -> None:
    vocabulary, diagnostics = load_vocabulary(default_source(), lambda _reference: None)
    assert diagnostics == ()
    assert vocabulary == default_vocabulary()


def test_the_default_is_read_once() -> None:
    assert default_vocabulary() is default_vocabulary()


def test_the_default_is_read_quickly() -> None:
    def seconds() -> float:
        begin = time.perf_counter()
        load_vocabulary(default_source(), lambda _reference: None)
        return time.perf_counter() - begin

    assert min(seconds() for _ in range(5)) < 0.03


@pytest.mark.parametrize("name", OPENAI)
def test_the_names_of_openai_are_our_own(name: str) -> None:
    label = default_vocabulary().labels[name]
    assert label.kind is Kind.CATEGORY
    parent = name.split("/")[0]
    assert label.implies == ((parent,) if parent != name else ())


@pytest.mark.parametrize("name", OPENAI)
def test_the_spelling_with_underscores_means_the_same(name: str) -> None:
    vocabulary = default_vocabulary()
    underscored = name.replace("/", "_").replace("-", "_")
    assert vocabulary.canonical(underscored) == name


@pytest.mark.parametrize(
    ("foreign", "own"),
    [("S4", "sexual/minors"), ("S10", "hate"), ("S11", "self-harm"), ("S12", "sexual"), ("Hate", "hate"),
     ("SelfHarm", "self-harm"), ("Sexual", "sexual"), ("Violence", "violence"), ("ssh", "self-harm"),
     ("cse", "sexual/minors"), ("iwp", "indiscriminate-weapons"), ("S1", "violent-crimes")],
)  # fmt: skip
def test_a_foreign_name_means_one_of_ours(foreign: str, own: str) -> None:
    assert default_vocabulary().canonical(foreign) == own


@pytest.mark.parametrize("name", [f"S{number}" for number in range(1, 15)] + AILUMINATE)
def test_every_foreign_category_has_a_home(name: str) -> None:
    assert default_vocabulary().canonical(name) is not None


def test_what_guards_an_exception_forgets_an_unknown_after_five_turns() -> None:
    labels = default_vocabulary().labels
    for name in ("self-harm", "self-harm/intent", "self-harm/instructions", "imminent-harm"):
        assert labels[name].unknown_lasts == Lasting(turns=5)
    assert sum(label.unknown_lasts is not None for label in labels.values()) == 4


def test_acts_events_and_attributes() -> None:
    vocabulary = default_vocabulary()
    assert [label.plural for label in vocabulary.labels.values() if label.kind is Kind.ACT] == [
        "refusals",
        "redirections",
    ]
    assert {label.phrase: label.roles for label in vocabulary.labels.values() if label.phrase} == {
        "the user asks to end": {Role.USER},
        "the user confirms": {Role.USER},
        "an appeal is granted": {Role.SERVICE},
    }
    assert vocabulary.attributes["user.minor"].assume is True
    assert vocabulary.attributes["user.strikes"].assume == 0
    assert vocabulary.attributes["user.age"].assume is None


def test_the_strongest_action_is_the_end_and_only_support_outlives_it() -> None:
    actions = list(default_vocabulary().actions.values())
    assert [each.name for each in actions if each.ends] == [actions[0].name] == ["end-chat"]
    assert [each.name for each in actions if each.even_after_end] == ["offer-support"]
    assert {each.name: each.takes for each in actions if each.takes} == {
        "offer-support": "notice",
        "warn": "text",
        "remind": "text",
    }


def test_the_notice_is_in_two_languages() -> None:
    assert set(default_vocabulary().notices["crisis-line"].texts) == {"en", "es"}


def test_the_consumer_vocabulary_lists_its_models() -> None:
    path = shipped_path("vocabularies", "consumer.yaml")
    source = Source(str(path), path.read_text(encoding="utf-8"))
    vocabulary, diagnostics = load_vocabulary(source, {"default": default_source()}.get)
    assert diagnostics == ()
    assert vocabulary is not None
    assert vocabulary.attributes["model"].values == ("opus-4", "opus-4.1", "sonnet-4")
    assert vocabulary.labels == default_vocabulary().labels
    assert vocabulary.actions == default_vocabulary().actions
