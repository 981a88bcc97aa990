"""``graph``: a drawing of a policy."""

from __future__ import annotations

import json
from pathlib import Path

from policy_engine.commands.app import Picture
from policy_engine.commands.exit_codes import FINE, UNUSABLE
from policy_engine.commands.opening import opened
from policy_engine.commands.standard_error import say
from policy_engine.diagnostics import reason_of
from policy_engine.model.model import Policy
from policy_engine.whole_file import WholeFile, are_one_file

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
            hint = f"end it in {', '.join(_SUFFIXES)}, or say `--format svg`"
            say(f"error: the ending of `{out.name}` names no format", hint)
            return UNUSABLE
    if out is not None and are_one_file(path, out):
        say(f"error: `{out}` is read here: the drawing would overwrite it")
        return UNUSABLE
    policy, code = opened(path)
    if policy is None:
        return code
    written = _written(policy, picture or Picture.TEXT)
    if written is None:
        return UNUSABLE
    if out is None:
        print(written)
        return FINE
    try:
        with WholeFile(out) as file:
            file.write([written, "\n"])
    except OSError as fault:
        say(f"error: cannot write `{out}`: {reason_of(fault)}")
        return UNUSABLE
    return FINE


def _written(policy: Policy, picture: Picture) -> str | None:
    """The drawing as text; None where it is too big to lay out, after that was told."""
    from policy_engine.reports.draughtsman import draw

    drawing = draw(policy)
    match picture:
        case Picture.TEXT | Picture.MERMAID:
            from policy_engine.reports.mermaid import MOST_EDGES, mermaid

            if len(drawing.edges) > MOST_EDGES:
                many = f"{len(drawing.edges):,} ties; many viewers of Mermaid draw {MOST_EDGES} at most"
                say(f"note: {many}", "`--format svg` draws them all")
            return mermaid(drawing)
        case Picture.DOT:
            from policy_engine.reports.dot import dot

            return dot(drawing)
        case Picture.SVG:
            from policy_engine.reports.svg import MOST_TIES, svg

            if len(drawing.edges) > MOST_TIES:
                many = f"{len(drawing.edges):,} ties are too many for a picture: at most {MOST_TIES:,}"
                say(f"error: {many}", "`--format json` has them all")
                return None
            return svg(drawing)
        case Picture.JSON:
            from policy_engine.reports.drawing_json import drawing_json

            return json.dumps(drawing_json(drawing, policy), indent=2, ensure_ascii=False)
