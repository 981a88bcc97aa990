"""``explain``: a policy in full sentences."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from policy_engine.commands.exit_codes import FINE
from policy_engine.commands.opening import opened


def explain(path: Path, as_json: bool) -> int:
    """Print the explanation of the policy at ``path``. The exit code."""
    policy, code = opened(path)
    if policy is None:
        return code
    if as_json:
        from policy_engine.reports.explanation_json import explanation_json

        print(json.dumps(explanation_json(policy), indent=2))
    else:
        from policy_engine.reports.explanation_text import explanation_text
        from policy_engine.reports.screen import Screen

        print(Screen(sys.stdout).signs(explanation_text(policy)))
    return FINE
