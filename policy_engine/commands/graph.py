"""``graph``: a drawing of a policy."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from policy_engine.commands.app import Picture
from policy_engine.commands.opening import opened
from policy_engine.model.model import Policy

USAGE = 2


_SUFFIXES = {
    ".mmd": Picture.MERMAID,
    ".mermaid": Picture.MERMAID,
    ".dot": Picture.DOT,
    ".gv": Picture.DOT,
    ".svg": Picture.SVG,
    ".json": Picture.JSON,
}


def graph(path: Path, picture: Picture | None, out: Path | None) -> int:
    """Draw the policy at ``path``, to standard output or into the file ``out``. The exit code."""
    if picture is None and out is not None:
        picture = _SUFFIXES.get(out.suffix.lower())
        if picture is None:
            _say(f"error: the ending of `{out.name}` names no format")
            _say(f"  end it in {', '.join(_SUFFIXES)}, or say `--format svg`")
            return USAGE
    policy, code = opened(path)
    if policy is None:
        return code
    written = _written(policy, picture or Picture.TEXT)
    if written is None:
        return USAGE
    if out is None:
        print(written)
        return 0
    try:
        out.write_text(f"{written}\n", encoding="utf-8")
    except OSError as fault:
        _say(f"error: cannot write `{out}`: {(fault.strerror or 'unknown reason').lower()}")
        return USAGE
    return 0


def _written(policy: Policy, picture: Picture) -> str | None:
    """The drawing as text; None where it is too big to lay out, after that was told."""
    from policy_engine.reports.draughtsman import draw

    drawing = draw(policy)
    match picture:
        case Picture.TEXT | Picture.MERMAID:
            from policy_engine.reports.mermaid import MOST_EDGES, mermaid

            if len(drawing.edges) > MOST_EDGES:
                _say(f"note: {len(drawing.edges):,} ties; many viewers of Mermaid draw {MOST_EDGES} at most")
                _say("  `--format svg` draws them all")
            return mermaid(drawing)
        case Picture.DOT:
            from policy_engine.reports.dot import dot

            return dot(drawing)
        case Picture.SVG:
            from policy_engine.reports.svg import MOST_TIES, svg

            if len(drawing.edges) > MOST_TIES:
                _say(f"error: {len(drawing.edges):,} ties are too many for a picture: at most {MOST_TIES:,}")
                _say("  `--format json` has them all")
                return None
            return svg(drawing)
        case Picture.JSON:
            from policy_engine.reports.drawing_json import drawing_json

            return json.dumps(drawing_json(drawing, policy), indent=2, ensure_ascii=False)


def _say(message: str) -> None:
    from policy_engine.reports.screen import clean

    print(clean(message) if not message.startswith(" ") else f"  {clean(message.strip())}", file=sys.stderr)
