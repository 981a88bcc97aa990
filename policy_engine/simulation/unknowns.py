"""What a machine would see if every unknown label were known: all of them taken for a yes, or all for a no.

Each unknown value is replaced after everything else was settled: aliases, thresholds, implied labels and what was
looked for. So it makes no difference whether somebody recorded that the label could not be checked or whether nobody
looked for it, nor on whose message. It is what the vocabulary's ``when-unknown`` does, on every label that has none.
"""

from __future__ import annotations

from policy_engine.machine.encoder import UNKNOWN, Observation, Symbol


def taken_as(value: int, observations: tuple[Observation, ...]) -> tuple[Observation, ...]:
    """The observations with ``value`` (ABSENT or DETECTED) wherever one was unknown."""
    return tuple([_taken_as(value, each) for each in observations])


def _taken_as(value: int, seen: Observation) -> Observation:
    if UNKNOWN not in seen.values:
        return seen
    values = tuple([value if each == UNKNOWN else each for each in seen.values])
    return Observation(Symbol(seen.role, values), seen.time)
