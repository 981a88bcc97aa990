"""Test files: what their keys mean, and that every fault is told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy_engine.policytest.case import Suite
from policy_engine.policytest.reading import MAX_CASES, read_suite
from policy_engine.transcripts.message import Label, Role

POLICY = """
group abuse = hate or harassment
rule mission
  after 2 refusals on abuse, end the chat, except when self-harm has been detected, except when violence is detected
trial rule sooner
  after 1 refusal on abuse, ask a person to review
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one policy; the tests are read from within it."""
    monkeypatch.chdir(tmp_path)
    Path("a.policy").write_text(POLICY, encoding="utf-8")
    return tmp_path


def told(text: str) -> list[tuple[int, int, str, str | None]]:
    """The faults of a test file: line, column, message and hint."""
    Path("a.test.yaml").write_text(text, encoding="utf-8")
    suite, faults = read_suite(Path("a.test.yaml"))
    assert suite is None
    assert faults
    places = [(each.location.line, each.location.column) if each.location else (0, 0) for each in faults]
    return [(*place, each.message, each.hint) for place, each in zip(places, faults, strict=True)]


def suite_of(text: str) -> Suite:
    """The suite of a test file without a fault."""
    Path("a.test.yaml").write_text(text, encoding="utf-8")
    suite, faults = read_suite(Path("a.test.yaml"))
    assert faults == ()
    assert suite is not None
    return suite


def in_turns(*turns: str, before: str = "") -> str:
    """A file with one test of these turns."""
    return before + "tests:\n  - name: one\n    turns:\n" + "".join(f"      - {each}\n" for each in turns)


# --- what it means ------------------------------------------------------------------------


def test_policy_is_the_one_called_as_the_file_or_named(folder: Path) -> None:
    assert suite_of(in_turns("hate")).policy.name == "a"
    (folder / "below").mkdir()
    (folder / "below" / "b.policy").write_text(
        "rule one\n  when hate is detected, add a strike\n", encoding="utf-8"
    )
    assert suite_of(in_turns("hate", before="policy: below/b.policy\n")).policy.name == "b"


@pytest.mark.usefixtures("folder")
def test_attributes_and_what_was_looked_for_hold_for_all_tests_that_say_nothing_else() -> None:
    text = """
attributes: {user.minor: true, user.strikes: 2}
looked-for: {self-harm: [user]}
tests:
  - name: one
    turns: [hate]
  - name: two
    attributes: {user.minor: false}
    looked-for: [refusal]
    turns: [hate]
"""
    one, two = (case.conversation for case in suite_of(text).cases)
    assert dict(one.attributes) == {"user.minor": True, "user.strikes": 2}
    assert dict(one.looked_for or {}) == {"self-harm": frozenset({Role.USER})}
    assert dict(two.attributes) == {"user.minor": False, "user.strikes": 2}
    assert dict(two.looked_for or {}) == {"refusal": None}


@pytest.mark.usefixtures("folder")
def test_each_row_of_a_table_is_a_test() -> None:
    text = """
tests:
  - name: <label> <n>
    attributes: {user.strikes: <land>}
    turns:
      - "<label> <score>, <n> times": <what>
    table:
      - [label, score, n, what, land]
      - [hate, 0.9, 2, nothing, 1]
      - [violence, unknown, 1, anything, 2]
"""
    one, two = suite_of(text).cases
    assert (one.name, two.name) == ("hate 2", "violence 1")
    assert dict(two.conversation.attributes) == {"user.strikes": 2}
    assert one.conversation.messages[2].labels == (Label("hate", 0.9),)
    assert two.steps[-1].expected.others


@pytest.mark.usefixtures("folder")
def test_a_row_names_its_test_where_the_name_says_nothing_of_it() -> None:
    text = "tests:\n  - name: one\n    turns: [<label>]\n    table: [[label], [hate], [violence]]\n"
    assert [case.name for case in suite_of(text).cases] == ["one (label hate)", "one (label violence)"]


@pytest.mark.usefixtures("folder")
def test_a_turn_of_several_times_is_two_steps() -> None:
    (case,) = suite_of(in_turns("refusal on hate, 3 times: end the chat")).cases
    assert [(step.first, step.last, step.expected.words) for step in case.steps] == [
        (1, 4, ()),
        (5, 6, ("end the chat",)),
    ]


@pytest.mark.usefixtures("folder")
def test_time_passes_only_where_a_turn_says_so() -> None:
    (case,) = suite_of(in_turns("hate", "after 5 minutes", "after 10 seconds, user shows hate")).cases
    times = [message.time or 0 for message in case.conversation.messages]
    assert [time - times[0] for time in times] == [0, 0, 310_000_000]


@pytest.mark.usefixtures("folder")
def test_a_test_that_speaks_of_trial_rules_once_speaks_of_them_everywhere() -> None:
    (case,) = suite_of(in_turns("hate", "hate: on trial ask a person to review", "hate: anything")).cases
    assert [step.expected.trial is None for step in case.steps] == [False, False, True]
    (case,) = suite_of(in_turns("hate", "hate: nothing")).cases
    assert all(step.expected.trial is None for step in case.steps)


def test_a_recorded_conversation_has_its_expectations_by_message(folder: Path) -> None:
    (folder / "chat.yaml").write_text(
        "messages:\n- user: hi\n  labels: [hate]\n- assistant: no\n", encoding="utf-8"
    )
    text = "tests:\n  - conversation: chat.yaml\n    expect:\n      2: end the chat\n"
    (case,) = suite_of(text).cases
    assert case.name == "chat"
    assert [step.expected.words for step in case.steps] == [(), ("end the chat",)]


# --- what is wrong ------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", [(1, 1, "the file is empty", "write `tests:`, and a list of tests")]),
        ("a: &x 1\n", [(1, 4, "`&x` names an entry to be repeated", "write each entry out")]),
        ("tests: []\n", [(1, 1, "there is no test in this file", "write `tests:`, and a list of tests")]),
        ("test: []\n", [(1, 1, "unknown key `test`", "did you mean `tests`?")]),
        ("tests: {}\n", [(1, 8, "`tests` has to be a list", "write `- name: …` below it")]),
        ("tests: [one]\n", [(1, 9, "a test has to be a mapping", "for example `- name: …`, then `turns:`")]),
        (
            "tests:\n  - turns: [hate]\n",
            [(2, 5, "`the test` has no `name`", "add `name: what is tested`")],
        ),
        (
            "tests:\n  - name: one\n",
            [(2, 11, "`one` has neither `turns` nor `conversation`", "a test has one of the two")],
        ),
        (
            "tests:\n  - name: one\n    turns: [hate]\n  - name: one\n    turns: [hate]\n",
            [(4, 11, "two tests are called `one`", "there is one of that name on line 2")],
        ),
        (in_turns("hate: end the chatt"), [(4, 15, "unknown action `end the chatt`", "did you mean `end the chat`?")]),
        (
            in_turns("hate: misson is stopped by except"),
            [(4, 15, "unknown rule or ladder `misson`", "did you mean `mission`?")],
        ),
        (
            in_turns("hate: mission is stopped by only if"),
            [(4, 37, "`mission` has no `only if`", None)],
        ),
        (
            in_turns("hate: mission is stopped by except 3"),
            [(4, 37, "`mission` has no clause 3 of that kind", None)],
        ),
        (
            in_turns("hate: mission is stopped by exept"),
            [(4, 37, "`exept` is no clause that stops a rule", "did you mean `except`?")],
        ),
        (in_turns("hate: misson 1 of 2"), [(4, 15, "unknown rule or ladder `misson`", "did you mean `mission`?")]),
        (
            in_turns("hate: warn the user stop it"),
            [(4, 15, "the text of an action stands in quotation marks", 'write `warn the user "…"`')],
        ),
        (in_turns('hate: end the chat "now"'), [(4, 15, "`end the chat` takes no text", "leave the text out")]),
        (
            in_turns("hate: offer support crisis-lien"),
            [(4, 29, "unknown notice `crisis-lien`", "did you mean `crisis-line`?")],
        ),
        (
            in_turns("hate: end the chat (sooner)"),
            [(4, 29, "`sooner` is on trial", "write `on trial` before what it would do")],
        ),
        (
            in_turns("hate: on trial end the chat (mission)"),
            [(4, 38, "`mission` is not on trial", "leave `on trial` out")],
        ),
        (
            in_turns("after 5 minutes: end the chat"),
            [(4, 9, "nobody speaks here, so nothing can be expected", "write it behind the next turn")],
        ),
        (
            in_turns("hate: {a: b}"),
            [
                (
                    4,
                    15,
                    "what is expected has to be a text, or a list of texts",
                    "put a text with `: ` in single quotes: 'warn the user \"Stop: now.\"'",
                )
            ],
        ),
        (
            in_turns("{user: hi, labels: [haet]}"),
            [(4, 9, "the vocabulary does not know the label `haet`", "did you mean `hate`?")],
        ),
        (
            in_turns("{user: hi, lables: [hate]}"),
            [(4, 9, "unknown key `lables`", "did you mean `labels`?")],
        ),
        (
            in_turns("hate", before="attributes: {user.minr: true}\n"),
            [(1, 13, "unknown attribute `user.minr`", "did you mean `user.minor`?")],
        ),
        (
            in_turns("hate", before="attributes: {user.minor: 3}\n"),
            [(1, 13, "`3` is not a value of `user.minor`", "its type is boolean")],
        ),
        (
            in_turns("hate", before="looked-for: [self-hram]\n"),
            [(1, 13, "unknown label `self-hram`", "did you mean `self-harm`?")],
        ),
        (
            in_turns("hate", before="policy: ../other.policy\n"),
            [
                (
                    1,
                    9,
                    "`../other.policy` is outside the test file's folder",
                    "keep what a test file names in its folder or below",
                )
            ],
        ),
        (
            in_turns("hate", before="policy: b.policy\n"),
            [(1, 9, "there is no file `b.policy`", "did you mean `a.policy`?")],
        ),
        (
            in_turns("hate", before="conversations: here\n"),
            [
                (1, 16, "`conversations` are read for `never` and `always` alone",
                 "add one of the two, or leave it out"),
            ],
        ),
        (
            "never: end the chatt\n",
            [(1, 8, "unknown action `end the chatt`", "did you mean `end the chat`?")],
        ),
        (
            "never: end the chat when self-hram is detected\n",
            [(1, 26, "unknown category `self-hram`", "did you mean `self-harm`?")],
        ),
        (
            "always: [a warning is given before the caht is ended]\n",
            [(1, 36, "unknown action `the caht is ended`", "did you mean `the chat is ended`?")],
        ),
        (
            "tests:\n  - name: <x>\n    turns: [<x>]\n    table: [[x, y], [hate, 1]]\n",
            [(4, 17, "the test never says `<y>`", "leave the column out, or use it")],
        ),
        (
            "tests:\n  - name: <x>\n    turns: [<xx>]\n    table: [[x], [hate]]\n",
            [(3, 13, "the table has no column `xx`", "did you mean `<x>`?")],
        ),
        (
            "tests:\n  - name: <x>\n    turns: [<x>]\n    table: [[x], [hate, 3]]\n",
            [(4, 18, "the row has 2 of 1 columns", None)],
        ),
    ],
)  # fmt: skip
def test_fault_is_told_where_it_is(text: str, faults: list[tuple[int, int, str, str | None]]) -> None:
    found = told(text)
    assert found[: len(faults)] == faults
    assert len(found) == len(faults)


def test_faults_of_the_policy_are_told_once_and_as_its_own(folder: Path) -> None:
    (folder / "a.policy").write_text("rule one\n  when haet is detected, add a strike\n", encoding="utf-8")
    assert told(in_turns("hate")) == [(2, 8, "unknown category `haet`", "did you mean `hate`?")]


def test_a_file_that_is_not_there_is_unreadable(folder: Path) -> None:
    suite, (fault,) = read_suite(Path("b.test.yaml"))
    assert suite is None
    assert (fault.code, fault.location) == ("missing-file", None)
    (folder / "c.test.yaml").write_bytes(b"\xff\xfe\x00")
    assert read_suite(Path("c.test.yaml"))[1][0].code == "not-text"


@pytest.mark.usefixtures("folder")
def test_a_file_has_a_bounded_number_of_tests() -> None:
    rows = ", ".join(["[hate]"] * (MAX_CASES + 1))
    (fault,) = told(f"tests:\n  - name: <x>\n    turns: [<x>]\n    table: [[x], {rows}]\n")[:1]
    assert fault[2].startswith("two tests are called") or "at most" in fault[2]


@given(text=st.text(alphabet=st.sampled_from("tesn:-[]{}<>,'\"#&*!|\n a0\u202e\x1b"), max_size=200))
def test_any_text_is_read_or_refused(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "a.policy").write_text(POLICY, encoding="utf-8")
    path = folder / "a.test.yaml"
    path.write_text(f"tests:\n{text}", encoding="utf-8")
    suite, faults = read_suite(path)
    assert (suite is None) == bool(faults)
