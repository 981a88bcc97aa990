"""What ``--assume`` says: attributes for conversations in which nobody recorded them."""

from __future__ import annotations

from collections.abc import Sequence

from policy_engine.commands.usage import Usage
from policy_engine.diagnostics import nearest
from policy_engine.simulation.coverage import is_proper, typed
from policy_engine.transcripts.message import AttributeValue
from policy_engine.vocabulary.vocabulary import Vocabulary


def assumptions(written: Sequence[str], vocabulary: Vocabulary) -> dict[str, AttributeValue]:
    """The attributes of ``name=value`` texts, typed by the vocabulary. Raises Usage."""
    known = vocabulary.attributes
    found: dict[str, AttributeValue] = {}
    for each in written:
        name, equals, text = each.partition("=")
        if not equals or not name:
            raise Usage(f"`--assume {each}` is not of the form name=value")
        if name not in known:
            like = nearest(name, known)
            raise Usage(f"unknown attribute `{name}`" + (f"; did you mean `{like}`?" if like else ""))
        if name in found:
            raise Usage(f"`{name}` is assumed twice")
        entry = known[name]
        try:
            found[name] = typed(entry, text)
        except ValueError as fault:
            raise Usage(str(fault)) from None
        if not is_proper(entry, found[name]):
            like = nearest(text, entry.values)
            hint = f"did you mean `{like}`?" if like else f"it is one of {', '.join(entry.values)}"
            raise Usage(f"`{text}` is not a value of `{name}`; {hint}")
    return found
