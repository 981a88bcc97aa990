"""Readers and detectors are found by being there: one module each, in a folder of their own, or an entry point.

An installed package brings its own under the group that is called after the folder, ``policy_engine.readers``
or ``policy_engine.detectors``; the entry point names the object itself. One that cannot be loaded, or is no
reader or detector, is left out, and so is one that has the name of another: what is here comes first, then
the packages by name. Who was left out, and why, is told by :func:`left_out`. Other people's code is run to
find out, so nobody looks for entry points before a log is to be read or a detector was asked for.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from policy_engine.diagnostics import nearest

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

_LONGEST = 200
"""Characters of other people's words that are shown."""

_left_out: dict[str, tuple[str, ...]] = {}


class Named(Protocol):
    """What has a name that chooses it."""

    @property
    def name(self) -> str:
        """The name."""
        ...


Plugin = TypeVar("Plugin", bound=Named)


def plugins_of(package: ModuleType, attribute: str, *kinds: type) -> Iterator[Any]:
    """The attribute of every module of a package, by the module's name; then what others bring for it.

    What others bring has to be of one of the ``kinds`` (protocols that can be checked), if there are any.
    """
    own = [
        getattr(importlib.import_module(f"{package.__name__}.{name}"), attribute)
        for name in sorted(each.name for each in pkgutil.iter_modules(package.__path__))
    ]
    yield from own
    yield from _brought(package.__name__, frozenset(each.name for each in own), kinds)


def left_out() -> tuple[str, ...]:
    """Why a reader or detector of somebody else's was left out, as fragments, of all that were looked for so far."""
    return tuple(each for group in sorted(_left_out) for each in _left_out[group])


@cache
def _brought(package: str, own: frozenset[str], kinds: tuple[type, ...]) -> tuple[Any, ...]:
    """What others bring for a package whose modules have the names ``own``; it is looked for once."""
    from importlib.metadata import entry_points

    folder = package.rpartition(".")[2]
    group, what = f"{package.partition('.')[0]}.{folder}", folder.removesuffix("s")
    brought: dict[str, Any] = {}
    faults = []
    for point in sorted(entry_points(group=group), key=lambda each: (_owner(each), each.name, each.value)):
        found, fault = _loaded(point, kinds, what)
        if fault is None and (found.name in own or found.name in brought):
            fault = f"there is another one called `{found.name[:_LONGEST]}`"
        if fault is None:
            brought[found.name] = found
        else:
            faults.append(f"the {what} `{point.name}` of `{_owner(point)}` is left out: {fault}")
    _left_out[group] = tuple(dict.fromkeys(faults))
    return tuple(brought.values())


def _owner(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "an unknown package"


def _loaded(point: EntryPoint, kinds: tuple[type, ...], what: str) -> tuple[Any, str | None]:
    """What an entry point names, or why it cannot be used: whatever its import does, it is no traceback."""
    try:
        found = point.load()
        is_sound = isinstance(found.name, str) and (not kinds or isinstance(found, kinds))
    except (Exception, SystemExit) as error:
        return None, f"{type(error).__name__}: {error}"[:_LONGEST]
    if isinstance(found, type):
        return found, f"`{point.value}` is a class, and not a {what} made of it"
    return found, None if is_sound else f"`{point.value}` is no {what}"


def plugin_named(plugins: Iterable[Plugin], name: str, what: str) -> Plugin:
    """The one of that name; ValueError, with a fragment to show, where there is none."""
    known = {each.name: each for each in plugins}
    if name not in known:
        raise unknown_name(known, name, what)
    return known[name]


def unknown_name(known: Iterable[str], name: str, what: str) -> ValueError:
    """What is raised where there is nothing of that name, with a fragment to show."""
    names = list(known)
    near = nearest(name, names)
    hint = f"did you mean `{near}`?" if near else f"known: {', '.join(names)}"
    return ValueError(f"unknown {what} `{name}` ({hint})")
