"""Keys of a log that are not read, and look like one that would have been: a text under ``text`` and not ``content``.

Nearly every log has keys that no reader asks for, so one is told only where the key that it looks like is missing
beside it: another word for the same thing, or one slip of a typist away (the edits of
http://norvig.com/spell-correct.html), whatever its case and however its words are joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from string import ascii_lowercase

from policy_engine.diagnostics import Diagnostic, Severity
from policy_engine.transcripts.reader import PASSED_OVER, Origin, quoted

_TEXT = frozenset(
    ("text", "texts", "content", "contents", "message", "body", "value", "msg", "utterance", "said")
)
"""What logs call that which was said."""
_MODERATION = frozenset(("openaimoderation", "moderationresult", "moderationresults"))
"""What logs call what the moderation said."""
_OTHER_WORDS: Mapping[str, frozenset[str]] = {"content": _TEXT, "value": _TEXT, "moderation": _MODERATION}
_WORDS = frozenset(("context",))
"""Words of their own that are one slip away from a key."""
_LONGEST = 40
"""Characters of a key that is looked at: no key that is read is as long."""


def misnamed(
    objects: Iterable[object], keys: Iterable[str], what: str, origin: Origin, line: int
) -> Iterator[Diagnostic]:
    """A warning for each key of ``objects`` (``what`` says what they are) that stands where one of ``keys`` is missing.

    Each key is told once. What has nothing under such a key is passed over, and so is what is no object.
    """
    wanted = tuple(keys)
    found: dict[str, str] = {}
    for each in objects:
        if not isinstance(each, dict):
            continue
        for key in wanted:
            if key not in each:
                found |= {
                    name: key
                    for name, held in each.items()
                    if held and len(name) <= _LONGEST and _is_meant(name, key)
                }
    for name, key in found.items():
        message = f"{quoted(name)} in {what} is passed over"
        hint = f"did you mean `{key}`?"
        yield Diagnostic(PASSED_OVER, message, hint=hint, subject=origin.at(line), severity=Severity.WARNING)


@lru_cache(4_096)
def _is_meant(name: str, key: str) -> bool:
    return _plain(name) in _meant(key)


@cache
def _meant(key: str) -> frozenset[str]:
    """Everything that may be meant for ``key``, as :func:`_plain` writes it."""
    word = _plain(key)
    cuts = [(word[:at], word[at:]) for at in range(len(word) + 1)]
    found = {left + right[1:] for left, right in cuts}
    found |= {left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1}
    found |= {
        left + letter + right[skipped:]
        for left, right in cuts
        for letter in ascii_lowercase
        for skipped in (0, 1)
    }
    return frozenset(found - _WORDS) | _OTHER_WORDS.get(key, frozenset())


def _plain(name: str) -> str:
    return name.casefold().replace("_", "").replace("-", "").replace(" ", "")
