"""``diff``: what two policies do differently, in all conversations and in recorded ones."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from policy_engine.commands.disagreement import tell_disagreement
from policy_engine.commands.exit_codes import FINDINGS, FINE, UNUSABLE
from policy_engine.commands.opening import opened_file
from policy_engine.commands.recorded_pair import RecordedOptions, RecordedPair
from policy_engine.commands.revisions import opened_at
from policy_engine.commands.standard_error import say, tell
from policy_engine.commands.usage import Usage, check_budget
from policy_engine.difference.comparison import Comparison, compare
from policy_engine.difference.difference import Finding
from policy_engine.difference.ladder import ladder
from policy_engine.difference.promises import promises_held
from policy_engine.model.model import Policy, Standard
from policy_engine.reports.screen import Screen
from policy_engine.verify.ladder import ladder as promise_ladder
from policy_engine.verify.replay import Disagreement
from policy_engine.verify.unlike import differences


@dataclass(frozen=True, slots=True)
class Options:
    """How long to try each question, in seconds, what else to look at, and how to tell what is found."""

    seconds: float = 10.0
    form: str = "text"
    witnesses: bool = False
    exit_code: bool = False
    standards: Sequence[Path] = ()
    recorded: RecordedOptions = field(default_factory=RecordedOptions)


def diff(old: str, new: str, options: Options) -> int:
    """Compare and print. The exit code."""
    try:
        return _diff(old, new, options)
    except Usage as fault:
        say(f"error: {fault}")
    except Disagreement as fault:
        tell_disagreement(fault)
    return UNUSABLE


def _diff(old: str, new: str, options: Options) -> int:
    _check(options)
    (before, before_code), (after, after_code) = opened_at(old), opened_at(new)
    standards = [_standard(each, after) for each in options.standards]
    if before is None or after is None or any(each is None for each, _ in standards):
        return max(before_code, after_code, *(code for _, code in standards))
    log = RecordedPair((before, after), options.recorded, options.form != "text")
    comparison = compare(before, after, ladder(), options.seconds)
    if comparison.finding is not Finding.ALIKE or standards:
        held = promises_held(
            (before, after),
            [each for each, _ in standards if each is not None],
            promise_ladder(),
            options.seconds,
        )
        comparison = replace(comparison, promises=tuple(held))
    if options.recorded.on:
        comparison = replace(comparison, recorded=log.counted())
    _print(comparison, options)
    if not log.is_sound:
        return UNUSABLE
    is_alike = comparison.finding is Finding.ALIKE
    return FINDINGS if options.exit_code and not is_alike else FINE


def _check(options: Options) -> None:
    """Whether the options go together. Raises Usage."""
    recorded = options.recorded
    check_budget(options.seconds)
    if options.witnesses and options.form != "text":
        raise Usage("`--witnesses` shows timelines as text; JSON holds the conversations in any case")
    if not recorded.on and recorded != RecordedOptions():
        raise Usage("options about recorded conversations go with `--on CONVERSATIONS`")


def _standard(path: Path, policy: Policy | None) -> tuple[Standard | None, int]:
    """The standard at a path, after what it speaks of and the new policy does not know was told; or None and the
    exit code, after its faults were printed. Raises Usage."""
    found, code = opened_file(path)
    if isinstance(found, Policy):
        raise Usage(f"`{path}` is a policy, not a standard: its sentences say `check`, not `require`")
    if found is not None and policy is not None:
        for each in differences(policy, found):
            tell(each)
    return found, code


def _print(comparison: Comparison, options: Options) -> None:
    screen = Screen(sys.stdout)
    match options.form:
        case "json":
            from policy_engine.reports.difference_json import difference_json

            shown = json.dumps(difference_json(comparison), indent=2, allow_nan=False)
            sys.stdout.write(shown + "\n")
        case "markdown":
            from policy_engine.reports.difference_markdown import difference_markdown

            for line in difference_markdown(comparison):
                sys.stdout.write(line + "\n")
        case _:
            from policy_engine.reports.difference_text import difference_lines

            for line in difference_lines(comparison, screen, options.witnesses):
                sys.stdout.write(screen.signs(line) + "\n")
