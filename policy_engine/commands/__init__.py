"""The command line. One module a command, imported when it is called."""

from __future__ import annotations

import gc
import os
import signal
import sys

_OBJECTS_BETWEEN_COLLECTIONS = 50_000
"""Python's 700 make the collector look through what is being loaded dozens of times before a command begins."""


def main() -> None:
    """Run ``policy-engine``. Exits 0 (fine), 1 (findings), 2 (usage, unreadable input, unwritable output).

    Whoever stops reading ends it as any other filter is ended (SIGPIPE), whoever interrupts it with 130.
    """
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    _open_streams()
    from policy_engine.commands.app import app

    try:
        try:
            app()
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except OSError as fault:
        if os.environ.get("POLICY_ENGINE_DEBUG"):
            raise
        if isinstance(fault, BrokenPipeError) and hasattr(signal, "SIGPIPE"):
            from policy_engine.commands.closed_pipe import end_as_filter

            end_as_filter()
        from policy_engine.diagnostics import reason_of

        _give_up(f"error: the result cannot be written: {reason_of(fault)}", 2)
    except Exception as fault:
        if os.environ.get("POLICY_ENGINE_DEBUG"):
            raise
        place = f"internal error: {type(fault).__name__}: {fault}"
        _give_up(f"{place}\nplease report it; POLICY_ENGINE_DEBUG=1 shows where", 70)


def _open_streams() -> None:
    """Standard output and error that can be written to, whatever they hold and even where they are closed."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115 - it lives as long as the process
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _give_up(text: str, code: int) -> None:
    """Say why on standard error, harmlessly, and end; what was not yet written is dropped."""
    from policy_engine.reports.screen import clean

    try:
        print("\n".join(clean(line) for line in text.split("\n")), file=sys.stderr, flush=True)
    except OSError:
        code = 2
    os._exit(code)  # not `sys.exit`: it would write once more to what cannot be written
