"""Random policies and conversations: small, but so that rules fire, are stopped and end the chat.

``policies()`` and ``conversations()`` are hypothesis strategies (they shrink); ``random_policy`` and
``random_conversation`` draw from ``random.Random`` in the same way, for quick runs in great numbers.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Protocol, TypeVar, get_args

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from policy_engine.model.model import (
    Act,
    After,
    All,
    Answered,
    Any,
    AtMostOnce,
    Attribute,
    Begins,
    Claim,
    Condition,
    Count,
    CountReached,
    Detected,
    DoneAfter,
    DoneAtMost,
    DoneBefore,
    DoneEvery,
    Doubt,
    Every,
    Guards,
    Ladder,
    Marker,
    Never,
    NeverDone,
    Not,
    OnlyAfter,
    OnlyWhen,
    Override,
    Policy,
    Promise,
    Reading,
    Rule,
    Scope,
    SinceAction,
    SinceEvent,
    SinceFirst,
    Sometimes,
    StartOver,
    Step,
    Taken,
    Trigger,
    When,
)
from policy_engine.transcripts.message import (
    AttributeValue,
    Conversation,
    Label,
    LookedFor,
    Message,
    Role,
    Score,
)
from policy_engine.vocabulary.vocabulary import (
    ActionEntry,
    AttributeEntry,
    Kind,
    LabelEntry,
    Lasting,
    NoticeEntry,
    Vocabulary,
)

T = TypeVar("T")

SPOKEN = frozenset({Role.USER, Role.ASSISTANT})
CATEGORIES = ("harm", "harm/intent", "abuse", "spam")
ACTS = ("refusal", "redirection")
EVENTS = ("asks-end", "confirms", "appeal")
PHRASES = {
    "asks-end": "the user asks to end",
    "confirms": "the user confirms",
    "appeal": "an appeal is granted",
}
ALIASES = {"H1": "harm", "H2": "harm/intent", "refused": "refusal"}
THIS_MESSAGE = Scope(this_message=True)


# --- A small vocabulary, in several readings of the unknown ---------------------------


def _vocabulary(
    implies: dict[str, tuple[str, ...]],
    unknown_lasts: dict[str, Lasting] | None = None,
    when_unknown: dict[str, str] | None = None,
    thresholds: dict[str, float] | None = None,
) -> Vocabulary:
    kinds = dict.fromkeys(CATEGORIES, Kind.CATEGORY) | dict.fromkeys(ACTS, Kind.ACT)
    roles = dict.fromkeys(CATEGORIES, SPOKEN) | dict.fromkeys(ACTS, frozenset({Role.ASSISTANT}))
    for event in EVENTS:
        kinds[event] = Kind.EVENT
        roles[event] = frozenset({Role.SERVICE if event == "appeal" else Role.USER})
    labels = {
        name: LabelEntry(
            name,
            kind,
            roles[name],
            aliases=tuple(alias for alias, meant in ALIASES.items() if meant == name),
            threshold=(thresholds or {}).get(name, 0.7 if name == "harm/intent" else 0.5),
            implies=implies.get(name, ()),
            unknown_lasts=(unknown_lasts or {}).get(name),
            when_unknown=(when_unknown or {}).get(name),
            plural=f"{name}s" if kind is Kind.ACT else None,
            phrase=PHRASES.get(name),
        )
        for name, kind in kinds.items()
    }
    attributes = (
        AttributeEntry("minor", "boolean", assume=True),
        AttributeEntry("age", "number"),
        AttributeEntry("model", "one of", values=("small", "large")),
    )
    actions = (
        ActionEntry("end-chat", 0, "end the chat", "the chat is ended", ends=True),
        ActionEntry("support", 1, "offer support", "support is offered", takes="notice", even_after_end=True),
        ActionEntry("warn", 2, "warn the user", "a warning is given", noun="warning", takes="text"),
        ActionEntry("review", 3, "ask for a review", "a review is asked for", even_after_end=True),
        ActionEntry("redirect", 4, "ask for a redirection", "a redirection is asked for"),
    )
    return Vocabulary(
        labels,
        {entry.name: entry for entry in attributes},
        {entry.name: entry for entry in actions},
        {"crisis-line": NoticeEntry("crisis-line", {"en": "Help is near."})},
        ALIASES,
    )


PLAIN = _vocabulary({"harm/intent": ("harm",)})
VOCABULARIES = (
    PLAIN,
    _vocabulary(
        {"harm/intent": ("harm",)},
        {"harm": Lasting(turns=2), "refusal": Lasting(turns=1), "appeal": Lasting(turns=1)},
        {"abuse": "detected"},
    ),
    _vocabulary(
        {"harm/intent": ("harm",), "harm": ("abuse",)},
        {"abuse": Lasting(turns=1), "redirection": Lasting(turns=3)},
        {"harm/intent": "detected", "harm": "absent", "confirms": "detected"},
    ),
    _vocabulary(
        {"harm/intent": ("harm", "abuse"), "spam": ("abuse",)},
        {"spam": Lasting(seconds=10), "refusal": Lasting(seconds=5), "harm": Lasting(turns=1)},
        {"redirection": "absent"},
        {"spam": 0.0, "abuse": 1.0},
    ),
)
UNTIMED_VOCABULARIES = VOCABULARIES[:3]


# --- Where choices come from ----------------------------------------------------------


class Chooser(Protocol):
    """A source of choices; 0 is the simplest choice."""

    def __call__(self, below: int, /) -> int:
        """A whole number from 0 up to, not including, ``below``."""


_BELOW = [st.integers(0, max(below - 1, 0)) for below in range(101)]


def _pick(choose: Chooser, options: Sequence[T]) -> T:
    return options[choose(len(options))]


def _chance(choose: Chooser, percent: int) -> bool:
    return choose(100) >= 100 - percent


def _some(choose: Chooser, options: Sequence[T], at_least: int, at_most: int) -> tuple[T, ...]:
    """Different options, in their own order of drawing."""
    left = list(options)
    count = min(at_least + choose(at_most - at_least + 1), len(left))
    return tuple(left.pop(choose(len(left))) for _ in range(count))


# --- Policies -------------------------------------------------------------------------


class _Writer:
    """Writes one policy."""

    def __init__(self, choose: Chooser, core_only: bool, seconds: bool) -> None:
        self.choose = choose
        self.core_only = core_only
        self.seconds = seconds
        self.vocabulary = _pick(choose, VOCABULARIES if seconds else UNTIMED_VOCABULARIES)
        self.scales = 0

    def chance(self, percent: int) -> bool:
        return _chance(self.choose, percent)

    def beyond_core(self, percent: int) -> bool:
        return not self.core_only and self.chance(percent)

    def lasting(self) -> Lasting:
        if self.seconds and self.chance(25):
            return Lasting(seconds=_pick(self.choose, (5, 1, 10, 20)))
        return Lasting(turns=1 + self.choose(5))

    def reading(self) -> Reading:
        at = _pick(self.choose, (0.6, 0.3, 0.9, 0.0)) if self.chance(15) else None
        return Reading(_pick(self.choose, ("harm", "harm", "abuse", "harm/intent", "spam")), at)

    def readings(self, at_least: int = 1) -> tuple[Reading, ...]:
        count = at_least + self.choose(3 - at_least)
        return tuple(dict.fromkeys(self.reading() for _ in range(count)))

    def event(self) -> str:
        return _pick(self.choose, EVENTS)

    def scope(self) -> Scope:
        kind = self.choose(6)
        if kind == 5:
            return THIS_MESSAGE
        if kind == 4:
            return Scope(window=Lasting(turns=1))
        return Scope(window=self.lasting()) if kind >= 2 else Scope()

    def detected(self, scope: Scope, doubtful: bool = True) -> Detected:
        doubts = (Doubt.DETECTED, Doubt.DETECTED, Doubt.DETECTED_OR_UNCHECKED, Doubt.UNCHECKED)
        doubt = _pick(self.choose, doubts) if doubtful else Doubt.DETECTED
        kind = self.choose(7)
        if kind == 6:
            mixed = (Reading(self.event()), *self.readings(), Reading(_pick(self.choose, ACTS)))
            return Detected(mixed[self.choose(2) :], None, doubt, scope)
        if kind == 5:
            return Detected((Reading(_pick(self.choose, ACTS)),), None, doubt, scope)
        if kind == 4:
            return Detected((Reading(self.event()),), None, doubt, scope)
        role = _pick(self.choose, (Role.USER, Role.ASSISTANT)) if self.chance(30) else None
        return Detected(self.readings(), role, doubt, scope)

    # Conditions

    def attribute(self) -> Attribute:
        kind = self.choose(3)
        if kind == 0:
            return Attribute("minor", "is", (_pick(self.choose, (True, False)),))
        if kind == 1:
            return Attribute("model", "is", _some(self.choose, ("small", "large"), 1, 2))
        op = _pick(self.choose, ("at least", "at most", "more than", "less than", "is"))
        return Attribute("age", op, (_pick(self.choose, (18, 13)),))

    def attributes_only(self) -> Condition:
        if self.chance(70):
            return self.attribute()
        both = (self.attribute(), self.attribute())
        either: tuple[Condition, ...] = (Any(both), All(both), Not(both[0]))
        return _pick(self.choose, either)

    def condition(self, depth: int = 1) -> Condition:
        kind = self.choose(10)
        if kind >= 7 and depth > 0:
            if kind == 7:
                return Not(self.condition(depth - 1))
            inner = tuple(self.condition(depth - 1) for _ in range(2 + self.choose(2)))
            return All(inner) if kind == 8 else Any(inner)
        if kind in (4, 5):
            return CountReached(self.act_count(2, in_condition=True))
        if kind == 3:
            return self.attribute()
        if kind in (2, 6):
            scope = self.scope()  # nothing is taken at this message: no policy can ask for it
            scope = Scope(window=Lasting(turns=1)) if scope.this_message else scope
            return Taken(_pick(self.choose, tuple(self.vocabulary.actions)), scope)
        return self.detected(self.scope())

    # Counts

    def act_count(
        self, need_at_most: int = 4, with_on: bool | None = None, in_condition: bool = False
    ) -> Count:
        act = _pick(self.choose, ("refusal", "refusal", "redirection"))
        need = 1 + self.choose(1 + self.choose(need_at_most))
        on = None
        same_category = False
        if self.chance(50) if with_on is None else with_on:
            same_category = self.beyond_core(20)
            on = self.readings(2 if same_category else 1)
            same_category = same_category and len(on) > 1
        in_a_row = self.chance(15)
        within = self.lasting() if not in_a_row and self.chance(30) else None
        since = None
        if not in_condition and not in_a_row and within is None and self.beyond_core(50):
            since = self.marker()
        return Count(act, need, on, same_category, in_a_row, within, since)

    def points(self) -> Count:
        readings = self.readings(self.choose(2) + 1)
        weights = tuple((reading, 1 + self.choose(3)) for reading in readings)
        within = self.lasting() if self.chance(25) else None
        since = self.marker() if within is None and self.chance(50) else None
        self.scales += 1
        points = f"scale{self.scales}"
        return Count("", 1 + self.choose(4), within=within, since=since, weights=weights, points=points)

    def marker(self) -> Marker:
        kind = self.choose(4)
        if kind in (0, 3):
            return SinceAction(_pick(self.choose, ("warn", "redirect", "review", "support", "end-chat")))
        if kind == 1:
            return SinceEvent(self.event())
        return SinceFirst(Detected(self.readings(), scope=THIS_MESSAGE))

    def start_over(self) -> StartOver:
        if self.chance(50):
            return StartOver(event=self.event())
        lasting = self.lasting()
        return StartOver(quiet=Lasting(turns=1) if lasting.turns and self.chance(50) else lasting)

    # Triggers

    def after(self) -> After:
        repeat = self.beyond_core(25)
        if self.beyond_core(30):
            counts: tuple[Count, ...] = (self.points(),)
        elif self.chance(25):
            with_on = self.chance(50)
            counts = tuple(self.act_count(2, with_on) for _ in range(2))
            if self.beyond_core(10):
                counts = (counts[0], self.points())
        else:
            counts = (self.act_count(4),)
        start_over = self.start_over() if len(counts) == 1 and self.beyond_core(30) else None
        return After(counts, repeat, start_over)

    def trigger(self) -> Trigger:
        kind = self.choose(10)
        if kind <= 5:
            return self.after()
        if kind <= 7:
            return When(self.detected(THIS_MESSAGE), self.chance(25))
        if kind == 8:
            return Begins() if self.chance(40) else When(self.detected(THIS_MESSAGE))
        return self.after() if self.core_only else Every(self.lasting())

    # Promises

    def what_happens(self) -> When:
        return When(self.detected(THIS_MESSAGE), self.chance(10))

    def some_event(self) -> When | None:
        return self.what_happens() if self.chance(40) else None

    def promise(self, forms: Sequence[type[Claim]]) -> Promise:
        only_if = self.attributes_only() if self.chance(15) else None
        return Promise(self.claim(_pick(self.choose, forms)), "as drawn", only_if)

    def claim(self, form: type[Claim]) -> Claim:
        action, other = (_pick(self.choose, tuple(self.vocabulary.actions)) for _ in range(2))
        counts = self.after().counts
        claims: dict[type[Claim], Callable[[], Claim]] = {
            NeverDone: lambda: NeverDone(action, self.condition(), self.chance(50), self.some_event()),
            OnlyWhen: lambda: OnlyWhen(action, self.condition(), self.some_event()),
            OnlyAfter: lambda: OnlyAfter(action, counts, self.some_event()),
            Answered: lambda: Answered(self.what_happens(), action, 1 + self.choose(3)),
            DoneAfter: lambda: DoneAfter(counts, action, self.condition() if self.chance(50) else None),
            DoneBefore: lambda: DoneBefore(action, other, self.some_event()),
            DoneAtMost: lambda: DoneAtMost(action, 1 + self.choose(3), self.lasting()),
            DoneEvery: lambda: DoneEvery(action, self.lasting()),
            Sometimes: lambda: Sometimes(action, self.some_event()),
        }
        return claims[form]()

    # Rules

    def act(self, action: str) -> Act:
        takes = self.vocabulary.actions[action].takes
        if takes == "notice":
            return Act(action, "crisis-line")
        return Act(action, _pick(self.choose, ("Please stop.", "Be kind.")) if takes else None)

    def actions(self) -> tuple[Act, ...]:
        often = ("warn", "redirect", "review", "support", "end-chat", "warn")
        count = 1 + (1 if self.chance(30) else 0)
        return tuple(dict.fromkeys(self.act(_pick(self.choose, often)) for _ in range(count)))

    def guards(self, at_most: bool) -> Guards:
        window = None if self.chance(30) else self.lasting()
        return Guards(
            self.attributes_only() if self.chance(12) else None,
            self.condition() if self.chance(18) else None,
            tuple(self.condition() for _ in range(_pick(self.choose, (0, 0, 0, 1, 2)))),
            AtMostOnce(window) if at_most and self.beyond_core(25) else None,
        )

    def rule(self, name: str) -> Rule:
        trial = self.beyond_core(12)
        reason = _pick(self.choose, ("Our reading.", "Usage policy.")) if self.chance(10) else None
        return Rule(name, self.trigger(), self.actions(), self.guards(at_most=True), trial, reason)

    def ladder(self, name: str) -> Ladder:
        return Ladder(
            name,
            _pick(self.choose, ACTS),
            self.readings() if self.chance(50) else None,
            tuple(Step(1 + self.choose(2), self.actions()) for _ in range(1 + self.choose(3))),
            self.guards(at_most=False),
            self.start_over() if self.chance(50) else None,
            _pick(self.choose, ("Our reading.", "Usage policy.")) if self.chance(10) else None,
        )

    def policy(self) -> Policy:
        names = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot"]
        rules = []
        ladders = []
        for _ in range(1 + self.choose(5)):
            name = names.pop(self.choose(len(names)))
            if self.chance(20):
                ladders.append(self.ladder(name))
            else:
                rules.append(self.rule(name))
        nevers = tuple(
            Never(
                _pick(self.choose, ("warn", "end-chat", "redirect", "review", "support")),
                self.condition(),
            )
            for _ in range(_pick(self.choose, (0, 0, 1, 2)))
        )
        policy = Policy(
            "random",
            None,
            None,
            self.vocabulary,
            tuple(sorted(self.with_markers(rules, ladders), key=lambda rule: rule.name)),
            tuple(sorted(ladders, key=lambda ladder: ladder.name)),
            nevers,
            self.overrides(rules, ladders),
        )
        return _with_timed(policy)

    def with_markers(self, rules: list[Rule], ladders: list[Ladder]) -> list[Rule]:
        """The rules, each counting since an action that the policy takes (else it would never count)."""
        acting = [each.actions for each in rules if not each.trial]
        acting += [step.actions for ladder in ladders for step in ladder.steps]
        taken = sorted({act.action for actions in acting for act in actions})

        def marked(count: Count) -> Count:
            if not isinstance(count.since, SinceAction) or count.since.action in taken:
                return count
            return replace(count, since=SinceAction(_pick(self.choose, taken)) if taken else None)

        return [
            replace(
                each,
                trigger=replace(each.trigger, counts=tuple(marked(count) for count in each.trigger.counts)),
            )
            if isinstance(each.trigger, After)
            else each
            for each in rules
        ]

    def overrides(self, rules: list[Rule], ladders: list[Ladder]) -> tuple[Override, ...]:
        parts: list[Rule | Ladder] = [*rules, *ladders]
        winners = {rule.name for rule in rules if not rule.trial}
        if len(parts) < 2 or not self.beyond_core(40):
            return ()
        pairs = []
        for _ in range(1 + self.choose(3)):
            first = self.choose(len(parts) - 1)
            second = first + 1 + self.choose(len(parts) - first - 1)
            if parts[first].name in winners:
                pairs.append(Override(parts[first].name, parts[second].name))
        return tuple(dict.fromkeys(pairs))


def is_timed(policy: Policy) -> bool:
    """Whether a rule, ladder or ``never`` uses seconds, or reads a label whose unknown lasts seconds."""
    vocabulary = policy.vocabulary

    def lasts_seconds(name: str) -> bool:
        lasts = vocabulary.labels[name].unknown_lasts if name in vocabulary.labels else None
        return lasts is not None and lasts.seconds is not None

    def uses_seconds(value: object) -> bool:
        match value:
            case Lasting():
                return value.seconds is not None
            case Reading():
                return lasts_seconds(value.label)
            case SinceEvent():
                return lasts_seconds(value.event)
            case StartOver(event=str(event)):
                return lasts_seconds(event)
            case tuple():
                return any(uses_seconds(each) for each in value)
        if isinstance(value, Count | Ladder) and lasts_seconds(value.act):
            return True
        if is_dataclass(value):
            return any(uses_seconds(getattr(value, each.name)) for each in fields(value))
        return False

    return uses_seconds(policy.rules) or uses_seconds(policy.ladders) or uses_seconds(policy.nevers)


def _with_timed(policy: Policy) -> Policy:
    return Policy(
        policy.name,
        None,
        None,
        policy.vocabulary,
        policy.rules,
        policy.ladders,
        policy.nevers,
        policy.overrides,
        timed=is_timed(policy),
    )


# --- Conversations --------------------------------------------------------------------

_VALUES: tuple[Score, ...] = (
    *(True,) * 9,
    *(0.95, 0.75, 0.6, 0.5, 0.3, None, None, False, False, 1.5, 0, 1),
)
_HEARD: dict[Role, tuple[tuple[str, int], ...]] = {
    Role.USER: (
        *(("harm", 50), ("abuse", 25), ("harm/intent", 15), ("spam", 15), ("H1", 5)),
        *(("asks-end", 15), ("confirms", 15)),
    ),
    Role.ASSISTANT: (
        *(("refusal", 65), ("redirection", 45), ("refused", 5)),
        *(("harm", 20), ("abuse", 12), ("harm/intent", 8), ("spam", 8), ("H2", 3)),
    ),
    Role.SERVICE: (("appeal", 60),),
    Role.SYSTEM: (),
    Role.TOOL: (),
}
"""How often a label stands on a message of a role, in percent."""
_ANY_LABELS = (*CATEGORIES, *ACTS, *EVENTS, *ALIASES, "never-heard-of")
_ASIDE = (Role.USER, Role.ASSISTANT, Role.ASSISTANT, Role.SERVICE, Role.SERVICE, Role.SYSTEM, Role.TOOL)
_STEPS = (1_000_000, 0, 2_000_000, 5_000_000, 500_000, 10_000_000, 4_999_999, 20_000_000)


def _labels(choose: Chooser, role: Role) -> tuple[Label, ...]:
    names = [name for name, percent in _HEARD[role] if _chance(choose, percent)]
    if _chance(choose, 6):
        names.append(_pick(choose, _ANY_LABELS))
    return tuple(Label(name, _pick(choose, _VALUES)) for name in names)


def _messages(choose: Chooser, timed: bool) -> tuple[Message, ...]:
    messages = []
    time = 1_700_000_000_000_000
    is_time_given = timed or _chance(choose, 20)
    role = Role.ASSISTANT
    for _ in range(16 - choose(8) if _chance(choose, 70) else 1 + choose(10)):
        # Mostly the two take turns.
        if not _chance(choose, 25):
            role = Role.USER if role is Role.ASSISTANT else Role.ASSISTANT
            speaker = role
        else:
            speaker = _pick(choose, _ASIDE)
            role = speaker if speaker in SPOKEN else role
        messages.append(Message(speaker, _labels(choose, speaker), time=time if is_time_given else None))
        if is_time_given:
            time += _pick(choose, _STEPS) * (1 if timed else -1)
    return tuple(messages)


def _attributes(choose: Chooser) -> dict[str, AttributeValue]:
    attributes: dict[str, AttributeValue] = {}
    minors: tuple[AttributeValue | None, ...] = (None, True, False, True, False, "yes", 1)
    ages: tuple[AttributeValue | None, ...] = (None, 18, 30, 12, 17.5, 13, "old", True)
    models: tuple[AttributeValue | None, ...] = (None, "small", "large", "small", "huge", 3)
    for name, values in (("minor", minors), ("age", ages), ("model", models)):
        value = _pick(choose, values)
        if value is not None:
            attributes[name] = value
    return attributes


def _looked_for(choose: Chooser) -> LookedFor | None:
    if not _chance(choose, 20):
        return None
    sides = (None, None, None, SPOKEN, frozenset({Role.USER}), frozenset({Role.ASSISTANT}), frozenset[Role]())
    return {name: _pick(choose, sides) for name in _ANY_LABELS if _chance(choose, 75)}


def _conversation(choose: Chooser, timed: bool) -> Conversation:
    return Conversation("random", _messages(choose, timed), _attributes(choose), _looked_for(choose))


# --- What tests use -------------------------------------------------------------------


def _chooser_of(draw: Callable[[SearchStrategy[int]], int]) -> Chooser:
    def choose(below: int, /) -> int:
        return draw(_BELOW[below])

    return choose


@st.composite
def policies(draw: st.DrawFn, core_only: bool = False, seconds: bool = True) -> Policy:
    """Policies of 1 to 5 rules and ladders.

    ``core_only`` leaves out since, starting over on rules, after every, every, at most once, points,
    same category, overrides and trials; ``seconds`` False leaves out all durations, so that no policy
    is timed.
    """
    return _Writer(_chooser_of(draw), core_only, seconds).policy()


@st.composite
def promises(draw: st.DrawFn, policy: Policy, *forms: type[Claim]) -> Promise:
    """Promises of some forms (none given: of all), in a policy's vocabulary; some need times though it does not."""
    writer = _Writer(_chooser_of(draw), core_only=False, seconds=policy.timed)
    writer.vocabulary = policy.vocabulary
    return writer.promise(forms or get_args(Claim))


@st.composite
def rules(draw: st.DrawFn, policy: Policy, trigger: type[After | When]) -> Rule:
    """Rules called ``new`` with that kind of trigger, in a policy's vocabulary; nothing of their own stops them."""
    writer = _Writer(_chooser_of(draw), core_only=False, seconds=policy.timed)
    writer.vocabulary = policy.vocabulary
    return Rule("new", writer.after() if trigger is After else writer.what_happens(), writer.actions())


@st.composite
def conversations(draw: st.DrawFn, timed: bool) -> Conversation:
    """Conversations of 1 to 16 messages; ``timed`` gives every message a time that never decreases."""
    return _conversation(_chooser_of(draw), timed)


def random_policy(source: random.Random, core_only: bool = False, seconds: bool = True) -> Policy:
    """A policy as ``policies()`` draws it, quickly; it does not shrink."""
    return _Writer(source.randrange, core_only, seconds).policy()


def random_conversation(source: random.Random, timed: bool) -> Conversation:
    """A conversation as ``conversations()`` draws it, quickly; it does not shrink."""
    return _conversation(source.randrange, timed)


def random_promise(source: random.Random, policy: Policy, *forms: type[Claim]) -> Promise:
    """A promise as ``promises()`` draws it, quickly; it does not shrink."""
    writer = _Writer(source.randrange, core_only=False, seconds=policy.timed)
    writer.vocabulary = policy.vocabulary
    return writer.promise(forms or get_args(Claim))
