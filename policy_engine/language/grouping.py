"""Which name belongs to which verb, and what ``and`` and ``or`` join.

``or`` between names belongs to the ``is`` or ``on`` beside it: in ``model is opus-4 or opus-4.1 and
a or b has been detected`` there are two conditions. A name that two could claim, and ``and`` and
``or`` mixed without brackets, are faults that offer the readings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from policy_engine.language.tree import (
    ConditionRef,
    CountedRef,
    DetectedRef,
    Joined,
    LabelRef,
    ScopeRef,
    SinceRef,
    Stated,
)
from policy_engine.source import Span


class Fault(Exception):
    """A statement whose words do not fit together."""

    def __init__(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.span = span
        self.hint = hint


class Piece(NamedTuple):
    """A condition with the word before it; ``bare`` where it is a name or phrase without a verb."""

    word: str
    condition: ConditionRef
    span: Span
    bare: LabelRef | None = None
    closed: bool = False
    """Whether it stands in brackets, so that it claims no name outside them."""

    @property
    def name(self) -> LabelRef | None:
        """The label, where the piece is one bare name that a verb beside it may claim."""
        single = self.bare is not None and len(self.bare.phrase.without_noise().words) == 1
        return self.bare if single else None

    @property
    def scope(self) -> ScopeRef | None:
        """The scope that stands behind a bare name."""
        return self.condition.scope if isinstance(self.condition, Stated) else None


def group(pieces: Sequence[Piece], raw: Callable[[Span], str]) -> ConditionRef:
    """One condition of all the pieces; ``raw`` gives the words of a stretch. Raises :class:`Fault`."""
    grouped = _claimed(pieces, raw)
    words = {each.word for each in grouped[1:]}
    if not words:
        return grouped[0].condition
    if len(words) > 1:
        raise _mixed(grouped, raw)
    span = grouped[0].span.to(grouped[-1].span)
    return Joined(words.pop(), tuple(each.condition for each in grouped), span)


def _claimed(pieces: Sequence[Piece], raw: Callable[[Span], str]) -> list[Piece]:
    done: list[Piece] = []
    waiting: list[Piece] = []
    for piece in pieces:
        if waiting and piece.word == "and":
            done = _to_the_left(done, waiting)
            waiting = []
        if piece.name is not None:
            waiting.append(piece)
        elif waiting and isinstance(piece.condition, DetectedRef) and not piece.closed:
            done.append(_to_the_right(done, waiting, piece, raw))
            waiting = []
        else:
            done = _to_the_left(done, waiting) if waiting else done
            waiting = []
            done.append(piece)
    return _to_the_left(done, waiting) if waiting else done


def _to_the_right(done: list[Piece], names: list[Piece], piece: Piece, raw: Callable[[Span], str]) -> Piece:
    """``a or b is detected``: the names before the verb are its own."""
    if done and names[0].word == "or" and _takes_names(done[-1]):
        before, name, after = raw(done[-1].span), raw(names[0].span), raw(piece.span)
        raise Fault("ambiguous", f"`{name}` could belong to what stands before it or after it", names[0].span,
                    f"put brackets: `({before} or {name}) or {after}`, "
                    f"or `{before} or ({name} or {after})`")  # fmt: skip
    detected = piece.condition
    assert isinstance(detected, DetectedRef)
    scoped = next((each for each in names if each.scope is not None), None)
    if scoped is not None:
        raise _verbless(scoped)
    labels = tuple(each.name for each in names if each.name is not None)
    span = names[0].span.to(piece.span)
    return Piece(names[0].word, detected._replace(labels=labels + detected.labels, span=span), span)


def _to_the_left(done: list[Piece], names: list[Piece]) -> list[Piece]:
    """``model is a or b``, ``2 refusals on a or b in this turn``: the names after it belong to the verb."""
    if not done or names[0].word != "or" or not _takes_names(done[-1]):
        raise _verbless(names[0])
    last = done[-1]
    span = last.span.to(names[-1].span)
    scoped = [each for each in names if each.scope is not None]
    if any(each is not names[-1] for each in scoped):
        raise _verbless(scoped[0])
    condition: ConditionRef
    if isinstance(last.condition, CountedRef):
        count = last.condition.counted
        limits: tuple[ScopeRef | SinceRef, ...] = tuple(
            each.scope for each in scoped if each.scope is not None
        )
        on = count.on + tuple(each.name for each in names if each.name is not None)
        condition = last.condition._replace(
            counted=count._replace(on=on, limits=limits, span=span), span=span
        )
    elif isinstance(last.condition, Stated):
        if scoped:
            raise Fault(
                "syntax",
                "an attribute is fixed for the whole conversation",
                scoped[0].span,
                "leave the scope out",
            )
        values = tuple(each.name.phrase for each in names if each.name is not None)
        condition = last.condition._replace(values=last.condition.values + values, span=span)
    else:
        raise _verbless(names[0])
    return [*done[:-1], last._replace(condition=condition, span=span)]


def _takes_names(piece: Piece) -> bool:
    condition = piece.condition
    if piece.closed:
        return False
    if isinstance(condition, CountedRef):
        return bool(condition.counted.on) and not condition.counted.limits
    return (
        isinstance(condition, Stated)
        and condition.said is not None
        and not condition.perfect
        and condition.scope is None
    )


def _verbless(piece: Piece) -> Fault:
    name = piece.name.phrase.text if piece.name else ""
    return Fault("syntax", f"`{name}` needs a verb", piece.span, f"for example: {name} has been detected")


def _mixed(pieces: Sequence[Piece], raw: Callable[[Span], str]) -> Fault:
    first = _reading(pieces, "and", raw)
    second = _reading(pieces, "or", raw)
    span = pieces[0].span.to(pieces[-1].span)
    return Fault("ambiguous", "`and` and `or` are mixed", span, f"put brackets: `{first}`, or `{second}`")


def _reading(pieces: Sequence[Piece], inner: str, raw: Callable[[Span], str]) -> str:
    runs: list[list[str]] = [[raw(pieces[0].span)]]
    for piece in pieces[1:]:
        if piece.word == inner:
            runs[-1].append(raw(piece.span))
        else:
            runs.append([raw(piece.span)])
    outer = "or" if inner == "and" else "and"
    return f" {outer} ".join(f"({f' {inner} '.join(run)})" if len(run) > 1 else run[0] for run in runs)
