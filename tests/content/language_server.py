"""The language server that editors use for YAML, spoken to as an editor does: JSON-RPC over its pipes."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import IO, Any

#: Nothing is fetched: the only schema is the one a file names itself.
_SETTINGS = {"yaml": {"validate": True, "schemaStore": {"enable": False}}}


@dataclass(frozen=True, kw_only=True)
class Remark:
    """What an editor underlines; `line` counts from 1."""

    line: int
    message: str


class LanguageServer:
    """One server for one folder of flows."""

    def __init__(self, folder: Path, to_server: IO[bytes], from_server: IO[bytes]) -> None:
        self._folder = folder
        self._out = to_server
        self._in = from_server
        self._ids = count(1)

    def begin(self) -> None:
        self._ask(
            "initialize",
            processId=None,
            rootUri=self._folder.as_uri(),
            capabilities={"workspace": {"configuration": True}},
        )
        self._send(method="initialized", params={})

    def remarks(self, text: str) -> list[Remark]:
        """What the server has to say of a file of the folder with this text in it."""
        uri = self._open(text)
        published = self._until(lambda m: m.get("method") == "textDocument/publishDiagnostics" and _uri(m) == uri)
        said = published["params"]["diagnostics"]
        return sorted(
            (Remark(line=each["range"]["start"]["line"] + 1, message=each["message"]) for each in said),
            key=lambda remark: (remark.line, remark.message),
        )

    def help(self, text: str, *, line: int, column: int) -> str:
        """What is shown when the mouse rests on a word; both count from 1."""
        place = {"line": line - 1, "character": column - 1}
        answer = self._ask("textDocument/hover", textDocument={"uri": self._open(text)}, position=place)
        return str(answer["result"]["contents"]["value"])

    def _open(self, text: str) -> str:
        """A file of a name of its own, so that no remark on an earlier text is taken for one on this."""
        uri = (self._folder / f"opened-{next(self._ids)}.yaml").as_uri()
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self._send(method="textDocument/didOpen", params={"textDocument": document})
        return uri

    def _ask(self, method: str, **params: Any) -> dict[str, Any]:
        # The server numbers its own requests, from 0 up as well; what has a method is no answer.
        own = f"editor-{next(self._ids)}"
        self._send(id=own, method=method, params=params)
        return self._until(lambda m: m.get("id") == own and "method" not in m)

    def _until(self, is_meant: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        while True:
            message = self._receive()
            if is_meant(message):
                return message
            if "id" in message and "method" in message:
                self._send(id=message["id"], result=self._answer(message))

    def _answer(self, message: dict[str, Any]) -> Any:
        if message["method"] != "workspace/configuration":
            return None
        return [_SETTINGS.get(item.get("section", ""), {}) for item in message["params"]["items"]]

    def _send(self, **message: Any) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self._out.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self._out.flush()

    def _receive(self) -> dict[str, Any]:
        length = 0
        while header := self._in.readline().strip():
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if not length:
            raise EOFError("the language server has gone")
        message: dict[str, Any] = json.loads(self._in.read(length))
        return message


def _uri(message: dict[str, Any]) -> str:
    return str(message["params"]["uri"])


@contextmanager
def language_server(command: str, folder: Path) -> Iterator[LanguageServer]:
    process = subprocess.Popen([command, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        server = LanguageServer(folder, process.stdin, process.stdout)
        server.begin()
        yield server
    finally:
        process.kill()
        process.communicate()
