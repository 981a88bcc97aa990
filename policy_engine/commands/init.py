"""``init``: a small policy repository that works, to begin from."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from policy_engine.commands.exit_codes import FINE, UNUSABLE
from policy_engine.commands.standard_error import say
from policy_engine.language.statements import understood
from policy_engine.reports.english import listed
from policy_engine.reports.screen import Screen, clean

FORMAT_VERSION = 1

_STARTER = files("policy_engine") / "starter"
"""What is made, as it lies in the package; the policy's name stands as ``@name@`` in it."""
_DOT = "dot-"
"""How a name begins in the package that begins with a dot where it is made: packages leave such files out."""
_MAIN = "escalation.policy"
_FIRST_SHOWN = "conversations/crisis.yaml"
_LONGEST_NAME = 200
_MOST_SHOWN = 3


class Refused(Exception):
    """Nothing can be made; the message says why, as a fragment to show."""


def init(folder: Path, name: str | None, as_json: bool) -> int:
    """Make a policy repository in ``folder`` and say what was made. The exit code."""
    try:
        called = _name_of(folder, name)
        made = _make(folder, {path: text.replace("@name@", called) for path, text in _starter(_STARTER)})
    except Refused as fault:
        return _refuse(str(fault))
    except (OSError, ValueError) as fault:
        reason = (getattr(fault, "strerror", None) or str(fault)).lower()
        return _refuse(f"`{folder}` cannot be made: {reason}; nothing was made")
    if as_json:
        told = {"format_version": FORMAT_VERSION, "folder": str(folder), "name": called, "made": made}
        print(json.dumps({**told, "next": _next(folder)}, indent=2))
    else:
        _print_text(folder, made)
    return FINE


def _refuse(why: str) -> int:
    say(f"error: {why}")
    return UNUSABLE


def _starter(folder: Traversable, above: str = "") -> Iterator[tuple[str, str]]:
    """The files of the package that are made: path within the folder, and text."""
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        name = f".{each.name.removeprefix(_DOT)}" if each.name.startswith(_DOT) else each.name
        if each.is_dir():
            yield from _starter(each, f"{above}{name}/")
        elif not each.name.startswith("."):
            yield f"{above}{name}", each.read_text(encoding="utf-8")


def _name_of(folder: Path, given: str | None) -> str:
    """What the policy is called. Raises Refused for what a policy's header could not hold."""
    name = " ".join((os.path.basename(os.path.abspath(folder)) if given is None else given).split())
    fault = None
    if not name:
        fault = "is empty"
    elif len(name) > _LONGEST_NAME:
        fault = f"has more than {_LONGEST_NAME} characters"
    elif '"' in understood(name):
        fault = "holds a quotation mark"
    elif clean(name) != name or not name.isprintable():
        fault = "holds a character that cannot be shown"
    if fault is None:
        return name
    hint = "give another with `--name`" if given is None else "choose another"
    raise Refused(f"the policy's name `{name[:_LONGEST_NAME]}` {fault}; {hint}")


def _make(folder: Path, texts: dict[str, str]) -> list[str]:
    """Write the files, all or none, over nothing that is there. Their paths; raises Refused and OSError."""
    _refuse_what_is_there(folder, texts)
    made: list[Path] = []
    try:
        for path, text in texts.items():
            _make_folders((folder / path).parent, made)
            with (folder / path).open("xb") as file:
                made.append(folder / path)
                file.write(text.encode("utf-8"))
    except BaseException:
        for each in reversed(made):
            _take_back(each)
        raise
    return list(texts)


def _refuse_what_is_there(folder: Path, texts: dict[str, str]) -> None:
    inner = sorted({folder / path.rpartition("/")[0] for path in texts})
    for each in (*inner, *folder.parents):
        if os.path.lexists(each) and not each.is_dir():
            raise Refused(f"`{each}` is there already, and is not a folder; nothing was made")
    there = [f"`{folder / path}`" for path in texts if os.path.lexists(folder / path)]
    if there:
        more = len(there) - _MOST_SHOWN
        shown = [*there[:_MOST_SHOWN], *([f"{more} more"] if more > 0 else [])]
        verb = "is" if len(there) == 1 else "are"
        raise Refused(f"{listed(shown, 'and')} {verb} there already; nothing was made; choose another folder")


def _make_folders(folder: Path, made: list[Path]) -> None:
    """Make the folder and those above it that are missing, and note them in ``made``."""
    for each in (*reversed(folder.parents), folder):
        if not each.is_dir():
            each.mkdir()
            made.append(each)


def _take_back(path: Path) -> None:
    try:
        path.rmdir() if path.is_dir() else path.unlink()
    except OSError:
        return  # somebody put something into the folder meanwhile: it is theirs


# --- What is said -----------------------------------------------------------------------


def _next(folder: Path) -> list[list[str]]:
    """The commands to try next."""
    place = f"./{folder}" if str(folder).startswith("-") else str(folder)
    main = os.path.join(place, _MAIN)
    conversation = os.path.join(place, *_FIRST_SHOWN.split("/"))
    return [
        ["policy-engine", "validate", place],
        ["policy-engine", "explain", main],
        ["policy-engine", "simulate", main, conversation],
    ]


def _print_text(folder: Path, made: list[str]) -> None:
    screen = Screen(sys.stdout)
    commands = [shlex.join(each) for each in _next(folder)]
    for title, lines in ((f"Made in {clean(str(folder))}:", made), ("\nTry next:", commands)):
        print(screen.signs(title))
        for line in lines:
            print(f"  {screen.signs(clean(line))}")
