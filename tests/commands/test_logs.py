"""What its user says of a log: roles of speakers and names of columns, and faults in saying so."""

from __future__ import annotations

from pathlib import Path

import pytest

from policy_engine.commands.logs import LogOptions
from policy_engine.commands.simulate import Options, simulate
from policy_engine.commands.usage import Usage
from policy_engine.transcripts.message import Role

POLICY = "policies/last_resort.policy"


def test_speakers_and_columns_become_settings() -> None:
    found = LogOptions(
        speakers="Kim=user, bot = assistant", columns="text=body,label:refusal=human=label"
    ).settings()
    assert dict(found.speakers) == {"kim": Role.USER, "bot": Role.ASSISTANT}
    assert dict(found.columns) == {"text": "body", "label:refusal": "human=label"}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            LogOptions(speakers="kim"),
            '`--speakers` is written `NAME=VALUE`, several with commas: --speakers "user=',
        ),
        (LogOptions(speakers=""), "`--speakers` is written"),
        (LogOptions(speakers="kim=user,"), "`--speakers` is written"),
        (LogOptions(speakers="=user"), "`--speakers` is written"),
        (LogOptions(speakers="kim=usr"), "the unknown role `usr` (did you mean `user`?)"),
        (LogOptions(speakers="kim=q"), "(a role is one of `user`, `assistant`, `system`, `tool`, `service`)"),
        (LogOptions(speakers="kim=user,Kim=assistant"), "`--speakers` says `Kim` twice"),
        (LogOptions(columns="text=a,text=b"), "`--columns` says `text` twice"),
        (LogOptions(columns="text"), '--columns "text=body,conversation=thread"'),
    ],
)
def test_malformed_options_are_told(options: LogOptions, message: str) -> None:
    with pytest.raises(Usage) as fault:
        options.settings()
    assert message in str(fault.value)


def test_an_unknown_format_is_told() -> None:
    with pytest.raises(Usage, match="did you mean `own-jsonl`"):
        LogOptions(reader="own-json").chosen()


def test_speakers_tell_plain_text_apart(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chat = tmp_path / "chat"
    chat.write_text("Kim: hello\nuser: is not a speaker here\nBot: hello, Kim\n")
    code = simulate(root / POLICY, [chat], Options(logs=LogOptions(speakers="kim=user,bot=assistant")))
    assert code == 0
    assert "2 messages · 1 turn" in capsys.readouterr().out
    assert simulate(root / POLICY, [chat], Options()) == 2
    assert "looked for" in capsys.readouterr().err
    assert simulate(root / POLICY, [chat], Options(logs=LogOptions(speakers="kim=usr"))) == 2
    assert "did you mean `user`" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Kim: hello\nBot: no\n\nmore\nKim: why\n", '--speakers "Kim=user,Bot=assistant"'),
        ("\nDr. Who: hello\nKim: no\n", '--speakers "Dr. Who=user,Kim=assistant"'),
        ("Kim: nobody answers\n", None),
        ("Dear all,\nKim: hello\nBot: no\n", None),
        ("a: 1\nb: 2\nc: 3\nd: 4\ne: 5\n", None),
        ("http://example.org\nhttps://example.org\n", None),
        ("12:30 Kim\n12:31 Bot\n", None),
    ],
)
def test_who_might_speak_in_plain_text_is_asked_for(
    text: str, asked: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "chat.txt"
    log.write_text(text)
    assert simulate(Path(POLICY), [log], Options()) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert ("if these are speakers" in said) == (asked is not None)
    assert asked is None or asked in said
    if asked is not None:
        speakers = asked.removeprefix('--speakers "').removesuffix('"')
        assert simulate(Path(POLICY), [log], Options(logs=LogOptions(speakers=speakers))) == 0
