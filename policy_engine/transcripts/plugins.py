"""Readers and detectors are found by being there: one module each, in a folder of their own."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any, Protocol, TypeVar

from policy_engine.diagnostics import nearest


class Named(Protocol):
    """What has a name that chooses it."""

    @property
    def name(self) -> str:
        """The name."""
        ...


Plugin = TypeVar("Plugin", bound=Named)


def plugins_of(package: ModuleType, attribute: str) -> Iterator[Any]:
    """The attribute of every module of a package, by the module's name."""
    for name in sorted(each.name for each in pkgutil.iter_modules(package.__path__)):
        yield getattr(importlib.import_module(f"{package.__name__}.{name}"), attribute)


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
