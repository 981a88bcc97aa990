"""Generated policies for the prover's measurements: rules that are coupled, and rules that are not."""

from __future__ import annotations

import random

CRISIS = "except when crisis has been detected"

VOCABULARY = """\
categories:
{categories}
  crisis: {{title: Somebody is in danger}}
acts:
  refusal:     {{plural: refusals}}
  redirection: {{plural: redirections}}
events:
  confirmed: {{phrase: the user confirms, from: user}}
  appeal:    {{phrase: an appeal is granted, from: service}}
actions:
  end-chat: {{phrase: end the chat, past: the chat is ended, ends: true}}
  review:   {{phrase: ask a person to review, past: a person is asked to review, noun: review}}
  support:  {{phrase: offer support, past: support is offered, takes: notice, even-after-end: true}}
  warn:     {{phrase: warn the user, past: a warning is given, noun: warning, takes: text}}
  confirm:  {{phrase: ask the user to confirm, past: confirmation is asked}}
  redirect: {{phrase: ask for a redirection, past: a redirection is asked for}}
  remind:   {{phrase: remind the user, past: a reminder is given, noun: reminder, takes: text}}
notices:
  crisis-line: {{en: "Help is near."}}
"""


def names(categories: int) -> list[str]:
    return [f"topic-{number:02}" for number in range(categories)]


def vocabulary(categories: int) -> str:
    return VOCABULARY.format(categories="\n".join(f"  {name}: {{}}" for name in names(categories)))


def coupled(rules: int, categories: int, broken: bool = False, renamed: bool = False) -> str:
    """Rules that share warnings, reviews and resets: ladders, cooldowns, points, windows, `since` and `starting over`.

    ``broken``: one ladder has lost its exception. ``renamed``: the same rules under other names, in another order.
    """
    chance = random.Random(5)
    topics = names(categories)
    parts = [_head(topics)]
    for number in range(rules - 4):
        one, two = topics[number % categories], chance.choice(topics)
        name = f"part-{rules - number}" if renamed else f"r{number}"
        parts.append(_part(number, name, one, two, chance, broken and number == 2))
    if renamed:
        parts[1:] = parts[:0:-1]
    return "\n".join(["language 1", 'policy "Family" version "1"', 'use "topics.yaml"', *parts])


def _head(topics: list[str]) -> str:
    return f"""\
group any = {" or ".join(topics)}
rule support
  when crisis is detected from the user, offer support crisis-line
rule confirming
  when the user confirms, ask the user to confirm, at most once in 5 turns
rule first-warning
  after 2 refusals on any, warn the user "First."
rule break
  every 20 turns, remind the user "Time for a break?"
"""


def _part(number: int, name: str, one: str, two: str, chance: random.Random, broken: bool) -> str:
    count, turns = chance.randint(2, 6), chance.randint(4, 12)
    crisis = "" if broken else f", {CRISIS}"
    shapes = (
        f'rule {name}\n  after {count} refusals on {one} or {two}, warn the user "{number}"',
        f"rule {name}\n  after {count} refusals on {one} since the last warning, ask a person to review{crisis}",
        f"ladder {name} on {one}\n"
        f'  after 2 refusals,      warn the user "{number}"\n'
        f"  after {count} more refusals, ask for a redirection\n"
        f"  after 2 more refusals, end the chat\n"
        f"{'' if broken else '  ' + CRISIS + chr(10)}"
        f"  only if a warning has been given or there have been fewer than 4 refusals on {one}\n"
        f"  start over after {turns} turns without a refusal",
        f"rule {name}\n  when {one} is detected from the user, ask for a redirection, at most once in {turns} turns,\n"
        f"  only if a person has been asked to review",
        f"points p{number} = 1 per {one}, 3 per {two}\n"
        f"rule {name}\n  after {count + 3} points of p{number}, ask a person to review,\n"
        f"  only if a warning has been given{crisis}",
        f"rule {name}\n  after {count} refusals on {one} within {turns + 10} turns,\n"
        f"  starting over when an appeal is granted, end the chat, only if a warning has been given{crisis}",
    )
    return shapes[number % len(shapes)] + "\n"


def independent(rules: int, categories: int) -> str:
    """Rules that have nothing in common but the end of the chat; each keeps the promise by its own exception."""
    chance = random.Random(6)
    topics = names(categories)
    parts = [
        f"rule r{number}\n"
        f"  after {chance.randint(2, 9)} refusals on {topics[number % categories]}, end the chat, {CRISIS}"
        for number in range(rules)
    ]
    return "\n".join(["language 1", 'policy "Independent" version "1"', 'use "topics.yaml"', *parts])


TRUE = {
    "never ... once": "the chat is never ended once crisis has been detected",
    "never ... when": "the chat is never ended when crisis is detected in the last 5 turns",
    "only when": "the chat is ended only when any is detected in this turn",
    "only after": "the chat is ended only after 2 refusals on any",
    "same turn": "when crisis is detected from the user, support is offered in the same turn",
    "after, done": "after 3 refusals on any, a warning is given",
    "before": "a warning is given before the chat is ended",
    "at most": "confirmation is asked at most 1 time within 5 turns",
    "at least every": "a reminder is given at least every 20 turns",
    "in some": "in some conversation the chat is ended",
}
FALSE = {
    "never ... once": "the chat is never ended once topic-05 has been detected",
    "never ... when": "the chat is never ended when topic-05 is detected in the last 5 turns",
    "only when": "the chat is ended only when topic-05 is detected in this turn",
    "only after": "the chat is ended only after 7 refusals on any",
    "same turn": "when confirmed is detected from the user, support is offered within 3 turns",
    "after, done": "after 3 refusals on any, a person is asked to review",
    "before": "a person is asked to review before the chat is ended",
    "at most": "confirmation is asked at most 1 time within 6 turns",
    "at least every": "a reminder is given at least every 19 turns",
    "in some": "in some conversation in which crisis is never detected, support is offered",
}
