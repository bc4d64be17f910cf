"""The verbs and their options. What a verb needs is imported when it runs: `check` never waits for a web server.

Exit codes: 0 fine, 1 findings or a service that cannot be reached, 2 wrong use.
"""

from __future__ import annotations

import sys
from datetime import datetime  # noqa: TC003 - typer reads the annotations when it runs
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from webhook import __version__
from webhook.errors import ContentError, RequestError, SettingsError, WebhookError
from webhook.wire.agent import RETENTION_DAYS

if TYPE_CHECKING:
    from collections.abc import Sequence

# ruff: noqa: PLC0415 - a verb imports what it needs when it runs

FINDINGS = 1
WRONG_USE = 2
DATES = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]

app = typer.Typer(
    help="The brain of a voice interviewer: Claude hears and words, code decides.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
sessions_app = typer.Typer(invoke_without_command=True)
app.add_typer(sessions_app, name="sessions")
deliveries_app = typer.Typer(invoke_without_command=True)
app.add_typer(deliveries_app, name="deliveries")
agent_app = typer.Typer(no_args_is_help=True, help="Set up the agent at ElevenLabs, and see what differs.")
app.add_typer(agent_app, name="agent")


def main(words: Sequence[str] | None = None) -> None:
    """Run one verb (the process's own words, if none are given) and exit.

    An error of ours ends in one clear line, or in the list of findings, never in a traceback.
    """
    try:
        app(words, prog_name="webhook")
    except ContentError as error:
        sys.exit(_list_findings(error))
    except WebhookError as error:
        typer.echo(f"webhook: {error}", err=True)
        sys.exit(WRONG_USE if isinstance(error, SettingsError | RequestError) else FINDINGS)


def _list_findings(error: ContentError) -> int:
    """The whole list, as `check` gives it: the error itself knows only what was found first."""
    from webhook.cli import checking

    if not checking.tell_errors():
        typer.echo(str(error), err=True)
    return FINDINGS


def _tell_version(wanted: bool) -> None:  # noqa: FBT001 - the shape typer calls
    if wanted:
        typer.echo(f"webhook {__version__}")
        raise typer.Exit


@app.callback()
def about(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_tell_version, is_eager=True)
    ] = False,
) -> None:
    pass


@app.command()
def serve(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on.  [HOST, else 127.0.0.1]")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.  [PORT, else 8080]")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that share the port.")] = 1,
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"] | None, typer.Option(help="[LOG_LEVEL, else info]")
    ] = None,
    log_format: Annotated[
        Literal["auto", "json", "console"] | None, typer.Option(help="[LOG_FORMAT, else auto]")
    ] = None,
) -> None:
    """Start the server. What is not given here is taken from the environment or from .env."""
    from webhook.cli import serving

    given = {"HOST": host, "PORT": port, "LOG_LEVEL": log_level, "LOG_FORMAT": log_format}
    serving.serve({name: str(value) for name, value in given.items() if value is not None}, workers=workers)


@app.command()
def talk(
    flow: Annotated[str | None, typer.Argument(help="The flow's id.  [FLOW, else the first one]")] = None,
    *,
    persona: Annotated[str | None, typer.Option(help="Who interviews.  [the flow's own persona]")] = None,
) -> None:
    """Hold an interview in the terminal, and see what is learnt and why. Nothing is kept."""
    from webhook.cli import talking

    talking.talk(flow, persona)


@app.command()
def check(
    flow_files: Annotated[list[Path] | None, typer.Argument(help="Only these files.  [all of FLOWS_DIR]")] = None,
    *,
    form: Annotated[
        Literal["text", "json", "github", "sarif"],
        typer.Option("--format", help="For people, for scripts, for GitHub's checks, for code scanners."),
    ] = "text",
) -> None:
    """Find mistakes in flows and prompts."""
    from webhook.cli import checking

    if not checking.check(flow_files or [], form):
        raise typer.Exit(FINDINGS)


@app.command()
def draw(
    flow: Annotated[str, typer.Argument(help="The flow's id, or a YAML file.")],
    *,
    form: Annotated[
        Literal["mermaid", "svg", "png"] | None,
        typer.Option("--format", help="[by the name of the output, else mermaid]"),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write it to this file.", dir_okay=False)] = None,
    facts: Annotated[
        str | None, typer.Option(metavar="SESSION_ID", help="Show the road this interview took, and what was learnt.")
    ] = None,
) -> None:
    """Draw a flow: its topics, where each leads and why, and its endings."""
    from webhook.cli import drawing

    if not drawing.draw(flow, form=form, output=output, session_id=facts):
        raise typer.Exit(FINDINGS)


@app.command("test")
def run_tests(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files or folders of tests.  [FLOWS_DIR/tests]")] = None,
    *,
    only: Annotated[str, typer.Option(help="Only tests with this text in their name.")] = "",
    no_model: Annotated[bool, typer.Option("--no-model", help="Skip tests that need Claude.")] = False,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML to this file.", dir_okay=False)] = None,
) -> None:
    """Run the tests of the flows: talks, and what should come of them."""
    from webhook.cli import testing

    if not testing.run(paths or [], only=only, use_model=not no_model, junit=junit):
        raise typer.Exit(FINDINGS)


@app.command()
def cover(
    flow: Annotated[str | None, typer.Argument(help="The flow's id.  [all of them]")] = None,
    *,
    fail_under: Annotated[float, typer.Option(min=0, max=100, help="Fail below so many per cent.")] = 0.0,
    form: Annotated[Literal["text", "json"], typer.Option("--format")] = "text",
) -> None:
    """Show what no test reaches: topics, roads, conditions, endings, slots."""
    from webhook.cli import testing

    if not testing.coverage(flow, fail_under=fail_under, as_json=form == "json"):
        raise typer.Exit(FINDINGS)


@app.command()
def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Leave out what needs the network.")] = False,
) -> None:
    """Find out why a call would fail: settings, keys, clock, store, flows, Claude, tunnel, ElevenLabs, agent."""
    from webhook.cli import doctor

    if not doctor.doctor(as_json=as_json, offline=offline):
        raise typer.Exit(FINDINGS)


@app.command()
def schema(
    *,
    report: Annotated[
        str | None, typer.Option(metavar="FLOW", help="Of the reports on this flow instead: its id, or a YAML file.")
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write it to this file.", dir_okay=False)] = None,
) -> None:
    """Print the JSON Schema of a flow file, for editors; or that of a flow's reports, for who receives them."""
    from webhook.cli import schemas

    if not schemas.schema(report, output):
        raise typer.Exit(FINDINGS)


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="Made if it is not there.", file_okay=False)],
) -> None:
    """Write a starter flows/ and prompts/. Files that are there already stay as they are."""
    from webhook.cli import starter

    starter.init(directory)


@app.command()
def invite(
    flow: Annotated[str, typer.Argument(help="The flow's id.")],
    *,
    persona: Annotated[str | None, typer.Option(help="Who interviews.  [the flow's own persona]")] = None,
    language: Annotated[str | None, typer.Option(help="One of the flow's.  [its first one]")] = None,
    expires: Annotated[str, typer.Option(help="How long it is good for, like 45m, 24h or 7d.")] = "24h",
    page: Annotated[str | None, typer.Option(help="The page that starts the interview; gives the whole link.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, in the form of POST /api/invites.")] = False,
) -> None:
    """Make a link with which a participant can hold one interview, and nothing else."""
    from webhook.cli import inviting

    inviting.invite(flow, persona=persona, language=language, expires=expires, page=page, as_json=as_json)


@sessions_app.callback()
def sessions(
    context: typer.Context,
    *,
    status: Annotated[Literal["created", "in_progress", "completed", "ended_early"] | None, typer.Option()] = None,
    flow: Annotated[str | None, typer.Option(help="Of this flow only.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, in the form of GET /api/sessions.")] = False,
) -> None:
    """List interviews, newest first; or write what was understood in them to a file."""
    if context.invoked_subcommand is not None:
        return
    from webhook.cli import records

    records.sessions(status=status, flow_id=flow, limit=limit, as_json=as_json)


@sessions_app.command()
def export(
    *,
    status: Annotated[Literal["created", "in_progress", "completed", "ended_early"] | None, typer.Option()] = None,
    flow: Annotated[str | None, typer.Option(help="Of this flow only.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 1000,
    output: Annotated[Path | None, typer.Option(help="Write them to this file.", dir_okay=False)] = None,
) -> None:
    """Write recorded calls without who they were, one JSON document a line, for `webhook replay`."""
    from webhook.cli import sessions_export

    sessions_export.export(status=status, flow_id=flow, limit=limit, output=output)


@app.command()
def replay(
    recordings: Annotated[list[Path], typer.Argument(help="Files of webhook sessions export, or folders of them.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Hold recorded calls again with the flows as they are now, and list those that would be different."""
    from webhook.cli import replaying

    if not replaying.replay_calls(recordings, as_json=as_json):
        raise typer.Exit(FINDINGS)


Private = Annotated[bool, typer.Option("--private", help="Show private values too; else they are masked.")]
Output = Annotated[Path | None, typer.Option(help="Write it to this file.", dir_okay=False)]


@app.command()
def report(
    session_id: Annotated[str, typer.Argument(metavar="ID", help="The session's id.")],
    *,
    form: Annotated[Literal["json", "md", "csv", "pdf", "docx"], typer.Option("--format")] = "md",
    private: Private = False,
    output: Output = None,
) -> None:
    """Print the report of an interview that is over; it is made now if there is none yet."""
    from webhook.cli import reporting

    reporting.report(session_id, form, private=private, output=output)


@app.command()
def transcript(
    session_id: Annotated[str, typer.Argument(metavar="ID", help="The session's id.")],
    *,
    form: Annotated[Literal["json", "txt", "srt", "vtt"], typer.Option("--format")] = "txt",
    private: Private = False,
    output: Output = None,
) -> None:
    """Print what was said in an interview; srt and vtt are subtitles for its recording."""
    from webhook.cli import reporting

    reporting.transcript(session_id, form, private=private, output=output)


@app.command()
def reports(
    flow: Annotated[str, typer.Argument(help="The flow's id.")],
    *,
    begun_from: Annotated[
        datetime | None, typer.Option("--from", formats=DATES, help="Of interviews begun then or later (UTC).")
    ] = None,
    begun_to: Annotated[
        datetime | None, typer.Option("--to", formats=DATES, help="Of interviews begun before (UTC).")
    ] = None,
    form: Annotated[Literal["csv", "json"], typer.Option("--format")] = "csv",
    private: Private = False,
    output: Output = None,
) -> None:
    """Write the reports on all interviews of a flow: in a table one row for each, newest first."""
    from webhook.cli import reporting

    reporting.reports(flow, begun_from, begun_to, form, private=private, output=output)


@app.command("export")
def export_held(
    *,
    session: Annotated[str | None, typer.Option(metavar="ID", help="Of this session.")] = None,
    number: Annotated[str | None, typer.Option(help="Of who calls from this number, like +4930123456.")] = None,
    caller: Annotated[
        str | None, typer.Option(metavar="HASH", help="The same by what GET /api/sessions/{id} shows as caller.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="Write it to this file.  [named by the time]", dir_okay=False)
    ] = None,
) -> None:
    """Write all that is held about one caller or of one session into a zip, whole and unmasked, to hand it over."""
    from webhook.cli import exporting

    if not exporting.export(session, number, caller, output):
        raise typer.Exit(FINDINGS)


@app.command()
def summary(
    flow: Annotated[str, typer.Argument(help="The flow's id.")],
    *,
    since: Annotated[str, typer.Option("--from", help="Begun at this time or later, like 2026-11-20.")] = "",
    until: Annotated[str, typer.Option("--to", help="Begun before this time.")] = "",
    version: Annotated[int | None, typer.Option(min=1, help="Only interviews by this version.")] = None,
    least: Annotated[int, typer.Option(min=1, max=1000, help="Hide groups of fewer interviews.")] = 1,
    form: Annotated[
        Literal["table", "json", "html"] | None,
        typer.Option("--format", help="[by the name of the output, else table]"),
    ] = None,
    output: Annotated[Path | None, typer.Option(help="Write it to this file.", dir_okay=False)] = None,
) -> None:
    """Sum up the interviews of a flow: how they ended, where they stopped, answers, length, cost; no words of callers."""
    from webhook.cli import summing
    from webhook.summaries import wanted_of

    wanted = wanted_of(from_=since, to=until, version=str(version or ""), least=str(least))
    summing.summary(flow, wanted, form=form, output=output)


@deliveries_app.callback()
def deliveries(
    context: typer.Context,
    *,
    status: Annotated[Literal["pending", "delivered", "given_up"] | None, typer.Option()] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, in the form of GET /api/deliveries.")] = False,
) -> None:
    """List results on their way to RESULT_WEBHOOK_URL, newest first; or send them again."""
    if context.invoked_subcommand is not None:
        return
    from webhook.cli import delivering

    delivering.deliveries(status=status, limit=limit, as_json=as_json)


@deliveries_app.command()
def redeliver(delivery_id: Annotated[str, typer.Argument(metavar="ID", help="As the list shows it.")]) -> None:
    """Send one again, whatever became of it."""
    from webhook.cli import delivering

    delivering.redeliver(delivery_id)


@deliveries_app.command()
def resume() -> None:
    """Begin to send again after a pause, with all that has not arrived."""
    from webhook.cli import delivering

    delivering.resume()


@app.command()
def erase(
    *,
    session: Annotated[str | None, typer.Option(metavar="ID", help="All of this session.")] = None,
    number: Annotated[str | None, typer.Option(help="All of whoever calls from this number.")] = None,
    caller: Annotated[str | None, typer.Option(metavar="HASH", help="The same, as a session shows it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, in the form of GET /api/erasures/{id}.")] = False,
) -> None:
    """Erase what is held of a session or of a caller, here and at ElevenLabs; exit code 1 while something is left."""
    from webhook.cli import erasing

    if not erasing.erase(session=session, number=number, caller=caller, as_json=as_json):
        raise typer.Exit(FINDINGS)


@app.command()
def erasures(
    *,
    status: Annotated[Literal["pending", "erased", "proved"] | None, typer.Option()] = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, newest first.")] = 50,
    run: Annotated[bool, typer.Option("--run", help="Carry out what is due first.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, in the form of GET /api/erasures.")] = False,
) -> None:
    """List erasures and how far they have come; exit code 1 while something is left."""
    from webhook.cli import erasing

    if not erasing.erasures(status=status, limit=limit, as_json=as_json, run=run):
        raise typer.Exit(FINDINGS)


@app.command()
def retention(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what is over, and delete nothing.")] = False,
    trust_clock: Annotated[
        bool,
        typer.Option("--trust-clock", help="The clock is right, though far from what was stored last (a long pause)."),
    ] = False,
) -> None:
    """Delete now what is kept longer than KEEP_DAYS says, and look whether it went; a server does so every hour."""
    from webhook.cli import retaining

    if not retaining.retention(dry_run=dry_run, trust_clock=trust_clock):
        raise typer.Exit(FINDINGS)


RetentionDays = Annotated[
    int, typer.Option(min=1, max=3650, help="How long ElevenLabs keeps transcripts and recordings.")
]
PostCallWebhook = Annotated[
    str | None,
    typer.Option(metavar="ID", help="The workspace's webhook that is told of calls that are over.  [the agent's own]"),
]


@agent_app.command("push")
def push_agent(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be sent, and send nothing.")] = False,
    retention_days: RetentionDays = RETENTION_DAYS,
    post_call_webhook: PostCallWebhook = None,
) -> None:
    """Make the agent at ElevenLabs, or set what differs in it. A second push finds nothing to do."""
    from webhook.cli import agent

    wish = agent.Wish(retention_days=retention_days, post_call_webhook=post_call_webhook)
    if not agent.push(wish, dry_run=dry_run):
        raise typer.Exit(FINDINGS)


@agent_app.command("check")
def check_agent(*, retention_days: RetentionDays = RETENTION_DAYS, post_call_webhook: PostCallWebhook = None) -> None:
    """Compare the agent at ElevenLabs with what this service needs. Nothing is changed."""
    from webhook.cli import agent

    wish = agent.Wish(retention_days=retention_days, post_call_webhook=post_call_webhook)
    if not agent.check(wish):
        raise typer.Exit(FINDINGS)


PANELS = {
    "Write an interview": ("init", "check", "draw", "talk", "test", "cover", "replay", "schema"),
    "Run": ("serve", "doctor", "agent", "invite", "deliveries"),
    "Look": ("sessions", "report", "transcript", "reports", "summary"),
    "Privacy": ("export", "erase", "erasures", "retention"),
}
"""How `--help` groups the verbs."""


def _group_verbs() -> None:
    panel_of = {verb: panel for panel, verbs in PANELS.items() for verb in verbs}
    for command in app.registered_commands:
        command.rich_help_panel = panel_of[command.name or str(getattr(command.callback, "__name__", ""))]
    for group in app.registered_groups:
        group.rich_help_panel = panel_of[str(group.name or "")]


_group_verbs()
