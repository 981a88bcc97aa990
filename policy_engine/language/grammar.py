"""The compiled grammar: read from ``grammar/policy.lark``, its LALR table kept for the next start.

Building the table takes half a second, loading it some milliseconds. The table is kept as JSON (data,
never code) under the user's cache folder, in a file named by the hash of what it was made from and
renamed into place, so that concurrent runs and read-only installations are safe. A cache that cannot
be read or written is done without.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

import lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

from policy_engine.whole_file import WholeFile

OPTIONS: dict[str, Any] = {"parser": "lalr", "lexer": "basic", "maybe_placeholders": True}
"""How the grammar is compiled. The tests compile it with ``strict=True`` besides."""


def grammar_path() -> Path:
    """Where the grammar is: in the installed package, else at the root of the checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "grammar" / "policy.lark"
    return installed if installed.exists() else package.parent / "grammar" / "policy.lark"


@cache
def grammar() -> lark.Lark:
    """The compiled grammar."""
    text = grammar_path().read_bytes()
    made_from = text + f"{lark.__version__} {sys.version_info[:2]} {OPTIONS}".encode()
    folder = cache_folder()
    if folder is None:
        return lark.Lark(text.decode(), **OPTIONS)
    file = folder / f"grammar-{hashlib.sha256(made_from).hexdigest()[:20]}.json"
    return _kept(file) or _built(text.decode(), file)


def cache_folder() -> Path | None:
    """Where what took long to make is kept; None where the user has no home: some containers run as a user that
    nobody knows.
    """
    base = os.environ.get("POLICY_ENGINE_CACHE") or os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(base) if base else Path("~/.cache").expanduser()) / "policy-engine"
    except RuntimeError:
        return None


def _kept(file: Path) -> lark.Lark | None:
    try:
        return _loaded(file.read_bytes())
    except Exception:  # a missing, torn or foreign cache only costs time
        return None


def _loaded(table: bytes | str) -> lark.Lark:
    """The grammar of a written table. JSON turned the numbers that are keys into texts: these are turned back."""
    data, memo = json.loads(table)
    parser = data["parser"]["parser"]
    parser["tokens"] = _integer_keys(parser["tokens"])
    parser["states"] = {int(state): _integer_keys(row) for state, row in parser["states"].items()}
    return lark.Lark._load_from_dict(data, _integer_keys(memo))  # type: ignore[no-untyped-call, no-any-return]


def _built(text: str, file: Path) -> lark.Lark:
    made = lark.Lark(text, **OPTIONS)
    table = json.dumps(made.memo_serialize([TerminalDef, Rule]))
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with WholeFile(file) as kept:
            kept.write([table])
    except OSError:
        pass
    return made


def _integer_keys(found: dict[str, Any]) -> dict[int, Any]:
    return {int(key): value for key, value in found.items()}
