"""What a vocabulary file means: fields, `extends`, ranks, names; and that any text is read safely."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.source import Source
from policy_engine.transcripts.message import Role
from policy_engine.vocabulary.loader import load_vocabulary
from policy_engine.vocabulary.shipped import default_source, default_vocabulary
from policy_engine.vocabulary.vocabulary import Lasting, Vocabulary


def load(text: str, **files: str) -> Vocabulary:
    sources = {f"{name}.yaml": Source(f"{name}.yaml", body) for name, body in files.items()}
    sources["default"] = default_source()
    vocabulary, diagnostics = load_vocabulary(Source("own.yaml", text), sources.get)
    assert diagnostics == ()
    assert vocabulary is not None
    return vocabulary


def codes(text: str) -> list[str]:
    vocabulary, diagnostics = load_vocabulary(Source("own.yaml", text), {"default": default_source()}.get)
    assert (vocabulary is None) == bool(diagnostics)
    return [each.code for each in diagnostics]


def test_every_field_of_a_label() -> None:
    text = """
extends: default
categories:
  doom: {title: Doom, aliases: [D1], threshold: 0.75, implies: [S11, violence], unknown-lasts: 10 minutes}
  plain:
acts: {hedge: {when-unknown: absent}}
events: {handover: {phrase: a  case is handed over, from: [service, tool]}}
"""
    vocabulary = load(text)
    doom = vocabulary.labels["doom"]
    assert (doom.title, doom.aliases, doom.threshold) == ("Doom", ("D1",), 0.75)
    assert doom.implies == ("self-harm", "violence")
    assert doom.unknown_lasts == Lasting(seconds=600)
    assert doom.roles == {Role.USER, Role.ASSISTANT}
    assert doom.location is not None
    assert (doom.location.line, doom.location.column) == (4, 3)
    assert vocabulary.canonical("D1") == "doom"
    assert vocabulary.labels["plain"].threshold == 0.5
    assert vocabulary.labels["hedge"].plural == "hedges"
    assert vocabulary.labels["hedge"].when_unknown == "absent"
    assert vocabulary.labels["handover"].phrase == "a case is handed over"
    assert vocabulary.labels["handover"].roles == {Role.SERVICE, Role.TOOL}


def test_an_act_can_imply_a_category_and_an_event_what_its_speakers_say() -> None:
    vocabulary = load(
        "extends: default\n"
        "acts: {romantic-reply: {implies: [romance]}}\n"
        "events: {disclosure: {phrase: the user tells of a plan, from: user, implies: [self-harm/intent]}}\n"
    )
    assert vocabulary.labels["romantic-reply"].implies == ("romance",)
    assert vocabulary.labels["disclosure"].implies == ("self-harm/intent",)


def test_words_are_text_whatever_yaml_makes_of_them() -> None:
    vocabulary = load(
        "extends: default\n"
        "attributes: {version.name: {type: one of, values: [1.10, no, 2024-01-01], assume: no}}\n"
        "notices: {hello: {no: Hei}}\n"
    )
    assert vocabulary.attributes["version.name"].values == ("1.10", "no", "2024-01-01")
    assert vocabulary.attributes["version.name"].assume == "no"
    assert dict(vocabulary.notices["hello"].texts) == {"no": "Hei"}


@pytest.mark.parametrize(
    ("written", "assume"),
    [("boolean, assume: false", False), ("number, assume: -3", -3), ("number, assume: 2.5", 2.5),
     ("text, assume: 12", "12"), ("text", None)],
)  # fmt: skip
def test_assume_has_the_type_of_the_attribute(written: str, assume: object) -> None:
    found = load(f"extends: default\nattributes: {{a1: {{type: {written}}}}}\n").attributes["a1"].assume
    assert (found, type(found)) == (assume, type(assume))


@pytest.mark.parametrize(
    ("written", "lasting"),
    [("1 turn", Lasting(turns=1)), ("1000 turns", Lasting(turns=1000)), ("90 seconds", Lasting(seconds=90)),
     ("24 hours", Lasting(seconds=86_400)), ("366 days", Lasting(seconds=366 * 86_400)),
     ("2 weeks", Lasting(seconds=14 * 86_400))],
)  # fmt: skip
def test_lengths(written: str, lasting: Lasting) -> None:
    vocabulary = load(f"extends: default\ncategories: {{a1: {{unknown-lasts: {written}}}}}\n")
    assert vocabulary.labels["a1"].unknown_lasts == lasting


def test_a_replaced_entry_is_replaced_whole_and_its_aliases_are_free_again() -> None:
    vocabulary = load("extends: default\ncategories: {self-harm: , crisis-talk: {aliases: [S11]}}\n")
    assert vocabulary.labels["self-harm"].aliases == ()
    assert vocabulary.labels["self-harm"].unknown_lasts is None
    assert vocabulary.canonical("S11") == "crisis-talk"
    assert vocabulary.canonical("ssh") is None
    assert list(vocabulary.labels)[:7] == list(default_vocabulary().labels)[:7]


def test_replaced_actions_keep_their_rank_and_new_ones_come_last() -> None:
    vocabulary = load(
        "extends: default\nactions:\n"
        "  ring: {phrase: ring the bell, past: the bell is rung}\n"
        "  refuse: {phrase: decline the request, past: the request is declined}\n"
    )
    old = default_vocabulary().actions
    assert list(vocabulary.actions) == [*old, "ring"]
    assert vocabulary.actions["refuse"].rank == old["refuse"].rank
    assert vocabulary.actions["refuse"].phrase == "decline the request"
    assert [each.rank for each in vocabulary.actions.values()] == list(range(len(old) + 1))


def test_the_ending_can_be_handed_to_another_action() -> None:
    vocabulary = load(
        "extends: default\nactions:\n"
        "  end-chat: {phrase: pause the chat, past: the chat is paused}\n"
        "  close: {phrase: close the chat, past: the chat is closed, ends: true}\n"
    )
    assert [name for name, action in vocabulary.actions.items() if action.ends] == ["close"]


def test_extends_is_relative_to_the_file_it_stands_in() -> None:
    asked: list[str] = []
    files = {
        "shared/base.yaml": "extends: ../more/deep.yaml\ncategories: {b1: }\n",
        "more/deep.yaml": "extends: default\ncategories: {d1: }\n",
    }

    def resolve(reference: str) -> Source | None:
        asked.append(reference)
        text = default_source().text if reference == "default" else files[reference]
        return Source(reference, text)

    own = Source("anywhere/own.yaml", "extends: shared/base.yaml\n")
    vocabulary, diagnostics = load_vocabulary(own, resolve)
    assert diagnostics == ()
    assert vocabulary is not None
    assert asked == ["shared/base.yaml", "more/deep.yaml", "default"]
    assert {"b1", "d1", "self-harm"} <= set(vocabulary.labels)


def test_a_chain_of_extends_is_bounded() -> None:
    def resolve(reference: str) -> Source:
        return Source(reference, f"extends: {reference}x\n")

    vocabulary, diagnostics = load_vocabulary(Source("own.yaml", "extends: x\n"), resolve)
    assert vocabulary is None
    assert [each.code for each in diagnostics] == ["too-deep"]


def test_a_cycle_through_other_files_is_an_error() -> None:
    files = {name: Source(name, f"extends: {other}\n") for name, other in [("a", "b"), ("b", "a")]}
    vocabulary, diagnostics = load_vocabulary(Source("own.yaml", "extends: a\n"), files.get)
    assert vocabulary is None
    assert [(each.code, each.location and each.location.name) for each in diagnostics] == [
        ("extends-cycle", "b")
    ]


def test_one_run_reports_all_faults_in_order() -> None:
    text = (
        "extends: default\n"
        "categories: {a1: {treshold: 1}, check: , b1: {implies: [nowhere-near], threshold: 2}}\n"
        "events: {e1: {phrase: hello, from: nobody}}\n"
    )
    assert codes(text) == [
        "unknown-key", "reserved-word", "unknown-name", "bad-value", "bad-phrase", "bad-value",
    ]  # fmt: skip


def test_a_byte_order_mark_does_not_shift_places() -> None:
    source = Source("own.yaml", "\ufeffextends: default\ncategories: {a1: {x: 1}}\n")
    _, (found,) = load_vocabulary(source, {"default": default_source()}.get)
    assert found.location is not None
    assert source.text[found.location.span.start : found.location.span.end] == "x"


BOMBS = {
    "billion laughs": "a: &a [x]\n" + "".join(f"b{i}: &b{i} [{'*a,' * 9}]\n" for i in range(99)),
    "nested lists": "categories: " + "[" * 10_000,
    "nested mappings": "categories: " + "{a: " * 10_000,
    "nested blocks": "".join(" " * i + "a:\n" for i in range(1000)),
    "nested indicators": "- " * 10_000,
    "nested keys": "? " * 10_000,
    "huge": "# " + "x" * 1_000_000,
    "huge in bytes": "# " + "é" * 500_000,
    "many entries": "extends: default\ncategories: {" + "".join(f"c{i}: ,\n" for i in range(60_000)) + "}",
    "many unknown": "extends: default\ncategories:\n"
    + "".join(f"  c{i}: {{implies: [d{i}]}}\n" for i in range(9_000)),
    "many unknown keys": "".join(f"k{i}: \n" for i in range(20_000)),
    "one huge name": "extends: default\ncategories: {a1: {implies: [" + "s" * 900_000 + "]}}",
    "long ring": "extends: default\ncategories:\n"
    + "".join(f"  c{i}: {{implies: [c{(i + 1) % 9_000}]}}\n" for i in range(9_000)),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_hostile_text_is_refused_in_bounded_time(bomb: str) -> None:
    begin = time.perf_counter()
    assert codes(BOMBS[bomb])
    assert time.perf_counter() - begin < 10


def test_depth_is_bounded_at_twenty() -> None:
    assert codes("[" * 20 + "]" * 20) == ["wrong-type"]
    assert codes("[" * 21 + "]" * 21) == ["too-deep"]


def _row(labels: int) -> str:
    """Labels each of which implies the next one."""
    chain = "".join(f"  c{i}: {{implies: [c{i + 1}]}}\n" for i in range(1, labels))
    return f"extends: default\ncategories:\n{chain}  c{labels}:\n"


def test_as_many_labels_as_allowed_imply_one_another_in_a_row() -> None:
    assert load(_row(20)).labels["c1"].implies == ("c2",)


@pytest.mark.parametrize("labels", [21, 5000])
def test_a_longer_row_is_one_fault(labels: int) -> None:
    assert codes(_row(labels)) == ["too-deep"]


@given(st.text())
def test_any_text_gives_a_vocabulary_or_diagnostics(text: str) -> None:
    codes(text)


_WORDS = st.sampled_from(
    [
        "a1",
        "b1",
        "S11",
        "self-harm",
        "refusal",
        "the",
        "5 turns",
        "true",
        "0.5",
        "one of",
        "user",
        "text",
        "",
        "~",
    ]
)
_KEYS = st.sampled_from(
    ["title", "aliases", "threshold", "implies", "unknown-lasts", "when-unknown", "plural", "phrase", "from",
     "type", "values", "assume", "past", "noun", "takes", "ends", "even-after-end", "en"]
)  # fmt: skip
_VALUES = st.recursive(
    _WORDS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]"),
        st.dictionaries(_KEYS, inner, max_size=4).map(
            lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}"
        ),
    ),
    max_leaves=8,
)
_FILES = st.dictionaries(
    st.sampled_from(["categories", "acts", "events", "attributes", "actions", "notices"]),
    st.dictionaries(st.sampled_from(["a1", "b1", "c/d", "warn", "self-harm"]), _VALUES, max_size=3),
)


def _written(sections: dict[str, dict[str, str]]) -> str:
    lines = ["extends: default"]
    for section, entries in sections.items():
        lines += [f"{section}:", *(f"  {name}: {value}" for name, value in entries.items())]
    return "\n".join(lines) + "\n"


@given(_FILES)
def test_any_file_of_the_right_shape_gives_a_sound_vocabulary_or_diagnostics(
    sections: dict[str, dict[str, str]],
) -> None:
    source = Source("own.yaml", _written(sections))
    vocabulary, diagnostics = load_vocabulary(source, {"default": default_source()}.get)
    assert (vocabulary is None) == bool(diagnostics)
    if vocabulary is not None:
        assert_sound(vocabulary)


def assert_sound(vocabulary: Vocabulary) -> None:
    """What every other part of the product relies on."""
    for alias, name in vocabulary.aliases.items():
        assert alias not in vocabulary.labels
        assert alias in vocabulary.labels[name].aliases
        assert vocabulary.canonical(alias) == name
    for name, label in vocabulary.labels.items():
        assert label.name == name
        assert label.roles
        assert name not in implied_by(vocabulary, name)
        assert all(label.roles <= vocabulary.labels[implied].roles for implied in label.implies)
        assert all(vocabulary.canonical(alias) == name for alias in label.aliases)
    assert [action.rank for action in vocabulary.actions.values()] == list(range(len(vocabulary.actions)))
    assert sum(action.ends for action in vocabulary.actions.values()) == 1


def implied_by(vocabulary: Vocabulary, name: str) -> set[str]:
    """All that a label implies, directly or not."""
    found: set[str] = set()
    waiting = list(vocabulary.labels[name].implies)
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += vocabulary.labels[each].implies
    return found
