"""The words for a condition are those that a policy could say: read again, they are the condition."""

from __future__ import annotations

import pytest
from policy_text import sayable, vocabulary_text
from random_policies import PLAIN, random_policy
from scale import sources
from sound import policy_of

from policy_engine.model.model import Condition, Detected, Doubt, Policy, Reading
from policy_engine.reports.english import condition_words, detected_words
from policy_engine.source import Source
from policy_engine.vocabulary.loader import load_vocabulary


def conditions(policy: Policy) -> list[Condition]:
    found = [each.when for each in policy.nevers]
    for part in (*policy.rules, *policy.ladders):
        found += [*([part.guards.only_if] if part.guards.only_if else []), *part.guards.excepts]
    return found


@pytest.mark.seeds
@pytest.mark.parametrize("seed", range(5))
def test_the_words_of_a_condition_are_read_as_the_condition(seed: int) -> None:
    for source in sources(3000 + seed, 40):
        policy = sayable(random_policy(source))
        vocabulary, _ = load_vocabulary(
            Source("words.yaml", vocabulary_text(policy.vocabulary)), lambda _: None
        )
        for condition in conditions(policy):
            said = condition_words(condition, policy.vocabulary).replace(
                ", ", " or "
            )  # lists, as people read them
            if "not (" in said:  # an event whose sentence has no `is` to put the `not` behind
                continue
            asked = f"never ask for a redirection when {said}\nrule one after 1 refusal, ask for a review"
            read = policy_of(asked, vocabulary)
            assert [each.when for each in read.nevers] == [condition], said


@pytest.mark.parametrize(
    ("doubt", "said"),
    [
        (Doubt.DETECTED, "the user confirms"),
        (Doubt.UNCHECKED, "confirms could not be checked"),
        (Doubt.DETECTED_OR_UNCHECKED, "confirms is detected or could not be checked"),
    ],
)
def test_doubt_about_an_event_is_said(doubt: Doubt, said: str) -> None:
    assert detected_words(Detected((Reading("confirms"),), doubt=doubt), PLAIN) == said
