"""Runs one driver: JSON lines in, JSON lines out. `python host.py openai_client`."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import sys
import traceback
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

from contract import Call, Talk

#: The runner's end of the line. Whatever a package prints goes to the log instead.
_LINE = os.fdopen(os.dup(1), "w")


def _tell(document: dict[str, Any]) -> None:
    _LINE.write(json.dumps(document) + "\n")
    _LINE.flush()


def _described(clients: dict[str, type[Talk]]) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "package": client.package,
            "version": version(client.package),
            "modes": client.modes,
            "interrupts": client.interrupts,
            "faults": client.faults,
        }
        for name, client in clients.items()
    ]


async def _step(clients: dict[str, type[Talk]], talk: Talk | None, asked: dict[str, Any]) -> tuple[Talk | None, Any]:
    """Do what is asked; the talk that goes on, and the answer."""
    if "open" in asked:
        talk = clients[asked["client"]](Call(**asked["open"]))
        await talk.open()
        return talk, {}
    assert talk is not None
    if "close" in asked:
        await talk.close()
        return None, {}
    before = len(talk.call.ran)
    if "interrupt" in asked:
        answer: dict[str, Any] = {"text": await talk.interrupt(asked["interrupt"])}
    else:
        answer = asdict(await talk.say(asked["say"]))
    return talk, {**answer, "ran": talk.call.ran[before:]}


def _error(error: BaseException) -> dict[str, Any]:
    traceback.print_exception(error, file=sys.stderr)
    return {"error": f"{type(error).__name__}: {error}"}


async def main() -> None:
    os.dup2(2, 1)
    clients: dict[str, type[Talk]] = importlib.import_module(sys.argv[1]).CLIENTS
    _tell({"clients": _described(clients)})
    talk: Talk | None = None
    while line := await asyncio.to_thread(sys.stdin.readline):
        try:
            talk, answer = await _step(clients, talk, json.loads(line))
        except Exception as error:  # noqa: BLE001 - whatever a client raises is what it shows
            answer = _error(error)
        _tell(answer)


if __name__ == "__main__":
    asyncio.run(main())
