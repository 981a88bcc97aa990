"""`lint`: what it looks at, what it mends, what it keeps, and that nothing it is given makes it stumble."""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sound import POLICIES

from policy_engine.commands import lint as command
from policy_engine.commands.lint import Options, run
from policy_engine.lint.linting import rules

SOUND = "language 1\nrule r\n  when hate is detected, add a strike\n"
FOUND = "rule r\n  after 3 refusals, end the chat, except when self-harm is detected\n"
MENDED = "language 1\nrule r\n  after 3 refusals, end the chat, except when self-harm has been detected\n"
UNSAFE = 'language 1\nrule r\n  when hate is detected, warn the user "Stop.  Now."\n'

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is kept is kept in a folder of the test's own."""
    monkeypatch.setenv("POLICY_ENGINE_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder for policies."""
    made = tmp_path / "policies"
    made.mkdir()
    return made


def put(folder: Path, name: str, text: str | bytes) -> Path:
    """A file with that text."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def words(text: str) -> str:
    """The text on one line: where it is broken depends on the length of the folder's name."""
    return " ".join(text.split())


# --- what is found, and what fails ---


def test_findings_are_shown_with_their_fixes_in_80_columns(folder: Path, capsys: Capture) -> None:
    path = put(folder, "a.policy", FOUND)
    assert run([path], Options()) == 1
    said = capsys.readouterr()
    assert said.err == ""
    assert all(len(line) <= 80 or str(path) in line for line in said.out.splitlines())
    assert "  (hidden-scope, PE202)\n" in said.out.replace("\n    (", "  (")
    assert "    [safe fix: say `has been`, which means the same]\n" in said.out
    assert said.out.endswith("\n1 file, 0 errors, 2 warnings\n")


def test_a_sound_file_is_fine(folder: Path, capsys: Capture) -> None:
    assert run([put(folder, "a.policy", SOUND)], Options()) == 0
    assert capsys.readouterr().out == "1 file, 0 errors, 0 warnings\n"


@pytest.mark.parametrize(("fail_on", "code"), [(None, 1), ("warning", 1), ("error", 0), ("never", 0)])
def test_what_fails_is_asked_for(folder: Path, fail_on: str | None, code: int) -> None:
    assert run([put(folder, "a.policy", FOUND)], Options(fail_on=fail_on)) == code


def test_after_a_parse_error_nothing_else_is_said(folder: Path, capsys: Capture) -> None:
    path = put(folder, "a.policy", FOUND + "rule s\n  when , add a strike\n")
    assert run([path], Options()) == 1
    assert "PE" not in capsys.readouterr().out
    assert run([path], Options(fail_on="never")) == 0


def test_rules_are_chosen_by_name_number_and_prefix(folder: Path, capsys: Capture) -> None:
    path = put(folder, "a.policy", FOUND)

    def codes(options: Options) -> set[str]:
        run([path], options)
        return set(re.findall(r"\((?:[\w-]+), (PE\d+)\)", capsys.readouterr().out))

    assert codes(Options(select=("PE1",))) == {"PE101"}
    assert codes(Options(select=("hidden-scope", "pe101"))) == {"PE101", "PE202"}
    assert codes(Options(ignore=("PE2",))) == {"PE101"}
    assert run([path], Options(select=("hidden-scoop",))) == 2
    assert (
        capsys.readouterr().err == "error: unknown lint rule `hidden-scoop` (did you mean `hidden-scope`?)\n"
    )


# --- settings ---


def test_settings_come_from_the_nearest_parent_folder(folder: Path, capsys: Capture) -> None:
    inner = folder / "inner"
    inner.mkdir()
    put(folder, "setup.cfg", "[policy-engine]\nselect = PE1\n")
    path = put(inner, "a.policy", FOUND)
    run([path], Options())
    assert "hidden-scope" not in capsys.readouterr().out
    put(inner, "policy-engine.yaml", "ignore: [missing-language]\nfail-on: never\n")
    assert run([path], Options()) == 0
    said = capsys.readouterr().out
    assert "hidden-scope" in said
    assert "missing-language" not in said
    assert run([path], Options(fail_on="warning")) == 1


def test_settings_end_at_the_top_of_a_repository(folder: Path, capsys: Capture) -> None:
    put(folder, "policy-engine.yaml", "select: [PE9]\n")
    inner = folder / "inner"
    (inner / ".git").mkdir(parents=True)
    assert run([put(inner, "a.policy", SOUND)], Options()) == 0


def test_a_setting_of_a_rule_is_heeded_and_not_kept_for_another(folder: Path, capsys: Capture) -> None:
    path = put(folder, "a.policy", SOUND.replace("hate", "hate at 0.4"))
    assert run([path], Options()) == 1
    put(folder, "policy-engine.yaml", "rules:\n  noisy-threshold: {score: 0.3}\n")
    assert run([path], Options()) == 0


def test_wrong_settings_are_told_with_their_line(folder: Path, capsys: Capture) -> None:
    put(folder, "policy-engine.yaml", "ignore:\n  - unused-groups\n")
    assert run([put(folder, "a.policy", SOUND)], Options()) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "error: unknown lint rule `unused-groups`" in said.err
    assert "policy-engine.yaml:2:5" in said.err
    assert "did you mean `unused-group`?" in said.err


@pytest.mark.parametrize("text", [b"\xff\xfe", "a: &a [*a]\n", "{" * 500, "a: " + "x" * 2_000_000])
def test_hostile_settings_are_refused_in_words(folder: Path, text: str | bytes, capsys: Capture) -> None:
    put(folder, "policy-engine.yaml", text)
    assert run([put(folder, "a.policy", SOUND)], Options()) == 2
    assert "policy-engine.yaml" in capsys.readouterr().err


# --- fixes ---


def test_safe_fixes_are_put_in_whole(folder: Path, capsys: Capture) -> None:
    path = put(folder, "a.policy", FOUND.replace("\n", "\r\n"))
    path.chmod(0o640)
    assert run([path], Options(fix=True)) == 0
    assert path.read_bytes().decode() == MENDED.replace("\n", "\r\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert words(capsys.readouterr().err) == f"note: {path}: 2 fixes put in"
    assert [each.name for each in folder.iterdir()] == ["a.policy"]


def test_unsafe_fixes_are_put_in_where_they_are_asked_for(folder: Path) -> None:
    path = put(folder, "a.policy", UNSAFE)
    assert run([path], Options(fix=True)) == 1
    assert path.read_text() == UNSAFE
    assert run([path], Options(fix=True, unsafe=True)) == 0
    assert path.read_text() == UNSAFE.replace(".  N", ". N")


def test_a_diff_tells_safe_from_unsafe_and_writes_nothing(folder: Path, capsys: Capture) -> None:
    text = UNSAFE.removeprefix("language 1\n")
    path = put(folder, "a.policy", text)
    assert run([path], Options(diff=True, unsafe=True)) == 1
    shown = capsys.readouterr().out
    assert shown.startswith(
        "# 1 safe fix, 1 unsafe fix\n# safe: say the edition\n# unsafe: leave them out\n"
        f"--- {path}\n+++ {path} (mended)\n"
    )
    assert "+language 1\n" in shown
    assert '-  when hate is detected, warn the user "Stop.  Now."\n' in shown
    assert path.read_text() == text


def test_what_cannot_be_written_is_named(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(folder, "a.policy", FOUND)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(command, "_write", refuse)
    assert run([path], Options(fix=True)) == 2
    assert "the file cannot be written: permission denied" in capsys.readouterr().out
    assert path.read_text() == FOUND


# --- bad input ---


def test_what_cannot_be_read_is_named_and_the_rest_goes_on(folder: Path, capsys: Capture) -> None:
    put(folder, "a.policy", FOUND)
    put(folder, "binary.policy", b"\x00\xff\xfe")
    put(folder, "empty.policy", "")
    (folder / "gone.policy").symlink_to(folder / "nowhere.policy")
    (folder / "round").symlink_to(folder)
    (folder / "loop.policy").symlink_to(folder / "loop.policy")
    os.mkfifo(folder / "pipe.policy")
    assert run([folder], Options()) == 2
    said = capsys.readouterr()
    assert said.err == ""
    assert "hidden-scope" in said.out
    told = words(said.out)
    for name in (
        "binary.policy` is not UTF-8",
        "gone.policy`",
        "loop.policy` cannot be read",
        "empty.policy",
    ):
        assert name in told
    assert "pipe.policy" not in said.out


def test_a_file_that_vanishes_is_named(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, gone = put(folder, "a.policy", FOUND), put(folder, "b.policy", FOUND)
    looked = command._kept_before

    def vanish(*given: object) -> object:
        gone.unlink(missing_ok=True)
        return looked(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(command, "_kept_before", vanish)
    assert run([folder], Options()) == 2
    assert f"there is no file `{gone}`" in words(capsys.readouterr().out)
    assert here.exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_cannot_be_read_is_named(folder: Path, capsys: Capture) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o000)
    put(folder, "a.policy", SOUND)
    assert run([folder], Options()) == 2
    assert "the folder cannot be read: permission denied" in capsys.readouterr().out


# --- many files, and what is kept ---


def outcome(paths: list[Path], options: Options, capsys: Capture) -> tuple[int, str]:
    """The exit code and what was printed."""
    code = run(paths, options)
    return code, capsys.readouterr().out


def test_many_files_in_processes_say_what_one_after_the_other_says(
    folder: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(60):
        put(folder, f"p{number}.policy", FOUND.replace("rule r", f"rule r{number}"))
    alone = outcome([folder], Options(cache=False), capsys)
    monkeypatch.setattr(command, "cores", lambda: 2)
    assert outcome([folder], Options(cache=False), capsys) == alone
    assert outcome([folder], Options(), capsys) == alone
    monkeypatch.setattr(command, "_look", lambda *_: pytest.fail("it was kept"))
    assert outcome([folder], Options(), capsys) == alone


def kept_files(tmp_path: Path) -> list[Path]:
    """The entries that are kept."""
    return sorted((tmp_path / "cache" / "policy-engine" / "lint").glob("*.json"))


def test_what_has_changed_is_looked_at_anew(tmp_path: Path, folder: Path, capsys: Capture) -> None:
    path = put(folder, "a.policy", 'use "b.policy"\n' + FOUND)
    used = put(folder, "b.policy", "group abuse = hate\n")
    first = outcome([path], Options(), capsys)
    assert len(kept_files(tmp_path)) == 1
    assert outcome([path], Options(), capsys) == first
    put(folder, "b.policy", "group abuse = \n")
    assert outcome([path], Options(), capsys) != first
    used.unlink()
    code, said = outcome([path], Options(), capsys)
    assert code == 1
    assert "there is no file" in said


def test_what_stands_around_is_looked_at_anew(folder: Path, capsys: Capture) -> None:
    text = (
        f'language 1\npolicy "p" version "1"\n  effective from 2025-01-01\n{SOUND.removeprefix("language 1")}'
    )
    path = put(folder, "a.policy", text)
    assert "missing-test" in outcome([path], Options(), capsys)[1]
    put(folder, "a.test.yaml", "tests: []\n")
    assert outcome([path], Options(), capsys)[0] == 0
    put(folder, "b.policy", text.replace("2025", "2026"))
    assert "superseded-version" in outcome([path], Options(), capsys)[1]


@pytest.mark.parametrize(
    "hostile",
    [b"", b"{}", b"null", b"[" * 100_000, b'[[], [], 0, [["x", "m", ["/etc/x", 0, 1], null, "error", null, [], null]]]',
     b'[[], [], "0", []]', b"\xff" * 100],
)  # fmt: skip
def test_an_entry_that_is_none_is_passed_over(
    tmp_path: Path, folder: Path, hostile: bytes, capsys: Capture
) -> None:
    path = put(folder, "a.policy", FOUND)
    first = outcome([path], Options(), capsys)
    (entry,) = kept_files(tmp_path)
    entry.write_bytes(hostile)
    assert outcome([path], Options(), capsys) == first


def test_an_entry_cannot_speak_of_places_that_there_are_not(
    tmp_path: Path, folder: Path, capsys: Capture
) -> None:
    path = put(folder, "a.policy", FOUND)
    first = outcome([path], Options(), capsys)
    (entry,) = kept_files(tmp_path)
    kept = json.loads(entry.read_bytes())
    kept[3][0][2][2] = 10**9
    entry.write_text(json.dumps(kept))
    assert outcome([path], Options(), capsys) == first


def test_a_link_among_the_entries_is_not_followed(tmp_path: Path, folder: Path, capsys: Capture) -> None:
    path = put(folder, "a.policy", FOUND)
    first = outcome([path], Options(), capsys)
    (entry,) = kept_files(tmp_path)
    precious = put(tmp_path, "precious", entry.read_bytes())
    entry.unlink()
    entry.symlink_to(precious)
    before = precious.read_bytes()
    assert outcome([path], Options(), capsys) == first
    assert precious.read_bytes() == before
    assert not entry.is_symlink()


def test_a_folder_that_others_can_write_to_is_not_used(tmp_path: Path, folder: Path, capsys: Capture) -> None:
    path = put(folder, "a.policy", FOUND)
    first = outcome([path], Options(), capsys)
    (entry,) = kept_files(tmp_path)
    kept = json.loads(entry.read_bytes())
    kept[3] = []
    entry.write_text(json.dumps(kept))
    assert outcome([path], Options(), capsys) != first  # it is trusted so far
    entry.parent.chmod(0o777)
    assert outcome([path], Options(), capsys) == first


# --- the whole command ---


def test_the_shell_says_what_it_can_do(folder: Path) -> None:
    path = put(folder, "a.policy", FOUND)

    def shell(*arguments: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "policy_engine.commands", "lint", *arguments]
        code = "import sys; from policy_engine.commands import main; sys.argv[0] = 'policy-engine'; main()"
        return subprocess.run(
            [*words[:1], "-c", code, *words[3:]], capture_output=True, text=True, check=False
        )

    assert shell(str(path), "--no-cache").returncode == 1
    assert shell(str(path), "--fail-on", "never").returncode == 0
    assert shell(str(path), "--select", "PE9").returncode == 2
    assert shell().returncode == 2
    assert "hidden-scope  (PE202, warning, has a fix)" in shell("--explain", "PE202").stdout
    assert len(re.findall(r"^PE\d{3}  ", shell("--list").stdout, re.MULTILINE)) == len(rules())


def test_shipped_policies_and_the_starter_are_clean_also_where_proofs_are_asked_for(capsys: Capture) -> None:
    assert (
        run([POLICIES, POLICIES.parent / "policy_engine" / "starter"], Options(cache=False, prove=True)) == 0
    )
    assert capsys.readouterr().out.startswith("22 files, 0 errors, 0 warnings")
