"""A policy without a test file beside it.

`NAME.test.yaml` says turn by turn what `NAME.policy` has to do, in words that a reviewer can check. Without it,
nobody sees that a change did something else than was meant. `policy-engine test --generate` writes a first one.
"""

from __future__ import annotations

from collections.abc import Iterator

from policy_engine.lint.rule import EXAMPLE_DAY, Example, Finding, Rule, Subject, Surroundings


def find(subject: Subject) -> Iterator[Finding]:
    """A main file without tests."""
    if subject.policy is not None and subject.is_main and subject.surroundings.has_tests() is False:
        yield Finding(
            subject.head(),
            "no test file is for this policy",
            "write one, or let `policy-engine test --generate` write a first one",
        )


_POLICY = 'policy "p"\nrule r\n  after 3 refusals, end the chat\n'

RULE = Rule(
    "missing-test", "PE402", find,
    valid=(
        Example(_POLICY, around=Surroundings(EXAMPLE_DAY, has_tests=lambda: True)),
        Example(_POLICY),
        Example("rule r\n  after 3 refusals, end the chat\n",
                around=Surroundings(EXAMPLE_DAY, has_tests=lambda: False)),
    ),
    invalid=(
        Example(_POLICY, 'policy "p"', around=Surroundings(EXAMPLE_DAY, has_tests=lambda: False)),
    ),
)  # fmt: skip
