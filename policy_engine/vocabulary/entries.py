"""One YAML entry to one entry of the vocabulary. What needs other entries is left to the loader."""

from __future__ import annotations

from types import MappingProxyType
from typing import NamedTuple

from policy_engine.source import Span
from policy_engine.transcripts.message import AttributeValue, Role
from policy_engine.vocabulary.fields import Fields, Reading, Word, quoted
from policy_engine.vocabulary.phrases import check_past, check_phrase
from policy_engine.vocabulary.vocabulary import ActionEntry, AttributeEntry, Kind, LabelEntry, NoticeEntry
from policy_engine.vocabulary.yaml_tree import Mapping, Node, Scalar

_LABEL_KEYS = ("title", "aliases", "threshold", "implies", "unknown-lasts", "when-unknown")
_KEYS = {
    Kind.CATEGORY: _LABEL_KEYS,
    Kind.ACT: (*_LABEL_KEYS, "plural"),
    Kind.EVENT: (*_LABEL_KEYS, "phrase", "from"),
}
_ROLES = {
    Kind.CATEGORY: frozenset((Role.USER, Role.ASSISTANT)),
    Kind.ACT: frozenset((Role.ASSISTANT,)),
}
_ROLE_NAMES = tuple(role.value for role in Role)
_TYPES = ("boolean", "number", "text", "one of")
_ACTION_KEYS = ("phrase", "past", "noun", "takes", "ends", "even-after-end")


class LabelDraft(NamedTuple):
    """A label whose ``implies`` is not yet resolved, and where its parts stand."""

    entry: LabelEntry
    span: Span
    aliases: tuple[Word, ...]
    implies: tuple[Word, ...]
    plural: Word | None
    phrase: Word | None


class ActionDraft(NamedTuple):
    """An action whose ``rank`` is not yet known, and where its parts stand."""

    entry: ActionEntry
    span: Span
    phrases: tuple[Word, ...]
    noun: Word | None
    ends: Span


def read_label(reading: Reading, kind: Kind, key: Scalar, node: Node) -> LabelDraft:
    """A category, act or event. Absent fields take their defaults; faults are reported."""
    fields = Fields(reading, Word(key.text, key.span), node, _KEYS[kind])
    name = reading.name(key)
    aliases, implies = fields.words("aliases"), fields.words("implies")
    for alias in aliases:
        reading.check_alias(alias)
    plural, phrase = _plural(fields, kind), _event_phrase(fields, kind)
    entry = LabelEntry(
        name=name,
        kind=kind,
        roles=_ROLES[kind] if kind in _ROLES else _event_roles(fields),
        title=fields.text("title"),
        aliases=tuple(alias.text for alias in aliases),
        threshold=fields.share("threshold", otherwise=0.5),
        unknown_lasts=fields.length("unknown-lasts"),
        when_unknown=fields.choice("when-unknown", ("detected", "absent")),
        plural=plural.text if plural else None,
        phrase=phrase.text if phrase else None,
        location=reading.location(key.span),
    )
    return LabelDraft(entry, key.span, aliases, implies, plural, phrase)


def _plural(fields: Fields, kind: Kind) -> Word | None:
    if kind is not Kind.ACT:
        return None
    plural = fields.word("plural")
    if plural is None:
        return Word(fields.owner.text + "s", fields.owner.span)
    fields.reading.name(Scalar(plural.text, True, plural.span))
    return plural


def _event_phrase(fields: Fields, kind: Kind) -> Word | None:
    if kind is not Kind.EVENT or not fields.required("phrase", "the user asks to end"):
        return None
    return _phrase(fields, "phrase", "the user asks to end")


def _phrase(fields: Fields, key: str, example: str) -> Word | None:
    phrase = fields.word(key)
    if phrase is None:
        return None
    check_phrase(fields.reading, key, phrase, example)
    return Word(" ".join(phrase.text.split()), phrase.span)


def _event_roles(fields: Fields) -> frozenset[Role]:
    if not fields.required("from", "user"):
        return frozenset()
    chosen = (fields.chosen("from", word, _ROLE_NAMES) for word in fields.words("from", single=True))
    roles = frozenset(Role(name) for name in chosen if name is not None)
    node = fields.node("from")
    if node is not None and not getattr(node, "items", True):
        hint = f"write one or more of: {', '.join(_ROLE_NAMES)}"
        fields.reading.error("bad-value", "`from` names nobody", node.span, hint)
    return roles


def read_attribute(reading: Reading, key: Scalar, node: Node) -> AttributeEntry:
    """A fact about the conversation. ``assume`` has to fit the type."""
    fields = Fields(reading, Word(key.text, key.span), node, ("type", "values", "assume", "title"))
    kind = fields.choice("type", _TYPES) if fields.required("type", "boolean") else None
    values = tuple(word.text for word in fields.words("values"))
    if kind == "one of" and not values and fields.required("values", "[…]"):
        reading.error("bad-value", "`values` is empty", fields.span("values"), "list at least one value")
    if kind not in (None, "one of") and fields.node("values") is not None:
        message = f"`values` belongs to the type `one of`, not to `{kind}`"
        reading.error("bad-value", message, fields.span("values"), "write `type: one of`, or remove `values`")
    return AttributeEntry(
        name=reading.name(key),
        type=kind or "text",
        values=values,
        assume=_assumed(fields, kind, values),
        title=fields.text("title"),
        location=reading.location(key.span),
    )


def _assumed(fields: Fields, kind: str | None, values: tuple[str, ...]) -> AttributeValue | None:
    node = fields.node("assume")
    if node is None or kind is None:
        return None
    if kind == "boolean":
        return fields.truth("assume", node)
    if kind == "number":
        return fields.number("assume", node)
    word = fields.word("assume")
    if word is None or kind == "text":
        return word.text if word else None
    return fields.chosen("assume", word, values)


def read_action(reading: Reading, key: Scalar, node: Node) -> ActionDraft:
    """Something that a policy may do."""
    fields = Fields(reading, Word(key.text, key.span), node, _ACTION_KEYS)
    name = reading.name(key)
    phrase = _action_phrase(fields)
    past = _action_past(fields)
    noun = fields.word("noun")
    if noun is not None:
        reading.name(Scalar(noun.text, True, noun.span))
    ends, even_after_end = fields.flag("ends"), fields.flag("even-after-end")
    if ends and even_after_end:
        message = f"{quoted(name)} ends the chat, so it cannot be done after the end"
        reading.error("bad-value", message, fields.span("even-after-end"), "remove `even-after-end`")
    entry = ActionEntry(
        name=name,
        rank=0,
        phrase=phrase.text if phrase else "",
        past=past.text if past else "",
        noun=noun.text if noun else None,
        takes=fields.choice("takes", ("text", "notice")),
        ends=ends,
        even_after_end=even_after_end,
        location=reading.location(key.span),
    )
    phrases = tuple(word for word in (phrase, past) if word is not None)
    return ActionDraft(entry, key.span, phrases, noun, fields.span("ends"))


def _action_phrase(fields: Fields) -> Word | None:
    if not fields.required("phrase", "warn the user"):
        return None
    return _phrase(fields, "phrase", "warn the user")


def _action_past(fields: Fields) -> Word | None:
    past = fields.word("past") if fields.required("past", "a warning is given") else None
    if past is None:
        return None
    check_past(fields.reading, past)
    return Word(" ".join(past.text.split()), past.span)


def read_notice(reading: Reading, key: Scalar, node: Node) -> NoticeEntry:
    """A text in one or more languages."""
    texts: dict[str, str] = {}
    if isinstance(node, Mapping):
        _take_texts(reading, key, node, texts)
    if not texts and not (isinstance(node, Mapping) and node.pairs):
        hint = 'write `{en: "…"}`'
        reading.wrong_type(quoted(key.text), "a mapping of languages to texts", node.span, hint)
    return NoticeEntry(reading.name(key), MappingProxyType(texts), reading.location(key.span))


def _take_texts(reading: Reading, owner: Scalar, node: Mapping, texts: dict[str, str]) -> None:
    for language, text in node.pairs:
        if not _is_language(language.text):
            message = f"{quoted(language.text)} is not a language code"
            reading.error("bad-name", message, language.span, "for example `en` or `pt-BR`")
        elif language.text in texts:
            message = f"{quoted(language.text)} is given twice in {quoted(owner.text)}"
            reading.error("duplicate-key", message, language.span, "remove one of them")
        elif not isinstance(text, Scalar) or text.is_null or not text.text.strip():
            reading.wrong_type(f"the text for {quoted(language.text)}", "a text", language.span)
        else:
            texts[language.text] = text.text


def _is_language(code: str) -> bool:
    first, *rest = code.split("-")
    main = first.isascii() and first.isalpha() and first.islower() and 2 <= len(first) <= 3
    return main and all(part.isascii() and part.isalnum() and 2 <= len(part) <= 8 for part in rest)
