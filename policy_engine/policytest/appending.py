"""More tests for a test file: its text with items at the end of `tests`, and every comment where it was."""

from __future__ import annotations

import re
from collections.abc import Sequence

from policy_engine.diagnostics import Report
from policy_engine.source import Source
from policy_engine.vocabulary.yaml_tree import Listing, Mapping, read_tree

_ITEM = re.compile(r"( *)- ")


class Unappendable(Exception):
    """Tests cannot be added to the text; the message says why, as a fragment to show."""


def appended(source: Source, tests: Sequence[str]) -> str:
    """The text with the tests, each an item indented by two as it is written. Raises Unappendable.

    The text is one that was read without a fault.
    """
    tree = read_tree(source, Report())
    if not isinstance(tree, Mapping):
        raise Unappendable("the file is not a mapping")
    keys = [key for key, _ in tree.pairs]
    number = next((at for at, key in enumerate(keys) if key.text == "tests"), None)
    text = source.text if source.text.endswith("\n") else source.text + "\n"
    if number is None:
        return text + "tests:\n" + "".join(tests)
    value = tree.pairs[number][1]
    if not isinstance(value, Listing):
        raise Unappendable("`tests` holds nothing to which a test could be added")
    first = _ITEM.match(text, text.rfind("\n", 0, value.span.start + 1) + 1) if value.items else None
    if first is None:
        raise Unappendable(
            "`tests` is written in brackets: write each test behind a `-` on a line of its own"
        )
    end = keys[number + 1].span.start if number + 1 < len(keys) else len(text)
    end = _before_comments(text, end)
    return text[:end] + "".join(_indented(each, len(first[1])) for each in tests) + text[end:]


def _before_comments(text: str, end: int) -> int:
    """The place before the blank lines and comments that lead to ``end``: they belong to what follows."""
    while end:
        start = text.rfind("\n", 0, end - 1) + 1
        line = text[start:end].strip()
        if line and not (line.startswith("#") and end < len(text)):
            return end
        end = start
    return end


def _indented(test: str, by: int) -> str:
    return "".join(" " * by + line.removeprefix("  ") for line in test.splitlines(keepends=True))
