"""Somebody's words within Markdown, as they are: no word of a policy or a log makes a link, a mention or a tag there.

For GitHub and GitLab, whose comments are HTML in the end: what has a meaning is escaped, and what they look for in
the finished text (``@somebody``, ``#12``, addresses) is broken by a space of no width.
"""

from __future__ import annotations

import re

from policy_engine.reports.screen import clean

_SPECIAL = re.compile(r"[\\`*_\[\]|~$]|^(?:[#+=-]|\d+(?=[.)]))")
_BREAK = "&#8203;"
_FOUND_LATER = re.compile(r"(@|#|!|%|&amp;|\$|:(?=//)|(?i:www|GH)(?=[.-])|\^)(?=\S)")


def escaped(text: str) -> str:
    """The text on one line, to be shown letter by letter."""
    plain = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    broken = _FOUND_LATER.sub(lambda found: f"{found[0]}\0", plain)
    return _SPECIAL.sub(_harmless, broken).replace("\0", _BREAK)


def _harmless(found: re.Match[str]) -> str:
    """The sign, meaning nothing; of a number that would begin a list, the same with a space of no width."""
    return f"{found[0]}{_BREAK}" if found[0].isdecimal() else f"\\{found[0]}"
