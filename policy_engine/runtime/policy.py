"""A policy ready to run: the library's front door."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from policy_engine.diagnostics import PolicyError, nearest
from policy_engine.machine.machine import Machine, compile_policy
from policy_engine.model.loading import load_policy
from policy_engine.model.model import Policy as Model
from policy_engine.runtime.session import Session, read_saved
from policy_engine.transcripts.message import AttributeValue, LookedFor, Role


class Policy:
    """A policy that was loaded without an error. Immutable; share it between sessions."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def __repr__(self) -> str:
        version = f" {self.version}" if self.version else ""
        return f"<Policy {self.name + version!r}>"

    @property
    def name(self) -> str:
        """Its name, as the header has it."""
        return self.model.name

    @property
    def version(self) -> str | None:
        """Its version, as the header has it."""
        return self.model.version

    @property
    def hash(self) -> str:
        """SHA-256 of all its sources, in hexadecimal."""
        return self.model.digest

    @cached_property
    def machine(self) -> Machine:
        """The compiled machine."""
        return compile_policy(self.model)

    def session(
        self, *, looked_for: LookedFor | None = None, attributes: Mapping[str, AttributeValue] | None = None
    ) -> Session:
        """A new conversation.

        ``looked_for`` says which labels the service's classifiers look for: name to the roles on whose
        messages they do (None: all roles). Without it, the whole vocabulary is taken to be looked for: a
        label that is not on a message is then absent, not unknown. ``attributes`` are fixed while the
        conversation lasts. Raises ValueError for a label or attribute that the vocabulary does not know, and
        TypeError where names and roles are not given as mappings of that kind.
        """
        self._check(looked_for, attributes)
        return Session(self.machine, self.machine.initial(attributes), looked_for)

    def restore(self, saved: str) -> Session:
        """The session that ``saved`` was made of by :meth:`Session.save`.

        Raises ValueError where it is not a saved session, or one of another policy or version.
        """
        looked_for, state = read_saved(saved)
        if not self.machine.could_be(state):
            raise ValueError(f"this session was saved under another policy or version than {self.name!r}")
        return Session(self.machine, state, looked_for)

    def _check(self, looked_for: LookedFor | None, attributes: Mapping[str, AttributeValue] | None) -> None:
        _check_types(looked_for, attributes)
        vocabulary = self.model.vocabulary
        labels = [*vocabulary.labels, *vocabulary.aliases]
        for kind, names, known in (
            ("label", looked_for or (), labels),
            ("attribute", attributes or (), list(vocabulary.attributes)),
        ):
            for name in names:
                if name not in known:
                    like = nearest(name, known)
                    raise ValueError(
                        f"unknown {kind} {name!r}" + (f"; did you mean {like!r}?" if like else "")
                    )


def _check_types(looked_for: object, attributes: object) -> None:
    """Raises TypeError where what a host gives for a session is not of the type that it has to be."""
    for what, given in (("looked_for", looked_for), ("attributes", attributes)):
        if given is not None and not (
            isinstance(given, Mapping) and all(isinstance(name, str) for name in given)
        ):
            raise TypeError(f"`{what}` is a mapping whose keys are names, not {given!r:.60}")
    for name, roles in looked_for.items() if isinstance(looked_for, Mapping) else ():
        is_set = isinstance(roles, frozenset) and all(isinstance(role, Role) for role in roles)
        if roles is not None and not is_set:
            raise TypeError(
                f"where {name!r} is looked for is a frozenset of Role, or None for all, not {roles!r:.60}"
            )


def load(path: str | Path) -> Policy:
    """The policy of a file, with all that it uses.

    Raises PolicyError where a file cannot be read or has an error; the error carries every diagnostic.
    """
    loaded = load_policy(path)
    if loaded.policy is None:
        raise PolicyError(loaded.diagnostics)
    return Policy(loaded.policy)
