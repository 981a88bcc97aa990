"""The command line. One module a command, imported when it is called."""

from __future__ import annotations

import gc
import os
import sys

_OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""Python's 700 make the collector look through what is being loaded dozens of times before a command begins."""


def main() -> None:
    """Run ``policy-engine``. Exits 0 (fine), 1 (findings), 2 (usage or unreadable input)."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
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
