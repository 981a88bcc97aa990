"""The page of a simulation: it says what the terminal says, and nothing that it shows becomes markup."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from types import MappingProxyType
from xml.etree.ElementTree import Element

import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_policies import conversations, is_timed, policies
from sound import policy_of

from policy_engine.machine.machine import compile_policy
from policy_engine.machine.walk import TimeOrderError
from policy_engine.model.model import Policy
from policy_engine.reports.account import IS_OVER
from policy_engine.reports.page import Page
from policy_engine.reports.screen import Screen, clean
from policy_engine.reports.timeline import Shown, timeline
from policy_engine.simulation.simulation import Simulation, run
from policy_engine.simulation.summary import Summary
from policy_engine.transcripts.message import Conversation, Label, Message, Role

SCREEN = Screen(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
POLICY = """
policy "NAME" version "1"
applies when model is not opus-4
group extreme = terrorism
rule warned
  after 1 refusal on extreme, warn the user "Please stop.", only if the chat has not been ended
  reason "REASON"
trial rule strict
  after 1 refusal, end the chat
rule ending
  after 2 refusals, end the chat, except when self-harm has been detected
"""

NASTY = (
    "<script>alert(1)</script>", "</blockquote></li></ol>", "]]>", "<![CDATA[", "<!--", "-->", "</style>", "</title>",
    '" onload="alert(1)', "' onload='alert(1)", "&lt;b&gt;", "&#60;b&#62;", "&", "{{ 7 * 7 }}", "{% raw %}", "{#",
    "\x00", "\x1b[31m", "\r\n", "\u2028", "\u202e", "\u2066", "\ud800", "\udfff\ud83d", "\ufffe", "\ufdd0",
    "\U0001fffe", "\u0627\u0644\u0633\u0644\u0627\u0645", "\u05e9\u05dc\u05d5\u05dd", "\u200f",
    "javascript:alert(1)", "https://example.org/",
)  # fmt: skip
hostile = st.lists(
    st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=()), max_size=8), min_size=1, max_size=4
).map(lambda parts: f"x{''.join(parts)}")


PLAIN = policy_of(POLICY)


def told_by(policy: Policy, texts: Mapping[str, str]) -> Policy:
    """The policy with other words for all that its writer may choose freely."""
    rules = tuple(
        replace(
            rule,
            reason=texts["reason"] if rule.reason else None,
            actions=tuple(
                replace(act, text=texts["warning"]) if act.text is not None else act for act in rule.actions
            ),
        )
        for rule in policy.rules
    )
    actions = dict(policy.vocabulary.actions)
    actions["warn"] = replace(actions["warn"], past=texts["past"], phrase=texts["phrase"])
    vocabulary = replace(policy.vocabulary, actions=MappingProxyType(actions))
    return replace(policy, name=texts["name"], version=texts["version"], rules=rules, vocabulary=vocabulary)


def chat(texts: Mapping[str, str]) -> Conversation:
    said = [texts["user"], texts["assistant"]] * 3
    roles = [Role.USER, Role.ASSISTANT] * 3
    labels = [
        (Label("terrorism", source=texts["source"]), Label(texts["label"])),
        (Label("refusal", 0.9),),
    ] * 3
    messages = tuple(
        Message(role, own, text, time)
        for time, (role, own, text) in enumerate(zip(roles, labels, said, strict=True))
    )
    return Conversation(texts["id"], messages, {"model": texts["model"]}, origin=texts["origin"])


def page_of(simulations: Sequence[Simulation], policy: Policy, **options: bool) -> str:
    page, summary = Page(policy, **options), Summary(policy, detecting=True)
    for each in simulations:
        page.add(each)
        summary.add(each)
    return "".join(page.html(summary))


def parsed(html: str) -> Element:
    """The page as a browser reads it; the parser is strict: any error in the markup raises."""
    html.encode("utf-8")
    root = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(html)
    assert isinstance(root, Element)
    return root


def skeleton(root: Element) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """Every element with its attributes, in order: the page without its text."""
    return [(str(each.tag), tuple(sorted(each.attrib.items()))) for each in root.iter()]


def with_class(root: Element, name: str) -> Iterator[Element]:
    return (each for each in root.iter() if name in each.attrib.get("class", "").split())


def words_of(element: Element) -> str:
    return re.sub(r"\s+", " ", "".join(element.itertext())).strip()


NAMES = "id name version reason warning past phrase user assistant source label model origin".split()


@given(st.fixed_dictionaries(dict.fromkeys(NAMES, hostile)), st.booleans(), st.booleans())
def test_no_element_and_no_attribute_comes_from_what_is_shown(
    texts: dict[str, str], why: bool, is_many: bool
) -> None:
    plain = dict.fromkeys(NAMES, "x")
    pages = []
    for each in (texts, plain):
        policy = told_by(PLAIN, each)
        simulation = run(compile_policy(policy), chat(each))
        pages.append(parsed(page_of([simulation] * (2 if is_many else 1), policy, why=why)))
    assert skeleton(pages[0]) == skeleton(pages[1])


@given(hostile)
def test_what_was_said_stays_text(text: str) -> None:
    simulation = run(compile_policy(PLAIN), Conversation("x", (Message(Role.USER, content=text),)))
    (quote,) = parsed(page_of([simulation], PLAIN)).iter("blockquote")
    assert quote.text == clean(text.strip(), "\u200c\u200d\u200e\u200f").strip()
    assert quote.attrib == {"dir": "auto", "lang": ""}


def test_what_could_turn_the_text_round_is_shown_and_what_belongs_to_it_is_kept() -> None:
    text = "a\u202eb \ud800 \x1b[1m \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    simulation = run(compile_policy(PLAIN), Conversation("x", (Message(Role.USER, content=text),)))
    (quote,) = parsed(page_of([simulation], PLAIN)).iter("blockquote")
    assert quote.text == "a\\u202eb \\ud800 \\x1b[1m \u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"


def test_a_long_text_is_cut_and_a_long_name_too() -> None:
    messages = (Message(Role.USER, content="<b>" * 1_000_000),)
    html = page_of([run(compile_policy(PLAIN), Conversation("y" * 1_000_000, messages))], PLAIN)
    assert len(html) < 20_000
    (quote,) = parsed(html).iter("blockquote")
    assert (quote.text or "").endswith("…")
    assert len(quote.text or "") <= 500


def test_a_time_is_told_to_the_second_and_to_machines_as_well() -> None:
    messages = (Message(Role.USER, content="a"), Message(Role.USER, content="b", time=1_755_252_000_999_999))
    root = parsed(page_of([run(compile_policy(PLAIN), Conversation("x", messages))], PLAIN))
    (time,) = root.iter("time")
    assert time.attrib == {"datetime": "2025-08-15T10:00:00Z"}
    assert time.text == "2025-08-15 10:00:00 UTC"


# --- What a page is ---------------------------------------------------------------------


def many_pages() -> Iterator[str]:
    simulation = run(compile_policy(PLAIN), chat(dict.fromkeys(NAMES, "https://example.org/ <a href=x>")))
    for several in (1, 3):
        for why in (False, True):
            yield page_of([simulation] * several, PLAIN, why=why)


def test_a_page_is_whole_and_loads_nothing() -> None:
    for html in many_pages():
        root = parsed(html)
        names = {str(each.tag) for each in root.iter()}
        assert not names & {
            "script",
            "link",
            "img",
            "iframe",
            "object",
            "embed",
            "base",
            "form",
            "audio",
            "video",
        }
        anchors = [each.attrib["id"] for each in root.iter() if "id" in each.attrib]
        assert len(anchors) == len(set(anchors))
        for each in root.iter():
            assert not {"src", "srcset", "style", "action", "data", "poster"} & each.attrib.keys()
            assert not any(name.startswith("on") for name in each.attrib)
            if "href" in each.attrib:
                assert each.attrib["href"].removeprefix("#") in anchors
                assert each.attrib["href"].startswith("#")


def test_the_content_security_policy_allows_the_one_style_sheet_and_nothing_else() -> None:
    import base64
    import hashlib

    for html in many_pages():
        root = parsed(html)
        (style,) = root.iter("style")
        digest = base64.b64encode(hashlib.sha256((style.text or "").encode()).digest()).decode()
        (allowed,) = (
            each.attrib["content"]
            for each in root.iter("meta")
            if each.attrib.get("http-equiv") == "Content-Security-Policy"
        )
        rules = [each.strip() for each in allowed.split(";")]
        assert rules == [
            "default-src 'none'",
            f"style-src 'sha256-{digest}'",
            "base-uri 'none'",
            "form-action 'none'",
        ]
        assert "url(" not in (style.text or "")
        assert "@import" not in (style.text or "")


def test_headings_go_down_one_level_at_a_time_and_tables_say_what_they_are() -> None:
    for html in many_pages():
        root = parsed(html)
        assert root.attrib["lang"] == "en"
        levels = [int(str(each.tag)[1]) for each in root.iter() if re.fullmatch("h[1-6]", str(each.tag))]
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        for table in root.iter("table"):
            assert table.find("caption") is not None
            assert all(each.attrib.get("scope") in ("col", "row") for each in table.iter("th"))
        assert [str(each.tag) for each in root.iter() if each.tag in ("header", "main", "footer")] == [
            "header",
            "main",
            "footer",
        ]


# --- The same words as on the terminal ----------------------------------------------------


def on_terminal(simulation: Simulation, why: bool) -> tuple[list[str], list[str]]:
    """The lines about what the policy did, and the sentences at the end, as the terminal tells them."""
    lines = list(timeline(simulation, SCREEN, Shown(why, False, 100_000)))
    body, foot = lines[3 : lines.index("", 3)], lines[lines.index("", 3) + 1 :]
    did = [line[44:].removeprefix("   ") for line in body if len(line) > 44 and IS_OVER not in line]
    return did, [line for line in foot if line != "Why not elsewhere? Add --why."]


def on_page(root: Element) -> tuple[list[str], list[str]]:
    did = []
    for remarks in with_class(root, "remarks"):
        for remark in remarks.iter("li"):
            mark, *lines = [words_of(each) for each in remark]
            did += [f"{mark}  {lines[0]}", *lines[1:]]
    (summary,) = with_class(root, "sentences")
    return did, [words_of(each) for each in summary.iter("li")]


@given(st.data(), st.booleans())
def test_the_page_says_what_the_terminal_says(data: st.DataObject, why: bool) -> None:
    policy = data.draw(policies())
    try:
        simulation = run(compile_policy(policy), data.draw(conversations(is_timed(policy))))
    except TimeOrderError:
        return
    root = parsed(page_of([simulation], policy, why=why, text=False))
    assert on_page(root) == on_terminal(simulation, why)
    numbers = [words_of(each) for each in with_class(root, "number")]
    assert numbers == [f"message {number}" for number in range(1, len(simulation.decisions) + 1)]
    assert sum(IS_OVER in words_of(each) for each in with_class(root, "over")) == (simulation.after_end > 0)
    assert not list(root.iter("blockquote"))


# --- Long logs ------------------------------------------------------------------------------


def numbered(number: int) -> Simulation:
    return run(compile_policy(PLAIN), replace(chat(dict.fromkeys(NAMES, "x")), id=f"chat {number}"))


def paged(page: Page, several: int) -> Element:
    summary = Summary(PLAIN)
    for number in range(1, several + 1):
        simulation = numbered(number)
        page.add(simulation)
        summary.add(simulation)
    return parsed("".join(page.html(summary)))


def test_timelines_are_shown_while_there_is_room_and_it_is_said_when_there_is_none() -> None:
    whole = paged(Page(PLAIN, why=True), 4)
    assert len(list(with_class(whole, "conversation"))) == 4
    assert not list(with_class(whole, "left-out"))
    length = len(page_of([numbered(1)], PLAIN, why=True))
    root = paged(Page(PLAIN, why=True, room=length * 2), 40)
    shown = list(with_class(root, "conversation"))
    assert 1 < len(shown) < 6
    left_out = [words_of(each) for each in with_class(root, "left-out")]
    assert left_out[0].startswith(f"Here are the first {len(shown)} of 40:")
    assert "40 conversations" in words_of(root)


def test_one_timeline_without_room_is_cut_and_says_so() -> None:
    html = page_of([numbered(1)], PLAIN)
    length = html.index("</article>") - html.index("<article")
    root = paged(Page(PLAIN, room=length // 2), 1)
    shown = len(list(with_class(root, "message")))
    assert 0 < shown < 6
    (left_out,) = with_class(root, "left-out")
    assert words_of(left_out).startswith(f"The last {6 - shown} messages are not shown")
    assert "Ended at message 4" in words_of(root)


@pytest.mark.parametrize("several", [1, 2])
def test_the_table_alone_has_no_timeline(several: int) -> None:
    root = paged(Page(PLAIN, why=True, table_alone=True), several)
    assert not list(with_class(root, "conversation"))
    assert len(list(root.iter("table"))) >= 2
