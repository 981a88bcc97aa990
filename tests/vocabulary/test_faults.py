"""Every fault of a vocabulary, with its place, message and hint: text, then its faults, each with its hint indented."""

from __future__ import annotations

import pytest
import yaml

from policy_engine.diagnostics import Diagnostic
from policy_engine.source import Source
from policy_engine.vocabulary import yaml_tree
from policy_engine.vocabulary.loader import load_vocabulary
from policy_engine.vocabulary.shipped import default_source

# fmt: off
FAULTS: dict[str, tuple[str, ...]] = {
    "unknown section": (
        "extends: default\ncategorys: {}\n",
        "own.yaml:2:1 unknown-key: unknown key `categorys`",
        "  did you mean `categories`?",
    ),
    "section of the wrong type": (
        "extends: default\ncategories: [a]\n",
        "own.yaml:2:13 wrong-type: `categories` has to be a mapping of names to entries",
    ),
    "not a mapping": (
        "- a\n- b\n",
        "own.yaml:1:1 wrong-type: a vocabulary has to be a mapping",
        "  begin with `categories:`",
    ),
    "empty": (
        "# nothing\n",
        "own.yaml:1:1 yaml-syntax: the file is empty",
        "  write `extends: default`, or categories",
    ),
    "two documents": (
        "extends: default\n---\nacts: {}\n",
        "own.yaml:2:1 yaml-syntax: a second document begins here",
        "  remove the line `---`",
    ),
    "key that is a list": (
        "extends: default\n? [a]\n: 1\n",
        "own.yaml:2:3 wrong-type: a key has to be a word",
        "  put `:` after a single word",
    ),
    "tab": (
        "categories:\n\tviolence: {}\n",
        "own.yaml:2:1 yaml-syntax: a tab cannot indent",
        "  use spaces",
    ),
    "colon in text": (
        "extends: default\nnotices:\n  a: {en: b}\n  c: d: e\n",
        "own.yaml:4:7 yaml-syntax: a `:` cannot stand here",
        "  check the indentation, or put a text that holds `: ` in quotes",
    ),
    "open quotation": (
        "extends: 'default\n",
        "own.yaml:1:10 yaml-syntax: this quotation mark is never closed",
        "  close it",
    ),
    "open bracket": (
        "categories: {a: [b, c}\n",
        "own.yaml:1:17 yaml-syntax: `[` is never closed, or a comma is missing after it",
        "  check the brackets; quote a text that holds `:` or `,`",
    ),
    "at sign": (
        "extends: @default\n",
        "own.yaml:1:10 yaml-syntax: `@` cannot begin a text",
        "  put the text in quotes",
    ),
    "bad escape": (
        "extends: \"de\\qfault\"\n",
        "own.yaml:1:13 yaml-syntax: `\\` begins no known character here",
        "  use single quotes, or write `\\\\`",
    ),
    "indentation": (
        "extends: default\n acts: {}\n",
        "own.yaml:2:6 yaml-syntax: a `:` cannot stand here",
        "  check the indentation, or put a text that holds `: ` in quotes",
    ),
    "list then key": (
        "- a\nb: c\n",
        "own.yaml:2:1 yaml-syntax: the entry does not fit here",
        "  check the indentation and the brackets",
    ),
    "missing colon": (
        "extends: default\nacts\nevents: {}\n",
        "own.yaml:3:1 yaml-syntax: a `:` is missing after a key",
        "  write `name: value`",
    ),
    "after the document": (
        "extends: default\n...\n[\n",
        "own.yaml:3:1 yaml-syntax: the file should have ended here",
        "  check the indentation of the lines before",
    ),
    "control character": (
        "extends: default\nacts: {a\x07b: }\n",
        "own.yaml:2:9 yaml-syntax: unreadable character U+0007",
        "  remove it",
    ),
    "surrogate": (
        "extends: def\udc80ault\n",
        "own.yaml:1:13 yaml-syntax: unreadable character U+DC80",
        "  remove it",
    ),
    "anchor": (
        "categories:\n  a: &x {}\n",
        "own.yaml:2:6 yaml-reference: `&x` names an entry to be repeated",
        "  write each entry out",
    ),
    "alias": (
        "categories:\n  b: *x\n",
        "own.yaml:2:6 yaml-reference: `*x` repeats another entry",
        "  write the entry out",
    ),
    "tag": (
        "extends: !!python/name:os.system default\n",
        "own.yaml:1:10 yaml-reference: the tag `!!python/name:os.system` cannot be used here",
        "  remove it",
    ),
    "bad name": (
        "extends: default\ncategories: {Self Harm: }\n",
        "own.yaml:2:14 bad-name: `Self Harm` is not a name: lower-case words joined by `-`, `.`, `/` or `_`",
        "  write `self-harm`",
    ),
    "name no repair": (
        "extends: default\ncategories: {a--b: }\n",
        "own.yaml:2:14 bad-name: `a--b` is not a name: lower-case words joined by `-`, `.`, `/` or `_`",
        "  for example `self-harm/intent`",
    ),
    "reserved": (
        "extends: default\nacts: {check: }\n",
        "own.yaml:2:8 reserved-word: `check` is a word of the policy language",
        "  choose another name",
    ),
    "reserved alias": (
        "extends: default\ncategories: {a1: {aliases: [The]}}\n",
        "own.yaml:2:29 reserved-word: `The` is a word of the policy language",
        "  choose another name",
    ),
    "bad alias": (
        "extends: default\ncategories: {a1: {aliases: [a b]}}\n",
        "own.yaml:2:29 bad-name: `a b` is not a name: words joined by `-`, `.`, `/` or `_`",
        "  for example `S11`",
    ),
    "unknown key": (
        "extends: default\ncategories: {a1: {treshold: 1}}\n",
        "own.yaml:2:19 unknown-key: unknown key `treshold` in `a1`",
        "  did you mean `threshold`?",
    ),
    "unknown key far": (
        "extends: default\ncategories: {a1: {xyz: 1}}\n",
        "own.yaml:2:19 unknown-key: unknown key `xyz` in `a1`",
        "  the keys are: title, aliases, threshold, implies, unknown-lasts, when-unknown",
    ),
    "key twice": (
        "extends: default\ncategories:\n  a1: {title: a, title: b}\n",
        "own.yaml:3:18 duplicate-key: `title` is given twice in `a1`",
        "  it is given on line 3 already",
    ),
    "entry twice": (
        "extends: default\ncategories:\n  a1:\n  a1:\n",
        "own.yaml:4:3 duplicate-name: `a1` is named twice",
        "  it is named on line 3 already",
    ),
    "entry in two sections": (
        "extends: default\ncategories: {a1: }\nacts: {a1: }\n",
        "own.yaml:3:8 duplicate-name: `a1` is named twice",
        "  it is named in another section already",
    ),
    "section twice": (
        "extends: default\nacts:\nacts: {}\n",
        "own.yaml:3:1 duplicate-key: `acts` is given twice",
        "  it is given on line 2 already",
    ),
    "entry of the wrong type": (
        "extends: default\ncategories: {a1: yes}\n",
        "own.yaml:2:18 wrong-type: `a1` has to be a mapping",
        "  for example `a1: {title: …}`",
    ),
    "title list": (
        "extends: default\ncategories: {a1: {title: [a]}}\n",
        "own.yaml:2:26 wrong-type: `title` has to be a text",
    ),
    "aliases text": (
        "extends: default\ncategories: {a1: {aliases: b}}\n",
        "own.yaml:2:28 wrong-type: `aliases` has to be a list",
        "  write `aliases: […]`",
    ),
    "alias twice": (
        "extends: default\ncategories: {a1: {aliases: [b, b]}}\n",
        "own.yaml:2:32 duplicate-name: `b` is listed twice in `aliases`",
        "  remove one of them",
    ),
    "alias item": (
        "extends: default\ncategories: {a1: {aliases: [{}]}}\n",
        "own.yaml:2:29 wrong-type: an item of `aliases` has to be a text",
    ),
    "threshold text": (
        "extends: default\ncategories: {a1: {threshold: high}}\n",
        "own.yaml:2:30 wrong-type: `threshold` has to be a number",
        "  for example 18 or 0.5",
    ),
    "threshold range": (
        "extends: default\ncategories: {a1: {threshold: 1.5}}\n",
        "own.yaml:2:30 bad-value: `threshold` 1.5 is not between 0 and 1",
        "  for example 0.5",
    ),
    "threshold nan": (
        "extends: default\ncategories: {a1: {threshold: .nan}}\n",
        "own.yaml:2:30 wrong-type: `threshold` has to be a number",
        "  for example 18 or 0.5",
    ),
    "length unit": (
        "extends: default\ncategories: {a1: {unknown-lasts: 5 moons}}\n",
        "own.yaml:2:34 bad-value: `unknown-lasts` cannot be `5 moons`",
        "  write a whole number and a unit: turns, seconds, minutes, hours, days or weeks",
    ),
    "length no number": (
        "extends: default\ncategories: {a1: {unknown-lasts: 1.5 hours}}\n",
        "own.yaml:2:34 bad-value: `unknown-lasts` cannot be `1.5 hours`",
        "  write a whole number and a unit: turns, seconds, minutes, hours, days or weeks",
    ),
    "length zero": (
        "extends: default\ncategories: {a1: {unknown-lasts: 0 turns}}\n",
        "own.yaml:2:34 bad-value: `unknown-lasts` `0 turns` is out of range",
        "  write at least 1",
    ),
    "length turns": (
        "extends: default\ncategories: {a1: {unknown-lasts: 1001 turns}}\n",
        "own.yaml:2:34 bad-value: `unknown-lasts` `1001 turns` is out of range",
        "  at most 1000 turns",
    ),
    "length days": (
        "extends: default\ncategories: {a1: {unknown-lasts: 53 weeks}}\n",
        "own.yaml:2:34 bad-value: `unknown-lasts` `53 weeks` is out of range",
        "  at most 366 days",
    ),
    "when unknown": (
        "extends: default\ncategories: {a1: {when-unknown: abscent}}\n",
        "own.yaml:2:33 bad-value: `when-unknown` cannot be `abscent`",
        "  did you mean `absent`?",
    ),
    "unknown implied": (
        "extends: default\ncategories: {a1: {implies: [self-hram]}}\n",
        "own.yaml:2:29 unknown-name: unknown label `self-hram`",
        "  did you mean `self-harm`?",
    ),
    "unknown implied far": (
        "extends: default\ncategories: {a1: {implies: [qqqq]}}\n",
        "own.yaml:2:29 unknown-name: unknown label `qqqq`",
        "  add it to the vocabulary, or remove it here",
    ),
    "implied twice": (
        "extends: default\ncategories: {a1: {implies: [self-harm, S11]}}\n",
        "own.yaml:2:40 duplicate-name: `S11` is listed twice in `implies`: it is `self-harm`",
        "  remove one of them",
    ),
    "implies itself": (
        "extends: default\ncategories: {a1: {implies: [a1]}}\n",
        "own.yaml:2:29 implies-cycle: `a1` implies itself",
        "  `a1` implies `a1`: remove one of these",
    ),
    "cycle": (
        "extends: default\ncategories:\n  a1: {implies: [b1]}\n  b1: {implies: [c1]}\n  c1: {implies: [a1]}\n",
        "own.yaml:3:18 implies-cycle: `a1` implies itself",
        "  `a1` implies `b1` implies `c1` implies `a1`: remove one of these",
    ),
    "long chain": (
        "extends: default\ncategories:\n  a0: {}\n"
        + "".join(f"  a{each}: {{implies: [a{each - 1}]}}\n" for each in range(1, 60)),
        "own.yaml:54:19 too-deep: `a51` begins a chain of more than 50 implications",
        "  let it imply the last ones directly",
    ),
    "cycle through base": (
        "extends: default\ncategories: {self-harm: {implies: [self-harm/intent]}}\n",
        "own.yaml:2:36 implies-cycle: `self-harm` implies itself",
        "  `self-harm` implies `self-harm/intent` implies `self-harm`: remove one of these",
    ),
    "implies other roles": (
        "extends: default\ncategories: {a1: {implies: [refusal]}}\n",
        "own.yaml:2:29 bad-value: `a1` cannot imply `refusal`: on user messages nobody looks for it",
        "  a label can imply one that is looked for on the same messages",
    ),
    "alias is name": (
        "extends: default\ncategories: {a1: {aliases: [violence]}}\n",
        "own.yaml:2:29 duplicate-name: `violence` is a label of its own already",
        "  choose another name, or remove one of the two",
    ),
    "alias is alias": (
        "extends: default\ncategories: {a1: {aliases: [S11]}}\n",
        "own.yaml:2:29 duplicate-name: `S11` is another name of `self-harm` already",
        "  choose another name, or remove one of the two",
    ),
    "alias of itself": (
        "extends: default\ncategories: {a1: {aliases: [a1]}}\n",
        "own.yaml:2:29 duplicate-name: `a1` is both the name and an alias",
        "  remove the alias",
    ),
    "name is alias": (
        "extends: default\ncategories: {ssh: }\n",
        "own.yaml:2:14 duplicate-name: `ssh` is another name of `self-harm` already",
        "  choose another name: it stands in default.yaml",
    ),
    "other kind": (
        "extends: default\ncategories: {refusal: }\n",
        "own.yaml:2:14 duplicate-name: `refusal` is an act already",
        "  choose another name: it stands in default.yaml",
    ),
    "plural taken": (
        "extends: default\nacts: {a1: {plural: refusals}}\n",
        "own.yaml:2:21 duplicate-name: the plural `refusals` of `a1` is taken by `refusal`",
        "  give it another `plural`",
    ),
    "plural name": (
        "extends: default\nacts: {a1: {plural: A ones}}\n",
        "own.yaml:2:21 bad-name: `A ones` is not a name: lower-case words joined by `-`, `.`, `/` or `_`",
        "  write `a-ones`",
    ),
    "event empty": (
        "extends: default\nevents: {a1: }\n",
        "own.yaml:2:10 missing-key: `a1` has no `from`",
        "  add `from: user`",
        "own.yaml:2:10 missing-key: `a1` has no `phrase`",
        "  add `phrase: the user asks to end`",
    ),
    "event from": (
        "extends: default\nevents: {a1: {phrase: the user leaves, from: [user, asistant]}}\n",
        "own.yaml:2:53 bad-value: `from` cannot be `asistant`",
        "  did you mean `assistant`?",
    ),
    "event from none": (
        "extends: default\nevents: {a1: {phrase: the user leaves, from: []}}\n",
        "own.yaml:2:46 bad-value: `from` names nobody",
        "  write one or more of: user, assistant, system, tool, service",
    ),
    "phrase short": (
        "extends: default\nevents: {a1: {phrase: the leaving, from: user}}\n",
        "own.yaml:2:23 bad-phrase: `phrase` needs at least two words besides `the`, `a` and `an`",
        "  for example `the user asks to end`",
    ),
    "phrase word": (
        "extends: default\nevents: {a1: {phrase: the user comes and goes, from: user}}\n",
        "own.yaml:2:23 bad-phrase: `phrase` cannot hold the word `and`: a policy's sentence would break there",
        "  for example `the user asks to end`",
    ),
    "phrase shape": (
        "extends: default\nevents: {a1: {phrase: the User leaves, from: user}}\n",
        "own.yaml:2:23 bad-phrase: `User` in `phrase` is not a lower-case word",
        "  for example `the user asks to end`",
    ),
    "phrase built in": (
        "extends: default\nevents: {a1: {phrase: a chat begins, from: user}}\n",
        "own.yaml:2:23 bad-phrase: `a chat begins` is the language's own `when the chat begins`",
        "  for example `the user asks to end`",
    ),
    "phrase twice": (
        "extends: default\nevents: {a1: {phrase: user confirms, from: user}}\n",
        "own.yaml:2:23 duplicate-phrase: `user confirms` is a phrase of the event `confirmed` already",
        "  say it in other words",
    ),
    "phrase perfect": (
        "extends: default\nevents: {a1: {phrase: a warning has been given, from: user}}\n",
        "own.yaml:2:23 duplicate-phrase: `a warning has been given` is a phrase of the action `warn` already",
        "  say it in other words",
    ),
    "past": (
        "extends: default\nactions: {a1: {phrase: ring a loud bell, past: a bell rings}}\n",
        "own.yaml:2:48 bad-phrase: `a bell rings` does not report: it has neither `is` nor `are`",
        "  for example `a warning is given`",
    ),
    "action empty": (
        "extends: default\nactions: {a1: }\n",
        "own.yaml:2:11 missing-key: `a1` has no `past`",
        "  add `past: a warning is given`",
        "own.yaml:2:11 missing-key: `a1` has no `phrase`",
        "  add `phrase: warn the user`",
    ),
    "action takes": (
        "extends: default\nactions: {a1: {phrase: ring a loud bell, past: a bell is rung, takes: txt}}\n",
        "own.yaml:2:71 bad-value: `takes` cannot be `txt`",
        "  did you mean `text`?",
    ),
    "action flag": (
        "extends: default\nactions: {a1: {phrase: ring a loud bell, past: a bell is rung, even-after-end: yes}}\n",
        "own.yaml:2:80 wrong-type: `even-after-end` has to be true or false",
        "  write `true` or `false`",
    ),
    "action noun": (
        "extends: default\nactions: {a1: {phrase: ring a loud bell, past: a bell is rung, noun: warning}}\n",
        "own.yaml:2:70 duplicate-name: `warning` is the noun of `warn` already",
        "  choose another noun",
    ),
    "second ending": (
        "extends: default\nactions: {a1: {phrase: close the chat, past: the chat is closed, ends: true}}\n",
        "own.yaml:2:72 two-endings: `a1` is a second action that ends the chat",
        "  `end-chat` ends it already: exactly one action may",
    ),
    "no ending": (
        "categories: {a1: }\n",
        "own.yaml:1:1 no-ending: no action ends the chat",
        "  mark one action `ends: true`, or begin with `extends: default`",
    ),
    "ending replaced": (
        "extends: default\nactions: {end-chat: {phrase: close the chat, past: the chat is closed}}\n",
        "own.yaml:2:10 no-ending: no action ends the chat",
        "  mark one action `ends: true`, or begin with `extends: default`",
    ),
    "ending after end": (
        "actions: {end-chat: {phrase: end the chat, past: the chat is ended, ends: true, even-after-end: true}}\n",
        "own.yaml:1:97 bad-value: `end-chat` ends the chat, so it cannot be done after the end",
        "  remove `even-after-end`",
    ),
    "attribute empty": (
        "extends: default\nattributes: {a1: }\n",
        "own.yaml:2:14 missing-key: `a1` has no `type`",
        "  add `type: boolean`",
    ),
    "attribute type": (
        "extends: default\nattributes: {a1: {type: bool}}\n",
        "own.yaml:2:25 bad-value: `type` cannot be `bool`",
        "  did you mean `boolean`?",
    ),
    "attribute no values": (
        "extends: default\nattributes: {a1: {type: one of}}\n",
        "own.yaml:2:14 missing-key: `a1` has no `values`",
        "  add `values: […]`",
    ),
    "attribute empty values": (
        "extends: default\nattributes: {a1: {type: one of, values: []}}\n",
        "own.yaml:2:41 bad-value: `values` is empty",
        "  list at least one value",
    ),
    "attribute extra values": (
        "extends: default\nattributes: {a1: {type: text, values: [a]}}\n",
        "own.yaml:2:39 bad-value: `values` belongs to the type `one of`, not to `text`",
        "  write `type: one of`, or remove `values`",
    ),
    "attribute assume boolean": (
        "extends: default\nattributes: {a1: {type: boolean, assume: no}}\n",
        "own.yaml:2:42 wrong-type: `assume` has to be true or false",
        "  write `true` or `false`",
    ),
    "attribute assume number": (
        "extends: default\nattributes: {a1: {type: number, assume: ten}}\n",
        "own.yaml:2:41 wrong-type: `assume` has to be a number",
        "  for example 18 or 0.5",
    ),
    "attribute assume value": (
        "extends: default\nattributes: {a1: {type: one of, values: [opus-4], assume: opus4}}\n",
        "own.yaml:2:59 bad-value: `assume` cannot be `opus4`",
        "  did you mean `opus-4`?",
    ),
    "notice text": (
        "extends: default\nnotices: {a1: hello}\n",
        "own.yaml:2:15 wrong-type: `a1` has to be a mapping of languages to texts",
        "  write `{en: \"…\"}`",
    ),
    "notice empty": (
        "extends: default\nnotices: {a1: {}}\n",
        "own.yaml:2:15 wrong-type: `a1` has to be a mapping of languages to texts",
        "  write `{en: \"…\"}`",
    ),
    "notice language": (
        "extends: default\nnotices: {a1: {English: hello}}\n",
        "own.yaml:2:16 bad-name: `English` is not a language code",
        "  for example `en` or `pt-BR`",
    ),
    "notice twice": (
        "extends: default\nnotices: {a1: {en: hello, en: hi}}\n",
        "own.yaml:2:27 duplicate-key: `en` is given twice in `a1`",
        "  remove one of them",
    ),
    "notice nothing": (
        "extends: default\nnotices: {a1: {en: }}\n",
        "own.yaml:2:16 wrong-type: the text for `en` has to be a text",
    ),
    "no such file": (
        "extends: defualt\n",
        "own.yaml:1:10 missing-file: there is no vocabulary `defualt`",
        "  did you mean `default`?",
    ),
    "no such path": (
        "extends: words/base.yaml\n",
        "own.yaml:1:10 missing-file: there is no vocabulary `words/base.yaml`",
        "  write `default`, or a path relative to this file",
    ),
    "number for a name": (
        "extends: default\ncategories: {1: {title: first}, 2025-01-01: {title: second}}\n",
        "own.yaml:2:14 bad-name: `1` is not a name: a policy would read a number",
        "  a name holds a letter, for example `s1`",
        "own.yaml:2:33 bad-name: `2025-01-01` is not a name: a policy would read a number",
        "  a name holds a letter, for example `s1`",
    ),
    "another tongue": (
        "kategorien: {hass: {title: Hass}}\n",
        "own.yaml:1:1 unknown-key: unknown key `kategorien`",
        "  did you mean `categories`?",
    ),
    "extends list": (
        "extends: [default]\n",
        "own.yaml:1:10 wrong-type: `extends` has to be a text",
    ),
    "extends itself": (
        "extends: self.yaml\n",
        "own.yaml:1:10 extends-cycle: `self.yaml` extends this file in turn",
        "  `own.yaml` extends `own.yaml`",
    ),
    "extends faulty": (
        "extends: faulty.yaml\n",
        "faulty.yaml:2:7 wrong-type: `acts` has to be a mapping of names to entries",
    ),
}
# fmt: on


def shown(found: Diagnostic) -> list[str]:
    place = found.location
    assert place is not None
    hint = [f"  {found.hint}"] if found.hint else []
    return [f"{place.name}:{place.line}:{place.column} {found.code}: {found.message}", *hint]


@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_shown_at_its_place_with_a_way_out(
    fault: str, loader: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(yaml_tree, "_LOADER", loader)
    text, *expected = FAULTS[fault]
    own = Source("own.yaml", text)
    files = {
        "default": Source("default.yaml", default_source().text),
        "self.yaml": own,
        "faulty.yaml": Source("faulty.yaml", "extends: default\nacts: 3\n"),
    }
    vocabulary, diagnostics = load_vocabulary(own, files.get)
    assert vocabulary is None
    assert [line for each in diagnostics for line in shown(each)] == expected


@pytest.mark.parametrize("fault", FAULTS)
def test_messages_keep_to_the_style(fault: str) -> None:
    for line in FAULTS[fault][1:]:
        message = line.strip() if line.startswith("  ") else line.split(": ", 1)[1]
        assert not message.endswith(".")
        assert message.startswith("`") or message[0].islower()
