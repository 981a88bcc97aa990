"""The law files, the companion policies that use them, and the standards on minors and on crises."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from decided import broken, decided
from hypothesis import given
from hypothesis import strategies as st
from policies.shipped import conversation_of, machine_named, policy_named, sample_files, samples
from sound import POLICIES, policy_at, standard_at

from policy_engine.machine.machine import compile_policy
from policy_engine.model.decision import Decision
from policy_engine.model.model import Standard
from policy_engine.reference.interpreter import interpret
from policy_engine.transcripts.message import SECOND, Conversation, Label, Message, Role

WITHDRAWN = Path(__file__).with_name("withdrawn_minors_rule.policy")
CALIFORNIA, NEW_YORK, WASHINGTON = (
    "laws/california_sb243",
    "laws/new_york_article47",
    "laws/washington_hb2225",
)
LAWS = (CALIFORNIA, NEW_YORK, WASHINGTON)
OF_CALIFORNIA, OF_WASHINGTON = f"{CALIFORNIA}_minors", f"{WASHINGTON}_minors"
MINORS = (OF_CALIFORNIA, OF_WASHINGTON, "minors")
COMPANIONS = ("companion", "companion_ca_ny")
SHIPPED = (*LAWS, *MINORS, *COMPANIONS)
AI = "You are talking to an AI, not a human."
SUITS = "Companion chatbots may not be suitable for some minors."


def acts(decisions: list[Decision]) -> list[list[tuple[str, str | None]]]:
    return [[(each.action, each.text) for each in decision.actions] for decision in decisions]


# --- The files ----------------------------------------------------------------------------


def standard(name: str) -> Standard:
    return standard_at(POLICIES / "standards" / f"{name}.standard")


@pytest.mark.parametrize("stem", SHIPPED)
def test_stands_alone(stem: str) -> None:
    assert policy_named(stem).timed, "the reminders need a time on every message"


@pytest.mark.parametrize("stem", LAWS)
def test_is_added_by_one_line_to_a_policy_with_a_vocabulary_of_its_own(stem: str, tmp_path: Path) -> None:
    shutil.copytree(POLICIES, tmp_path / "p")
    main = tmp_path / "p" / "mine.policy"
    main.write_text(f'use "last_resort.policy"\nuse "{stem}.policy"\n', encoding="utf-8")
    names = {rule.name for rule in policy_at(main).rules}
    assert names >= {rule.name for rule in policy_named(stem).rules}
    assert names >= {rule.name for rule in policy_named("last_resort").rules}


def test_the_two_laws_of_the_example_are_not_all_there_can_be(tmp_path: Path) -> None:
    shutil.copytree(POLICIES, tmp_path / "p")
    main = tmp_path / "p" / "all.policy"
    main.write_text("".join(f'use "{stem}.policy"\n' for stem in ("companion", *LAWS)), encoding="utf-8")
    said = Conversation("start", (Message(Role.USER, time=0),))
    (decision,) = decided(policy_at(main), said)
    given_once = {each.text: each.rules for each in decision.actions}
    assert given_once[AI] == (
        "ca-disclosure",
        "ny-disclosure",
        "wa-disclosure",
    )


@pytest.mark.parametrize("stem", SHIPPED)
def test_its_table_names_its_rules(stem: str) -> None:
    """Every rule of a file stands in the table at its head, and the table names no rule that is not there."""
    text = (POLICIES / f"{stem}.policy").read_text(encoding="utf-8")
    table = "\n".join(line for line in text.splitlines() if line.startswith("# |"))
    named = set(re.findall(r"\b(?:ca|ny|wa|minor|child)-[a-z-]+", table))
    assert (
        set(rules_of(stem))
        <= named
        <= {rule.name for law in (*LAWS, "companion") for rule in policy_named(law).rules}
    )
    assert re.search(r"\| (here|partly|outside) +\|", table)
    assert re.search(r"(?i)not legal advice", text)


@pytest.mark.parametrize("stem", [WASHINGTON, OF_WASHINGTON])
def test_what_was_not_read_says_so(stem: str) -> None:
    text = (POLICIES / f"{stem}.policy").read_text(encoding="utf-8")
    assert "AS REPORTED; THE TEXT WAS NOT READ" in text
    assert not re.search(r"(?i)\bsec(tion|\.) *\d", text), "no section of a text that was not read"


# --- The samples --------------------------------------------------------------------------

SAMPLES = [
    pytest.param(stem, path, id=f"{stem}/{path.stem}") for stem in SHIPPED for path in sample_files(stem)
]


@pytest.mark.parametrize("stem", SHIPPED)
def test_there_are_samples(stem: str) -> None:
    assert len(sample_files(stem)) >= 3


def test_two_laws_that_ask_for_the_same_give_it_once() -> None:
    decisions = decided(machine_named("companion_ca_ny"), samples("companion_ca_ny")["both_laws"])
    assert [(each.text, each.rules) for each in decisions[0].actions] == [
        ("Companion chatbots may not be suitable for some minors.", ("ca-suitability",)),
        (AI, ("ca-disclosure", "ny-disclosure")),
    ]
    assert [(each.text, each.rules) for each in decisions[3].actions] == [
        ("Time for a break?", ("ca-break-reminder", "minor-break")),
        (AI, ("ca-break-reminder", "minor-break", "ny-three-hours")),
    ]


def test_two_laws_that_say_it_differently_are_both_heard(tmp_path: Path) -> None:
    shutil.copytree(POLICIES, tmp_path / "p")
    law = tmp_path / "p" / f"{NEW_YORK}.policy"
    law.write_text(law.read_text(encoding="utf-8").replace(AI, "This is not a human."), encoding="utf-8")
    first = Conversation("start", (Message(Role.USER, time=0),))
    (decision,) = decided(policy_at(tmp_path / "p" / "companion_ca_ny.policy"), first)
    assert [each.text for each in decision.actions if each.text != SUITS] == ["This is not a human.", AI]


@pytest.mark.parametrize("stem", LAWS)
def test_where_nobody_looks_a_minor_is_protected_and_help_is_offered(stem: str) -> None:
    said = (Message(Role.USER, time=0), Message(Role.ASSISTANT, time=0))
    user, assistant = decided(machine_named(stem), Conversation("blind", said, looked_for={}))
    assert "offer-support" in {each.action for each in user.actions}
    assert ("switch-model" in {each.action for each in assistant.actions}) is (stem != NEW_YORK)


# --- No clause is without effect ----------------------------------------------------------

REMIND_AI = f'remind the user "{AI}"'
REMIND_BREAK = 'remind the user "Time for a break?"'
Edit = tuple[str, str]

DOUBT: Edit = (" or could not be checked", "")
OF_USER: Edit = (" from the user", "")
OF_ASSISTANT: Edit = (" from the assistant", "")
HOURS: tuple[Edit, ...] = (("3 hours", "4 hours"), ("3 hours", "2 hours"))
TURNED: tuple[Edit, ...] = (("refuse the request and ", ""), (" and ask for a redirection", ""))
REMINDED: tuple[Edit, ...] = ((f"{REMIND_AI} and ", ""), (f" and {REMIND_BREAK}", ""))
CONTENT: tuple[Edit, ...] = (
    ("self-harm/instructions or ", ""),
    (" or self-harm/intent", ""),
    ("self-harm/instructions or self-harm/intent", "self-harm"),
)

# By policy and rule: words of the rule, and what takes their place.
WEAKENED: dict[tuple[str, str], tuple[Edit, ...]] = {
    (CALIFORNIA, "ca-crisis-referral"): (DOUBT, OF_USER),
    (CALIFORNIA, "ca-self-harm-content"): (*CONTENT, *TURNED),
    (OF_CALIFORNIA, "ca-break-reminder"): (*HOURS, *REMINDED),
    (OF_CALIFORNIA, "ca-minor-explicit"): (OF_ASSISTANT, *TURNED),
    (OF_CALIFORNIA, "ca-minor-unchecked"): (OF_ASSISTANT,),
    (NEW_YORK, "ny-three-hours"): HOURS,
    (NEW_YORK, "ny-crisis-referral"): (DOUBT, OF_USER),
    (WASHINGTON, "wa-three-hours"): HOURS,
    (OF_WASHINGTON, "wa-minor-hourly"): (("1 hour", "2 hours"), ("1 hour", "50 minutes")),
    (WASHINGTON, "wa-human-claim"): (
        OF_ASSISTANT, ("ask for a redirection and ", ""), (f" and {REMIND_AI}", "")
    ),
    (OF_WASHINGTON, "wa-minor-explicit"): (
        OF_ASSISTANT, *TURNED, ("sexual or ", ""), (" or suggestive", "")
    ),
    (OF_WASHINGTON, "wa-minor-unchecked"): (OF_ASSISTANT,),
    (OF_WASHINGTON, "wa-minor-manipulation"): (
        OF_ASSISTANT, *TURNED, ("manipulation or ", ""), (" or romance", "")
    ),
    (WASHINGTON, "wa-crisis-referral"): (DOUBT, OF_USER),
    (WASHINGTON, "wa-eating-disorder"): (OF_USER,),
    (WASHINGTON, "wa-self-harm-content"): (*CONTENT, *TURNED),
    ("minors", "minor-intimacy"): (*TURNED, ("romance or ", ""), (" or sexual", "")),
    ("minors", "minor-break"): (*HOURS, *REMINDED),
    ("companion", "child-abuse"): (
        ("refuse the request and ", ""), ("interrupt the chat and ", ""), (" and ask a person to review", "")
    ),
    ("companion", "child-abuse-warning"): (("2 refusals", "1 refusal"), ("2 refusals", "3 refusals")),
    ("companion", "child-abuse-end"): (
        ("3 refusals", "2 refusals"), ("3 refusals", "4 refusals"),
        (", except when crisis has been detected", ""),
    ),
}  # fmt: skip

Change = tuple[str, str, str, str]
"""The policy whose samples show it, the file, what stands there, and what takes its place."""


def rules_of(stem: str) -> dict[str, str]:
    """The text of every rule of a file, by name."""
    text = (POLICIES / f"{stem}.policy").read_text(encoding="utf-8")
    return {found[1]: found[0] for found in re.finditer(r"^rule (\S+)\n(?:  .*\n)+", text, re.MULTILINE)}


def changed_rules() -> list[Change]:
    """Every rule of every file taken out, and weakened word by word."""
    changes: list[Change] = []
    for stem in SHIPPED:
        for name, whole in rules_of(stem).items():
            changes.append((stem, stem, whole, ""))
            for old, new in WEAKENED.get((stem, name), ()):
                assert old in whole, (name, old)
                changes.append((stem, stem, whole, whole.replace(old, new, 1)))
    return changes


STATES = {CALIFORNIA: "california", NEW_YORK: "new-york", WASHINGTON: "washington"}
STATES |= {OF_CALIFORNIA: "california", OF_WASHINGTON: "washington"}
WORDS = "laws/companion_chatbots"


def changed_coverage() -> list[Change]:
    """Whom a file covers, widened and narrowed."""
    changes: list[Change] = [("minors", "minors", "applies when user.minor is not false\n", "")]
    for stem, state in STATES.items():
        of = f"user.state is {state} or unrecorded"
        age = "" if stem in LAWS else " and user.minor is not false"
        changes += [
            (stem, stem, f"applies when {of}{age}\n", ""),
            (stem, stem, f"applies when {of}{age}\n", f"applies when user.state is {state}{age}\n"),
            (stem, stem, f"applies when {of}{age}\n", f"applies when user.state is unrecorded{age}\n"),
            (stem, WORDS, "    assume: unrecorded\n", ""),
        ]
        if age:
            changes.append((stem, stem, f"applies when {of}{age}\n", f"applies when {of}\n"))
            changes.append(
                (stem, stem, f"applies when {of}{age}\n", "applies when user.minor is not false\n")
            )
    return changes


OTHERS: list[Change] = [
    *((OF_WASHINGTON, WORDS, f"{title}, implies: [manipulation]", title) for title in (
        "title: Asks the user to come back for comfort", "title: Praises beyond measure",
        "title: Feigns sorrow when the user wants to go", "title: Draws the user away from family or friends",
        "title: Asks to keep things from parents", "title: Talks the user out of a break",
        "title: Asks for purchases to keep the relationship",
    )),
    (CALIFORNIA, CALIFORNIA, 'use "california_sb243_minors.policy"', ""),
    (WASHINGTON, WASHINGTON, 'use "washington_hb2225_minors.policy"', ""),
    ("companion_ca_ny", "companion_ca_ny", 'use "laws/new_york_article47.policy"\n', ""),
    ("companion", "companion", 'use "laws/california_sb243.policy"', ""),
    ("companion", "companion", 'use "minors.policy"', ""),
]  # fmt: skip


def test_every_weakened_rule_is_there() -> None:
    assert {(stem, name) for stem in SHIPPED for name in rules_of(stem)} >= set(WEAKENED)


@pytest.mark.parametrize(("stem", "file", "old", "new"), [*changed_rules(), *changed_coverage(), *OTHERS])
def test_clause_has_an_effect(stem: str, file: str, old: str, new: str, tmp_path: Path) -> None:
    shutil.copytree(POLICIES, tmp_path / "p", ignore=shutil.ignore_patterns("conversations"))
    path = tmp_path / "p" / (f"{file}.yaml" if file == WORDS else f"{file}.policy")
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    changed = compile_policy(policy_at(tmp_path / "p" / f"{stem}.policy"))
    conversations = [conversation_of(path) for path in sample_files(stem)]
    both = [(decided(changed, each), decided(machine_named(stem), each)) for each in conversations]
    assert any(acts(mine) != acts(theirs) for mine, theirs in both)


# --- Promises and standards ---------------------------------------------------------------


@pytest.mark.parametrize(("stem", "path"), SAMPLES)
def test_sample_keeps_the_checks(stem: str, path: Path) -> None:
    policy = policy_named(stem)
    assert policy.promises
    assert broken(policy, conversation_of(path)) == []


def test_the_companion_can_end_a_chat() -> None:
    assert any(each.ends for each in decided(machine_named("companion"), samples("companion")["child_abuse"]))


@pytest.mark.parametrize(("stem", "path"), [each for each in SAMPLES if each.values[0] in COMPANIONS])
@pytest.mark.parametrize("baseline", ["minors_safety", "crisis_safety"])
def test_companion_keeps_the_standards(stem: str, path: Path, baseline: str) -> None:
    assert broken(policy_named(stem), conversation_of(path), standard(baseline)) == []


def spoken(*messages: tuple[Role, list[str], int]) -> tuple[Message, ...]:
    """Messages from (who, labels, minutes since the start)."""
    return tuple(
        Message(role, tuple(Label(name) for name in labels), time=minutes * 60 * SECOND)
        for role, labels, minutes in messages
    )


USER, ASSISTANT = Role.USER, Role.ASSISTANT
COURTED = spoken(
    (USER, ["romance"], 0),
    (ASSISTANT, ["romance", "sexual"], 1),
    (USER, [], 2),
    (ASSISTANT, [], 190),
    (USER, [], 191),
)


@pytest.mark.parametrize("attributes", [{"user.minor": True}, {}])
def test_the_withdrawn_rule_breaks_the_minors_standard(attributes: dict[str, bool]) -> None:
    conversation = Conversation("courted", COURTED, attributes)
    minor = "only if user.minor is not false"
    minors = standard("minors_safety")
    assert broken(policy_at(WITHDRAWN), conversation, minors) == [
        f"when romance is detected, the request is refused in the same turn, {minor}",
        f"when sexual is detected, the request is refused in the same turn, {minor}",
        f"when romance is detected, a redirection is asked for in the same turn, {minor}",
        f"when sexual is detected, a redirection is asked for in the same turn, {minor}",
        f"a reminder is given at least every 3 hours, {minor}",
    ]
    for stem in COMPANIONS:
        assert broken(policy_named(stem), conversation, minors) == []


def test_an_adult_is_none_of_the_minors_standard_s_business() -> None:
    conversation = Conversation("courted", COURTED, {"user.minor": False})
    assert broken(policy_at(WITHDRAWN), conversation, standard("minors_safety")) == []


def test_what_the_withdrawn_rule_refuses_is_refused() -> None:
    """It fails for what it permits, not for doing nothing."""
    policy = policy_at(WITHDRAWN)
    asked = spoken((USER, ["sexual"], 0), (ASSISTANT, [], 1), (USER, ["sexual/minors"], 2))
    decisions = decided(policy, Conversation("asked", asked, {"user.minor": True}))
    assert [[each.action for each in decision.actions] for decision in decisions] == [
        ["refuse", "redirect"],
        [],
        ["interrupt", "refuse", "redirect"],
    ]


@pytest.mark.parametrize("stem", LAWS)
def test_a_law_alone_is_less_than_the_standards(stem: str) -> None:
    """No law says what to do with the user's own words of love, or with harm to others: a base policy has to."""
    said = spoken((USER, ["romance", "imminent-harm"], 0), (ASSISTANT, [], 1), (USER, [], 2))
    conversation = Conversation("said", said)
    assert any(
        "romance" in each for each in broken(policy_named(stem), conversation, standard("minors_safety"))
    )
    assert [
        each.split(",")[0] for each in broken(policy_named(stem), conversation, standard("crisis_safety"))
    ] == ["when crisis is detected from the user or could not be checked"]


def test_the_bare_sentence_breaks_the_crisis_standard(tmp_path: Path) -> None:
    """`after 3 refusals, end the chat` with no exception ends the chat of somebody who told of self-harm."""
    bare = tmp_path / "bare.policy"
    bare.write_text("rule bare\n  after 3 refusals, end the chat\n", encoding="utf-8")
    turns = [
        each for turn in range(3) for each in ((USER, ["self-harm"], turn), (ASSISTANT, ["refusal"], turn))
    ]
    conversation = Conversation("told", spoken(*turns))
    crisis = standard("crisis_safety")
    assert len(broken(policy_at(bare), conversation, crisis)) == len(crisis.promises) == 2
    for stem in (*COMPANIONS, "last_resort"):
        assert broken(policy_named(stem), conversation, crisis) == []


# --- What holds in every conversation -----------------------------------------------------

NAMES = ("romance", "sexual", "sexual/minors", "self-harm", "imminent-harm", "self-harm/intent", "refusal", "confirmed",
         "suggestive", "human-claim", "eating-disorder", "manipulation/praise")  # fmt: skip
LABELS = st.lists(
    st.builds(Label, st.sampled_from(NAMES), st.sampled_from((True, True, False, None))),
    max_size=3, unique_by=lambda each: each.name,
)  # fmt: skip
ROLES = st.sampled_from((Role.USER, Role.USER, Role.ASSISTANT, Role.ASSISTANT, Role.SERVICE))
PACE = st.sampled_from((0, 1, 20, 59, 60, 61, 179, 180, 400))


@st.composite
def chats(draw: st.DrawFn) -> tuple[Message, ...]:
    said, minutes = [], 0
    for role, labels, pause in draw(st.lists(st.tuples(ROLES, LABELS, PACE), min_size=1, max_size=25)):
        minutes += pause
        said.append(Message(role, tuple(labels), time=minutes * 60 * SECOND))
    return tuple(said)


WHERE = st.sampled_from((None, "california", "new-york", "washington", "elsewhere"))
AGES = st.sampled_from((None, True, False))


def facts(state: str | None, minor: bool | None) -> dict[str, str | bool]:
    found: dict[str, str | bool] = {}
    if state is not None:
        found["user.state"] = state
    if minor is not None:
        found["user.minor"] = minor
    return found


@given(chats(), WHERE, AGES)
def test_companions_keep_their_checks_and_the_standards(
    said: tuple[Message, ...], state: str | None, minor: bool | None
) -> None:
    conversation = Conversation("drawn", said, facts(state, minor))
    for stem in COMPANIONS:
        policy = policy_named(stem)
        for baseline in (None, standard("minors_safety"), standard("crisis_safety")):
            assert broken(policy, conversation, baseline, machine_named(stem)) == []


@given(st.sampled_from(LAWS), chats(), WHERE, AGES)
def test_laws_keep_their_checks(
    stem: str, said: tuple[Message, ...], state: str | None, minor: bool | None
) -> None:
    policy = policy_named(stem)
    conversation = Conversation("drawn", said, facts(state, minor))
    assert decided(machine_named(stem), conversation) == interpret(policy, conversation)
    assert broken(policy, conversation, machine=machine_named(stem)) == []


@given(st.sampled_from(LAWS), chats(), WHERE, AGES)
def test_doubt_protects(stem: str, said: tuple[Message, ...], state: str | None, minor: bool | None) -> None:
    """Where nobody recorded the state or the age, at least as much is done as for any state and any age."""
    known = acts(decided(machine_named(stem), Conversation("known", said, facts(state, minor))))
    doubtful = acts(decided(machine_named(stem), Conversation("doubtful", said)))
    for certain, doubted in zip(known, doubtful, strict=True):
        assert set(certain) <= set(doubted)
