"""A mutant in its place: the policy that a change of the text makes, without reading the rest of it again."""

from __future__ import annotations

import os

from policy_engine.language.parser import parse
from policy_engine.language.tree import Line, PolicyFile
from policy_engine.model.loading import Loaded, policy_of_trees
from policy_engine.model.model import Policy
from policy_engine.policytest.mutants import Mutant
from policy_engine.source import Source


def changed_file(file: PolicyFile, mutant: Mutant) -> PolicyFile | None:
    """The tree of a file with a mutant in it; None where the change leaves no sentence."""
    lines = _changed_lines(mutant)
    if lines is None:
        return None
    return file._replace(lines=(*file.lines[: mutant.line], *lines, *file.lines[mutant.line + 1 :]))


def changed_policy(loaded: Loaded, changed: PolicyFile) -> Policy | None:
    """The policy with one of its files changed; None where it is none then."""
    key, policy = os.path.realpath(changed.source.name), loaded.policy
    if policy is None:
        return None
    files = [changed if os.path.realpath(each.source.name) == key else each for each in loaded.files]
    return policy_of_trees(files, policy.vocabulary, f"{policy.digest}, changed")[0]


def _changed_lines(mutant: Mutant) -> tuple[Line, ...] | None:
    """What the change makes of its sentence: one, or none where it is left out; None where it is no sentence.

    It is parsed where it stands in its file, all the rest of which is blank.
    """
    old, sentence = mutant.source.text, mutant.sentence
    if not mutant.replacement and mutant.span == sentence:
        return ()
    blank = "".join("\n" if char == "\n" else " " for char in old[: sentence.start])
    kept, rest = old[sentence.start : mutant.span.start], old[mutant.span.end : sentence.end]
    tree, faults = parse(Source(mutant.source.name, f"{blank}{kept}{mutant.replacement}{rest}"))
    return tree.lines if len(tree.lines) == 1 and not faults else None
