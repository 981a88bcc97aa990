"""Calls that tell again what was said before: the conversation is got back, whatever part each call sends."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from policy_engine.transcripts.chat_message import Said
from policy_engine.transcripts.message import Label, Message, Role
from policy_engine.transcripts.retelling import Retelling

WHEN = (None, None)


def user(text: str) -> Said:
    return Said(Message(Role.USER, content=text))


def reply(text: str) -> Said:
    return Said(Message(Role.ASSISTANT, content=text))


def system(text: str) -> Said:
    return Said(Message(Role.SYSTEM, content=text))


def texts(retelling: Retelling) -> list[str | None]:
    return [each.message.content for each in retelling.said()]


def heard(*calls: tuple[Sequence[Said], Sequence[Said]], repeats: bool = True) -> list[str | None]:
    retelling = Retelling(repeats=repeats)
    for number, (asked, answer) in enumerate(calls):
        retelling.hear(asked, answer, (10 * number, 10 * number + 5))
    return texts(retelling)


# Users say the same words again and again; replies are told apart by their number, as real ones nearly always are.
words = st.sampled_from(("yes", "no", " yes "))


@given(st.lists(words, min_size=1, max_size=8), st.data())
def test_a_conversation_is_got_back_from_whole_histories_and_from_last_parts(
    spoken: list[str], data: st.DataObject
) -> None:
    told: list[Said] = [system("be kind")]
    calls = []
    for number, text in enumerate(spoken):
        told.append(user(text))
        answer = reply(f"reply {number}")
        part = list(told)
        if number and data.draw(st.booleans(), label="last part"):
            replies = [place for place, each in enumerate(told) if each.message.role is Role.ASSISTANT]
            part = part[data.draw(st.sampled_from(replies), label="from") :]
        calls.append((part, [answer]))
        told.append(answer)
    assert heard(*calls) == [each.message.content for each in told]


@given(st.lists(words, min_size=1, max_size=6))
def test_calls_that_send_only_what_is_new_are_told_one_after_the_other(spoken: list[str]) -> None:
    calls = [([system("be kind"), user(text)], [reply("ok")]) for text in spoken]
    expected = ["be kind", *(each for text in spoken for each in (text, "ok"))]
    assert heard(*calls, repeats=False) == expected


def test_a_second_answer_follows_the_first() -> None:
    first, second = reply("a"), reply("b")
    asked = [user("hello")]
    assert heard((asked, [first]), (asked, [second]), ([*asked, second, user("go on")], [reply("c")])) == [
        "hello", "a", "b", "go on", "c",
    ]  # fmt: skip


def test_the_same_call_told_twice_is_one() -> None:
    asked = [user("hello"), reply("a"), user("go on")]
    assert heard((asked, [reply("b")]), (asked, [reply("b")])) == ["hello", "a", "go on", "b"]


def test_what_stands_before_known_words_is_no_news() -> None:
    first = ([system("it is ten"), user("hello")], [reply("a")])
    second = ([system("it is eleven"), user("(a summary)"), reply("a"), user("go on")], [reply("b")])
    assert heard(first, second) == ["it is ten", "hello", "a", "go on", "b"]


def test_another_word_of_the_user_is_news() -> None:
    first = ([user("hello"), reply("a"), user("go on")], [reply("b")])
    branch = ([user("hello"), reply("a"), user("stop")], [reply("c")])
    assert heard(first, branch) == ["hello", "a", "go on", "b", "stop", "c"]


def test_a_whole_conversation_that_is_given_back_is_told_once() -> None:
    state = [user("hello"), reply("a"), user("go on"), reply("b")]
    assert heard(([user("hello")], state[:2]), ([user("go on")], state), repeats=False) == [
        "hello",
        "a",
        "go on",
        "b",
    ]


def test_times_are_in_order_or_there_are_none() -> None:
    retelling = Retelling(repeats=False)
    retelling.hear([user("slow")], [reply("a")], (0, 9))
    retelling.hear([user("quick")], [reply("b")], (3, 4))
    assert texts(retelling) == ["slow", "quick", "b", "a"]
    retelling.hear([user("when")], [reply("c")], (None, None))
    assert {each.message.time for each in retelling.said()} == {None}
    assert texts(retelling)[:2] == ["slow", "a"]


def test_a_label_is_put_on_the_answer_of_its_call() -> None:
    retelling = Retelling(repeats=True)
    retelling.hear([user("hello")], [reply("a")], WHEN, ["one"])
    retelling.hear([user("hello"), reply("a"), user("go on")], [reply("b")], WHEN, ["two"])
    retelling.hear([user("hello"), reply("a"), user("go on")], [reply("b")], WHEN, ["again"])
    assert retelling.label("one", Label("x"))
    assert retelling.label("again", Label("y"))
    assert not retelling.label("three", Label("z"))
    assert [[label.name for label in each.message.labels] for each in retelling.said()] == [
        [],
        ["x"],
        [],
        ["y"],
    ]
