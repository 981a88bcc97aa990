"""``verify``: every `check` of a policy and every `require` of standards, proved or broken for all conversations."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from policy_engine.commands.exit_codes import FINDINGS, FINE, UNUSABLE
from policy_engine.commands.opening import opened, opened_file
from policy_engine.commands.standard_error import say, tell
from policy_engine.commands.usage import Usage, check_budget
from policy_engine.commands.witness_files import WitnessFiles
from policy_engine.machine.machine import compile_policy
from policy_engine.model.model import Policy, Promise, Standard
from policy_engine.reports.screen import Screen
from policy_engine.simulation.simulation import run
from policy_engine.verify.contradictions import contradictions
from policy_engine.verify.ladder import ladder
from policy_engine.verify.replay import Disagreement
from policy_engine.verify.unlike import differences
from policy_engine.verify.verdict import Finding, Verdict, verify


@dataclass(frozen=True, slots=True)
class Options:
    """How long to try each proof, in seconds; where to keep what breaks a promise; and how to tell it."""

    seconds: float
    save: Path | None = None
    as_json: bool = False


def verify_command(path: Path, standards: Sequence[Path], options: Options) -> int:
    """Verify and print. The exit code."""
    try:
        check_budget(options.seconds)
        return _verify(path, standards, options)
    except Usage as fault:
        say(f"error: {fault}")
    except Disagreement as fault:
        sys.stdout.flush()
        say(f"error: this is a fault of policy-engine, not of the policy: {fault}",
            "please report it, with the policy; no verdict is given")  # fmt: skip
    return UNUSABLE


def _verify(path: Path, standards: Sequence[Path], options: Options) -> int:
    policy, code = opened(path)
    if policy is None:
        return code
    held: list[Standard] = []
    for each in standards:
        standard, code = opened_file(each)
        if standard is None:
            return code
        if isinstance(standard, Policy):
            raise Usage(f"`{each}` is a policy, not a standard: its sentences say `check`, not `require`")
        held.append(standard)
        for difference in differences(policy, standard):
            tell(difference)
    if not policy.promises and not any(each.promises for each in held):
        say("error: there is nothing to verify: the policy has no `check`, and no standard was named",
            'for example: policy-engine verify POLICY --standard STANDARD')  # fmt: skip
        return UNUSABLE
    return _Run(policy, held, options).code()


class _Run:
    """One call of the command."""

    def __init__(self, policy: Policy, standards: Sequence[Standard], options: Options) -> None:
        self.policy = policy
        self.standards = standards
        self.options = options
        self._last = ""
        self.files = WitnessFiles(options.save) if options.save is not None else None

    def code(self) -> int:
        """Print all verdicts. The exit code."""
        verdicts = self._print_json() if self.options.as_json else self._print_text()
        return FINE if all(each.finding is Finding.PROVED for each in verdicts) else FINDINGS

    def _verdicts(self) -> Iterator[tuple[Verdict, str | None]]:
        for verdict in verify(self.policy, self.standards, ladder(), self.options.seconds):
            saved = None
            if (
                self.files is not None
                and verdict.finding is Finding.BROKEN
                and verdict.conversation is not None
            ):
                saved = self.files.save(verdict.conversation, verdict.promise.text)
            yield verdict, saved

    def _contradictions(self, found: Sequence[Verdict]) -> Iterator[tuple[Promise, Promise]]:
        """Promises that contradict each other, of those that are broken or have no occasion."""
        suspects = [each.promise for each in found if each.finding is Finding.BROKEN or each.is_vacuous]
        yield from contradictions(self.policy.vocabulary, self.policy.promises, suspects)
        for standard in self.standards:
            yield from contradictions(standard.vocabulary, standard.promises, suspects)

    def _print_json(self) -> list[Verdict]:
        from policy_engine.reports.verification_json import verification_json

        found = list(self._verdicts())
        verdicts = [verdict for verdict, _ in found]
        contradicting = list(self._contradictions(verdicts))
        shown = verification_json(self.policy, found, contradicting)
        sys.stdout.write(json.dumps(shown, indent=2, allow_nan=False) + "\n")
        return verdicts

    def _print_text(self) -> list[Verdict]:
        from policy_engine.reports.verification import (
            contradiction_lines,
            heading_lines,
            scope_words,
            total_words,
            verdict_lines,
        )

        screen, started = Screen(sys.stdout), time.monotonic()
        machine = compile_policy(self.policy)
        found: list[Verdict] = []
        for line in scope_words(self.policy):
            self._put(screen, line)
        for verdict, saved in self._verdicts():
            if not found or found[-1].standard is not verdict.standard:
                for line in heading_lines(verdict.standard):
                    self._put(screen, line)
            found.append(verdict)
            is_broken = verdict.finding is Finding.BROKEN
            shown = verdict.conversation if is_broken else None
            simulation = None if shown is None else run(machine, shown)
            for line in verdict_lines(verdict, simulation, saved, screen):
                self._put(screen, line)
        for one, other in self._contradictions(found):
            for line in contradiction_lines(one, other):
                self._put(screen, line)
        seconds = time.monotonic() - started if sys.stdout.isatty() else None
        if self._last:
            self._put(screen, "")
        self._put(screen, total_words(found, seconds))
        return found

    def _put(self, screen: Screen, line: str) -> None:
        """Print a line; never two empty ones."""
        if not line and not self._last:
            return
        self._last = line
        sys.stdout.write(screen.signs(line) + "\n")
