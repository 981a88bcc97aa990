"""The command line. One module a command, imported when it is called."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """Run ``policy-engine``. Exits 0 (fine), 1 (findings), 2 (usage or unreadable input)."""
    from policy_engine.commands.app import app

    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    try:
        app()
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as fault:
        if os.environ.get("POLICY_ENGINE_DEBUG"):
            raise
        place = f"{type(fault).__name__}: {fault}"
        print(
            f"internal error: {place}\nplease report it; POLICY_ENGINE_DEBUG=1 shows where", file=sys.stderr
        )
        raise SystemExit(70) from None
