"""Any text is a policy, a standard, or diagnostics; never an exception, and never a fault without a place."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_text import files_of, sayable
from random_policies import random_policy
from scale import sources

from policy_engine.language.parser import parse
from policy_engine.language.statements import OPENERS
from policy_engine.language.tree import DetectedRef, PromiseLine, RuleLine, WhenRef
from policy_engine.model.loading import load_text
from policy_engine.source import Source

WORDS = (
    *OPENERS,
    *"rule one two after every 1 2 3 101 0.5 refusals refusal redirections points of abuse on hate harassment".split(),
    *"self-harm S11 hate/threatening the category same a an in row within turns turn hours weeks since last".split(),
    *"warning was first detected is has have been not from user assistant or could be checked when and".split(),
    *"only if except never once most least at more fewer less than there starting start over without".split(),
    *"overrides reason per effective version model user.age user.minor true false opus-4 confirms asks to end".split(),
    *"warn offer support crisis-line add strike chat begins appeal granted done before unless with some".split(),
    *"conversation which happens times time says it ended".split(),
    *('"text"', '"', "=", ",", "(", ")", "#", "\n", "\n  ", ".", ":", "—", "\u201ctext\u201d", "2025-02-30"),
)


def check(text: str) -> None:
    loaded = load_text(text)
    is_sound = loaded.policy is not None or loaded.standard is not None
    assert is_sound is not bool(loaded.diagnostics)
    for each in loaded.diagnostics:
        assert each.location is not None
        assert 0 <= each.location.span.start <= each.location.span.end <= max(len(text), 1)
        assert not each.message.endswith(".")


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    check(text)


@given(st.lists(st.sampled_from(WORDS), max_size=40))
def test_any_words_of_the_language_are_read_or_refused(words: list[str]) -> None:
    check(" ".join(words))


@pytest.mark.seeds
@pytest.mark.parametrize("seed", range(5))
def test_a_sound_policy_with_some_words_changed_is_read_or_refused(seed: int) -> None:
    for source in sources(4000 + seed, 40):
        words = files_of(sayable(random_policy(source)))["main.policy"].replace("\n", " \n ").split(" ")
        for _ in range(1 + source.randrange(3)):
            _change(words, source)
        check(" ".join(words))


def _change(words: list[str], source: random.Random) -> None:
    at = source.randrange(len(words))
    kind = source.randrange(4)
    if kind == 0:
        del words[at]
    elif kind == 1:
        words.insert(at, source.choice(WORDS))
    elif kind == 2:
        words[at] = source.choice(WORDS)
    else:
        words.insert(at, words[source.randrange(len(words))])
    if not words:
        words.append("rule")


def test_a_comment_may_stand_wherever_a_blank_may() -> None:
    plain = "rule r\n  when x is detected or could not be checked, end the chat\n"
    torn = "rule r\n  when x is detected or could # why\n  not be # so\n checked, end the chat\n"
    (one,), (other,) = (parse(Source("x.policy", text))[0].lines for text in (plain, torn))
    assert isinstance(one, RuleLine)
    assert isinstance(other, RuleLine)
    assert isinstance(one.trigger, WhenRef)
    assert isinstance(other.trigger, WhenRef)
    assert isinstance(one.trigger.condition, DetectedRef)
    assert isinstance(other.trigger.condition, DetectedRef)
    assert one.trigger.condition.doubt == other.trigger.condition.doubt == "or unchecked"


def test_the_text_of_a_promise_holds_no_comment_and_no_stray_space() -> None:
    text = "check that a is done before b is done  # why\n  ,unless the user\n  # so\n confirms\n"
    (line,) = parse(Source("x.policy", text))[0].lines
    assert isinstance(line, PromiseLine)
    assert line.text == "a is done before b is done, unless the user confirms"
