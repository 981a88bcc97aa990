"""One rule ends the chat, and another speaks as if it went on, at the same message.

The user is warned that the chat will be ended, asked to confirm, or reminded of something, at the very message that
ends it. The ending contradicts every action that takes a text (`warn the user "…"`, `remind the user "…"`), and, of
the default vocabulary, asking the user to confirm, asking for a redirection and switching to the careful model. It
does not contradict a review, a strike, or support. Rules that wait for no category in common may meet by chance,
and are not told of. A conversation shows where they meet.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.findings.contradictions import at_once, pairs
from policy_engine.lint.clause_places import parts_in, whole_policy
from policy_engine.lint.rule import Example, Finding, Rule, Subject
from policy_engine.lint.showing import shown_by
from policy_engine.verify.prover import Shown


def find(subject: Subject) -> Iterator[Finding]:
    """Each rule of the file that speaks of a chat that goes on, with the first rule that then ends it."""
    policy = whole_policy(subject)
    if policy is None:
        return
    every = list(pairs(policy))
    for line, part in parts_in(subject):
        for pair in every:
            one, other, action = pair
            if other != part:
                continue
            what = f"whether `{other.name}` acts at the message at which `{one.name}` ends the chat"
            found = subject.proofs.answer(at_once(policy, pair), what)
            if isinstance(found, Shown):
                order = policy.vocabulary.actions[action].phrase
                by = "at the same message" if one == other else f"at a message at which `{one.name}` does"
                yield Finding(
                    line.name.span,
                    f"`{other.name}` may {order} {by} end the chat"
                    if one != other
                    else f"`{other.name}` ends the chat, and may {order} at the same message",
                    "let the one wait for the other, or add an exception",
                    notes=shown_by(subject, found),
                )
                break


_END = "rule ended\n  after 3 refusals on hate, end the chat\n"

RULE = Rule(
    "contradicting-actions", "PE313", find, proves=True,
    valid=(
        Example(f'policy "p"\n{_END}rule warned\n  after 2 refusals on hate, warn the user "Stop."\n'),
        Example(f'policy "p"\n{_END}rule struck\n  after 3 refusals on hate, add a strike\n'),
    ),
    invalid=(
        Example(f'policy "p"\n{_END}rule warned\n  when hate is detected, warn the user "Stop."\n', "warned"),
        Example('policy "p"\nrule r\n  when hate is detected, end the chat and warn the user "Stop."\n', "r"),
    ),
)  # fmt: skip
