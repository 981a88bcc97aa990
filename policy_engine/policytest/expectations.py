"""What is expected of a step, in words: ``end the chat``, ``mission is stopped by except``, ``mission 2 of 3``.

    expectation  =  "nothing" | "anything" | "nothing on trial" | ["on trial"] ACTION ["(" RULE {"and" RULE} ")"]
                  | RULE ["is"] "stopped by" CLAUSE [NUMBER] ["unknown"] | RULE ["at"] NUMBER "of" NUMBER

An action is written as policies write it; without its text, any text will do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from policy_engine.model.decision import Cause
from policy_engine.model.model import Policy
from policy_engine.model.names import Names
from policy_engine.model.parts import action_names, part_named, parts_of
from policy_engine.policytest.case import (
    Expectation,
    ExpectedAction,
    ExpectedCount,
    ExpectedStop,
)
from policy_engine.policytest.sentence import MAX_SENTENCE, Piece, Sentence, span_of, words_of
from policy_engine.source import Span
from policy_engine.vocabulary.fields import Reading, quoted
from policy_engine.vocabulary.phrases import telling_words

_CAUSES = {
    "only if": Cause.ONLY_IF,
    "except": Cause.EXCEPT,
    "except when": Cause.EXCEPT,
    "never": Cause.NEVER,
    "at most once": Cause.COOLDOWN,
    "overrides": Cause.OVERRIDES,
    "applies when": Cause.APPLIES,
}
"""What a clause is called."""
_WHOLE = re.compile(r"[0-9]{1,6}")
_EXAMPLE = "for example `end the chat`, `RULE is stopped by except`, or `RULE 2 of 3`"

Pieces = Sequence[Piece]


@dataclass
class _Found:
    """What the sentences of one step say so far."""

    actions: list[ExpectedAction] = field(default_factory=list)
    trial: list[ExpectedAction] = field(default_factory=list)
    stops: list[ExpectedStop] = field(default_factory=list)
    counts: list[ExpectedCount] = field(default_factory=list)
    anything: bool = False
    nothing_on_trial: bool = False


class _Fault(Exception):
    """The sentence cannot be read; the fault was reported."""


class ExpectationReader:
    """Reads expectations of one policy; faults are noted in ``reading``."""

    def __init__(self, policy: Policy, names: Names, reading: Reading) -> None:
        self._policy = policy
        self._names = names
        self._reading = reading
        self._parts = {part.name: part for part in parts_of(policy)}

    def read(self, sentences: Sequence[Sentence]) -> Expectation | None:
        """What all the sentences expect together; None, reported, where one of them cannot be read."""
        found = _Found()
        is_sound = True
        for sentence in sentences:
            try:
                self._take(sentence, found)
            except _Fault:
                is_sound = False
        if not is_sound:
            return None
        return Expectation(
            tuple(found.actions), found.anything,
            tuple(found.trial) if found.trial or found.nothing_on_trial else None,
            tuple(found.stops), tuple(found.counts), tuple(each.text for each in sentences),
        )  # fmt: skip

    def _refuse(self, message: str, span: Span, hint: str | None, code: str = "bad-expectation") -> _Fault:
        self._reading.error(code, message, span, hint)
        return _Fault()

    def _take(self, sentence: Sentence, found: _Found) -> None:
        if len(sentence.text) > MAX_SENTENCE:
            raise self._refuse(f"an expectation has at most {MAX_SENTENCE:,} characters", sentence.span, None)
        pieces = sentence.pieces()
        words = words_of(pieces)
        if words == "anything":
            found.anything = True
        elif words == "nothing on trial":
            found.nothing_on_trial = True
        elif words == "nothing":
            return
        elif not pieces:
            raise self._refuse("nothing is written here", sentence.span, _EXAMPLE)
        elif (at := _place(pieces, ("stopped", "by"))) is not None:
            found.stops.append(self._stop(pieces[:at], pieces[at + 2 :], sentence.span))
        elif len(pieces) >= 4 and pieces[-2].text == "of" and _WHOLE.fullmatch(pieces[-1].text):
            found.counts.append(self._count(pieces))
        elif words.startswith("on trial "):
            found.trial.append(self._action(pieces[3:] if pieces[2].text == "," else pieces[2:], trial=True))
        else:
            found.actions.append(self._action(pieces, trial=False))

    # --- rules ---

    def _rule(self, pieces: Pieces, otherwise: Span) -> str:
        kept = [each for each in pieces if each.text not in ("is", "the", "rule", "ladder", "at")]
        name = words_of(kept)
        if name not in self._parts:
            hint = self._reading.suggest(name, list(self._parts))
            message = f"unknown rule or ladder {quoted(name)}"
            raise self._refuse(message, span_of(kept, otherwise), hint, "unknown-name")
        return name

    def _stop(self, rule: Pieces, clause: Pieces, whole: Span) -> ExpectedStop:
        name = self._rule(rule, whole)
        rest = [each for each in clause if each.text != ","]
        is_unknown = bool(rest) and rest[-1].text == "unknown"
        rest = rest[:-1] if is_unknown else rest
        has_number = bool(rest) and _WHOLE.fullmatch(rest[-1].text) is not None
        number = int(rest[-1].text) if has_number else None
        words = words_of(rest[:-1] if has_number else rest)
        cause = _CAUSES.get(words)
        if cause is None:
            hint = self._reading.suggest(words, list(_CAUSES)) or f"one of: {', '.join(_CAUSES)}"
            raise self._refuse(f"{quoted(words)} is no clause that stops a rule", span_of(rest, whole), hint)
        most = self._clauses(name, cause)
        if not most or (number is not None and not 1 <= number <= most):
            which = f"clause {number} of that kind" if most else f"`{words}`"
            raise self._refuse(f"{quoted(name)} has no {which}", span_of(clause, whole), None)
        return ExpectedStop(name, cause, self._clause(name, cause, number), is_unknown)

    def _clauses(self, name: str, cause: Cause) -> int:
        """How many clauses of the kind can stop the rule."""
        guards, policy = part_named(self._policy, name).guards, self._policy
        match cause:
            case Cause.APPLIES:
                return int(guards.applies is not None)
            case Cause.ONLY_IF:
                return int(guards.only_if is not None)
            case Cause.EXCEPT:
                return len(guards.excepts)
            case Cause.COOLDOWN:
                return int(guards.at_most is not None)
            case Cause.OVERRIDES:
                return sum(each.loser == name for each in policy.overrides)
            case Cause.NEVER:
                return len(self._nevers(name))

    def _nevers(self, name: str) -> list[int]:
        """The ``never`` sentences that speak of an action of the rule, in the policy's order."""
        asked = action_names(self._parts[name])
        return [number for number, never in enumerate(self._policy.nevers) if never.action in asked]

    def _clause(self, name: str, cause: Cause, number: int | None) -> int | None:
        """The clause's number as a decision has it; what is written counts from 1."""
        if number is None:
            return None
        if cause is Cause.NEVER:
            return self._nevers(name)[number - 1]
        if cause is Cause.OVERRIDES:
            of = [at for at, each in enumerate(self._policy.overrides) if each.loser == name]
            return of[number - 1]
        return number - 1

    def _count(self, pieces: Pieces) -> ExpectedCount:
        *rule, value, _, need = pieces
        if not _WHOLE.fullmatch(value.text):
            raise self._refuse(f"{quoted(value.text)} is not a number", value.span, _EXAMPLE)
        return ExpectedCount(self._rule(rule, value.span), int(value.text), int(need.text))

    # --- actions ---

    def _action(self, pieces: Pieces, trial: bool) -> ExpectedAction:
        rules = None
        if pieces and pieces[-1].text == ")" and (at := _place(pieces, ("(",))) is not None:
            rules = self._rules(pieces[at + 1 : -1], trial, pieces[at].span)
            pieces = pieces[:at]
        if trial and words_of(pieces) == "nothing":
            raise self._refuse("write `nothing on trial`", span_of(pieces, Span(0, 0)), None)
        text = pieces[-1] if pieces and pieces[-1].is_text else None
        order = pieces[:-1] if text else pieces
        return self._named(order, text, rules)

    def _rules(self, pieces: Pieces, trial: bool, otherwise: Span) -> tuple[str, ...]:
        found = []
        for piece in pieces:
            if piece.text in (",", "and"):
                continue
            name = self._rule([piece], otherwise)
            if getattr(self._parts[name], "trial", False) is not trial:
                hint = "write `on trial` before what it would do" if not trial else "leave `on trial` out"
                kind = "is not on trial" if trial else "is on trial"
                raise self._refuse(f"{quoted(name)} {kind}", piece.span, hint)
            found.append(name)
        return tuple(sorted(set(found)))

    def _named(self, order: Pieces, text: Piece | None, rules: tuple[str, ...] | None) -> ExpectedAction:
        orders, entries = self._names.orders, self._names.vocabulary.actions
        name = orders.get(telling_words(words_of(order)))
        if name is not None and not (text and entries[name].takes != "text"):
            return ExpectedAction(name, text.text[1:-1] if text else None, rules)
        notice = order[-1] if order else None
        name = orders.get(telling_words(words_of(order[:-1])))
        if notice is not None and name is not None and entries[name].takes == "notice" and text is None:
            return self._with_notice(name, notice, rules)
        raise self._unknown(order, text)

    def _with_notice(self, name: str, notice: Piece, rules: tuple[str, ...] | None) -> ExpectedAction:
        known = self._names.vocabulary.notices
        if notice.text not in known:
            hint = self._reading.suggest(notice.text, list(known))
            raise self._refuse(f"unknown notice {quoted(notice.text)}", notice.span, hint, "unknown-name")
        return ExpectedAction(name, notice.text, rules)

    def _unknown(self, order: Pieces, text: Piece | None) -> _Fault:
        place = span_of(order, text.span if text else Span(0, 0))
        words = words_of(order)
        entries = self._names.vocabulary.actions
        if words and telling_words(words) in self._names.orders:
            phrase = entries[self._names.orders[telling_words(words)]].phrase
            return self._refuse(f"`{phrase}` takes no text", place, "leave the text out")
        for end in range(len(order) - 1, 0, -1):
            name = self._names.orders.get(telling_words(words_of(order[:end])))
            if name is not None and entries[name].takes == "text":
                hint = f'write `{words_of(order[:end])} "…"`'
                return self._refuse("the text of an action stands in quotation marks", place, hint)
        hint = self._reading.suggest(words, [each.phrase for each in entries.values()]) or _EXAMPLE
        return self._refuse(f"unknown action {quoted(words)}", place, hint, "unknown-name")


def _place(pieces: Pieces, words: tuple[str, ...]) -> int | None:
    """Where the words stand first."""
    texts = [each.text for each in pieces]
    for at in range(len(texts) - len(words) + 1):
        if tuple(texts[at : at + len(words)]) == words:
            return at
    return None
