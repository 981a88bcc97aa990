"""The commands and their options; what they do is in modules of their own."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="policy-engine", add_completion=False, no_args_is_help=True, rich_markup_mode=None,
    pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]},
    help="Escalation rules for AI chats that can be read, checked and run.",
)  # fmt: skip


class Format(StrEnum):
    """How results are written."""

    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="How to write the result.")]

# Every command that reads logs has these, and makes LogOptions of them.
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="FORMAT", help="The log's format, where it cannot be told.")
]
SpeakersOption = Annotated[
    str | None,
    typer.Option(
        "--speakers", metavar="WORD=ROLE,…", help='Who speaks in plain text: "kim=user,bot=assistant".'
    ),
]
ColumnsOption = Annotated[
    str | None,
    typer.Option(
        "--columns", metavar="FIELD=COLUMN,…", help='What the columns of a table are called: "text=body".'
    ),
]
LabelsOption = Annotated[
    list[Path] | None,
    typer.Option("--labels", metavar="FILE", help="Labels for the log: JSON Lines or CSV by conversation."),
]
ClassifierOption = Annotated[
    list[Path] | None,
    typer.Option("--classifier", metavar="FILE", help="What a classifier's outputs mean, in YAML."),
]

AssumeOption = Annotated[
    list[str] | None,
    typer.Option("--assume", metavar="NAME=VALUE", help="An attribute where nobody recorded it."),
]
DetectOption = Annotated[
    list[str] | None,
    typer.Option(
        "--detect",
        metavar="NAME,…",
        help="Find labels in the text: refusal, redirection, end-request, keywords:FILE.yaml.",
    ),
]
PaceOption = Annotated[
    str | None,
    typer.Option(
        "--pace",
        metavar="DURATION",
        help='Suppose so much time between messages where a conversation has no times: "1 minute", 30s.',
    ),
]
LogsArgument = Annotated[
    list[Path],
    typer.Argument(
        metavar="LOG...", readable=False, help="Conversations: files, folders, or - for standard input."
    ),
]

# Every command that writes logs has these.
OutArgument = Annotated[
    Path,
    typer.Argument(
        metavar="OUT", help="The log to write: .jsonl, .jsonl.gz, .jsonl.zst, .parquet, or - for JSON Lines."
    ),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Write over a file that exists.")]
NoTextsOption = Annotated[bool, typer.Option("--no-text", help="Leave out what was said.")]
WholeOption = Annotated[
    bool,
    typer.Option("--strict", help="Stop at the first conversation that is malformed, and write no file."),
]
VocabularyOption = Annotated[
    Path | None,
    typer.Option(
        "--vocabulary", metavar="FILE", help="What labels and attributes there are; else the default."
    ),
]


def _version(asked: bool) -> None:
    if asked:
        from policy_engine import __version__

        typer.echo(f"policy-engine {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Escalation rules for AI chats that can be read, checked and run."""


@app.command(short_help="Make a small policy repository that works.")
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make it in.")],
    name: Annotated[
        str | None, typer.Option("--name", help="What the policy is called; else as the folder is.")
    ] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Make a small policy repository that works: policy, vocabulary, conversations and a README."""
    from policy_engine.commands import init as command

    raise typer.Exit(command.init(folder, name, as_json=format is Format.JSON))


@app.command(short_help="Check policies, standards and vocabularies.")
def validate(
    paths: Annotated[
        list[Path],
        typer.Argument(readable=False, help="Policies, standards, vocabularies, or folders of them."),
    ],
    format: FormatOption = Format.TEXT,
) -> None:
    """Check policies, standards and vocabularies; every error of every file is told."""
    from policy_engine.commands import validate as command

    raise typer.Exit(command.validate(paths, as_json=format is Format.JSON))


@app.command("format", short_help="Write policies in their one canonical form.")
def format_(
    paths: Annotated[
        list[Path],
        typer.Argument(readable=False, help="Policies, standards, folders of them, or - for standard input."),
    ],
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 if a file is not in it.")
    ] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; show what would change.")] = False,
) -> None:
    """Write policies in their one canonical form: line breaks, spaces and commas change, words and comments never."""
    from policy_engine.commands import format as command

    raise typer.Exit(command.format(paths, command.Options(check=check, diff=diff)))


class Findings(StrEnum):
    """How findings are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"
    GITLAB = "gitlab"
    JUNIT = "junit"


class Failing(StrEnum):
    """From which severity on `lint` fails."""

    WARNING = "warning"
    ERROR = "error"
    NEVER = "never"


@app.command("lint", short_help="Say what is doubtful in policies, and mend it.")
def lint_(
    paths: Annotated[
        list[Path] | None, typer.Argument(readable=False, help="Policies, standards, or folders of them.")
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option("--select", metavar="RULE", help="Ask this rule only; or all of PE2."),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="RULE", help="Do not ask this rule.")
    ] = None,
    fix: Annotated[bool, typer.Option("--fix", help="Put in the fixes that change no decision.")] = False,
    unsafe: Annotated[
        bool,
        typer.Option(
            "--unsafe-fixes", help="With --fix or --diff: also fixes that change what the policy does."
        ),
    ] = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Write nothing; show what the fixes would change.")
    ] = False,
    fail_on: Annotated[
        Failing | None,
        typer.Option(
            "--fail-on", help="What makes it exit with 1: warning, unless the settings say otherwise."
        ),
    ] = None,
    format: Annotated[Findings, typer.Option("--format", help="How to write the findings.")] = Findings.TEXT,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="RULE", help="Print the manual page of a rule.")
    ] = None,
    every: Annotated[bool, typer.Option("--list", help="Print a line for every rule.")] = False,
    prove: Annotated[
        bool,
        typer.Option("--prove", help="Also ask the rules that prove what they say: PE3. It takes longer."),
    ] = False,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Look at everything anew, and keep nothing.")
    ] = False,
) -> None:
    """Say what is doubtful in policies: what never happens, what is left open, what somebody will read wrongly."""
    from policy_engine.commands import lint as command

    options = command.Options(
        select=tuple(select or ()), ignore=tuple(ignore or ()), fix=fix, unsafe=unsafe, diff=diff,
        fail_on=fail_on.value if fail_on is not None else None, form=format.value, cache=not no_cache,
        prove=prove,
    )  # fmt: skip
    if explain is not None:
        raise typer.Exit(command.explain(explain))
    if every:
        raise typer.Exit(command.show_all())
    if not paths:
        raise typer.BadParameter("name a policy, a standard, or a folder of them", param_hint="PATHS")
    raise typer.Exit(command.run(paths, options))


@app.command(short_help="Print a policy in full sentences.")
def explain(
    policy: Annotated[Path, typer.Argument(readable=False, help="A policy.")],
    format: FormatOption = Format.TEXT,
) -> None:
    """Print a policy in full sentences: what each rule does, what stops it, and what happens in doubt."""
    from policy_engine.commands import explain as command

    raise typer.Exit(command.explain(policy, as_json=format is Format.JSON))


class Picture(StrEnum):
    """How a drawing is written."""

    TEXT = "text"
    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"
    JSON = "json"


@app.command(short_help="Draw a policy.")
def graph(
    policy: Annotated[Path, typer.Argument(readable=False, help="A policy.")],
    format: Annotated[
        Picture | None, typer.Option("--format", help="How to write the drawing; text is Mermaid.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="FILE", help="Where to; its ending tells the format."),
    ] = None,
) -> None:
    """Draw a policy: its ladders, counters and rules, what can stop them, and how they are tied."""
    from policy_engine.commands import graph as command

    raise typer.Exit(command.graph(policy, format, out))


@app.command(short_help="Show what a policy would have done in conversations.")
def simulate(
    policy: Annotated[Path, typer.Argument(readable=False, help="A policy.")],
    conversations: LogsArgument,
    format: FormatOption = Format.TEXT,
    why: Annotated[bool, typer.Option("--why", help="Explain also what did not happen.")] = False,
    no_text: Annotated[bool, typer.Option("--no-text", help="Leave out what was said.")] = False,
    summary: Annotated[
        bool, typer.Option("--summary", help="Show the table, also for one conversation.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first conversation that is malformed.")
    ] = False,
    assume: AssumeOption = None,
    detect: DetectOption = None,
    reader: FromOption = None,
    speakers: SpeakersOption = None,
    columns: ColumnsOption = None,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="ID", help="Only this conversation.")
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="OUT", help="Write it to this file, too, as a page to share."),
    ] = None,
    pace: PaceOption = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", metavar="N", min=1, help="Processes that read; else all cores for large logs."
        ),
    ] = None,
    labels: LabelsOption = None,
    classifier: ClassifierOption = None,
    doubt: Annotated[
        bool, typer.Option("--doubt", help="Show what nobody knew, and what depends on it.")
    ] = False,
) -> None:
    """Show what a policy would have done: one conversation as a timeline, many as a table."""
    from policy_engine.commands import simulate as command
    from policy_engine.commands.logs import LogOptions

    options = command.Options(
        as_json=format is Format.JSON, why=why, text=not no_text, strict=strict,
        summary=summary or (doubt and format is Format.JSON),
        detect=tuple(detect or ()), assume=tuple(assume or ()),
        logs=LogOptions(reader, speakers, columns, tuple(classifier or ())), only=tuple(only or ()),
        html=html, pace=pace, jobs=jobs, labels=tuple(labels or ()), doubt=doubt,
    )  # fmt: skip
    raise typer.Exit(command.simulate(policy, conversations, options))


@app.command(short_help="Write logs in the project's own form.")
def convert(
    logs: LogsArgument,
    out: OutArgument,
    no_text: NoTextsOption = False,
    force: ForceOption = False,
    strict: WholeOption = False,
    assume: AssumeOption = None,
    detect: DetectOption = None,
    reader: FromOption = None,
    speakers: SpeakersOption = None,
    columns: ColumnsOption = None,
    pace: PaceOption = None,
    labels: LabelsOption = None,
    classifier: ClassifierOption = None,
    vocabulary: VocabularyOption = None,
) -> None:
    """Write logs of any format in the project's own form, as JSON Lines or as Parquet: nothing that a policy can
    see is lost."""
    from policy_engine.commands import convert as command
    from policy_engine.commands.logs import LogOptions

    options = command.Options(
        text=not no_text, force=force, strict=strict, detect=tuple(detect or ()), assume=tuple(assume or ()),
        pace=pace, labels=tuple(labels or ()), vocabulary=vocabulary,
        logs=LogOptions(reader, speakers, columns, tuple(classifier or ())),
    )  # fmt: skip
    raise typer.Exit(command.convert(logs, out, options))


@app.command(short_help="Add the labels of detectors to logs.")
def label(
    logs: LogsArgument,
    out: OutArgument,
    detect: DetectOption = None,
    no_text: NoTextsOption = False,
    force: ForceOption = False,
    strict: WholeOption = False,
    reader: FromOption = None,
    speakers: SpeakersOption = None,
    columns: ColumnsOption = None,
    labels: LabelsOption = None,
    classifier: ClassifierOption = None,
    vocabulary: VocabularyOption = None,
) -> None:
    """Add the labels that detectors find in the text, write the logs in the project's own form, and say what was
    added. What was recorded stays as it is, and each label says who found it."""
    from policy_engine.commands import convert as command
    from policy_engine.commands.logs import LogOptions

    if not detect:
        raise typer.BadParameter("say which detectors: --detect refusal", param_hint="--detect")
    options = command.Options(
        text=not no_text, force=force, strict=strict, detect=tuple(detect), labels=tuple(labels or ()),
        vocabulary=vocabulary, logs=LogOptions(reader, speakers, columns, tuple(classifier or ())),
    )  # fmt: skip
    raise typer.Exit(command.convert(logs, out, options))


@app.command(short_help="Say what a policy has to be supplied with.")
def needs(
    policy: Annotated[Path, typer.Argument(readable=False, help="A policy.")],
    log: Annotated[
        list[Path] | None,
        typer.Argument(readable=False, help="A log that may lack some of it: files, folders, or -."),
    ] = None,
    format: FormatOption = Format.TEXT,
    assume: Annotated[
        list[str] | None,
        typer.Option("--assume", metavar="NAME=VALUE", help="An attribute where nobody recorded it."),
    ] = None,
    detect: Annotated[
        list[str] | None,
        typer.Option("--detect", metavar="NAME,…", help="Find labels in the text, as simulate does."),
    ] = None,
    reader: FromOption = None,
    speakers: SpeakersOption = None,
    columns: ColumnsOption = None,
    labels: LabelsOption = None,
    classifier: ClassifierOption = None,
    pace: Annotated[
        str | None,
        typer.Option("--pace", metavar="DURATION", help="As for simulate: times where there are none."),
    ] = None,
    budget: Annotated[
        float, typer.Option("--budget", metavar="SECONDS", help="How long to try each proof.")
    ] = 5.0,
) -> None:
    """Say what a policy has to be supplied with; and of a log what it lacks, and what can therefore never happen."""
    from policy_engine.commands import needs as command
    from policy_engine.commands.logs import LogOptions

    options = command.Options(
        as_json=format is Format.JSON, detect=tuple(detect or ()), assume=tuple(assume or ()),
        logs=LogOptions(reader, speakers, columns, tuple(classifier or ())), labels=tuple(labels or ()),
        pace=pace, budget=budget,
    )  # fmt: skip
    raise typer.Exit(command.needs(policy, log or [], options))


@app.command("test", short_help="Run the tests of policies.")
def run_tests(
    paths: Annotated[
        list[Path],
        typer.Argument(readable=False, help="Test files (*.test.yaml), policies, or folders of them."),
    ],
    only: Annotated[
        list[str] | None,
        typer.Option(
            "-k",
            "--only",
            metavar="PATTERN",
            help="Only tests whose name holds this; * and ? may stand in it.",
        ),
    ] = None,
    format: FormatOption = Format.TEXT,
    junit: Annotated[
        Path | None,
        typer.Option("--junit", metavar="FILE", help="Write the result to this file, too, as JUnit XML."),
    ] = None,
    coverage: Annotated[
        bool, typer.Option("--coverage", help="Show what of the policy the tests have tried, and what not.")
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="OUT", help="Write the coverage to this file, too, as a page."),
    ] = None,
    mutate: Annotated[
        bool, typer.Option("--mutate", help="Change the policy in small ways and show what no test notices.")
    ] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Add the tests that are missing to the test files.")
    ] = False,
    generate: Annotated[
        bool, typer.Option("--generate", help="Make a test file beside a policy that has none.")
    ] = False,
    fail_under: Annotated[
        float | None,
        typer.Option("--fail-under", metavar="PERCENT", help="Fail where less was tried, or noticed."),
    ] = None,
    budget: Annotated[
        float, typer.Option("--budget", metavar="SECONDS", help="How long to look for each conversation.")
    ] = 20.0,
) -> None:
    """Run the tests of policies: conversations, and what is expected at their messages."""
    from policy_engine.commands import test as command

    options = command.Options(
        only=tuple(only or ()), as_json=format is Format.JSON, junit=junit, coverage=coverage, html=html,
        mutate=mutate, write=write, generate=generate, fail_under=fail_under, budget=budget,
    )  # fmt: skip
    raise typer.Exit(command.test(paths, options))


@app.command(short_help="Prove what a policy promises, for every conversation.")
def verify(
    policy: Annotated[Path, typer.Argument(readable=False, help="A policy.")],
    standard: Annotated[
        list[Path] | None,
        typer.Option("--standard", metavar="FILE", help="A standard to hold it against, too."),
    ] = None,
    budget: Annotated[
        float, typer.Option("--budget", metavar="SECONDS", help="How long to try each proof.")
    ] = 20.0,
    save: Annotated[
        Path | None,
        typer.Option("--save", metavar="DIR", help="Keep the conversations that break something here."),
    ] = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Prove every check of a policy and every require of the standards, or print the shortest conversation
    that breaks it."""
    from policy_engine.commands import verify as command

    options = command.Options(budget, save, as_json=format is Format.JSON)
    raise typer.Exit(command.verify_command(policy, standard or [], options))


class Comparing(StrEnum):
    """How a difference is written."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"


@app.command("diff", short_help="Say what two policies do differently, in every conversation.")
def diff_(
    old: Annotated[str, typer.Argument(help="A policy, or REVISION:PATH of a git repository.")],
    new: Annotated[str, typer.Argument(help="The policy to hold against it.")],
    witnesses: Annotated[
        bool, typer.Option("--witnesses", help="Show what both do in each conversation that shows a change.")
    ] = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="Exit with 1 unless they are proved to act alike.")
    ] = False,
    budget: Annotated[
        float, typer.Option("--budget", metavar="SECONDS", help="How long to try each question.")
    ] = 10.0,
    format: Annotated[Comparing, typer.Option("--format", help="How to write the result.")] = Comparing.TEXT,
    standard: Annotated[
        list[Path] | None,
        typer.Option("--standard", metavar="FILE", help="A standard to hold both against, too."),
    ] = None,
    on: Annotated[
        list[Path] | None,
        typer.Option(
            "--on", metavar="CONVERSATIONS", help="Also count changes in these; - is standard input."
        ),
    ] = None,
    assume: Annotated[
        list[str] | None,
        typer.Option("--assume", metavar="NAME=VALUE", help="An attribute where nobody recorded it."),
    ] = None,
    detect: Annotated[
        list[str] | None, typer.Option("--detect", metavar="NAME,…", help="Find labels in the text.")
    ] = None,
    pace: Annotated[
        str | None, typer.Option("--pace", metavar="DURATION", help="Suppose so much time between messages.")
    ] = None,
    reader: FromOption = None,
    speakers: SpeakersOption = None,
    columns: ColumnsOption = None,
    classifier: ClassifierOption = None,
) -> None:
    """Say what two policies do differently: for each action, whether more, less, earlier or later, and the
    shortest conversation that shows it."""
    from policy_engine.commands import diff as command
    from policy_engine.commands.logs import LogOptions
    from policy_engine.commands.recorded_pair import RecordedOptions

    recorded = RecordedOptions(
        on=tuple(on or ()), detect=tuple(detect or ()), assume=tuple(assume or ()), pace=pace,
        logs=LogOptions(reader, speakers, columns, tuple(classifier or ())),
    )  # fmt: skip
    options = command.Options(
        seconds=budget, form=format.value, witnesses=witnesses, exit_code=exit_code,
        standards=tuple(standard or ()), recorded=recorded,
    )  # fmt: skip
    raise typer.Exit(command.diff(old, new, options))


class Reviewing(StrEnum):
    """How a review is written."""

    MARKDOWN = "markdown"
    JSON = "json"


@app.command("review", short_help="Say what a change of a policy repository does, as one comment.")
def review_(
    base: Annotated[str, typer.Argument(help="A git revision, or a folder: as it was.")],
    head: Annotated[
        str, typer.Argument(help="A git revision, or a folder: as it is now; . is the work tree.")
    ],
    path: Annotated[str, typer.Option("--path", metavar="DIR", help="Only this folder of both.")] = ".",
    standard: Annotated[
        list[Path] | None,
        typer.Option("--standard", metavar="FILE", help="A standard; else those in folders `standards`."),
    ] = None,
    on: Annotated[
        list[Path] | None,
        typer.Option(
            "--on", metavar="CONVERSATIONS", help="Sample conversations; else those of the new side."
        ),
    ] = None,
    fail_on: Annotated[
        list[str] | None,
        typer.Option("--fail-on", metavar="WHAT,…", help="Exit with 1 on: broken, looser, lint, tests."),
    ] = None,
    budget: Annotated[
        float, typer.Option("--budget", metavar="SECONDS", help="How long to try each question.")
    ] = 10.0,
    format: Annotated[Reviewing, typer.Option("--format", help="How to write it.")] = Reviewing.MARKDOWN,
    file_url: Annotated[
        str | None,
        typer.Option("--file-url", metavar="URL", help="Where the files of the new side are shown."),
    ] = None,
    report_url: Annotated[
        str | None, typer.Option("--report-url", metavar="URL", help="Where the full report is.")
    ] = None,
    full: Annotated[
        Path | None,
        typer.Option("--full", metavar="FILE.md", help="Write all of it, uncut, to this file, too."),
    ] = None,
) -> None:
    """Say what a change of a policy repository does, as one comment: per policy what is done differently, in sample
    conversations, too; requirements, tests and findings."""
    from policy_engine.commands import review as command
    from policy_engine.commands.recorded_pair import RecordedOptions

    options = command.Options(
        path=path, standards=tuple(standard or ()), recorded=RecordedOptions(on=tuple(on or ())),
        seconds=budget, form=format.value, files=file_url, report=report_url, full=full,
    )  # fmt: skip
    raise typer.Exit(command.review(base, head, fail_on or (), options))
