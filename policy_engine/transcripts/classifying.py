"""Which classifiers there are: those that come with the product, and a user's own mapping files.

The shipped ones are the files of ``classifiers/``, one for each classifier and version; a file is read when its
name is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from policy_engine.diagnostics import Diagnostic, PolicyError
from policy_engine.source import Source
from policy_engine.transcripts.classifier import Classifier
from policy_engine.transcripts.mapping import ClassifierMapping
from policy_engine.transcripts.mapping_loader import load_mapping
from policy_engine.transcripts.message import Role
from policy_engine.transcripts.plugins import unknown_name

_FOLDER = Path(__file__).resolve().parent / "classifiers"


class _Classifiers(Mapping[str, ClassifierMapping]):
    """Classifiers by name, in the order of the names: a user's own, and else the shipped ones."""

    def __init__(self, own: Mapping[str, ClassifierMapping]) -> None:
        self._own = own
        self._names = sorted({*own, *shipped_names()})

    def __getitem__(self, name: str) -> ClassifierMapping:
        return self._own[name] if name in self._own else shipped_mapping(name)

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@cache
def shipped_names() -> tuple[str, ...]:
    """The names of the classifiers that come with the product, in order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.yaml")))


@cache
def shipped_classifiers() -> Mapping[str, ClassifierMapping]:
    """Every classifier that comes with the product, by name; each is read when it is asked for."""
    return _Classifiers({})


@cache
def shipped_mapping(name: str) -> ClassifierMapping:
    """The shipped classifier of that name; KeyError where there is none.

    Raises PolicyError where its file is faulty: a bug of the installation.
    """
    if name not in shipped_names():
        raise KeyError(name)
    path = _FOLDER / f"{name}.yaml"
    mapping, faults = load_mapping(Source(str(path), path.read_text(encoding="utf-8")), shipped_classifiers())
    if mapping is None:
        raise PolicyError(faults)
    return mapping


def classifiers(
    sources: Iterable[Source] = (),
) -> tuple[Mapping[str, ClassifierMapping], tuple[Diagnostic, ...]]:
    """The shipped classifiers and those of a user's mapping files, by name, and every fault of those files.

    A user's classifier takes the place of a shipped one of its name. Two files of one name are a fault.
    """
    own: dict[str, ClassifierMapping] = {}
    faults: list[Diagnostic] = []
    for source in sources:
        mapping, found = load_mapping(source, shipped_classifiers())
        faults.extend(found)
        if mapping is not None and mapping.name in own:
            message = f"there is another mapping file for `{mapping.name}`"
            before = own[mapping.name].location
            hint = f"it is `{before.name}`: name one of them otherwise" if before else None
            faults.append(Diagnostic("duplicate-name", message, mapping.location, hint))
        elif mapping is not None:
            own[mapping.name] = mapping
    return (_Classifiers(own) if own else shipped_classifiers()), tuple(faults)


def classifier_named(name: str, known: Mapping[str, Classifier] | None = None) -> Classifier:
    """The classifier of that name; ValueError, with a fragment to show, where there is none."""
    among: Mapping[str, Classifier] = shipped_classifiers() if known is None else known
    if name not in among:
        raise unknown_name(among, name, "classifier")
    return among[name]


class Gives(NamedTuple):
    """A classifier that tells a label, and on whose messages (None: everybody's).

    ``also_absent`` says whether it tells, too, that the label is not there; else it is unknown where it is not found.
    """

    classifier: ClassifierMapping
    roles: frozenset[Role] | None
    also_absent: bool


def givers(label: str, known: Mapping[str, ClassifierMapping] | None = None) -> tuple[Gives, ...]:
    """The classifiers that tell ``label`` (its name in the vocabulary), in the order of their names."""
    among = shipped_classifiers() if known is None else known
    found = (each for each in among.values() if label in each.gives)
    return tuple(Gives(each, each.reads, label in each.looks_for) for each in found)
