"""Text to tree. A statement that cannot be parsed is reported, and the next one is parsed.

The only importer of lark. Faults are told in the writer's words: what stands there, what was
expected, and an example; never the name of a terminal.
"""

from __future__ import annotations

import re
from typing import cast

from lark import Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from policy_engine.diagnostics import Diagnostic, Report
from policy_engine.language.builder import Builder, Fault
from policy_engine.language.grammar import grammar
from policy_engine.language.statements import (
    MAX_DEPTH,
    OPENERS,
    statements,
    too_deep,
    understood,
    within_bounds,
    without_comments,
)
from policy_engine.language.tree import Line, PolicyFile
from policy_engine.source import Source, Span

MAX_FAULTS = 500
"""Statements with a fault after which a file is read no further."""


def parse(source: Source) -> tuple[PolicyFile, tuple[Diagnostic, ...]]:
    """The tree of a policy or standard, and every fault of its text.

    Statements with a fault are left out of the tree.
    """
    report = Report()
    lines: list[Line] = []
    if within_bounds(source, report):
        text = understood(source.text)
        bare = without_comments(text)
        faults = 0
        for span in statements(text):
            line = _statement(source, text, bare, span, report)
            if line is not None:
                lines.append(line)
                continue
            faults += 1
            if faults == MAX_FAULTS:
                report.add("too-many", f"after {MAX_FAULTS:,} faults, the rest of the file is not read",
                           source, Span(span.end, span.end + 1))  # fmt: skip
                break
        if not lines and not report.has_errors:
            report.add("empty-file", "the file says nothing", source, Span(0, 1),
                       hint="a policy needs at least one rule or ladder")  # fmt: skip
    return PolicyFile(source, tuple(lines)), report.diagnostics


def _statement(source: Source, text: str, bare: str, span: Span, report: Report) -> Line | None:
    """The tree of one statement; ``bare`` is the text without comments, which may stand inside a turn of phrase."""
    chunk = bare[span.start : span.end]
    deep = too_deep(chunk)
    if deep is not None:
        at = span.start + deep
        report.add("too-large", f"more than {MAX_DEPTH} brackets are open here", source, Span(at, at + 1))
        return None
    try:
        tree = grammar().parse(chunk)
        return Builder(span.start, source.text).line(tree)
    except UnexpectedCharacters as fault:
        at = span.start + cast(int, fault.pos_in_stream)
        _report_character(source, text, at, report)
    except UnexpectedToken as fault:
        _report_token(source, text, span, fault, report)
    except Fault as fault:
        report.add(fault.code, fault.message, source, fault.span, hint=fault.hint)
    return None


def _report_character(source: Source, text: str, at: int, report: Report) -> None:
    char = source.text[at]
    if text[at] == '"':
        end = text.find("\n", at)
        report.add("syntax", "the quotation mark is never closed on its line", source,
                   Span(at, len(text) if end < 0 else end), hint='put a `"` at the end of the text')  # fmt: skip
        return
    hints = {
        ";": "a `,` separates the parts of a rule",
        "'": 'texts stand in double quotation marks: "…"',
        "\u2018": 'texts stand in double quotation marks: "…"',
        "\u2019": 'texts stand in double quotation marks: "…"',
        ":": "nothing follows a name here: leave the `:` out",
        ".": "a sentence has no full stop at its end",
        "{": "a policy is made of sentences, such as: rule last-warning after 2 refusals, …",
        "-": "a number is at least 1, and a name begins with a letter",
        "\u2013": "names are joined by `-`, the hyphen",
        "\u2014": "names are joined by `-`, the hyphen",
    }
    start = at
    while start and (source.text[start - 1].isalnum() or source.text[start - 1] in "-_/") and char.isalpha():
        start -= 1
    match = re.compile(r"[\w/-]+|.", re.DOTALL).match(source.text, start)
    word = match[0] if match else char
    shown = word if word.isprintable() else f"U+{ord(char):04X}"
    foreign = (
        f"U+{ord(char):04X} is not one of the letters a to z"
        if not char.isascii() and char.isalpha()
        else None
    )
    report.add(
        "syntax",
        f"unexpected `{shown}`",
        source,
        Span(start, start + len(word)),
        hint=hints.get(char, foreign),
    )


def _report_token(source: Source, text: str, span: Span, fault: UnexpectedToken, report: Report) -> None:
    # a policy without a fault does not wait for these
    from policy_engine.language.expectation import Slip
    from policy_engine.language.slips import complaint

    tokens = _tokens(text[span.start : span.end])
    token = fault.token if isinstance(fault.token, Token) else None
    place = None if token is None or token.type == "$END" else token.start_pos
    index = next((i for i, each in enumerate(tokens) if each.start_pos == place), len(tokens))
    accepted = frozenset(fault.interactive_parser.accepts())  # type: ignore[no-untyped-call]
    said = complaint(Slip(tokens, index, accepted, OPENERS))
    first, last = (tokens[said.first], tokens[said.last]) if tokens else (None, None)
    start = span.start + (first.start_pos or 0 if first else 0)
    end = span.start + (last.end_pos or 0 if last else 1)
    report.add("syntax", said.message, source, Span(start, max(end, start + 1)), hint=said.hint)


def _tokens(chunk: str) -> list[Token]:
    """The tokens of a statement as far as it can be read."""
    found: list[Token] = []
    try:
        for token in grammar().lex(chunk):
            found.append(token)
    except UnexpectedInput:
        pass
    return found
