"""The one canonical form of a policy's text: where lines break, and where commas and spaces stand.

Words, texts and comments are the author's. A statement is cut into parts by its parse tree (a rule's
trigger, actions and clauses; a ladder's steps); the parts stand on one line where they fit, else on one
line each. A comment stays behind the part that it stood behind, or above the part that it stood above.
Formatting what is formatted changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import NamedTuple, cast

from lark import Token, Tree

from policy_engine.diagnostics import Diagnostic
from policy_engine.language.grammar import grammar
from policy_engine.language.parser import parse
from policy_engine.language.statements import OPENERS, statements, understood, without_comments
from policy_engine.source import Source, Span

WIDTH = 110
"""Columns that a line has at most, unless a text or a comment in it is longer."""
INDENT = "  "

Node = Tree[Token]

_LADDER_CLAUSES = "ladder_clause"
_CLAUSES = ("clause", _LADDER_CLAUSES, "promise_clause")
_BREAKS_BEFORE = frozenset(
    ("AND", "OR", "ON", "SINCE", "WITHIN", "WHEN", "ONCE", "ONLY_WHEN", "ONLY_AFTER", "PER")
)
"""Words before which a part that is too long is broken."""


class _Line(NamedTuple):
    """A line of the result: its words, and the comment behind them (a line may be either alone)."""

    words: str
    comment: str = ""

    @property
    def shown(self) -> str:
        """The line with its comment where nothing has to stand in one column with it."""
        return f"{self.words}  {self.comment}" if self.words and self.comment else self.words or self.comment


@dataclass
class _Comments:
    """The comments behind one token: ``behind`` on its own line, ``below`` on lines of their own."""

    behind: str | None = None
    below: list[str] = field(default_factory=list)


@dataclass
class _Part:
    """A stretch of a statement that stays together: its tokens, and whether a comma ends it."""

    tokens: list[Token]
    comma: bool = False
    own_line: bool = False
    """Whether it begins a line also where the rest fits on one."""


@dataclass
class _Statement:
    """The parts of a statement. ``head`` says that the first stands on a line of its own."""

    parts: list[_Part]
    comments: dict[int, _Comments]
    head: bool = False
    steps: bool = False
    """Whether what comes after the head stands on a line each: a ladder."""


def formatted(source: Source) -> tuple[str | None, tuple[Diagnostic, ...]]:
    """The text in its canonical form, with line breaks as ``\\n``; None, and every fault, where it cannot be parsed."""
    _, faults = parse(source)
    if faults:
        return None, faults
    text = understood(source.text)
    lines: list[_Line] = []
    end = 0
    for span in statements(text):
        statement, first, last = _statement(source.text, text, span)
        lines += _between(source.text[end:first], lines)
        lines += _laid_out(statement)
        end = last
    lines += _between(source.text[end:], lines)
    while lines and not lines[-1].shown:
        lines.pop()
    return "".join(f"{line}\n" for line in _aligned(lines)), ()


# --- reading ------------------------------------------------------------------------------


def _statement(written: str, text: str, span: Span) -> tuple[_Statement, int, int]:
    """A statement in parts, and where it begins and ends in the file."""
    chunk = without_comments(text[span.start : span.end])
    root = cast(Node, grammar().parse(chunk).children[0])
    tokens = list(_tokens(root))
    comments = {
        id(one): _inner_comments(written[span.start + one.end_pos : span.start + two.start_pos])
        for one, two in pairwise(tokens)
        if one.end_pos is not None and two.start_pos is not None
    }
    before = tokens[0]
    for token in tokens:
        its_text = written[span.start + (token.start_pos or 0) : span.start + (token.end_pos or 0)]
        if token.type == "STRING":
            token.value = _text_of(its_text)
        elif "#" in its_text:
            inside = [each.strip() for each in re.findall(r"#[^\n]*", its_text)]
            comments.setdefault(id(before), _Comments()).below += inside  # in a turn of phrase: go above it
        before = token
    statement = _cut(root, tokens, comments)
    return statement, span.start + (tokens[0].start_pos or 0), span.start + (tokens[-1].end_pos or 0)


def _text_of(written: str) -> str:
    return f'"{written[1:-1]}"'


def _inner_comments(gap: str) -> _Comments:
    first, *rest = gap.split("\n")
    below = [line.strip() for line in rest if line.strip()]
    return _Comments(first.strip() or None, below)


def _tokens(node: Node | Token | None) -> Iterator[Token]:
    if isinstance(node, Token):
        yield node
    elif node is not None:
        for child in node.children:
            yield from _tokens(child)


def _cut(root: Node, tokens: list[Token], comments: dict[int, _Comments]) -> _Statement:
    match root.data:
        case "rule" | "ladder":
            statement = _Statement(_sections(root), comments, head=True, steps=root.data == "ladder")
        case "check" | "require":
            statement = _Statement(_promise(root), comments)
        case "policy":
            statement = _Statement(_opening(tokens), comments, head=True)
        case _:
            statement = _Statement([_Part(tokens)], comments)
    for part in statement.parts:
        part.tokens = _without_ends(part.tokens, comments)
    _close(statement, tokens)
    return statement


def _sections(root: Node) -> list[_Part]:
    """The head of a rule or ladder, then its trigger or steps, its actions and its clauses."""
    parts: list[_Part] = [_Part([])]
    for child in root.children:
        found = list(_tokens(child))
        kind = child.data if isinstance(child, Tree) else None
        if kind in ("starting_over", None, "phrase", "label") or (kind == "rule_head"):
            parts[-1].tokens += found
        else:
            is_reason = kind in _CLAUSES and any(each.type == "REASON" for each in found[:2])
            parts.append(_Part(found, own_line=is_reason or kind in ("step", _LADDER_CLAUSES)))
    for one, two in pairwise(parts[1:]):
        one.comma = not two.own_line
    return parts


def _promise(root: Node) -> list[_Part]:
    promise = root.children[1]
    assert isinstance(promise, Tree)
    claim, *clauses = promise.children
    parts = [_Part([*_tokens(root.children[0]), *_tokens(claim)])]
    for clause in clauses:
        parts[-1].comma = True
        parts.append(_Part(list(_tokens(clause))))
    return parts


def _opening(tokens: list[Token]) -> list[_Part]:
    cut = next((at for at, each in enumerate(tokens) if each.type == "EFFECTIVE_FROM"), len(tokens))
    return [each for each in (_Part(tokens[:cut]), _Part(tokens[cut:], own_line=True)) if each.tokens]


def _without_ends(tokens: list[Token], comments: dict[int, _Comments]) -> list[Token]:
    """The tokens without commas at either end, which the layout sets. A comment behind one is not lost."""
    first = 0
    while tokens[first].type == "COMMA":
        first += 1
    last = len(tokens)
    while tokens[last - 1].type == "COMMA":
        last -= 1
        _move(comments, tokens[last], tokens[last - 1])
    return tokens[first:last]


def _move(comments: dict[int, _Comments], one: Token, other: Token) -> None:
    """What stands behind ``one`` stands behind ``other``, which comes before it."""
    moved, there = comments.pop(id(one), _Comments()), comments.setdefault(id(other), _Comments())
    if moved.behind is not None:
        if there.behind is None and not there.below:
            there.behind = moved.behind
        else:
            there.below.append(moved.behind)
    there.below += moved.below


def _close(statement: _Statement, tokens: list[Token]) -> None:
    """Comments behind a comma at the beginning of a part go to the part before."""
    kept = {id(token) for part in statement.parts for token in part.tokens}
    last = tokens[0]
    for token in tokens:
        if id(token) in kept:
            last = token
        elif id(token) in statement.comments:
            _move(statement.comments, token, last)


# --- layout -------------------------------------------------------------------------------


def _laid_out(statement: _Statement) -> list[_Line]:
    lines = [
        _Line(each) for token in statement.parts[0].tokens[:-1] for each in _taken(statement.comments, token)
    ]
    if statement.steps:
        return lines + _ladder(statement)
    if not any(each.behind or each.below for each in statement.comments.values()):
        short = _short(statement)
        if short is not None:
            return lines + short
    for number, part in enumerate(statement.parts):
        made = _part(part, INDENT if number else "", statement.comments)
        if number and not lines[-1].comment and _opens(part.tokens[0]):
            made[0] = made[0]._replace(words=f"{lines.pop().words} {made[0].words.lstrip()}")
        lines += made
    return lines


def _opens(token: Token) -> bool:
    """Whether a line that begins with the word would be read as a new statement."""
    return str(token).split()[0].lower() in OPENERS


def _short(statement: _Statement) -> list[_Line] | None:
    """The head on its line and the rest on one; None where that is too long, or a clause would hide behind a reason."""
    head, rest = statement.parts[: statement.head], statement.parts[statement.head :]
    runs: list[list[_Part]] = []
    for part in rest:
        if part.own_line or not runs:
            runs.append([part])
        elif runs[-1][0].own_line:
            return None
        else:
            runs[-1].append(part)
    indent = INDENT if statement.head else ""
    shown = [_said(each.tokens) for each in head]
    shown += [indent + " ".join(_said(each.tokens) + "," * each.comma for each in run) for run in runs]
    is_read_alike = not any(_opens(run[0].tokens[0]) for run in runs[not statement.head :])
    return (
        [_Line(each) for each in shown]
        if is_read_alike and all(len(each) <= WIDTH for each in shown)
        else None
    )


def _ladder(statement: _Statement) -> list[_Line]:
    """The steps below each other, their actions in one column."""
    heads = [_step_head(part) for part in statement.parts]
    column = max(len(head) for head in heads)
    lines: list[_Line] = []
    for number, (part, head) in enumerate(zip(statement.parts, heads, strict=True)):
        lines += _part(part, INDENT if number else "", statement.comments, head.ljust(column) if head else "")
    return lines


def _step_head(part: _Part) -> str:
    """``after 2 refusals,`` of a step; empty for other parts."""
    return _said(part.tokens[: _comma(part) + 1]) if part.tokens[0].type == "AFTER" else ""


def _comma(part: _Part) -> int:
    return next(at for at, each in enumerate(part.tokens) if each.type == "COMMA")


def _part(part: _Part, indent: str, comments: dict[int, _Comments], head: str = "") -> list[_Line]:
    """The lines of a part: comments from inside it, its words, and what stands behind and below it."""
    *inner, last = part.tokens
    lines = [_Line(indent + each) for token in inner for each in _taken(comments, token)]
    tokens = part.tokens[_comma(part) + 1 :] if head else part.tokens
    lines += map(_Line, _wrapped(tokens, indent, head, part.comma))
    said = comments.get(id(last), _Comments())
    lines[-1] = lines[-1]._replace(comment=said.behind or "")
    return lines + [_Line(INDENT + each) for each in said.below]


def _taken(comments: dict[int, _Comments], token: Token) -> list[str]:
    """The comments behind a token, which go above its part."""
    said = comments.pop(id(token), _Comments())
    return [*([said.behind] if said.behind is not None else []), *said.below]


def _wrapped(tokens: Sequence[Token], indent: str, head: str, comma: bool) -> list[str]:
    """The words behind ``head`` on one line, or broken before a conjunction, further lines set in."""
    first, *rest = _stretches(tokens)
    lines: list[str] = []
    line = indent + (f"{head} {first}" if head else first)
    for words in rest:
        if len(line) + 1 + len(words) + comma > WIDTH:
            lines.append(line)
            line = indent + INDENT + words
        else:
            line += f" {words}"
    return [*lines, line + "," * comma]


def _stretches(tokens: Sequence[Token]) -> Iterator[str]:
    """The words between two places where a line may be broken."""
    start = 0
    for at in range(1, len(tokens)):
        is_break = tokens[at].type in _BREAKS_BEFORE or tokens[at - 1].type == "COMMA"
        if is_break and not _opens(tokens[at]) and tokens[at - 1].type != "LPAR":
            yield _said(tokens[start:at])
            start = at
    yield _said(tokens[start:])


def _said(tokens: Iterable[Token]) -> str:
    shown = ""
    for token in tokens:
        word = _word(token)
        shown += word if not shown or shown.endswith("(") or word in (",", ")") else f" {word}"
    return shown


def _word(token: Token) -> str:
    if token.type == "STRING":
        return str(token.value)
    words = " ".join(str(token).split())
    return f"from the {words.split()[-1]}" if token.type == "FROM_ROLE" else words


# --- between statements -------------------------------------------------------------------


def _between(gap: str, before: list[_Line]) -> list[_Line]:
    """Comments and single blank lines. A comment behind a statement stays behind it: ``before`` ends in it."""
    first, *rest = gap.split("\n")
    if first.strip() and before and not before[-1].words.lstrip().startswith("#"):
        before[-1] = before[-1]._replace(comment=first.strip())
    elif first.strip():
        rest.insert(0, first)
    lines: list[_Line] = []
    is_below = bool(before)
    for number, line in enumerate(rest, 1):
        words = line.strip()
        if words:
            lines.append(_Line(INDENT * (is_below and line[:1] in (" ", "\t")) + words))
        else:
            is_below = False
            if (lines or before) and number < len(rest) and (not lines or lines[-1].words):
                lines.append(_Line(""))
    return lines


def _aligned(lines: Iterable[_Line]) -> Iterator[str]:
    """The lines, comments behind neighbouring ones in one column where there is room."""
    for is_commented, run in groupby(lines, key=lambda line: bool(line.words and line.comment)):
        if not is_commented:
            yield from (line.shown for line in run)
            continue
        found = list(run)
        column = max(len(line.words) for line in found)
        fits = column <= WIDTH // 2
        yield from (f"{line.words.ljust(column)}  {line.comment}" if fits else line.shown for line in found)
