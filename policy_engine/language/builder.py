"""Parse tree to syntax tree, one statement at a time.

What LALR(1) cannot see is decided here: which names joined by ``or`` belong to which verb, and
whether ``and`` and ``or`` are mixed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, cast

from lark import Token, Tree

from policy_engine.language.grouping import Fault, Piece, group
from policy_engine.language.tree import (
    ActionRef,
    AfterRef,
    Amount,
    AppliesLine,
    Clauses,
    Compared,
    ConditionRef,
    CountedRef,
    CountRef,
    DetectedRef,
    DoneRef,
    EveryRef,
    GroupLine,
    LabelRef,
    LadderLine,
    LanguageLine,
    Line,
    NeverLine,
    OverridesLine,
    Phrase,
    PointsLine,
    PolicyLine,
    PromiseLine,
    ResetRef,
    RuleLine,
    ScopeRef,
    SinceRef,
    Stated,
    StepLine,
    TriggerRef,
    UseLine,
    WhenRef,
)
from policy_engine.source import Span

__all__ = ["Builder", "Fault"]

Node = Tree[Token]


def _tokens(node: Node | Token) -> Iterator[Token]:
    if isinstance(node, Token):
        yield node
        return
    for child in node.children:
        if child is not None:
            yield from _tokens(child)


def _parts(node: Node, *names: str) -> list[Node]:
    return [each for each in node.children if isinstance(each, Tree) and each.data in names]


def _part(node: Node, *names: str) -> Node | None:
    found = _parts(node, *names)
    return found[0] if found else None


def _words(node: Node, *types: str) -> list[Token]:
    return [each for each in node.children if isinstance(each, Token) and each.type in types]


def _has(node: Node, *types: str) -> bool:
    return bool(_words(node, *types))


def _value(token: Token) -> float:
    """A number; one too long to be meant is cut to a size that every limit refuses."""
    return min(float(token), 1e15)


class Builder:
    """Builds the trees of one statement that stands at ``offset`` of ``text``."""

    def __init__(self, offset: int, text: str) -> None:
        self._offset = offset
        self._text = text

    def line(self, start: Node) -> Line:
        """The statement's tree. Raises :class:`Fault` where the words do not fit together."""
        node = cast(Node, start.children[0])
        return cast(Line, getattr(self, f"_{node.data}_line")(node))

    # --- places and small things ---

    def _token_span(self, token: Token) -> Span:
        return Span(self._offset + (token.start_pos or 0), self._offset + (token.end_pos or 0))

    def _span(self, node: Node | Token) -> Span:
        tokens = list(_tokens(node))
        return self._token_span(tokens[0]).to(self._token_span(tokens[-1]))

    def _raw(self, span: Span) -> str:
        """The words of a stretch that holds no text, on one line: without comments, with one space behind a comma."""
        words = re.sub(r"#[^\n]*", " ", self._text[span.start : span.end])
        return " ".join(re.sub(r"\s*,\s*", ", ", words).split())

    def _string(self, token: Token) -> str:
        span = self._token_span(token)
        return self._text[span.start + 1 : span.end - 1]

    def _number(self, node: Node) -> float:
        return _value(_words(node, "NUMBER")[0])

    def _phrase(self, node: Node) -> Phrase:
        tokens = list(_tokens(node))
        return Phrase(tuple(str(each) for each in tokens), tuple(self._token_span(each) for each in tokens))

    def _own_phrases(self, node: Node) -> list[Phrase]:
        return [self._phrase(each) for each in _parts(node, "phrase")]

    def _label(self, node: Node) -> LabelRef:
        numbers = _words(node, "NUMBER")
        phrase = self._phrase(cast(Node, node.children[0]))
        return LabelRef(phrase, _value(numbers[0]) if numbers else None, self._span(node))

    def _labels(self, node: Node) -> tuple[LabelRef, ...]:
        return tuple(self._label(each) for each in _parts(node, "label"))

    def _amount(self, node: Node) -> Amount:
        unit = str(_words(node, "UNIT")[0]).removesuffix("s")
        return Amount(self._number(node), unit, self._span(node))

    def _own_amount(self, node: Node) -> Amount:
        return self._amount(cast(Node, _part(node, "amount")))

    # --- statements ---

    def _language_line(self, node: Node) -> LanguageLine:
        return LanguageLine(self._number(node), self._span(node))

    def _policy_line(self, node: Node) -> PolicyLine:
        strings = [self._string(each) for each in _words(node, "STRING")]
        dates = _words(node, "DATE")
        version = strings[1] if len(strings) > 1 else None
        return PolicyLine(strings[0], version, str(dates[0]) if dates else None, self._span(node))

    def _use_line(self, node: Node) -> UseLine:
        return UseLine(self._string(_words(node, "STRING")[0]), self._span(node))

    def _applies_line(self, node: Node) -> AppliesLine:
        return AppliesLine(self._own_condition(node), self._span(node))

    def _group_line(self, node: Node) -> GroupLine:
        return GroupLine(self._own_phrases(node)[0], self._labels(node), self._span(node))

    def _points_line(self, node: Node) -> PointsLine:
        weights = tuple((self._number(each), self._labels(each)[0]) for each in _parts(node, "weight"))
        return PointsLine(self._own_phrases(node)[0], weights, self._span(node))

    def _rule_line(self, node: Node) -> RuleLine:
        head = cast(Node, _part(node, "rule_head"))
        over = _part(node, "starting_over")
        return RuleLine(
            name=self._own_phrases(head)[0],
            trial=_has(head, "TRIAL"),
            trigger=self._trigger(cast(Node, _part(node, "when", "after", "after_every", "every"))),
            start_over=self._own_reset(over) if over else None,
            actions=self._actions(node),
            clauses=self._clauses(node, "clause"),
            span=self._span(node),
        )

    def _ladder_line(self, node: Node) -> LadderLine:
        steps = tuple(
            StepLine(self._number(each), self._own_phrases(each)[0], self._actions(each), self._span(each))
            for each in _parts(node, "step")
        )
        clauses = self._clauses(node, "ladder_clause")
        return LadderLine(self._own_phrases(node)[0], self._labels(node), steps, clauses, self._span(node))

    def _never_line(self, node: Node) -> NeverLine:
        action = self._action(cast(Node, _part(node, "action")))
        return NeverLine(action, self._own_condition(node), self._span(node))

    def _overrides_line(self, node: Node) -> OverridesLine:
        winner, loser = self._own_phrases(node)
        kind = str(_words(node, "RULE", "LADDER")[-1])
        return OverridesLine(winner, loser, kind, self._span(node))

    # --- triggers ---

    def _trigger(self, node: Node) -> TriggerRef:
        span = self._span(node)
        if node.data == "when":
            return WhenRef(self._own_condition(node), span)
        if node.data == "every":
            return EveryRef(self._own_amount(node), span)
        return AfterRef(self._own_counts(node), node.data == "after_every", span)

    def _own_counts(self, node: Node) -> tuple[CountRef, ...]:
        return tuple(self._count(each) for each in _parts(cast(Node, _part(node, "counts")), "count"))

    def _count(self, node: Node) -> CountRef:
        limits = tuple(self._limit(each) for each in _parts(node, "in_a_row", "within", "since"))
        return CountRef(
            self._number(node), self._own_phrases(node)[0], self._labels(node), limits, self._span(node)
        )

    def _limit(self, node: Node) -> ScopeRef | SinceRef:
        if node.data != "since":
            return self._scope(node)
        phrases = self._own_phrases(node)
        said = phrases[1] if len(phrases) > 1 else None
        return SinceRef(phrases[0], said, _has(node, "WAS_FIRST_DETECTED"), self._span(node))

    def _own_reset(self, node: Node) -> ResetRef:
        reset = cast(Node, _part(node, "quiet", "event_reset"))
        span, phrases = self._span(reset), self._own_phrases(reset)
        if reset.data == "quiet":
            return ResetRef(self._own_amount(reset), phrases[0], None, span)
        said = phrases[1] if len(phrases) > 1 else None
        event = Stated(phrases[0], said, (), perfect=False, negated=False, scope=None, span=span)
        return ResetRef(None, None, event, span)

    # --- actions and clauses ---

    def _actions(self, node: Node) -> tuple[ActionRef, ...]:
        return tuple(self._action(each) for each in _parts(cast(Node, _part(node, "actions")), "action"))

    def _action(self, node: Node) -> ActionRef:
        strings = _words(node, "STRING")
        text = self._string(strings[0]) if strings else None
        return ActionRef(self._own_phrases(node)[0], text, self._span(node))

    def _clauses(self, node: Node, name: str) -> Clauses:
        inner = [cast(Node, each.children[-1]) for each in _parts(node, name)]
        return Clauses(
            only_ifs=tuple(self._own_condition(each) for each in inner if each.data == "only_if"),
            excepts=tuple(self._own_condition(each) for each in inner if each.data == "except_when"),
            at_most=tuple(self._at_most_once(each) for each in inner if each.data == "at_most_once"),
            resets=tuple(self._own_reset(each) for each in inner if each.data == "start_over"),
            reasons=tuple(
                (self._string(_words(each, "STRING")[0]), self._span(each))
                for each in inner
                if each.data == "reason"
            ),
        )

    def _at_most_once(self, node: Node) -> tuple[Amount | None, Span]:
        amount = _part(node, "amount")
        return (self._amount(amount) if amount else None, self._span(node))

    # --- conditions ---

    def _own_condition(self, node: Node) -> ConditionRef:
        return self._condition(cast(Node, _part(node, "condition")))

    def _condition(self, node: Node) -> ConditionRef:
        pieces: list[Piece] = []
        word = ""
        for child in node.children:
            if isinstance(child, Token):
                word = str(child)
            else:
                pieces.append(self._item(word, child))
        return group(pieces, self._raw)

    def _item(self, word: str, node: Node) -> Piece:
        span = self._span(node)
        if node.data == "brackets":
            return Piece(word, self._own_condition(node), span, closed=True)
        if node.data == "there_have_been":
            return Piece(word, self._counted(node), span)
        label = self._labels(node)[0]
        scope = _part(node, "in_this", "in_the_last", "in_a_row", "within")
        tail = _part(node, "detected", "unchecked", "said", "compared", "is_number")
        condition = self._stated(label, tail, self._scope(scope) if scope else None, span)
        return Piece(word, condition, span, bare=label if tail is None else None)

    def _stated(self, label: LabelRef, tail: Node | None, scope: ScopeRef | None, span: Span) -> ConditionRef:
        if tail is not None and tail.data in ("detected", "unchecked"):
            return self._detected(label, tail, scope, span)
        if label.at is not None and tail is not None:
            raise Fault("syntax", "`at` a score goes with `is detected`", label.span)
        if tail is None:
            return Stated(label.phrase, None, (), perfect=False, negated=False, scope=scope, span=span)
        if tail.data in ("compared", "is_number"):
            if scope is not None:
                raise Fault("syntax", "an attribute is fixed for the whole conversation", scope.span,
                            "leave the scope out")  # fmt: skip
            return self._compared(label, tail, span)
        be = _words(cast(Node, _part(tail, "be")), "IS", "IS_NOT", "HAS_BEEN", "HAS_NOT_BEEN")[0].type
        said = self._own_phrases(tail)[0]
        return Stated(label.phrase, said, (), be.startswith("HAS"), "NOT" in be, scope, span)

    def _detected(self, label: LabelRef, tail: Node, scope: ScopeRef | None, span: Span) -> DetectedRef:
        be = _part(tail, "be")
        roles = _words(tail, "FROM_ROLE")
        doubt = (
            "unchecked"
            if tail.data == "unchecked"
            else "or unchecked"
            if _has(tail, "OR_UNCHECKED")
            else "detected"
        )
        return DetectedRef(
            labels=(label,),
            doubt=doubt,
            first=_has(tail, "FIRST_DETECTED"),
            perfect=be is not None and _has(be, "HAS_BEEN", "HAS_NOT_BEEN"),
            negated=be is not None and _has(be, "IS_NOT", "HAS_NOT_BEEN"),
            role=str(roles[0]).split()[-1] if roles else None,
            scope=scope,
            span=span,
        )

    def _compared(self, label: LabelRef, tail: Node, span: Span) -> Compared:
        ops = {
            "AT_LEAST": "at least",
            "AT_MOST": "at most",
            "MORE_THAN": "more than",
            "LESS_THAN": "less than",
        }
        op = next((ops[each.type] for each in _words(tail, *ops)), "is")
        return Compared(label.phrase, op, self._number(tail), _has(tail, "IS_NOT"), span)

    def _counted(self, node: Node) -> CountedRef:
        scope = _part(node, "in_this", "in_the_last", "in_a_row", "within")
        limits = (self._scope(scope),) if scope else ()
        span = self._span(node)
        count = CountRef(self._number(node), self._own_phrases(node)[0], self._labels(node), limits, span)
        return CountedRef(count, _has(node, "LESS_THAN"), span)

    def _scope(self, node: Node) -> ScopeRef:
        span = self._span(node)
        if node.data == "in_this":
            return ScopeRef("message" if _has(node, "IN_THIS_MESSAGE") else "turn", None, span)
        if node.data == "in_a_row":
            return ScopeRef("in a row", None, span)
        return ScopeRef("within" if node.data == "within" else "last", self._own_amount(node), span)

    # --- promises ---

    def _check_line(self, node: Node) -> PromiseLine:
        return self._promise(node, required=False)

    def _require_line(self, node: Node) -> PromiseLine:
        return self._promise(node, required=True)

    def _promise(self, node: Node, required: bool) -> PromiseLine:
        inner = cast(Node, _part(node, "promise"))
        claim = cast(Node, inner.children[0])
        clauses = [cast(Node, each.children[-1]) for each in _parts(inner, "promise_clause")]
        line = PromiseLine(
            required, str(claim.data), self._done_of(claim), self._span(node), self._raw(self._span(inner))
        )
        line = line._replace(**self._claim_fields(claim))
        found = {name: tuple(self._own_condition(each) for each in clauses if each.data == name)
                 for name in ("unless", "or_when", "only_if")}  # fmt: skip
        return line._replace(unless=found["unless"], or_when=found["or_when"], only_if=found["only_if"])

    def _done_of(self, claim: Node) -> DoneRef:
        done = _part(claim, "done")
        return DoneRef(*self._own_phrases(done if done is not None else claim)[:2])

    def _claim_fields(self, claim: Node) -> dict[str, Any]:
        fields: dict[str, Any] = {"once": _has(claim, "ONCE")}
        if _part(claim, "condition"):
            fields["condition"] = self._own_condition(claim)
        if _part(claim, "counts"):
            fields["counts"] = self._own_counts(claim)
        if claim.data == "before":
            fields["before"] = DoneRef(*self._own_phrases(_parts(claim, "done")[1]))
        if claim.data == "at_most":
            fields["number"] = self._number(claim)
        if _part(claim, "amount"):
            fields["amount"] = self._own_amount(claim)
        without = _part(claim, "never_said", "never_is", "never_detected")
        if without is not None:
            fields["without"] = self._without(without)
        return fields

    def _without(self, node: Node) -> ConditionRef:
        """What never happens, as a trigger would wait for it."""
        phrases, span = self._own_phrases(node), self._span(node)
        if node.data == "never_detected":
            labels = tuple(LabelRef(each, None, each.span) for each in phrases)
            roles = _words(node, "FROM_ROLE")
            return DetectedRef(labels, "detected", first=False, perfect=False, negated=False,
                               role=str(roles[0]).split()[-1] if roles else None, scope=None, span=span)  # fmt: skip
        subject, said = phrases
        if node.data == "never_said":
            subject = Phrase(subject.words + said.words, subject.spans + said.spans)
        return Stated(subject, said if node.data == "never_is" else None, (), perfect=False, negated=False,
                      scope=None, span=span)  # fmt: skip
