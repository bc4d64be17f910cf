"""The service as a real process behind a tap, and what its operators see of a call."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx2
import orjson

from tests.clients.tap import Exchange, Tap

ROOT = Path(__file__).parents[2]
SECRET = "clients-come-in-with-this"
_TOKEN = "operators-come-in-with-this"
_START_S = 60.0


@dataclass(frozen=True, kw_only=True)
class Service:
    """`url` is the tap's: what goes there is kept in `exchanges`."""

    url: str
    exchanges: list[Exchange]
    operator: httpx2.AsyncClient

    async def sessions(self) -> dict[str, dict[str, Any]]:
        """All there are, by their ids."""
        found: dict[str, dict[str, Any]] = {}
        cursor = ""
        while cursor is not None:
            answer = await self.operator.get("/api/sessions", params={"limit": 200, "cursor": cursor})
            page = answer.raise_for_status().json()
            found |= {session["sessionId"]: session for session in page["sessions"]}
            cursor = page["nextCursor"]
        return found

    async def session(self, session_id: str) -> dict[str, Any]:
        answer = await self.operator.get(f"/api/sessions/{session_id}", params={"private": "show"})
        found: dict[str, Any] = answer.raise_for_status().json()
        return found

    async def turn(self, document: dict[str, Any]) -> dict[str, Any]:
        """One turn by the JSON webhook, past the tap."""
        headers = {"Authorization": f"Bearer {SECRET}"}
        answer = await self.operator.post("/api/elevenlabs-webhook", json=document, headers=headers)
        told: dict[str, Any] = answer.raise_for_status().json()
        return told


@asynccontextmanager
async def running(webhook: Path, data_dir: Path, *, claude_url: str | None = None) -> AsyncGenerator[Service]:
    """`webhook serve` of the checkout whose `.venv/bin/webhook` this is, until the block ends; scripted without
    `claude_url`.
    """
    tree = webhook.parents[2]
    port = _free_port()
    claude = {"ANTHROPIC_API_KEY": "key", "ANTHROPIC_BASE_URL": claude_url} if claude_url else {}
    env = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "DATA_DIR": str(data_dir),
        "FLOWS_DIR": str(tree / "flows"),
        "PROMPTS_DIR": str(tree / "prompts"),
        "WEBHOOK_SECRET": SECRET,
        "API_TOKEN": _TOKEN,
        "LOG_FORMAT": "json",
        "PORT": str(port),
        **claude,
    }
    log_file = _log_in(data_dir)
    with log_file.open("wb") as log:
        process = await asyncio.create_subprocess_exec(webhook, "serve", env=env, stdout=log, stderr=log, cwd=data_dir)
    try:
        operator = httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", headers={"Authorization": f"Bearer {_TOKEN}"}, timeout=30.0
        )
        async with operator, Tap(port) as tap:
            await _until_ready(operator, process, log_file)
            try:
                yield Service(url=f"http://127.0.0.1:{tap.port}", exchanges=tap.exchanges, operator=operator)
            finally:
                _write_down(tap.exchanges, data_dir / "exchanges.jsonl")
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


def _log_in(data_dir: Path) -> Path:
    data_dir.mkdir(parents=True)
    return data_dir / "log.jsonl"


def _write_down(exchanges: list[Exchange], file: Path) -> None:
    lines = [orjson.dumps({**asdict(exchange), "answer": exchange.answer.decode()}) for exchange in exchanges]
    file.write_bytes(b"\n".join(lines))


async def _until_ready(http: httpx2.AsyncClient, process: asyncio.subprocess.Process, log: Path) -> None:
    async with asyncio.timeout(_START_S):
        while True:
            try:
                if (await http.get("/readyz")).status_code == 200:
                    return
            except httpx2.TransportError:
                pass
            if process.returncode is not None:
                raise RuntimeError(f"the service did not start; see {log}")
            await asyncio.sleep(0.05)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
