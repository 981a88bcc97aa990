"""A detector that asks a classifier behind HTTP: ``--detect service:http://localhost:8000/``.

The service answers two questions. ``GET`` tells what it looks for, and on whose messages:

    {"labels": {"self-harm": ["user", "assistant"], "harassment": ["user"]}}

``POST`` of ``{"role": "user", "text": "…"}`` tells the score of each, from 0 to 1; null, or none, where it cannot say:

    {"scores": {"self-harm": 0.93, "harassment": 0.02}}

Where it does not answer in time, or not so, its labels are unknown on that message: an outage ends no chat. After a
few failures in a row it is not asked any more, so that a log of a million messages does not wait for each of them.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from types import MappingProxyType

import policy_engine as pe

SECONDS = 2.0
"""How long an answer may take."""
LARGEST = 1_000_000
"""Most bytes of an answer."""
FAILURES = 5
"""So many failures in a row, and the service is taken to be down."""


class Service:
    """The labels of one service."""

    gives = "what a classifier behind HTTP looks for"

    def __init__(self, url: str, finds: Mapping[str, frozenset[pe.Role]]) -> None:
        self.name = f"service:{url}"
        self.finds = self.looks_for = finds
        self._url = url
        self._failures = 0

    def detect(self, message: pe.Message) -> tuple[pe.Label, ...]:
        """A score for each label that the service looks for on such a message; None where it did not tell."""
        scores = self._scores(message)
        return tuple(
            pe.Label(name, scores.get(name)) for name, roles in self.finds.items() if message.role in roles
        )

    def _scores(self, message: pe.Message) -> dict[str, float | None]:
        if self._failures >= FAILURES:
            return {}
        question = {"role": message.role.value, "text": message.content or ""}
        try:
            told = _answer(self._url, json.dumps(question).encode())["scores"]
            scores = {str(name): _score(score) for name, score in dict(told).items()}  # type: ignore[call-overload]
        except (OSError, HTTPException, ValueError, TypeError, KeyError):
            self._failures += 1
            return {}
        self._failures = 0
        return scores


class ServiceAt:
    """Makes the detector of an address."""

    name = "service"
    gives = Service.gives
    takes = "URL"

    def told(self, what: str, vocabulary: object) -> Service:
        """The detector of the service at ``what``. Raises ValueError where there is none."""
        if not what.startswith(("http://", "https://")):
            raise ValueError(f"`{what}` is no address of a service: it begins with http:// or https://")
        try:
            told: Mapping[str, list[str]] = _answer(what)["labels"]  # type: ignore[assignment]
            finds = {name: frozenset(map(pe.Role, roles)) for name, roles in told.items()}
        except (OSError, HTTPException, ValueError, TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"the service at `{what}` does not say what it looks for: {error}") from None
        return Service(what, MappingProxyType(finds))


def _score(value: object) -> float | None:
    """A score as the engine takes it; what is none is unknown."""
    return float(value) if isinstance(value, float | int) and 0.0 <= value <= 1.0 else None


def _answer(url: str, question: bytes | None = None) -> dict[str, object]:
    """What the service says. Raises OSError or HTTPException if it is late, ValueError if it is no JSON."""
    request = urllib.request.Request(url, question, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=SECONDS) as response:
        told = response.read(LARGEST + 1)
    if len(told) > LARGEST:
        raise ValueError(f"the answer is longer than {LARGEST:,} bytes")
    answer = json.loads(told)
    if not isinstance(answer, dict):
        raise ValueError("the answer is no object")
    return answer


DETECTOR = ServiceAt()
