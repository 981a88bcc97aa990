"""What the README shows of a proof is what the document on proofs shows, which is run."""

from __future__ import annotations

import re
from pathlib import Path


def test_the_conversation_that_breaks_a_promise_is_that_of_the_document(root: Path) -> None:
    shown = re.findall(
        r"```text\n(Last-resort.*?)```", (root / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    assert len(shown) == 1
    assert shown[0] in (root / "docs" / "verify.md").read_text(encoding="utf-8")
