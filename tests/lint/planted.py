"""Faults planted in policies that are shipped: for each rule, what is changed where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sound import POLICIES

from policy_engine.lint.rule import Value


@dataclass(frozen=True)
class Planted:
    """A fault: what stands in a file in place of what, and words of the line at which it is found.

    ``elsewhere`` are other files as they are then (None: taken away).
    """

    rule: str
    file: str
    old: str
    new: str
    at: str
    elsewhere: Mapping[str, str | None] = field(default_factory=dict)
    settings: Mapping[tuple[str, str], Value] = field(default_factory=dict)


_ABUSE = 'warn the user "Please keep this respectful."'
_NEWER = (POLICIES / "last_resort.policy").read_text(encoding="utf-8").replace("2025-08-15", "2026-02-01")

PLANTED = (
    Planted("missing-language", "crisis.policy", "language 1\n", "", "group crisis"),
    Planted("missing-version", "strikes.policy", ' version "2026.11"', "", 'policy "Strikes'),
    Planted("look-alike-names", "strikes.policy", "rule severe\n", "rule severe-reviews\n", "rule severe-review"),
    Planted(
        "typographic-characters", "last_resort.policy", _ABUSE, _ABUSE.replace('"', "\u201c", 1), "after 2 refusals,"
    ),
    Planted("hidden-characters", "crisis.policy", "# Our reading, as", "# Our\u202e reading, as", "reading, as"),
    Planted("placeholder-text", "last_resort.policy", _ABUSE, 'warn the user "TODO"', "TODO"),
    Planted("long-text", "last_resort.policy", _ABUSE, f'warn the user "{"Please be kind. " * 20}!"', "be kind"),
    Planted("stray-spaces", "breaks.policy", "AI. Time", "AI.  Time", "remind the user"),
    Planted("inconsistent-wording", "minors.policy", "Time for a break?\"", "You are talking to an AI, not a human\"",
            "remind the user"),
    Planted("missing-reason", "strikes.policy", '\n  reason "Severe abuse"', "", "rule severe"),
    Planted("duplicate-statement", "companion.policy", 'use "minors.policy" ', 'use "crisis.policy" ', "every state"),
    Planted("repeated-name", "crisis.policy", "self-harm or imminent-harm", "self-harm or self-harm", "group crisis"),
    Planted("two-names-of-one-label", "last_resort.policy", "after 3 refusals on harassment within",
            "after 3 refusals on S4 within", "S4 within"),
    Planted(
        "commented-out-statement", "strikes.policy", "rule severe-review\n  when sexual",
        "# rule severe-review\n#   when hate is detected, add a strike\nrule severe-review\n  when sexual",
        "# rule severe-review",
    ),
    Planted(
        "double-negative", "last_resort.policy", "only if confirmation has been asked",
        "except when confirmation has not been asked", "except when confirmation",
    ),
    Planted("momentary-exception", "last_resort.policy", "except when crisis has been detected\n  reason",
            "except when crisis has been detected in this turn\n  reason", "in this turn"),
    Planted("hidden-scope", "last_resort.policy", "only if a warning has been given", "only if a warning is given",
            "a warning is given"),
    Planted(
        "limited-protection", "crisis.policy", "group crisis", "applies when model is opus-4\n\ngroup crisis",
        "rule crisis-support",
    ),
    Planted(
        "protection-without-doubt", "crisis.policy", " or could not be checked, offer", ", offer", "offer support"
    ),
    Planted(
        "incomplete-notice", "last_resort.policy", "language 1\n", "language 1\n\n", 'policy "Last-resort',
        elsewhere={
            "vocabularies/consumer.yaml": "extends: default\nattributes:\n"
            "  model: {type: one of, values: [opus-4, opus-4.1, sonnet-4]}\nnotices:\n"
            "  crisis-line: {en: Help.}\n  farewell: {en: Goodbye., es: Adiós.}\n"
        },
    ),
    Planted("noisy-threshold", "strikes.policy", "when sexual/minors is detected from the user, end",
            "when sexual/minors at 0.2 is detected from the user, end", "at 0.2"),
    Planted("idle-limit", "last_resort.policy", 'warn the user "If this goes on, this chat will be ended."',
            'warn the user "If this goes on, this chat will be ended.", at most once', "at most once"),
    Planted(
        "exception-repeats-never", "last_resort.policy", "# Our reading: an ending",
        "never end the chat when crisis has been detected\n# Our reading: an ending", "except when crisis",
    ),
    Planted("condition-repeats-applies", "minors.policy", "is detected, refuse the request and ask for a redirection",
            "is detected, refuse the request, only if user.minor is not false", "request, only if"),
    Planted("unused-group", "last_resort.policy", "group extreme", "group harmful = hate\ngroup extreme", "harmful"),
    Planted("unused-points", "strikes.policy", "points misconduct =", "points rude = 1 per insult\npoints misconduct =",
            "rude"),
    Planted("unused-use", "companion.policy", 'use "minors.policy"  ', 'use "minors.policy"\nuse "names.policy"',
            'use "names.policy"', elsewhere={"names.policy": "language 1\ngroup wild = violence or terrorism\n"}),
    Planted(
        "unused-vocabulary-entry", "usage_policy_2025_09.policy", " or fraud", "", 'use "vocabularies/usage_policy'
    ),
    Planted("equal-groups", "usage_policy_2025_09.policy", "group privacy-or-identity = privacy or impersonation",
            "group privacy-or-identity = child-endangerment or sexual/minors", "group child-safety"),
    Planted("implied-label", "last_resort.policy", "= sexual/minors or", "= sexual/minors or sexual or",
            "group extreme"),
    Planted("duplicate-rule", "strikes.policy", "rule severe-review\n",
            "rule looked-at\n  when sexual/minors is detected from the user, ask a person to review\n\n"
            "rule severe-review\n", "rule severe-review"),
    Planted("endless-ladder", "last_resort_looser.policy", "  start over after 5 turns without a refusal\n", "",
            "ladder abuse"),
    Planted("repeated-condition", "strikes.policy", "only if user.strikes is at least 2,",
            "only if user.strikes is at least 2 and user.strikes is at least 2,", "only if user.strikes"),
    Planted("unmet-promise", "last_resort.policy", "check that a warning is given before",
            "check that the request is refused before", "the request is refused"),
    Planted("ladder-of-one-step", "last_resort_stricter.policy", "  after 1 more refusal, end the chat\n", "",
            "ladder abuse"),
    Planted(
        "missing-check", "companion.policy",
        "".join((POLICIES / "companion.policy").read_text(encoding="utf-8").partition("check that")[1:]), "",
        'policy "Companion',
    ),
    Planted("missing-test", "strikes.policy", "language 1\n", "language 1\n\n", 'policy "Strikes',
            elsewhere={"strikes.test.yaml": None}),
    Planted("untested-window", "last_resort.policy", "start over after 20 turns", "start over after 200 turns", "200"),
    Planted("superseded-version", "last_resort.policy", "language 1\n", "language 1\n\n", 'policy "Last-resort',
            elsewhere={"last_resort_2026.policy": _NEWER}),
)  # fmt: skip


def plant(policies: Path, planted: Planted) -> Path:
    """The file with the fault in it."""
    for name, text in planted.elsewhere.items():
        if text is None:
            (policies / name).unlink()
        else:
            (policies / name).write_text(text, encoding="utf-8")
    path = policies / planted.file
    text = path.read_text(encoding="utf-8")
    assert text.count(planted.old) == 1
    path.write_text(text.replace(planted.old, planted.new), encoding="utf-8")
    return path
