"""One policy, and small changes of it: each kind of change that `test --mutate` makes, and some that change nothing."""

from __future__ import annotations

from sound import policy_of

from policy_engine.model.model import Policy

BASE = """\
rule abuse
  after 3 refusals on harassment, end the chat, except when self-harm has been detected
rule warned
  after 2 refusals on harassment, warn the user "Stop."
rule crisis
  when self-harm is detected, offer support crisis-line
rule threat
  when violence is detected, interrupt the chat, only if a warning has been given
never end the chat when violence has been detected in the last 2 turns
"""

CHANGES: dict[str, tuple[str, str]] = {
    "number": ("after 3 refusals", "after 2 refusals"),
    "higher number": ("after 3 refusals", "after 4 refusals"),
    "window": ("refusals on harassment, warn", "refusals on harassment within 2 turns, warn"),
    "exception dropped": (", except when self-harm has been detected", ""),
    "exception widened": ("except when self-harm has", "except when self-harm or hate has"),
    "only if dropped": (", only if a warning has been given", ""),
    "never dropped": ("never end the chat when violence has been detected in the last 2 turns\n", ""),
    "never shorter": ("in the last 2 turns", "in this turn"),
    "category": ("on harassment, warn", "on hate, warn"),
    "action": ("offer support crisis-line", "ask a person to review"),
    "or": ("when self-harm is detected,", "when self-harm or violence is detected,"),
    "role": ("when self-harm is detected,", "when self-harm is detected from the user,"),
    "score": ("when self-harm is detected,", "when self-harm at 0.8 is detected,"),
    "first": ("when self-harm is detected", "when self-harm is first detected"),
    "every": ("when violence is detected", "when violence is first detected"),
    "at most once": ("offer support crisis-line", "offer support crisis-line, at most once"),
    "overrides": ("never end", "rule crisis overrides rule warned\nnever end"),
    "wording": ('"Stop."', '"Please stop."'),
    "on trial": ("rule crisis", "trial rule crisis"),
    "rule dropped": ("rule crisis\n  when self-harm is detected, offer support crisis-line\n", ""),
    "applies when": ("rule abuse", "applies when model is small or large\nrule abuse"),
}
"""By kind: what is replaced, and by what."""

ALIKE: dict[str, str] = {
    "renamed": BASE.replace("rule abuse", "rule insults").replace("rule warned", "rule a1"),
    "reordered": "".join(f"rule{each}" for each in reversed(BASE.partition("never")[0].split("rule")[1:]))
    + "never"
    + BASE.partition("never")[2],
    "laid out otherwise": BASE.replace(", end the chat, except", ",\n  end the chat,\n  except").replace(
        "on harassment", "on the category harassment"
    ),
    "with comments": "# changed\n" + BASE.replace("rule crisis", "# help\nrule crisis"),
    "with a reason": BASE.replace(
        "has been detected\nrule warned", 'has been detected\n  reason "Abuse"\nrule warned'
    ),
    "with a group": "group insults = harassment or hate\n" + BASE,
    "said otherwise": BASE.replace(
        "never end the chat when violence has been detected in the last 2 turns\n", ""
    ).replace(
        "except when self-harm has been detected",
        "except when violence has been detected in the last 2 turns, except when self-harm has been detected",
    ),
}
"""Policies that act as the first does, by how they are written."""


def base() -> Policy:
    return policy_of(BASE)


def changed(kind: str) -> Policy:
    before, after = CHANGES[kind]
    assert BASE.count(before) == 1, kind
    return policy_of(BASE.replace(before, after))
