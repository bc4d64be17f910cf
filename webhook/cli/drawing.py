"""`webhook draw`: a flow as a picture, and the road that one call took through it."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Literal

import typer

from webhook.cli import checking, records
from webhook.cli.finding_formats import Checked
from webhook.content.findings import has_errors
from webhook.content.load import check_file, read_folder
from webhook.content.versions import Versions
from webhook.errors import NotFound, RequestError, SettingsError, UpstreamError
from webhook.interview.drawing import to_mermaid, trace_of
from webhook.interview.moves import minutes_left
from webhook.sessions import Sessions

if TYPE_CHECKING:
    from webhook.content.findings import Finding
    from webhook.interview.flow import Flow
    from webhook.interview.session import Session
    from webhook.settings import Settings

Form = Literal["mermaid", "svg", "png"]
_FORMS: dict[str, Form] = {".svg": "svg", ".png": "png"}
_RENDER_S = 120
"""A browser draws the picture; its first start on a small machine takes its time."""
_HOW_TO_GET_IT = (
    "Mermaid's own `mmdc` draws svg and png, and it is not here: `npm install -g @mermaid-js/mermaid-cli`, "
    "or paste what --format mermaid prints into a Markdown file or an editor that shows Mermaid"
)


def draw(flow_named: str, *, form: Form | None, output: Path | None, session_id: str | None) -> bool:
    """Print or write the picture; False when the flow cannot be used, which is then told in full.

    Raises `NotFound`, `SettingsError`, `UpstreamError` and `StoreError`.
    """
    settings = records.quiet_settings()
    form = form or _FORMS.get(output.suffix.lower() if output is not None else "", "mermaid")
    if form == "png" and output is None:
        raise RequestError("a png needs a file to go to: --output FILE")
    flow, findings = find_flow(flow_named, settings)
    if flow is None:
        checking.print_text(Checked(count=0, flows=(), findings=findings), stderr=True)
        return False
    text = to_mermaid(flow) if session_id is None else _road_taken(flow, session_id, settings, is_id=_is_id(flow_named))
    drawn = text.encode() if form == "mermaid" else _rendered(text, form)
    _hand_over(drawn, output)
    return True


def _is_id(flow_named: str) -> bool:
    return not flow_named.endswith((".yaml", ".yml"))


def find_flow(flow_named: str, settings: Settings) -> tuple[Flow | None, tuple[Finding, ...]]:
    """The flow by its id, or in the file of that name."""
    if not _is_id(flow_named):
        return check_file(Path(flow_named), settings.prompts_dir)
    folder = read_folder(settings.flows_dir, settings.prompts_dir)
    if flow_named in folder.flows:
        return folder.flows[flow_named], ()
    if has_errors(folder.findings):
        return None, folder.findings
    raise NotFound(f"there is no flow by that id; there is {', '.join(folder.flows)}")


def _road_taken(flow: Flow, session_id: str, settings: Settings, *, is_id: bool) -> str:
    session = asyncio.run(_load(settings, session_id))
    if session.flow_id != flow.id:
        raise RequestError(f"that session is an interview by flow {session.flow_id}, not by {flow.id}")
    if session.flow_hash != flow.content_hash:
        # A file that is named is drawn as it is: that shows where the call would go by it.
        held = Versions(settings.versions_dir).find(flow.id, session.flow_hash) if is_id else None
        if held is None:
            typer.echo("webhook: the call began with another version than the one that is drawn", err=True)
        flow = held or flow
    left = minutes_left(flow, session.state, session.time.clock_s)
    return to_mermaid(flow, trace_of(flow, session.state, minutes_left=left))


async def _load(settings: Settings, session_id: str) -> Session:
    async with records.opened_store(settings) as store:
        return await Sessions(store=store).load(session_id)


def _rendered(text: str, form: Form) -> bytes:
    """The picture that `mmdc` makes of it."""
    command = _mmdc()
    with TemporaryDirectory(prefix="webhook-draw-") as scratch:
        source, picture = Path(scratch) / "flow.mmd", Path(scratch) / f"flow.{form}"
        source.write_text(text, encoding="utf-8")
        try:
            done = subprocess.run(  # noqa: S603 - the words are ours; the flow is in a file
                [*command, "--quiet", "--input", str(source), "--output", str(picture)],
                capture_output=True,
                text=True,
                timeout=_RENDER_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise UpstreamError(f"mmdc did not draw the flow within {_RENDER_S} seconds, or could not start") from error
        if done.returncode != 0 or not picture.is_file():
            raise UpstreamError(f"mmdc could not draw the flow: {_last_line(done.stderr or done.stdout)}")
        return picture.read_bytes()


def _mmdc() -> list[str]:
    """How to call the renderer: on the PATH, or in the folder's own packages."""
    if found := shutil.which("mmdc"):
        return [found]
    npx = shutil.which("npx")
    if npx is not None:
        known = subprocess.run(  # noqa: S603 - fixed words
            [npx, "--no-install", "mmdc", "--version"], capture_output=True, timeout=_RENDER_S, check=False
        )
        if known.returncode == 0:
            return [npx, "--no-install", "mmdc"]
    raise SettingsError(_HOW_TO_GET_IT)


def _last_line(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return next((line for line in lines if "rror" in line), lines[-1] if lines else "it did not say why")


def _hand_over(drawn: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.buffer.write(drawn)
        sys.stdout.flush()
        return
    try:
        output.write_bytes(drawn)
    except OSError as error:
        raise SettingsError(f"{output} cannot be written ({error.strerror})") from error
