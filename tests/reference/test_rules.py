"""Section 4 of the language: what a rule means."""

from __future__ import annotations

import pytest
from reference.examples import (
    ABUSE,
    END,
    HARM,
    HERE,
    REDIRECT,
    SUPPORT,
    WARN,
    after,
    by_machine,
    decide,
    detected,
    done_at,
    last,
    policy,
    refusals,
    rule,
    seconds,
    turns,
    when,
)

from policy_engine.model.decision import Cause, Decision, Done, Stop
from policy_engine.model.model import (
    Act,
    AtMostOnce,
    Attribute,
    Begins,
    Count,
    Every,
    Ladder,
    Never,
    Override,
    SinceAction,
    SinceEvent,
    SinceFirst,
    StartOver,
    Step,
    Taken,
    Trigger,
)

REFUSE = "u|a refusal"


def test_the_mission() -> None:
    """after 3 refusals on harm, end the chat, except when abuse is detected"""
    made = policy(rule(after(refusals(3, HARM)), END, excepts=(detected("abuse"),)))
    strike = "u harm|a refusal"
    decisions = decide(made, "|".join([strike] * 4))
    assert [decision.ends for decision in decisions] == [False] * 5 + [True] + [False] * 2
    assert [decision.after_end for decision in decisions] == [False] * 6 + [True] * 2
    assert decisions[5] == Decision((Done("end-chat", None, ("example",)),), ends=True)
    stopped = decide(made, f"u abuse|a|{strike}|{strike}|{strike}")
    assert stopped[7] == Decision(stopped=(Stop("example", Cause.EXCEPT),))


@pytest.mark.parametrize(
    ("trigger", "text", "expected"),
    [
        (when("harm"), "u harm|a harm|u|u harm", [0, 1, 3]),
        (when("harm", first=True), "u|u harm|u harm", [1]),
        (when("asks-end"), "u|u asks-end", [1]),
        (Begins(), "y|u|a", [0]),
        (after(refusals(2)), "|".join([REFUSE] * 3), [3]),
        (after(refusals(2)), "u|a refusal|a refusal|u|a refusal", [4]),  # at most one in a turn
        (after(refusals(2, HARM, ABUSE)), "u harm|a refusal|u abuse|a refusal", [3]),
        (after(refusals(2, HARM, ABUSE, same_category=True)), "u harm|a refusal|u abuse|a refusal", []),
        (after(refusals(2, in_a_row=True)), "u|a refusal|u|a|u|a refusal|u|a refusal", [7]),
        (after(refusals(2, within=turns(2))), "u|a refusal|u|a|u|a refusal|u|a refusal", [7]),
        (
            after(refusals(2, within=seconds(5))),
            "u @0|a @0 refusal|u @6|a @6 refusal|u @11|a @11 refusal",
            [5],
        ),
        (after(refusals(2), repeat=True), "|".join([REFUSE] * 4), [3, 7]),
        (Every(turns(2)), "u|a|u|a|u|a|u|a|u", [4, 8]),
        (Every(seconds(5)), "u @0|u @4|u @5|u @9|u @11", [2, 4]),
    ],
)
def test_triggers(trigger: Trigger, text: str, expected: list[int]) -> None:
    assert done_at(policy(rule(trigger)), text) == expected


def test_a_trigger_sees_only_what_is_certain() -> None:
    assert done_at(policy(rule(after(refusals(1)))), "u|a refusal?|a refusal") == [2]
    assert done_at(policy(rule(after(refusals(1, HARM)))), "u harm?|a refusal") == []


def test_since() -> None:
    action = policy(
        rule(after(refusals(1, since=SinceAction("redirect")))), rule(Begins(), REDIRECT, name="r")
    )
    assert done_at(action, "a refusal|u|a refusal") == [2]
    event = policy(rule(after(refusals(1, since=SinceEvent("appeal")))))
    assert done_at(event, "u|a refusal|s appeal|a refusal|u|a refusal|s appeal|u|a refusal") == [5, 8]
    first = policy(rule(after(refusals(1, since=SinceFirst(detected("harm", scope=HERE))))))
    assert done_at(first, "u|a refusal|u harm|a refusal|u harm|a refusal") == [3]


def test_since_an_action_of_its_own_is_a_new_stretch() -> None:
    made = policy(rule(Begins(), name="begins"), rule(after(refusals(2, since=SinceAction("warn")))))
    assert done_at(made, "|".join(["y", *[REFUSE] * 4])) == [0, 4, 8]


def test_starting_over() -> None:
    quiet = policy(rule(after(refusals(2), start_over=StartOver(quiet=turns(1)))))
    assert done_at(quiet, "u|a refusal|u|a|u|a refusal|u|a refusal") == [7]
    assert done_at(quiet, f"{REFUSE}|{REFUSE}|u|a|{REFUSE}|{REFUSE}") == [3, 9]  # once in each stretch
    timed = policy(rule(after(refusals(2), start_over=StartOver(quiet=seconds(5)))))
    assert done_at(timed, "u @0|a @0 refusal|u @5|a @5 refusal|u @9|a @9 refusal") == [5]
    event = policy(rule(after(refusals(2), start_over=StartOver(event="appeal"))))
    assert done_at(event, f"{REFUSE}|s appeal|{REFUSE}|{REFUSE}") == [6]


def test_two_counts() -> None:
    made = policy(rule(after(refusals(1), Count("redirection", 1))))
    assert done_at(made, "u|a refusal|u|a redirection|u|a refusal") == [3]
    assert done_at(made, "u|a refusal redirection") == [1]


def test_points() -> None:
    points = Count("", 4, weights=((ABUSE, 1), (HARM, 3)), points="abuse")
    made = policy(rule(after(points)))
    assert done_at(made, "u abuse|a harm|u|a abuse") == [3]  # 1, then 2 more; then 1
    assert done_at(made, "u abuse|a abuse|u abuse|a abuse|u abuse|a|u abuse") == [6]


def test_the_event_that_forgets_forgets_its_own_message_too() -> None:
    points = Count("", 3, weights=((HARM, 3),), points="abuse")
    made = policy(rule(after(points, start_over=StartOver(event="confirms"))))
    assert done_at(made, "u harm confirms|a harm|u harm") == [2]


def test_stopped_an_after_rule_stays_due_until_a_message_adds() -> None:
    made = policy(rule(after(refusals(1)), only_if=detected("harm", scope=last(turns(1)))))
    assert done_at(made, f"{REFUSE}|u harm|a|u harm|a refusal|{REFUSE}") == [5]


def test_stopped_a_first_detection_and_a_period_wait() -> None:
    calm = detected("abuse", scope=HERE)
    made = policy(rule(when("harm", first=True), excepts=(calm,)))
    assert done_at(made, "u harm abuse|u harm|u harm") == [1]
    assert done_at(policy(rule(Every(turns(1)), excepts=(calm,))), "u|a|u abuse|a|u|a") == [3, 4]


def test_at_most_once() -> None:
    text = "u harm|a|u harm|a|u harm"
    assert done_at(policy(rule(when("harm"), at_most=AtMostOnce())), text) == [0]
    assert done_at(policy(rule(when("harm"), at_most=AtMostOnce(turns(2)))), text) == [0, 4]
    made = policy(rule(when("harm"), at_most=AtMostOnce(seconds(5))))
    assert done_at(made, "u @0 harm|u @5 harm|u @6 harm") == [0, 2]
    assert decide(made, "u @0 harm|u @5 harm")[1].stopped == (Stop("example", Cause.COOLDOWN),)


def test_an_action_is_visible_from_the_next_message_on() -> None:
    asked = rule(when("harm"), REDIRECT, name="asks")
    made = policy(asked, rule(when("harm"), only_if=Taken("redirect")))
    assert done_at(made, "u harm|u harm") == [1]


def test_never() -> None:
    made = policy(
        rule(when("harm"), WARN, REDIRECT, name="both"),
        rule(when("harm", first=True), name="one"),
        Never("warn", detected("abuse")),
    )
    decisions = decide(made, "u harm abuse|u harm abuse?")
    assert decisions[0].actions == (Done("redirect", None, ("both",)),)
    assert decisions[0].stopped == (
        Stop("both", Cause.NEVER, action="warn"),
        Stop("one", Cause.NEVER, action="warn"),
    )
    unknown = decide(policy(rule(when("harm")), Never("warn", detected("abuse"))), "u harm abuse?")
    assert unknown[0].stopped == (Stop("example", Cause.NEVER, action="warn", unknown=True),)


def test_a_never_that_takes_two_texts_of_one_action_stops_it_once() -> None:
    made = policy(
        rule(when("harm"), WARN, Act("warn", "Be kind."), REDIRECT), Never("warn", detected("abuse"))
    )
    for decisions in (decide(made, "u harm abuse"), by_machine(made, "u harm abuse")):
        assert decisions[0].actions == (Done("redirect", None, ("example",)),)
        assert decisions[0].stopped == (Stop("example", Cause.NEVER, action="warn"),)


def test_overrides() -> None:
    winner = rule(when("spam"), REDIRECT, name="winner", excepts=(detected("abuse", scope=HERE),))
    made = policy(winner, rule(when("harm"), name="loser"), Override("winner", "loser"))
    assert done_at(made, "u harm|u harm spam|a harm|u harm|u harm spam abuse") == [0, 3, 4]
    assert decide(made, "u harm spam")[0].stopped == (Stop("loser", Cause.OVERRIDES),)


def test_a_trial_never_acts_and_nobody_sees_it() -> None:
    made = policy(
        rule(when("harm"), END, name="trial", trial=True),
        rule(when("harm"), name="seen", only_if=Taken("end-chat")),
    )
    decisions = decide(made, "u harm|u harm")
    assert [decision.trial for decision in decisions] == [(Done("end-chat", None, ("trial",)),)] * 2
    assert not any(decision.actions or decision.ends or decision.after_end for decision in decisions)


def test_a_trial_overrides_nobody_but_is_overridden() -> None:
    trial = rule(when("harm"), name="trial", trial=True)
    other = rule(when("harm"), REDIRECT, name="other")
    assert done_at(policy(trial, other, Override("trial", "other")), "u harm", "redirect") == [0]
    decisions = decide(policy(trial, other, Override("other", "trial")), "u harm")
    assert decisions[0].trial == ()
    assert decisions[0].stopped == (Stop("trial", Cause.OVERRIDES),)


def test_strongest_first_then_by_text_and_equal_ones_together() -> None:
    made = policy(
        rule(when("harm"), REDIRECT, WARN, name="c"),
        rule(when("harm"), Act("warn", "Be kind."), name="b"),
        rule(when("harm"), WARN, name="a"),
    )
    assert decide(made, "u harm")[0].actions == (
        Done("warn", "Be kind.", ("b",)),
        Done("warn", "Please stop.", ("a", "c")),
        Done("redirect", None, ("c",)),
    )


def test_after_the_end() -> None:
    made = policy(
        rule(when("asks-end"), END, name="end"),
        rule(when("harm"), WARN, SUPPORT, name="help"),
        rule(when("spam"), name="warns", excepts=(detected("spam"),)),
    )
    decisions = decide(made, "u asks-end harm|u harm spam asks-end")
    assert [done.action for done in decisions[0].actions] == ["end-chat", "support", "warn"]
    assert decisions[1] == Decision((Done("support", "crisis-line", ("help",)),), after_end=True)


def test_applies() -> None:
    small = Attribute("model", "is", ("small",))
    made = policy(rule(when("harm"), applies=small))
    assert done_at(made, "u harm", attributes={"model": "small"}) == [0]
    assert decide(made, "u harm", attributes={"model": "large"}) == [Decision()]
    assert decide(made, "u harm")[0].stopped == (Stop("example", Cause.APPLIES, unknown=True),)


def ladder(**options: object) -> Ladder:
    steps = (Step(2, (WARN,)), Step(1, (REDIRECT,)))
    return Ladder("ladder", "refusal", None, steps, **options)  # type: ignore[arg-type]


def climbed(made: Ladder, text: str) -> list[tuple[int, str]]:
    decisions = decide(policy(made), text)
    return [(index, done.action) for index, decision in enumerate(decisions) for done in decision.actions]


def test_ladders() -> None:
    assert climbed(ladder(), "|".join([REFUSE] * 5)) == [(3, "warn"), (5, "redirect")]
    assert climbed(ladder(), "u|a refusal|a refusal|u|a refusal|a refusal") == [(4, "warn")]


def test_each_step_counts_from_the_step_before() -> None:
    steps = (Step(2, (WARN,)), Step(2, (REDIRECT,)))
    made = Ladder("ladder", "refusal", None, steps)
    assert climbed(made, "|".join([REFUSE] * 5)) == [(3, "warn"), (7, "redirect")]


def test_a_stopped_step_stays_due_and_nothing_counts_for_the_next() -> None:
    guards = rule(Begins(), excepts=(detected("harm", scope=last(turns(1))),)).guards
    text = f"{REFUSE}|u harm|a refusal|u harm|a refusal|{REFUSE}|{REFUSE}"
    assert climbed(ladder(guards=guards), text) == [(7, "warn"), (9, "redirect")]


def test_a_ladder_starts_over() -> None:
    strikes = "|".join([REFUSE] * 3)
    quiet = ladder(start_over=StartOver(quiet=turns(2)))
    assert [i for i, _ in climbed(quiet, f"{strikes}|u|a|{strikes}")] == [3, 5]
    assert [i for i, _ in climbed(quiet, f"{strikes}|u|a|u|a|{strikes}")] == [3, 5, 13, 15]
    event = ladder(start_over=StartOver(event="appeal"))
    assert [i for i, _ in climbed(event, f"{strikes}|s appeal|{strikes}")] == [3, 5, 10, 12]
