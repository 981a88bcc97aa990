"""Opening logs for a command: what its user says of them, made into settings in one place.

Every command that reads logs has the same options, and gives them to :class:`LogOptions`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from policy_engine.commands.classifier_files import known_classifiers
from policy_engine.commands.usage import Usage
from policy_engine.diagnostics import nearest
from policy_engine.transcripts.mapping import ClassifierMapping
from policy_engine.transcripts.message import Role
from policy_engine.transcripts.reader import Reader, Settings
from policy_engine.transcripts.reading import reader_named

_ROLES: Mapping[str, Role] = MappingProxyType({role.value: role for role in Role})


@dataclass(frozen=True, slots=True)
class LogOptions:
    """The options as they were written: ``--from``, ``--speakers``, ``--columns`` and ``--classifier``."""

    reader: str | None = None
    speakers: str | None = None
    columns: str | None = None
    classifiers: Sequence[Path] = ()

    def chosen(self) -> Reader | None:
        """The reader that ``--from`` names. Raises Usage."""
        try:
            return None if self.reader is None else reader_named(self.reader)
        except ValueError as fault:
            raise Usage(str(fault)) from None

    def settings(self, *, texts: bool = True) -> Settings:
        """What readers are told; ``texts`` says whether anybody will look at what was said. Raises Usage."""
        speakers = {
            word.lower(): _role(word, role)
            for word, role in _pairs("--speakers", self.speakers, "user=user,agent=assistant")
        }
        columns = dict(_pairs("--columns", self.columns, "text=body,conversation=thread"))
        return Settings(MappingProxyType(speakers), MappingProxyType(columns), self.mappings(), texts)

    def mappings(self) -> Mapping[str, ClassifierMapping]:
        """The classifiers by name, the user's own among them. Raises Usage, after their faults were told."""
        return known_classifiers(self.classifiers)


def log_paths(paths: Sequence[Path]) -> list[Path | Literal["-"]]:
    """Paths as a command is given them: ``-`` is standard input."""
    return ["-" if str(path) == "-" else path for path in paths]


def _pairs(option: str, text: str | None, example: str) -> Iterator[tuple[str, str]]:
    """What ``NAME=VALUE,NAME=VALUE`` says. Raises Usage."""
    met: set[str] = set()
    for pair in [] if text is None else text.split(","):
        name, equals, value = (each.strip() for each in pair.partition("="))
        if not name or not equals or not value:
            raise Usage(f'`{option}` is written `NAME=VALUE`, several with commas: {option} "{example}"')
        if name.lower() in met:
            raise Usage(f"`{option}` says `{name}` twice")
        met.add(name.lower())
        yield name, value


def _role(word: str, role: str) -> Role:
    if role not in _ROLES:
        near = nearest(role, _ROLES)
        known = ", ".join(f"`{each}`" for each in _ROLES)
        hint = f"did you mean `{near}`?" if near else f"a role is one of {known}"
        raise Usage(f"`--speakers` gives `{word}` the unknown role `{role}` ({hint})")
    return _ROLES[role]
