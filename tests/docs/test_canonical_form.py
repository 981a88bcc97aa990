"""The example of the canonical form in the document of the language is what the formatter makes of it."""

from __future__ import annotations

import re
from pathlib import Path

from policy_engine.language.formatter import formatted
from policy_engine.source import Source

PAGE = Path(__file__).resolve().parents[2] / "docs" / "language.md"


def test_the_second_text_is_the_form_of_the_first() -> None:
    section = PAGE.read_text(encoding="utf-8").partition("\n## 7. The canonical form\n")[2]
    before, after = re.findall(r"```text\n(.*?)```", section, re.DOTALL)
    assert formatted(Source("x.policy", before)) == (after, ())
    assert formatted(Source("x.policy", after)) == (after, ())
