"""How long `policy-engine validate` and `lint` take, beside a Python that merely imports lark and typer.

All run with their bytecode kept, as an installed package has it (`pip` compiles what it installs), whatever
the environment says.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

from table import bound, rows, seconds, title

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 15
COMMANDS = {
    "policy-engine validate": [
        str(Path(sys.executable).parent / "policy-engine"),
        "validate",
        "policies/last_resort.policy",
    ],
    "policy-engine lint": [
        str(Path(sys.executable).parent / "policy-engine"),
        "lint",
        "--no-cache",
        "policies/last_resort.policy",
    ],
    "python -c 'import lark, typer'": [sys.executable, "-c", "import lark, typer"],
    "python -c pass": [sys.executable, "-c", "pass"],
}
ENVIRONMENT = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def run(command: list[str]) -> float:
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    taken = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return taken


def main() -> int:
    title(f"Start-up (medians of {ROUNDS} alternating runs)")
    taken: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for command in COMMANDS.values():
        run(command)
    for _ in range(ROUNDS):
        for name, command in COMMANDS.items():
            taken[name].append(run(command))
    medians = {name: statistics.median(each) for name, each in taken.items()}
    ours, lint, imports, _ = medians.values()
    rows([(name, seconds(each), f"{each / imports:.2f} x") for name, each in medians.items()])
    bound(f"{ours / imports:.2f} x the imports alone (at most 2 x asked)", ours <= 2 * imports)
    bound(f"lint: {lint / imports:.2f} x the imports alone (at most 3 x asked)", lint <= 3 * imports)
    return 0


if __name__ == "__main__":
    sys.exit(main())
