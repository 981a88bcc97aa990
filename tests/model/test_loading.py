"""What a policy may use, and what comes of files that are none, lie elsewhere, or never end."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from policy_engine.model.loading import load_policy, load_vocabulary_file

RULE = "rule x1\n  when hate is detected, add a strike\n"


def told(folder: Path, text: str) -> list[tuple[str, str]]:
    """The codes and messages for a policy of this text in this folder."""
    path = folder / "main.policy"
    path.write_text(text, encoding="utf-8")
    return [(each.code, each.message) for each in load_policy(path).diagnostics]


@pytest.mark.parametrize(
    ("used", "code", "said"),
    [
        ("", "bad-path", "`use` names no file"),
        (" ", "bad-path", "`use` names no file"),
        ("https://example.org/crisis.policy", "bad-path", "is an address, not a file"),
        ("a\x00b.policy", "bad-path", "holds a character that no file name has"),
        ("a\x1bb.policy", "bad-path", "holds a character that no file name has"),
        ("/etc/hostname", "outside-folder", "`/etc/hostname` is outside the policy's folder"),
        ("../main.policy", "outside-folder", "`../main.policy` is outside the policy's folder"),
        ("link.policy", "outside-folder", "`link.policy` is outside the policy's folder"),
        ("pipe.policy", "unreadable", "`pipe.policy` is not a file"),
        ("folder.policy", "unreadable", "is a folder"),
        ("circle.policy", "unreadable", "too many levels of symbolic links"),
    ],
)
def test_what_cannot_be_used_is_told(tmp_path: Path, used: str, code: str, said: str) -> None:
    os.mkfifo(tmp_path / "pipe.policy")
    (tmp_path / "folder.policy").mkdir()
    (tmp_path / "link.policy").symlink_to("/etc/hostname")
    (tmp_path / "circle.policy").symlink_to("circle.policy")
    found = told(tmp_path, f'use "{used}"\n{RULE}')
    assert [each for each, _ in found] == [code]
    assert said in found[0][1]


@pytest.mark.parametrize("extended", ['"a\\0b.yaml"', "pipe.yaml", "/etc/hostname", "../other.yaml"])
def test_what_cannot_be_extended_is_told(tmp_path: Path, extended: str) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    path = tmp_path / "words.yaml"
    path.write_text(f"extends: {extended}\n", encoding="utf-8")
    assert [each.code for each in load_vocabulary_file(path)[1]] == ["missing-file"]


def test_a_device_is_not_read() -> None:
    (fault,) = load_policy("/dev/zero").diagnostics
    assert (fault.code, fault.message) == ("unreadable", "`/dev/zero` cannot be read: it is not a file")


def test_the_nearest_file_is_named_with_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "words").mkdir()
    (tmp_path / "words" / "consumer.yaml").write_text("extends: default\n")
    Path("main.policy").write_text(f'use "words/consumr.yaml"\n{RULE}')
    (fault,) = load_policy("main.policy").diagnostics
    assert fault.hint == "did you mean `words/consumer.yaml`?"


@pytest.mark.parametrize("text", ["\ufeff{}", "{}", "\ufeff{}\r"])
def test_how_an_editor_saved_a_file_changes_neither_its_places_nor_its_hash(
    tmp_path: Path, text: str
) -> None:
    sound, faulty = tmp_path / "sound.policy", tmp_path / "faulty.policy"
    end = "\r\n" if text.endswith("\r") else "\n"
    text = text.removesuffix("\r")
    sound.write_bytes(text.format(RULE.replace("\n", end)).encode())
    faulty.write_bytes(text.format(f"rule x2{end}  when haet is detected, add a strike{end}").encode())
    plain = tmp_path / "plain" / "sound.policy"
    plain.parent.mkdir()
    plain.write_text(RULE)
    loaded, expected = load_policy(sound).policy, load_policy(plain).policy
    assert loaded is not None
    assert expected is not None
    assert loaded.digest == expected.digest
    (fault,) = load_policy(faulty).diagnostics
    assert fault.location is not None
    assert (fault.location.line, fault.location.column) == (2, 8)


def test_groups_in_a_long_row_are_one_fault(tmp_path: Path) -> None:
    row = "".join(f"group g{number} = g{number + 1}\n" for number in range(3000))
    found = told(tmp_path, f"{row}group g3000 = hate\n{RULE}")
    assert found == [("too-deep", "groups name groups more than 50 deep here")]


def test_a_file_of_faults_is_read_to_a_limit(tmp_path: Path) -> None:
    found = told(tmp_path, "rule x1 x2\n" * 10_000)
    assert len(found) == 501
    assert found[-1] == ("too-many", "after 500 faults, the rest of the file is not read")
