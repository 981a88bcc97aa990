"""Adding labels to conversations by detectors. What was recorded comes first.

The detectors are the modules of ``detectors/``, and what other packages bring.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from types import MappingProxyType
from typing import cast

from policy_engine.diagnostics import PolicyError
from policy_engine.transcripts.detector import Detector, DetectorOf
from policy_engine.transcripts.message import Conversation, Label, LookedFor, Message, Role
from policy_engine.transcripts.plugins import plugin_named, plugins_of
from policy_engine.vocabulary.vocabulary import Vocabulary

Failed = Callable[[str, str], None]
"""Is told of every message on which a detector failed: the detector's name, and what went wrong."""


@cache
def detectors() -> tuple[Detector | DetectorOf, ...]:
    """Every detector, by name."""
    from policy_engine.transcripts import detectors as package

    found: list[Detector | DetectorOf] = list(plugins_of(package, "DETECTOR", Detector, DetectorOf))
    return tuple(sorted(found, key=lambda detector: detector.name))


def detectors_named(written: Sequence[str], vocabulary: Vocabulary) -> tuple[Detector, ...]:
    """The detectors of texts such as ``refusal,redirection`` or ``keywords:FILE.yaml``, each once, in order.

    ``vocabulary`` is what their labels are for. Raises ValueError, with a fragment to show, where there is
    no such detector, and PolicyError, with the faults of a file, where one was named that cannot be used.
    """
    names = dict.fromkeys(name.strip() for each in written for name in each.split(","))
    names.pop("", None)
    if written and not names:
        raise ValueError(f"no detector is named (known: {', '.join(each.name for each in detectors())})")
    return tuple(_named(name, vocabulary) for name in names)


def _named(written: str, vocabulary: Vocabulary) -> Detector:
    name, colon, what = written.partition(":")
    found = plugin_named(detectors(), name, "detector")
    if isinstance(found, DetectorOf):
        if not what:
            raise ValueError(f"`{name}` has to be told more: {name}:{found.takes}")
        return _sound(_told(found, what, vocabulary), name)
    if colon:
        raise ValueError(f"`{name}` takes nothing behind a colon")
    return _sound(found, name)


def _told(found: DetectorOf, what: str, vocabulary: Vocabulary) -> Detector:
    """The detector of ``what``; it may be anybody's code that makes it."""
    try:
        return found.told(what, vocabulary)
    except (ValueError, PolicyError):
        raise
    except Exception as error:
        raise ValueError(f"the detector `{found.name}` failed: {type(error).__name__}: {error}") from None


def _sound(found: Detector, name: str) -> Detector:
    """The same; ValueError where it does not say what it finds, and on whose messages."""
    for said in (cast(object, found.finds), cast(object, found.looks_for)):
        if not isinstance(said, Mapping) or not all(map(_is_place, said.items())):
            raise ValueError(
                f"the detector `{name}` does not say which labels it finds, on messages of which roles"
            )
    return found


def _is_place(item: tuple[object, object]) -> bool:
    label, roles = item
    return (
        isinstance(label, str)
        and isinstance(roles, frozenset)
        and all(isinstance(role, Role) for role in roles)
    )


def apply(
    conversation: Conversation,
    chosen: Iterable[Detector],
    vocabulary: Vocabulary | None = None,
    failed: Failed | None = None,
) -> Conversation:
    """The conversation with the detectors' labels, and with what they look for counted as looked for.

    A label that a message already has stays as it is, whatever a detector would say; of two detectors for
    one label, the first speaks. With a ``vocabulary``, also under an alias. A detector that raises an exception
    or answers what is no answer has said *unknown* of that message, for everything that it finds, so that
    no fault can end a chat; ``failed`` is told of it.
    """
    asked = tuple(chosen)
    if not asked:
        return conversation
    applying = _Applying(asked, vocabulary, failed)
    return replace(
        conversation,
        messages=tuple(applying.labelled(message) for message in conversation.messages),
        looked_for=_extended(conversation.looked_for, asked),
    )


class _Applying:
    """Some detectors at work on one conversation."""

    def __init__(
        self, asked: tuple[Detector, ...], vocabulary: Vocabulary | None, failed: Failed | None
    ) -> None:
        self._by_role = {
            role: tuple((each, names) for each in asked if (names := _found_on(each, role))) for role in Role
        }
        self._vocabulary = vocabulary
        self._failed = failed

    def labelled(self, message: Message) -> Message:
        asked = self._by_role[message.role]
        if not asked:
            return message
        labels = message.labels
        recorded = {self._canonical(label.name) for label in labels}
        for detector, names in asked:
            for each in self._said(detector, names, message):
                name = self._canonical(each.name)
                if name not in recorded:
                    recorded.add(name)
                    labels += (each,)
        if labels is message.labels:
            return message
        return message.with_labels(labels)

    def _canonical(self, name: str) -> str:
        return name if self._vocabulary is None else self._vocabulary.canonical(name) or name

    def _said(self, detector: Detector, names: frozenset[str], message: Message) -> list[Label]:
        """What a detector says of a message. It may be anybody's code: a fault in it is an answer, too."""
        try:
            said: list[Label] = list(detector.detect(message))
            fault = next((wrong for each in said if (wrong := _wrong_in(each, names)) is not None), None)
        except (Exception, SystemExit) as error:
            fault = f"{type(error).__name__}: {error}"
        if fault is not None:
            if self._failed is not None:
                self._failed(detector.name, " ".join(fault.split()))
            said = [Label(name, None) for name in sorted(names)]
        if any(each.source is None for each in said):
            source = f"detector ({detector.name})"
            said = [each if each.source is not None else each._replace(source=source) for each in said]
        return said


def _found_on(detector: Detector, role: Role) -> frozenset[str]:
    return frozenset(name for name, roles in detector.finds.items() if role in roles)


def _wrong_in(answered: object, names: frozenset[str]) -> str | None:
    """What keeps an answer from being a label of those names; None where nothing does."""
    if not isinstance(answered, Label):
        return f"it answered {answered!r:.60}, which is no label"
    name, value, source = cast(tuple[object, object, object], answered)
    if name not in names:
        return f"it answered `{name!s:.60}`, which it does not look for on such a message"
    if not (value is None or isinstance(value, float | int)):
        return f"it answered {value!r:.60} for `{name}`, which is no score"
    if not (source is None or isinstance(source, str)):
        return f"the source of its label is {source!r:.60}, which is no text"
    return None


def _extended(looked_for: LookedFor | None, asked: tuple[Detector, ...]) -> LookedFor | None:
    if looked_for is None:
        return None
    extended: dict[str, frozenset[Role] | None] = dict(looked_for)
    for detector in asked:
        for name, roles in detector.looks_for.items():
            extended[name] = _both(extended, name, roles)
    return MappingProxyType(extended)


def _both(
    looked_for: Mapping[str, frozenset[Role] | None], name: str, roles: frozenset[Role]
) -> frozenset[Role] | None:
    known = looked_for.get(name, frozenset())
    return None if known is None else known | roles
