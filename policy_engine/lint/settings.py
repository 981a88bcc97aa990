"""What a team sets for lint, in `policy-engine.yaml` or in `setup.cfg`: which rules are asked, and their settings.

    select: [PE2, hidden-scope]          [policy-engine]
    ignore: [unused-group]               select = PE2, hidden-scope
    fail-on: error                       ignore = unused-group
    rules:                               fail-on = error
      incomplete-notice:
        languages: [en, es]              [policy-engine:incomplete-notice]
                                         languages = en, es

The YAML is read by :mod:`policy_engine.vocabulary.yaml_tree`: bounded, without anchors, aliases and tags. Nothing here
opens a file.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from policy_engine.diagnostics import Diagnostic, Report
from policy_engine.lint.linting import rule_named, rules_named
from policy_engine.lint.rule import Rule, Setting, Value
from policy_engine.source import Source, Span
from policy_engine.vocabulary.fields import Fields, Reading, Word, quoted
from policy_engine.vocabulary.yaml_tree import MAX_BYTES, Advice, Listing, Node, Scalar, read_tree
from policy_engine.vocabulary.yaml_tree import Mapping as YamlMapping

YAML_NAME = "policy-engine.yaml"
CFG_NAME = "setup.cfg"
SECTION = "policy-engine"
"""The section of `setup.cfg`; that of a rule has its name behind a colon."""
FAIL_ON = ("warning", "error", "never")
"""What makes a run fail."""

_ADVICE = Advice(
    "write `select:`, `ignore:`, `fail-on:` or `rules:`", "settings are short", "settings have three levels"
)
_KEYS = ("select", "ignore", "fail-on")
_HEADING = re.compile(r"^\[([^\]\n]*)\]", re.MULTILINE)
_OPTION = re.compile(r"^([^\s#;=:\[][^=:\n]*?)[ \t]*[=:]", re.MULTILINE)
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


@dataclass(frozen=True)
class Settings:
    """What a team has set. ``fail_on`` is one of :data:`FAIL_ON`, or None where nothing is said.

    ``values`` are by the name of a rule, and that of one of its settings.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: str | None = None
    values: Mapping[tuple[str, str], Value] = field(default_factory=lambda: MappingProxyType({}))


def read_settings(source: Source) -> tuple[Settings | None, tuple[Diagnostic, ...]]:
    """What a file sets, and every fault of it; None where there is a fault, or where it is not about lint."""
    report = Report()
    reading = _Reading(source, report)
    if source.name.endswith(CFG_NAME):
        is_there = _read_cfg(source, reading, report)
    else:
        is_there = _read_yaml(source, reading, report)
    found = Settings(
        reading.select,
        reading.ignore,
        reading.fail_on,
        MappingProxyType(dict(sorted(reading.values.items()))),
    )
    return (found if is_there and not report.has_errors else None), report.diagnostics


class _Reading:
    """Takes the words of a file, whatever it is written in, and reports those that cannot be."""

    def __init__(self, source: Source, report: Report) -> None:
        self.reading = Reading(source, report)
        self.select: tuple[str, ...] = ()
        self.ignore: tuple[str, ...] = ()
        self.fail_on: str | None = None
        self.values: dict[tuple[str, str], Value] = {}

    def key(self, key: Word, words: Sequence[Word], place: Span) -> None:
        """Take one of the keys that stand at the top."""
        if key.text == "fail-on":
            if len(words) != 1 or words[0].text not in FAIL_ON:
                said = words[0] if words else Word("", place)
                like = self.reading.suggest(said.text, FAIL_ON) or f"write one of: {', '.join(FAIL_ON)}"
                self.reading.error("bad-value", f"`fail-on` cannot be {quoted(said.text)}", said.span, like)
            else:
                self.fail_on = words[0].text
            return
        names = tuple(each.text for each in words if self._is_rule(each, several=True))
        if key.text == "select":
            self.select = names
        else:
            self.ignore = names

    def unknown(self, key: Word, known: Sequence[str], where: str = "") -> None:
        """Report a key that there is not."""
        hint = self.reading.suggest(key.text, known) or f"the keys are: {', '.join(known)}"
        self.reading.error("unknown-key", f"unknown key {quoted(key.text)}{where}", key.span, hint)

    def rule(self, name: Word) -> Rule | None:
        """The rule that settings are for; None, reported, where there is none, or nothing can be set for it."""
        if not self._is_rule(name, several=False):
            return None
        rule = rule_named(name.text)
        if not rule.settings:
            self.reading.error(
                "unknown-key", f"there is nothing to set for `{rule.name}`", name.span, "leave it out"
            )
            return None
        return rule

    def _is_rule(self, name: Word, *, several: bool) -> bool:
        try:
            if several:
                rules_named(name.text)
            else:
                rule_named(name.text)
        except ValueError as fault:
            message, _, hint = str(fault).partition(" (")
            self.reading.error(
                "unknown-lint-rule", message, name.span, hint.rstrip(")?") + "?" * ("mean" in hint)
            )
            return False
        return True

    def value(self, rule: Rule, key: Word, words: Sequence[Word], place: Span) -> None:
        """Take a setting of a rule."""
        setting = next((each for each in rule.settings if each.name == key.text), None)
        if setting is None:
            self.unknown(key, [each.name for each in rule.settings], f" in `{rule.name}`")
            return
        if isinstance(setting.default, tuple):
            self.values[rule.name, setting.name] = tuple(each.text for each in words)
            return
        number = float(words[0].text) if len(words) == 1 and _NUMBER.fullmatch(words[0].text) else None
        if number is None or not setting.least <= number <= setting.most:
            said = words[0].text if len(words) == 1 else ", ".join(each.text for each in words)
            self.reading.error(
                "bad-value", f"`{setting.name}` cannot be {quoted(said)}", place, _bounds(setting)
            )
        else:
            self.values[rule.name, setting.name] = number


def _bounds(setting: Setting) -> str:
    return f"write a number from {setting.least:g} to {setting.most:g}"


# --- YAML -----------------------------------------------------------------------------------


def _read_yaml(source: Source, reading: _Reading, report: Report) -> bool:
    tree = read_tree(source, report, _ADVICE)
    if tree is None:
        return False
    if not isinstance(tree, YamlMapping):
        reading.reading.wrong_type("the file", "a mapping", tree.span, _ADVICE.empty)
        return False
    fields = Fields(reading.reading, Word("", tree.span), tree, (*_KEYS, "rules"))
    for key in _KEYS:
        if fields.node(key) is not None:
            reading.key(Word(key, fields.span(key)), fields.words(key, single=True), fields.span(key))
    rules = fields.node("rules")
    if rules is not None and not isinstance(rules, YamlMapping):
        reading.reading.wrong_type("`rules`", "a mapping of rules to their settings", rules.span)
    elif rules is not None:
        for name, node in rules.pairs:
            _yaml_rule(reading, Word(name.text, name.span), node)
    return True


def _yaml_rule(reading: _Reading, name: Word, node: Node) -> None:
    rule = reading.rule(name)
    if rule is None:
        return
    if not isinstance(node, YamlMapping):
        reading.reading.wrong_type(quoted(name.text), "a mapping of settings", node.span)
        return
    for key, value in node.pairs:
        words = _yaml_words(reading, key, value)
        if words is not None:
            reading.value(rule, Word(key.text, key.span), words, value.span)


def _yaml_words(reading: _Reading, key: Scalar, node: Node) -> list[Word] | None:
    items = node.items if isinstance(node, Listing) else (node,)
    words = [Word(each.text, each.span) for each in items if isinstance(each, Scalar) and each.text.strip()]
    if len(words) < len(items):
        reading.reading.wrong_type(quoted(key.text), "a word, a number or a list", node.span)
        return None
    return words


# --- setup.cfg ------------------------------------------------------------------------------


def _read_cfg(source: Source, reading: _Reading, report: Report) -> bool:
    if not any(_is_ours(found[1]) for found in _HEADING.finditer(source.text)):
        return False
    if len(source.text) > MAX_BYTES:
        report.add("too-large", f"the file is larger than {MAX_BYTES:,} bytes", source, Span(0, 1))
        return False
    parser = configparser.RawConfigParser(default_section="", empty_lines_in_values=False)
    try:
        parser.read_string(source.text)
    except configparser.Error as fault:
        line = getattr(fault, "lineno", None) or next((at for at, _ in getattr(fault, "errors", ())), 1)
        report.add("bad-settings", "the file cannot be read as settings", source, _line(source, line),
                   hint="each line is `[section]` or `key = value`, and each stands once")  # fmt: skip
        return False
    places = _places(source.text)
    for section in filter(_is_ours, parser.sections()):
        _cfg_section(reading, section, parser, places)
    return True


def _cfg_section(
    reading: _Reading, section: str, parser: configparser.RawConfigParser, places: dict[tuple[str, str], Span]
) -> None:
    heading = places.get((section, ""), Span(0, 1))
    name = section.partition(":")[2].strip()
    rule = reading.rule(Word(name, heading)) if ":" in section else None
    if ":" in section and rule is None:
        return
    for key, text in parser.items(section):
        place = places.get((section, key), heading)
        words = [Word(each, place) for each in re.split(r"[,\s]+", text or "") if each]
        if rule is not None:
            reading.value(rule, Word(key, place), words, place)
        elif key in _KEYS:
            reading.key(Word(key, place), words, place)
        else:
            reading.unknown(Word(key, place), _KEYS)


def _is_ours(section: str) -> bool:
    return section == SECTION or section.startswith(f"{SECTION}:")


def _places(text: str) -> dict[tuple[str, str], Span]:
    """Where each section and each key of it stands; `configparser` does not tell."""
    found: dict[tuple[str, str], Span] = {}
    section = ""
    marks = [*_HEADING.finditer(text), *_OPTION.finditer(text)]
    for mark in sorted(marks, key=lambda each: each.start()):
        if mark.re is _HEADING:
            section = mark[1]
            found.setdefault((section, ""), Span(mark.start(1), mark.end(1)))
        else:
            found.setdefault((section, mark[1].strip().lower()), Span(mark.start(1), mark.end(1)))
    return found


def _line(source: Source, number: int) -> Span:
    start = sum(len(each) + 1 for each in source.text.split("\n")[: max(0, number - 1)])
    return Span(start, min(len(source.text), start + len(source.line(number))))
