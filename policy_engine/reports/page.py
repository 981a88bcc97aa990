"""Conversations under a policy as one page of HTML that anybody can open, print or have read to them.

The page says what the terminal says (:mod:`policy_engine.reports.account` and ``figures``). It is whole:
it loads nothing, runs no script, and its links lead to places on itself; its Content-Security-Policy
(https://www.w3.org/TR/CSP3/) allows one style sheet, by its hash, and nothing else.

The markup is in the templates beside this module, the values come from here. Jinja escapes each value
because it is one, not because somebody thought of it, and the environment makes each harmless on the way
(:func:`policy_engine.reports.screen.clean`); so a conversation cannot become markup by an oversight.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from policy_engine.model.model import Policy
from policy_engine.reports.account import (
    IS_OVER,
    NOTHING,
    Quote,
    Remark,
    ending,
    heading,
    labels,
    remarks,
    said,
    sentences,
)
from policy_engine.reports.doubts import doubts
from policy_engine.reports.english import many, policy_title
from policy_engine.reports.figures import ACTIONS, IN_DOUBT, STOPS, Figures, Row, figures
from policy_engine.reports.groups import with_group_names
from policy_engine.reports.screen import clean, cut
from policy_engine.simulation.doubt import Doubting
from policy_engine.simulation.moments import Moment
from policy_engine.simulation.simulation import Simulation
from policy_engine.simulation.summary import Summary
from policy_engine.transcripts.message import SECOND
from policy_engine.transcripts.times import format_time

if TYPE_CHECKING:
    from jinja2 import Environment

ROOM = 4_000_000
"""How long the timelines of a page may be together, in characters of markup: what a phone can still open."""

_RULES = ("fired", "stopped", "first turn (median)")
"""What the figures of a rule are, narrower than on a terminal."""
_MOST_TEXT = 500
_MOST_ID = 200
_KEPT = "\u200c\u200d\u200e\u200f"
"""Joiners and direction marks: part of written Persian, Hindi or Hebrew, and held in by their element."""


@dataclass(frozen=True, slots=True)
class _Link:
    """A line of the list of conversations."""

    anchor: str
    conversation: str
    ending: str


@dataclass(frozen=True, slots=True)
class _Turn:
    """A turn, or the part of it before or after the end of the chat. Its messages can be read once."""

    anchor: str
    name: str
    is_first_after_end: bool
    messages: Iterator[_Message]


@dataclass(frozen=True, slots=True)
class _Message:
    """A message and what is said about it. ``time`` is ISO-8601, or empty where nobody recorded one."""

    anchor: str
    number: int
    role: str
    time: str
    said: str
    labels: tuple[str, ...]
    remarks: tuple[Remark, ...]


class Page:
    """A page that grows by one conversation at a time, in memory that does not grow with the log.

    It shows one conversation as a timeline and many as a table; with ``why`` also the timelines of as
    many as there is ``room`` for. ``text`` says whether it tells what was said, ``table_alone`` that it
    shows the table even of one conversation, and no timeline.
    """

    def __init__(
        self,
        policy: Policy,
        *,
        why: bool = False,
        text: bool = True,
        table_alone: bool = False,
        room: int = ROOM,
    ) -> None:
        self._policy = policy
        self._why = why
        self._text = text
        self._table_alone = table_alone
        self._room = room
        self._timelines: list[str] = []
        self._links: list[_Link] = []
        self._number = 0

    def add(self, simulation: Simulation) -> None:
        """One conversation more."""
        self._number += 1
        if self._table_alone:
            return
        if self._number == 2 and not self._why:
            self._timelines.clear()
            self._links.clear()
        if self._number == 1 or (self._why and self._room > 0):
            timeline = _Timeline(simulation, f"c{self._number}", self._why, self._text, self._room)
            self._links.append(_Link(timeline.anchor, timeline.name, ending(simulation)))
            self._timelines.append(timeline.html())
            self._room -= len(self._timelines[-1])

    def pass_by(self, number: int) -> None:
        """So many conversations more, all at once: after the first, or as far as there is room, none is shown."""
        self._number += number
        if self._number > 1 and not self._why:
            self._timelines.clear()
            self._links.clear()

    @property
    def is_full(self) -> bool:
        """Whether the timeline of no other conversation is shown, if there is one."""
        return self._table_alone or (self._number > 0 and (not self._why or self._room <= 0))

    @property
    def number(self) -> int:
        """How many conversations there were."""
        return self._number

    def html(self, summary: Summary, doubting: Doubting | None = None) -> Iterator[str]:
        """The page in pieces; ``summary`` is that of its conversations, ``doubting`` what nobody knew in them."""
        is_table = self._table_alone or self._number != 1
        sheet = style()
        yield from (
            environment()
            .get_template("page.html.jinja")
            .generate(
                policy=policy_title(self._policy),
                digest=self._policy.digest,
                subject=many(self._number, "conversation") if is_table else self._links[0].conversation,
                style=sheet,
                style_hash=style_hash(sheet),
                figures=_narrowed(figures(summary, doubting is not None)) if is_table else None,
                doubts=None if doubting is None else doubts(doubting),
                titles={
                    "actions": ACTIONS,
                    "rules": _RULES,
                    "in_doubt": IN_DOUBT,
                    "stops": STOPS,
                },
                links=self._links if is_table else [],
                timelines=self._timelines,
                number=self._number,
            )
        )


class _Timeline:
    """One conversation on a page, as far as ``room`` (in characters of markup) reaches."""

    def __init__(self, simulation: Simulation, anchor: str, why: bool, text: bool, room: int) -> None:
        self.anchor = anchor
        self.name = cut(clean(simulation.conversation.id, _KEPT), _MOST_ID)
        self.heading = heading(simulation)
        self.left_out = 0
        """Messages that there was no room for; right once all turns have been read."""
        self._simulation = simulation
        self._policy = with_group_names(simulation.policy)
        self._why = why
        self._text = text
        self._room = room

    def html(self) -> str:
        """Its markup."""
        pieces = []
        template = environment().get_template("timeline.html.jinja")
        for piece in template.generate(timeline=self, nothing=NOTHING, is_over=IS_OVER):
            self._room -= len(piece)
            pieces.append(piece)
        return "".join(pieces)

    def sentences(self) -> Iterator[str]:
        """What it comes to."""
        return sentences(self._simulation, self._why)

    def turns(self) -> Iterator[_Turn]:
        """Its turns in order, each to be read before the next."""
        is_over = False
        for (number, after_end), together in groupby(self._moments(), _part):
            name = f"Turn {number}" if number else "Before the first turn"
            yield _Turn(
                f"{self.anchor}-turn-{number}{'-after-end' if after_end else ''}",
                f"{name}, after the end" if after_end else name,
                after_end and not is_over,
                map(self._message, together),
            )
            is_over = after_end

    def _moments(self) -> Iterator[Moment]:
        for moment in self._simulation.moments:
            if self._room <= 0:
                self.left_out = len(self._simulation.decisions) - moment.number + 1
                return
            yield moment

    def _message(self, moment: Moment) -> _Message:
        # whole seconds: HTML knows no microseconds
        time = None if self._simulation.pace else moment.message.time
        return _Message(
            f"{self.anchor}-message-{moment.number}",
            moment.number,
            moment.role.value,
            "" if time is None else format_time(time - time % SECOND),
            cut(clean(said(moment), _KEPT).strip(), _MOST_TEXT) if self._text else "",
            labels(moment, self._why),
            tuple(remarks(moment, self._policy, self._why)),
        )


def _narrowed(found: Figures) -> Figures:
    """The figures of rules in as many columns as a phone has room for."""
    rules = []
    for row in found.rules:
        fired, fired_times, stopped, stopped_times, first = row.figures
        cells = (_with_times(fired, fired_times), _with_times(stopped, stopped_times), first)
        rules.append(Row(row.name, cells))
    return replace(found, rules=tuple(rules))


def _with_times(conversations: str, times: str) -> str:
    return conversations if times == "0" else f"{conversations} ({times})"


def _part(moment: Moment) -> tuple[int, bool]:
    return moment.turn, moment.decision.after_end


# --- Templates ------------------------------------------------------------------------


@cache
def environment() -> Environment:
    """What all pages are made by: each value is escaped, and harmless."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_harmless,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.tests["quote"] = lambda value: isinstance(value, Quote)
    return made


def _harmless(value: object) -> object:
    """Every value that a template prints goes through here; markup of our own (``__html__``) passes."""
    return clean(value, _KEPT) if isinstance(value, str) and not hasattr(value, "__html__") else value


@cache
def style() -> str:
    """The one style sheet of all pages."""
    return (Path(__file__).parent / "page.css").read_text(encoding="utf-8")


def style_hash(sheet: str) -> str:
    """How a page's Content-Security-Policy names its style sheet."""
    return base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
