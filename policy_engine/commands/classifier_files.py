"""``--classifier``: the mapping files of classifiers that a user brings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from policy_engine.commands.standard_error import tell
from policy_engine.commands.usage import Usage
from policy_engine.diagnostics import why_unreadable
from policy_engine.model.loading import read_file
from policy_engine.transcripts.classifying import classifiers
from policy_engine.transcripts.mapping import ClassifierMapping


def known_classifiers(paths: Sequence[Path]) -> Mapping[str, ClassifierMapping]:
    """The classifiers by name: the shipped ones, and those of the mapping files at ``paths``, which come first.

    What is wrong with a file is told; then Usage is raised.
    """
    sources = []
    for path in paths:
        try:
            sources.append(read_file(str(path)))
        except (OSError, ValueError) as fault:
            raise Usage(why_unreadable(str(path), fault)[1]) from None
    known, faults = classifiers(sources)
    for each in faults:
        tell(each)
    if faults:
        raise Usage("a mapping file of a classifier cannot be used")
    return known
