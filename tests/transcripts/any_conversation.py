"""Any conversation that a log can hold, whatever it says."""

from __future__ import annotations

from hypothesis import strategies as st

from policy_engine.transcripts.message import Conversation, Label, Message, Role


def conversations(characters: st.SearchStrategy[str]) -> st.SearchStrategy[Conversation]:
    """Conversations whose texts and names are of these ``characters``."""
    texts = st.text(characters)
    names = st.text(characters, min_size=1)
    scores = st.none() | st.booleans() | st.floats(allow_nan=False)
    sources = st.none() | st.sampled_from(["openai-moderation", "detector (refusal)"]) | texts
    labels = st.builds(Label, names | st.sampled_from(["by", "labels"]), scores, sources)
    messages = st.builds(
        Message,
        st.sampled_from(Role),
        st.lists(labels, max_size=3).map(tuple),
        st.none() | texts,
        st.none() | st.integers(-(10**15), 10**17),
        st.none() | texts,
    )
    values = texts | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    return st.builds(
        Conversation,
        texts,
        st.lists(messages, min_size=1, max_size=4).map(tuple),
        st.dictionaries(names, values, max_size=3),
        st.none() | st.dictionaries(names, st.none() | st.frozensets(st.sampled_from(Role)), max_size=3),
        st.just("log:1"),
    )


ANY = conversations(st.characters())
WHOLE = conversations(st.characters(codec="utf-8"))
"""Of whole characters: half of one can stand in JSON, and in no text."""


def exactly(conversation: Conversation) -> str:
    """What tells two conversations apart: 1 from 1.0 and True, too."""
    attributes, looked_for = conversation.attributes, conversation.looked_for
    sought = None if looked_for is None else sorted(
        (name, None if roles is None else sorted(role.value for role in roles)) for name, roles in looked_for.items()
    )  # fmt: skip
    return repr((conversation.id, conversation.messages, dict(attributes), sought, conversation.origin))
