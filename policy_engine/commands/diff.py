"""``diff``: what two policies do differently, in all conversations and in recorded ones."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from policy_engine.commands.exit_codes import FINDINGS, FINE, UNUSABLE
from policy_engine.commands.revisions import opened_at
from policy_engine.commands.standard_error import say
from policy_engine.commands.usage import Usage
from policy_engine.difference.comparison import Comparison, compare
from policy_engine.difference.difference import Finding
from policy_engine.difference.ladder import ladder
from policy_engine.reports.screen import Screen
from policy_engine.verify.replay import Disagreement


@dataclass(frozen=True, slots=True)
class Options:
    """How long to try each question, in seconds, and how to tell what is found."""

    seconds: float = 10.0
    form: str = "text"
    witnesses: bool = False
    exit_code: bool = False


def diff(old: str, new: str, options: Options) -> int:
    """Compare and print. The exit code."""
    try:
        if not options.seconds > 0:
            raise Usage(f"`--budget` is a number of seconds above 0, not {options.seconds:g}")
        before, _ = opened_at(old)
        if before is None:
            return UNUSABLE
        after, _ = opened_at(new)
        if after is None:
            return UNUSABLE
        comparison = compare(before, after, ladder(), options.seconds)
    except Usage as fault:
        say(f"error: {fault}")
        return UNUSABLE
    except Disagreement as fault:
        say(f"error: this is a fault of policy-engine, not of the policies: {fault}",
            "please report it, with both policies; nothing is said of them")  # fmt: skip
        return UNUSABLE
    _print(comparison, options)
    return _code(comparison, options)


def _code(comparison: Comparison, options: Options) -> int:
    if not options.exit_code:
        return FINE
    return FINE if comparison.finding is Finding.ALIKE else FINDINGS


def _print(comparison: Comparison, options: Options) -> None:
    from policy_engine.reports.difference_text import difference_lines

    screen = Screen(sys.stdout)
    for line in difference_lines(comparison, screen, options.witnesses):
        sys.stdout.write(screen.signs(line) + "\n")
