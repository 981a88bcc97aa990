"""Draws a policy: what is heard or counted leads to a rule, and the rule to what is done.

A condition is a gate: an edge from it to the rule can stop the rule, and a condition that several rules ask
for is one node. Where a condition or a counter looks at what was done before, that action feeds it: so a
warning leads to the rule that asks for one. A ladder is a flight of steps. What is never done has a barrier
in front of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.model.model import (
    Act,
    After,
    All,
    Any,
    Begins,
    Condition,
    Count,
    CountReached,
    Detected,
    Every,
    Guards,
    Ladder,
    Policy,
    Reading,
    Rule,
    SinceAction,
    SinceEvent,
    SinceFirst,
    StartOver,
    Taken,
    When,
)
from policy_engine.model.parts import parts_of, singles_of
from policy_engine.reports.drawing import Drawing, Edge, Kind, Node, Tie
from policy_engine.reports.english import (
    action_words,
    condition_words,
    counter_words,
    listed,
    policy_words,
    reading_words,
    start_over_words,
    step_words,
    trigger_words,
)
from policy_engine.reports.groups import groups_named, with_group_names
from policy_engine.reports.screen import clean
from policy_engine.reports.sentences import counted_words, limit_words, sentences

_MANY_GIVERS = 6
"""Beyond it, what takes an action meets in one node: else a thousand rules that warn, and a thousand that
ask for a warning, would be a million edges."""


def draw(policy: Policy) -> Drawing:
    """The drawing of a policy, in the words of its groups."""
    return _Draughtsman(with_group_names(policy)).drawing()


class _Draughtsman:
    """Draws one policy: nodes and edges come in the order in which its parts, by name, ask for them."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.vocabulary = policy.vocabulary
        self.parts = parts_of(policy)
        self.forbidden = {each.action for each in policy.nevers}
        self.counters = {
            self._counter_id(count, after)
            for rule in policy.rules
            if isinstance(after := rule.trigger, After)
            for count in after.counts
        }
        self.ids = {part.name: _part_id(part) for part in self.parts}
        self.givers = self._givers()
        self.nodes: dict[str, Node] = {}
        self.edges: dict[Edge, None] = {}

    def drawing(self) -> Drawing:
        """The whole policy."""
        for part in self.parts:
            if isinstance(part, Rule):
                self._rule(part)
            else:
                self._ladder(part)
        for never in self.policy.nevers:
            if never.action not in self.givers:
                self._done(Act(never.action), trial=False)
        for override in self.policy.overrides:
            self._override(override.winner, override.loser)
        return Drawing(
            clean(policy_words(self.policy)),
            clean(self._subtitle()),
            tuple(clean(each) for each in self._notes()),
            tuple(self.nodes.values()),
            tuple(self.edges),
            tuple(clean(each) for each in sentences(self.policy)),
        )

    # --- rules and ladders --------------------------------------------------------------

    def _rule(self, rule: Rule) -> None:
        name = _part_id(rule)
        needs = "when both counts are reached"
        both = isinstance(rule.trigger, After) and len(rule.trigger.counts) > 1
        details = (*([needs] if both else []), *self._applies(rule.guards))
        self._trigger(rule, name)
        self._node(Node(name, Kind.RULE, rule.name, details, rule.trial))
        self._gates(rule.name, name, rule.guards)
        for act in rule.actions:
            self._edge(
                name, self._done(act, rule.trial), Tie.LEADS, "would" if rule.trial else "", rule.trial
            )

    def _trigger(self, rule: Rule, name: str) -> None:
        match rule.trigger:
            case After(counts, repeat):
                for count in counts:
                    counter = self._counter(count, rule.trigger)
                    how = f"every {count.need}" if repeat else f"at {count.need}"
                    self._edge(counter, name, Tie.LEADS, how, rule.trial)
            case Every():
                words = trigger_words(rule.trigger, self.vocabulary)
                clock = self._node(Node(f"clock {words}", Kind.CLOCK, words))
                self._edge(clock, name, Tie.LEADS, "", rule.trial)
            case When() | Begins():
                self._edge(self._heard(rule.trigger), name, Tie.LEADS, "", rule.trial)

    def _ladder(self, ladder: Ladder) -> None:
        name = _part_id(ladder)
        counts = f"counts {counted_words(ladder, self.policy)}"
        self._node(Node(name, Kind.LADDER, ladder.name, (counts, *self._applies(ladder.guards))))
        self._gates(ladder.name, name, ladder.guards)
        below = name
        for number, step in enumerate(ladder.steps, 1):
            does = tuple(action_words(act, self.vocabulary) for act in step.actions)
            here = self._node(
                Node(_step_id(ladder, number), Kind.STEP, f"step {number}", does, number=number, ladder=name)
            )
            self._edge(below, here, Tie.CLIMBS, f"after {step_words(ladder, number, self.vocabulary)}")
            for act in step.actions:
                if self._stands_apart(act):
                    self._edge(here, self._done(act, trial=False), Tie.LEADS)
            below = here
        if ladder.start_over is not None:
            self._start_over(ladder.start_over, name)
            words = f"starts over {start_over_words(ladder.start_over, self.vocabulary)}"
            self._edge(below, name, Tie.STARTS_OVER, words)

    def _applies(self, guards: Guards) -> list[str]:
        """What a part says of whom it covers, where that is not what the policy's own file says."""
        if guards.applies == self.policy.applies:
            return []
        if guards.applies is None:
            return ["in every conversation"]
        return [f"applies when {condition_words(guards.applies, self.vocabulary)}"]

    # --- what leads to them ---------------------------------------------------------------

    def _heard(self, trigger: When | Begins) -> str:
        words = trigger_words(trigger, self.vocabulary).removeprefix("when ")
        return self._node(Node(f"heard {words}", Kind.HEARD, words))

    def _counter_id(self, count: Count, after: After) -> str:
        over = f" {start_over_words(after.start_over, self.vocabulary)}" if after.start_over else ""
        return f"counter {counter_words(count, self.vocabulary)}{over}"

    def _counter(self, count: Count, after: After) -> str:
        over = after.start_over
        details = [f"starts over {start_over_words(over, self.vocabulary)}"] if over else []
        counter = self._counter_id(count, after)
        if counter in self.nodes:
            return counter
        words = counter_words(count, self.vocabulary)
        self._node(Node(counter, Kind.COUNTER, words, tuple(details)))
        if over is not None:
            self._start_over(over, counter)
        match count.since:
            case SinceAction(action):
                self._taken(action, counter)
            case SinceFirst(detected):
                self._edge(self._heard(When(detected, first=True)), counter, Tie.FEEDS)
            case SinceEvent(event):
                self._edge(self._event(event), counter, Tie.FEEDS)
        return counter

    def _start_over(self, over: StartOver, target: str) -> None:
        if over.event is not None:
            self._edge(self._event(over.event), target, Tie.FEEDS, "starts over")

    def _event(self, event: str) -> str:
        return self._heard(When(Detected((Reading(event),))))

    # --- what stops them ------------------------------------------------------------------

    def _gates(self, name: str, target: str, guards: Guards) -> None:
        for condition in _split(guards.only_if, All):
            self._edge(self._condition(condition), target, Tie.STOPS, "only if")
        for each in guards.excepts:
            for condition in _split(each, Any):
                self._edge(self._condition(condition), target, Tie.STOPS, "except when")
        if guards.at_most is not None:
            limit = self._node(Node(f"limit {name}", Kind.LIMIT, limit_words(guards)))
            self._edge(limit, target, Tie.STOPS)

    def _condition(self, condition: Condition) -> str:
        words = condition_words(condition, self.vocabulary)
        name = f"condition {words}"
        if name in self.nodes:
            return name
        self._node(Node(name, Kind.CONDITION, words))
        for part in singles_of(condition):
            match part:
                case Taken(action):
                    self._taken(action, name)
                case CountReached(count):
                    counter = self._counter_id(count, After((count,)))
                    if counter in self.counters:
                        self._edge(self._counter(count, After((count,))), name, Tie.FEEDS)
                case _:
                    continue
        return name

    def _taken(self, action: str, target: str) -> None:
        """Tie what looks back at an action to all that takes it; to one node for them where they are many."""
        givers = self.givers.get(action, [])
        if len(givers) > _MANY_GIVERS:
            words = self.vocabulary.actions[action].past
            hub = f"heard {words}"
            if hub not in self.nodes:
                self._node(Node(hub, Kind.HEARD, words))
                for giver in givers:
                    self._edge(giver, hub, Tie.FEEDS)
            givers = [hub]
        for giver in givers:
            self._edge(giver, target, Tie.FEEDS)

    def _override(self, winner: str, loser: str) -> None:
        self._edge(self.ids[winner], self.ids[loser], Tie.OVERRIDES, "overrides")

    # --- what is done -----------------------------------------------------------------------

    def _stands_apart(self, act: Act) -> bool:
        """Whether a step's action is drawn beside the ladder, too: the end, and what has a barrier."""
        return self.vocabulary.actions[act.action].ends or act.action in self.forbidden

    def _givers(self) -> dict[str, list[str]]:
        """By action: the nodes that stand for its having been taken. What is on trial is never taken."""
        found: dict[str, dict[str, None]] = {}
        for part in self.parts:
            if isinstance(part, Rule):
                asked = [] if part.trial else [(act, self._action_id(act)) for act in part.actions]
            else:
                asked = [
                    (act, self._action_id(act) if self._stands_apart(act) else _step_id(part, number))
                    for number, step in enumerate(part.steps, 1)
                    for act in step.actions
                ]
            for act, name in asked:
                found.setdefault(act.action, {})[name] = None
        return {action: list(names) for action, names in found.items()}

    def _action_id(self, act: Act) -> str:
        return f"action {action_words(act, self.vocabulary)}"

    def _done(self, act: Act, trial: bool) -> str:
        """Draw an action with the barrier before it. The id of what an edge to it ends at."""
        name = self._action_id(act)
        only_trial = trial and name not in self.givers.get(act.action, ())
        kind = Kind.END if self.vocabulary.actions[act.action].ends else Kind.ACTION
        if act.action not in self.forbidden:
            return self._node(Node(name, kind, action_words(act, self.vocabulary), trial=only_trial))
        words = f"never {self.vocabulary.actions[act.action].phrase}"
        barrier = f"never {action_words(act, self.vocabulary)}"
        if barrier not in self.nodes:
            for never in self.policy.nevers:
                for condition in _split(never.when, Any) if never.action == act.action else ():
                    self._edge(self._condition(condition), barrier, Tie.STOPS, "when")
            self._node(Node(barrier, Kind.BARRIER, words))
            self._node(Node(name, kind, action_words(act, self.vocabulary), trial=only_trial))
            self._edge(barrier, name, Tie.LEADS, trial=only_trial)
        return barrier

    # --- notes ------------------------------------------------------------------------------

    def _subtitle(self) -> str:
        if self.policy.applies is None:
            return ""
        return f"Applies when {condition_words(self.policy.applies, self.vocabulary)}."

    def _notes(self) -> Iterator[str]:
        quoting = (Kind.ACTION, Kind.END, Kind.STEP)
        said = [
            text
            for node in self.nodes.values()
            if node.kind not in quoting
            for text in (node.text, *node.details)
        ]
        for name, holds in groups_named(self.policy, [*said, self._subtitle()]):
            yield f"{name}: {holds}"
        points = {
            count.points or "": count.weights
            for rule in self.policy.rules
            if isinstance(rule.trigger, After)
            for count in rule.trigger.counts
            if count.weights
        }
        for name in sorted(points):
            each = [f"{weight} per {reading_words(reading)}" for reading, weight in points[name]]
            yield f"{name}: {listed(each, 'and')}"

    # --- making -------------------------------------------------------------------------------

    def _node(self, node: Node) -> str:
        """Add a node, once. Its id."""
        if node.id not in self.nodes:
            self.nodes[node.id] = Node(
                node.id, node.kind, clean(node.text), tuple(clean(each) for each in node.details),
                node.trial, node.number, node.ladder,
            )  # fmt: skip
        return node.id

    def _edge(self, source: str, target: str, tie: Tie, label: str = "", trial: bool = False) -> None:
        self.edges[Edge(source, target, tie, clean(label), trial)] = None


def _part_id(part: Rule | Ladder) -> str:
    return f"{'rule' if isinstance(part, Rule) else 'ladder'} {part.name}"


def _step_id(ladder: Ladder, number: int) -> str:
    return f"step {ladder.name} {number}"


def _split(condition: Condition | None, kind: type[All] | type[Any]) -> Iterator[Condition]:
    """``only if A and B`` is two gates, and so is ``except when A or B``: each of them stops alone."""
    if isinstance(condition, kind):
        for each in condition.conditions:
            yield from _split(each, kind)
    elif condition is not None:
        yield condition
