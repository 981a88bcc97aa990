"""The examples of all rules, and what is found in them."""

from __future__ import annotations

from collections.abc import Sequence

from policy_engine.diagnostics import Diagnostic
from policy_engine.lint.linting import lint, rules
from policy_engine.lint.rule import Example, Rule, Subject
from policy_engine.model.loading import load_policy
from policy_engine.source import Source

EVERY = rules()
VALID = [(rule, example) for rule in EVERY for example in rule.valid]
INVALID = [(rule, example) for rule in EVERY for example in rule.invalid]


def look(
    rule: Rule, example: Example, text: Source | None = None, asked: Sequence[Rule] = ()
) -> tuple[bool, tuple[Diagnostic, ...]]:
    """What the rule (or all that are ``asked``) finds in an example, and whether that can be read."""
    ending = "standard" if example.standard else "policy"
    files = {f"x.{ending}": example.text, "words.yaml": example.vocabulary or "", **dict(example.files)}
    if text is not None:
        files[text.name] = text.text

    def read(path: str) -> Source:
        if path not in files:
            raise FileNotFoundError(path)
        return Source(path, files[path])

    loaded = load_policy(f"x.{ending}", read)
    if loaded.policy is None and loaded.standard is None:
        return False, loaded.diagnostics
    subject = Subject(loaded.files[0], loaded.policy, loaded.standard, example.around, used=loaded.files[1:])
    return True, lint(subject, asked or [rule]).findings
