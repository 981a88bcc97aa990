"""What a drawing shows of a policy, and how its parts are tied."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from random_policies import policies
from sound import POLICIES, policy_at, policy_of

from policy_engine.model.model import Ladder, Policy, Rule
from policy_engine.model.parts import parts_of
from policy_engine.reports.draughtsman import draw
from policy_engine.reports.drawing import Drawing, Edge, Kind, Node, Tie


def drawn(text: str) -> Drawing:
    return draw(policy_of(text))


def ties(drawing: Drawing, tie: Tie) -> set[tuple[str, str, str]]:
    return {(edge.source, edge.target, edge.label) for edge in drawing.edges if edge.tie is tie}


def node(drawing: Drawing, name: str) -> Node:
    return next(each for each in drawing.nodes if each.id == name)


@pytest.fixture(scope="module")
def last_resort() -> Drawing:
    return draw(policy_at(POLICIES / "last_resort.policy"))


def test_a_rule_leads_from_what_is_counted_to_what_is_done() -> None:
    drawing = drawn("rule one\n  after 3 refusals on hate within 10 turns, add a strike")
    assert ties(drawing, Tie.LEADS) == {
        ("counter refusals on hate within 10 turns", "rule one", "at 3"),
        ("rule one", "action add a strike", ""),
    }


def test_rules_that_count_the_same_share_a_counter() -> None:
    drawing = drawn(
        "rule one\n  after 2 refusals on hate, add a strike\n"
        "rule two\n  after every 3 refusals on hate, add a strike"
    )
    assert {(target, label) for source, target, label in ties(drawing, Tie.LEADS) if "counter" in source} == {
        ("rule one", "at 2"),
        ("rule two", "every 3"),
    }
    assert [each.id for each in drawing.nodes if each.kind is Kind.COUNTER] == ["counter refusals on hate"]


def test_one_condition_of_several_rules_is_one_gate(last_resort: Drawing) -> None:
    crisis = "condition crisis has been detected"
    assert [each.id for each in last_resort.nodes if each.id == crisis] == [crisis]
    stopped = {(target, label) for source, target, label in ties(last_resort, Tie.STOPS) if source == crisis}
    assert stopped == {("rule persistent-harm", "except when"), ("ladder abuse", "except when")}


def test_what_warns_is_tied_to_the_rule_that_asks_for_a_warning(last_resort: Drawing) -> None:
    given = "condition a warning has been given"
    assert {source for source, target, _ in ties(last_resort, Tie.FEEDS) if target == given} == {
        'action warn the user "If this goes on, this chat will be ended."',
        "step abuse 1",
    }
    assert (given, "rule persistent-harm", "only if") in ties(last_resort, Tie.STOPS)


def test_a_ladder_is_a_flight_of_steps_that_starts_over(last_resort: Drawing) -> None:
    assert ties(last_resort, Tie.CLIMBS) == {
        ("ladder abuse", "step abuse 1", "after 2 refusals"),
        ("step abuse 1", "step abuse 2", "after 2 more refusals"),
        ("step abuse 2", "step abuse 3", "after 1 more refusal"),
    }
    assert ties(last_resort, Tie.STARTS_OVER) == {
        ("step abuse 3", "ladder abuse", "starts over after 20 turns without one")
    }
    assert node(last_resort, "step abuse 2").details == ("ask for a redirection",)


def test_what_is_never_done_has_a_barrier_before_it(last_resort: Drawing) -> None:
    to_the_end = {
        source for source, target, _ in ties(last_resort, Tie.LEADS) if target == "action end the chat"
    }
    assert to_the_end == {"never end the chat"}
    assert node(last_resort, "action end the chat").kind is Kind.END
    assert {
        source for source, target, _ in ties(last_resort, Tie.LEADS) if target == "never end the chat"
    } == {
        "step abuse 3",
        "rule persistent-harm",
        "rule user-asked",
    }
    assert ("condition crisis has been detected in the last 5 turns", "never end the chat", "when") in ties(
        last_resort, Tie.STOPS
    )


def test_a_never_that_nothing_asks_for_is_drawn_all_the_same() -> None:
    drawing = drawn("rule one\n  after 2 refusals, add a strike\nnever end the chat when hate is detected")
    assert ("never end the chat", "action end the chat", "") in ties(drawing, Tie.LEADS)


def test_whom_the_policy_covers_is_said_once_and_what_differs_at_the_part(last_resort: Drawing) -> None:
    assert last_resort.subtitle == "Applies when model is opus-4 or opus-4.1."
    assert node(last_resort, "rule crisis-support").details == ("in every conversation",)
    assert node(last_resort, "rule ask-first").details == ()


def test_names_of_groups_are_explained(last_resort: Drawing) -> None:
    assert last_resort.notes == (
        "crisis: self-harm or imminent-harm",
        "extreme: sexual/minors, terrorism or mass-violence",
    )


def test_each_condition_that_can_stop_alone_is_a_gate_of_its_own() -> None:
    drawing = drawn(
        "rule one\n  after 2 refusals, end the chat,\n"
        "  only if user.minor is false and (hate has been detected or violence has been detected),\n"
        "  except when self-harm has been detected or imminent-harm could not be checked,\n"
        "  except when the user confirms"
    )
    assert ties(drawing, Tie.STOPS) == {
        ("condition user.minor is false", "rule one", "only if"),
        ("condition hate has been detected or violence has been detected", "rule one", "only if"),
        ("condition self-harm has been detected", "rule one", "except when"),
        ("condition imminent-harm could not be checked", "rule one", "except when"),
        ("condition the user confirms", "rule one", "except when"),
    }


def test_at_most_once_is_a_gate() -> None:
    drawing = drawn("rule one\n  when hate is detected, add a strike, at most once in 10 turns")
    assert ties(drawing, Tie.STOPS) == {("limit one", "rule one", "")}
    assert node(drawing, "limit one").text == "at most once in 10 turns"


def test_since_ties_a_counter_to_what_it_counts_from() -> None:
    drawing = drawn(
        'rule warn\n  after 2 refusals, warn the user "Stop."\n'
        "rule one\n  after 1 refusal since the last warning, add a strike\n"
        "rule two\n  after 1 refusal since self-harm was first detected, add a strike\n"
        "rule three\n  after 1 refusal since an appeal is granted, add a strike"
    )
    assert ties(drawing, Tie.FEEDS) == {
        ('action warn the user "Stop."', "counter refusals since the last warning", ""),
        ("heard self-harm is first detected", "counter refusals since self-harm was first detected", ""),
        ("heard an appeal is granted", "counter refusals since an appeal is granted", ""),
    }


def test_an_event_that_starts_over_is_tied_to_what_it_empties() -> None:
    drawing = drawn(
        "rule one\n  after 2 refusals, starting over when an appeal is granted, add a strike\n"
        "ladder climb\n  after 2 refusals, add a strike\n  start over when an appeal is granted"
    )
    assert ties(drawing, Tie.FEEDS) == {
        ("heard an appeal is granted", "counter refusals when an appeal is granted", "starts over"),
        ("heard an appeal is granted", "ladder climb", "starts over"),
    }
    assert node(drawing, "counter refusals when an appeal is granted").details == (
        "starts over when an appeal is granted",
    )


def test_a_counter_that_a_condition_looks_at_is_tied_to_it() -> None:
    drawing = drawn(
        "rule one\n  after 3 refusals on hate, add a strike\n"
        "rule two\n  when the user asks to end, end the chat, only if there have been at least 2 refusals on hate"
    )
    assert ties(drawing, Tie.FEEDS) == {
        ("counter refusals on hate", "condition there have been at least 2 refusals on hate", "")
    }


def test_a_trial_rule_is_marked_and_nothing_comes_of_it() -> None:
    drawing = drawn(
        'trial rule strict\n  after 1 refusal, warn the user "Stop."\n'
        "rule one\n  after 2 refusals, end the chat, only if a warning has been given"
    )
    assert node(drawing, "rule strict").heading == "trial rule strict"
    assert node(drawing, 'action warn the user "Stop."').trial
    assert ties(drawing, Tie.FEEDS) == set(), "a warning on trial was never given"
    assert {edge.label for edge in drawing.edges if edge.source == "rule strict"} == {"would"}
    assert all(edge.trial for edge in drawing.edges if "rule strict" in (edge.source, edge.target))
    assert not node(drawing, "action end the chat").trial


def test_overrides_is_an_edge_between_rules() -> None:
    drawing = drawn(
        "rule one\n  after 2 refusals, add a strike\nladder two\n  after 2 refusals, end the chat\n"
        "rule one overrides ladder two"
    )
    assert ties(drawing, Tie.OVERRIDES) == {("rule one", "ladder two", "overrides")}


def test_points_are_counted_and_their_scale_is_told() -> None:
    drawing = drawn(
        "points abuse = 1 per hate, 3 per violence\nrule one\n  after 5 points of abuse, end the chat"
    )
    assert ("counter points of abuse", "rule one", "at 5") in ties(drawing, Tie.LEADS)
    assert drawing.notes == ("abuse: 1 per hate and 3 per violence",)


def test_the_order_of_lines_does_not_matter() -> None:
    lines = [
        "rule one\n  after 2 refusals, add a strike, except when hate has been detected",
        "rule two\n  after 2 refusals, end the chat, only if a strike has been added",
        "ladder three\n  after 1 refusal, add a strike",
        "never end the chat when hate has been detected",
        "rule one overrides rule two",
    ]
    assert drawn("\n".join(lines)) == drawn("\n".join(reversed(lines)))


def test_many_that_warn_and_many_that_ask_for_it_are_not_all_tied_to_each_other() -> None:
    text = "\n".join(
        f'rule r{n}\n  after 2 refusals within {n} turns, warn the user "{n}",\n'
        f"  only if a warning has been given in the last {n} turns"
        for n in range(1, 101)
    )
    drawing = drawn(text)
    assert len(drawing.edges) <= 6 * 100
    assert sum(edge.target == "heard a warning is given" for edge in drawing.edges) == 100
    assert sum(edge.source == "heard a warning is given" for edge in drawing.edges) == 100


def test_texts_are_harmless() -> None:
    drawing = drawn('rule one\n  when hate is detected, warn the user "a\u202eb\x1b[31m"')
    assert 'warn the user "a\\u202eb\\x1b[31m"' in {each.text for each in drawing.nodes}


@given(policies())
def test_every_policy_can_be_drawn_and_nothing_is_left_out(policy: Policy) -> None:
    drawing = draw(policy)
    names = Counter(each.id for each in drawing.nodes)
    assert set(names.values()) <= {1}
    assert all(edge.source in names and edge.target in names for edge in drawing.edges)
    for part in parts_of(policy):
        _is_drawn(part, drawing, policy)
    barriers = {each.text for each in drawing.nodes if each.kind is Kind.BARRIER}
    assert barriers == {f"never {policy.vocabulary.actions[each.action].phrase}" for each in policy.nevers}
    assert len([edge for edge in drawing.edges if edge.tie is Tie.OVERRIDES]) == len(policy.overrides)
    assert len(drawing.sentences) == len(parts_of(policy)) + len(policy.nevers) + len(policy.overrides)


def _is_drawn(part: Rule | Ladder, drawing: Drawing, policy: Policy) -> None:
    name = f"{'rule' if isinstance(part, Rule) else 'ladder'} {part.name}"
    entering: list[Edge] = [edge for edge in drawing.edges if edge.target == name]
    stops = Counter(edge.label for edge in entering if edge.tie is Tie.STOPS)
    assert bool(stops["only if"]) == (part.guards.only_if is not None)
    assert bool(stops["except when"]) == bool(part.guards.excepts)
    assert stops[""] == (part.guards.at_most is not None)
    done = [edge for edge in drawing.edges if edge.source == name]
    if isinstance(part, Rule):
        assert any(edge.tie is Tie.LEADS for edge in entering)
        assert len([edge for edge in done if edge.tie is Tie.LEADS]) == len(set(part.actions))
    else:
        steps = [each for each in drawing.nodes if each.ladder == name]
        assert [each.number for each in steps] == list(range(1, len(part.steps) + 1))
        assert [len(each.details) for each in steps] == [len(step.actions) for step in part.steps]
        goes_back = any(edge.tie is Tie.STARTS_OVER for edge in entering)
        assert goes_back == (part.start_over is not None)
