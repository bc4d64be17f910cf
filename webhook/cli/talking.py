"""`webhook talk`: an interview in the terminal, with what was learnt and why the next move was chosen."""

from __future__ import annotations

import asyncio
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from webhook import log
from webhook.app import running
from webhook.asks import Ask
from webhook.cli.talk_commands import SESSION_ID, Clock, Commands, Late
from webhook.cli.talk_views import clock_text, fact_line
from webhook.errors import NotFound
from webhook.interview.history import Message, is_silence
from webhook.interview.report_forms import to_markdown
from webhook.services import Services, build_services
from webhook.settings import load_settings

if TYPE_CHECKING:
    from webhook.asks import Reply
    from webhook.interview.flow import Flow
    from webhook.interview.session import Session

_SILENCE = "..."
"""What a platform sends for a caller who says nothing."""
_REPORT_S = 120.0
"""How long a report may take that Claude writes part of."""


def talk(flow_id: str | None, persona_id: str | None) -> None:
    """Hold the interview until it ends or the caller leaves. Raises `NotFound` for an unknown flow or persona."""
    settings = load_settings()
    console = Console(highlight=False, soft_wrap=True)
    with TemporaryDirectory(prefix="webhook-talk-") as scratch:
        own = {"data_dir": Path(scratch), "redis_url": None, "host": "127.0.0.1", "result_webhook_url": None}
        clock, late = Clock(), Late()
        services = build_services(settings.model_copy(update=own), clock=clock)
        services = replace(services, interviewer=replace(services.interviewer, limits=late))
        flow = _flow(services, flow_id)
        _check_persona(flow, persona_id)
        messages: list[Message] = []
        commands = Commands(services, flow, clock, late, messages)
        # What goes on is shown beside the dialogue, and must not break into it.
        log.set_up(level="error", style=settings.log_format)
        try:
            asyncio.run(_Talk(services, flow, persona_id, console, commands, messages).hold())
        except KeyboardInterrupt:
            _leave(console, commands)


def _flow(services: Services, flow_id: str | None) -> Flow:
    try:
        return services.admission.choose_flow(flow_id)
    except NotFound:
        known = ", ".join(services.library.contents.flows)
        raise NotFound(f"there is no flow by that id; there is {known}") from None


def _check_persona(flow: Flow, persona_id: str | None) -> None:
    if persona_id is not None and persona_id not in flow.personas:
        raise NotFound(f"flow {flow.id} has no such persona; it has {', '.join(flow.personas)}")


def _leave(console: Console, commands: Commands) -> None:
    kept = "Nothing was kept but what you saved." if commands.has_saved else "Nothing was kept."
    console.print(Text(f"\nYou left the interview. {kept}"))


@dataclass
class _Talk:
    """One interview: the history as a platform would send it, and what can be typed besides answers."""

    services: Services
    flow: Flow
    persona_id: str | None
    console: Console
    commands: Commands
    messages: list[Message]
    is_over: bool = False

    async def hold(self) -> None:
        async with running(self.services):
            lines = _typed_lines()
            await self._introduce()
            if self.services.claude is not None:
                await self.services.claude.warm()  # lines that are piped in come faster than a library loads
            while (line := await self._next_line(lines)) is not None:
                if line.startswith("/"):
                    await self._command(line)
                elif self.is_over:
                    return
                elif await self._answer(line or _SILENCE):
                    await self._end()
            if not self.is_over:
                _leave(self.console, self.commands)

    async def _introduce(self) -> None:
        how = "scripted, since ANTHROPIC_API_KEY is not set" if self.services.claude is None else "with Claude"
        self._aside(f"{self.flow.title} (version {self.flow.version}), {how}. Ctrl-D leaves, an empty line is silence,")
        self._aside("/help lists what else there is to type.")
        opening = self.services.admission.opening(self.flow.id, self.persona_id)
        self._begin_speech()
        self.console.print(Text(opening))
        self.messages.append(Message(role="agent", text=opening))
        # The interview begins with these words, and so does its clock.
        found = await self.services.admission.load_or_new(SESSION_ID, self._ask())
        await self.services.sessions.save(found.session, expect=found.version)

    async def _next_line(self, lines: asyncio.Queue[str | None]) -> str | None:
        is_typed = sys.stdin.isatty()
        if is_typed or not self.is_over:
            self._prompt()
        line = await lines.get()
        if line is not None and not is_typed:  # what is piped in would not be seen otherwise
            if self.is_over:
                self._prompt()
            self.console.print(Text(line))
        return line

    def _prompt(self) -> None:
        self.console.print(Text("\nyou> ", style="bold"), end="")

    def _ask(self) -> Ask:
        return Ask(
            messages=tuple(self.messages), session_id=SESSION_ID, flow_id=self.flow.id, persona_id=self.persona_id
        )

    async def _answer(self, line: str) -> bool:
        """Answer one line; True when that was the end of the interview."""
        self.commands.note_line(await self.services.sessions.load(SESSION_ID))
        self.messages.append(Message(role="user", text=line))
        reply = await self.services.interviewer.answer(self._ask())
        self.messages.append(Message(role="agent", text=await self._speak(reply)))
        if reply.generation is not None:
            await reply.generation.settled.wait()
        session = await self.services.sessions.load(SESSION_ID)
        if not is_silence(line):
            self.commands.note_turn(line, session)
        self._explain(session, is_silence=is_silence(line))
        return session.is_over

    async def _command(self, line: str) -> None:
        for text in await self.commands.run(line):
            self._aside(f"> {text}")
        self.is_over = (await self.services.sessions.load(SESSION_ID)).is_over

    async def _speak(self, reply: Reply) -> str:
        self._begin_speech()
        said = ""
        async for piece in reply.pieces():
            said += piece
            self.console.print(Text(piece), end="")
            self.console.file.flush()
        self.console.print()
        return said.strip()

    def _begin_speech(self) -> None:
        persona = self.flow.persona_or_default(self.persona_id)
        self.console.print(Text(f"\n{persona.name}: ", style="bold"), end="")

    def _explain(self, session: Session, *, is_silence: bool) -> None:
        """What this turn taught, and why the interview goes where it goes."""
        if is_silence:
            self._aside(f"> silence, {len(session.nudges)} in a row: it teaches and moves nothing")
            return
        for event in session.state.events[len(self.commands.before[-1].session.state.events) :]:
            self._aside(fact_line(event))
        move = session.head.move if session.head is not None else None
        if move is not None:
            topic = f" [{session.current_topic}]" if session.current_topic else ""
            self._aside(f"> {move.kind.value}{topic}: {move.reason} ({clock_text(self.commands.left(session))})")

    async def _end(self) -> None:
        if self.services.claude is not None:
            self._aside("\nThe report is being written...")
        # The end of the call has set the report going; it is waited for rather than made a second time.
        await self.services.interviewer.generations.drain(_REPORT_S)
        session = await self.services.reports.make_now(SESSION_ID)
        assert session.report is not None
        self.console.print(Text(f"\n{to_markdown(session.report)}"), end="")
        self.is_over = True
        if sys.stdin.isatty():
            self._aside("\nThe interview is over. Enter leaves; /save NAME and /back still work.")

    def _aside(self, text: str) -> None:
        self.console.print(Text(text, style="dim"))


def _typed_lines() -> asyncio.Queue[str | None]:
    """The caller's lines as they come, None at their end.

    A thread reads them, so that Claude can go on while the caller thinks. It is a daemon with a file of its own:
    neither Ctrl-C nor the end of the interview waits for one more line.
    """
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    def read() -> None:
        with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as raw:
            for line in raw:
                hand_on(line.decode("utf-8", "replace").strip())
        hand_on(None)

    def hand_on(line: str | None) -> None:
        with suppress(RuntimeError):  # the interview is over, and its loop closed
            loop.call_soon_threadsafe(lines.put_nowait, line)

    threading.Thread(target=read, daemon=True).start()
    return lines
