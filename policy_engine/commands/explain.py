"""``explain``: a policy or a standard in full sentences."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from policy_engine.commands.exit_codes import FINE
from policy_engine.commands.opening import opened_file
from policy_engine.model.model import Standard


def explain(path: Path, as_json: bool) -> int:
    """Print the explanation of the policy or standard at ``path``. The exit code."""
    found, code = opened_file(path)
    if found is None:
        return code
    if as_json:
        from policy_engine.reports.explanation_json import explanation_json, standard_json

        shown = standard_json(found) if isinstance(found, Standard) else explanation_json(found)
        print(json.dumps(shown, indent=2))
    else:
        from policy_engine.reports.explanation_text import explanation_text, standard_text
        from policy_engine.reports.screen import Screen

        said = standard_text(found) if isinstance(found, Standard) else explanation_text(found)
        print(Screen(sys.stdout).signs(said))
    return FINE
