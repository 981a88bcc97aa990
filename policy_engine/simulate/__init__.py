"""Recorded conversations under a policy.

The package bears the name of the library's function ``policy_engine.simulate``, and importing any module
of it puts the package in the function's place. So the package can be called as the function can.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    """A package that does what :func:`policy_engine.simulate.simulation.simulate` does when it is called."""

    def __call__(self, *given: Any, **named: Any) -> Any:
        from policy_engine.simulate.simulation import simulate

        return simulate(*given, **named)


sys.modules[__name__].__class__ = _Callable
