#!/usr/bin/env bash
# litellm 1.110.2: `aresponses(stream=True)` does not stream for a model that is not in its price list.
#
# With an OpenAI-compatible server of one's own (`openai/...` and `api_base`), the request that leaves has
# no `"stream": true`: the whole answer is awaited and then cut into events, so the first word comes after the last.
# After `litellm.register_model` with `supports_native_streaming` the same call asks for a stream.
# Seen: sent stream=None, registered stream=True
# Ends with 1 when that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check litellm==1.110.2
cd "$folder"
LITELLM_LOCAL_MODEL_COST_MAP=True "$folder/venv/bin/python" - <<'PYTHON'
import asyncio
import contextlib
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import litellm

sent: list[object] = []


class Server(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        sent.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))).get("stream"))
        body = b'{"error": {"message": "only the request is looked at", "type": "invalid_request_error"}}'
        self.send_response(400)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


async def ask(base: str) -> object:
    with contextlib.suppress(litellm.exceptions.APIError, litellm.BadRequestError):
        stream = await litellm.aresponses(
            model="openai/of-my-own", input="Hello?", stream=True, api_base=base, api_key="x", max_retries=0
        )
        async for _ in stream:
            pass
    return sent[-1]


server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
base = f"http://127.0.0.1:{server.server_port}/v1"
plain = asyncio.run(ask(base))
litellm.register_model({"openai/of-my-own": {"litellm_provider": "openai", "supports_native_streaming": True}})
registered = asyncio.run(ask(base))
server.shutdown()
print(f"sent stream={plain}, registered stream={registered}")
sys.exit(0 if not plain and registered is True else 1)
PYTHON
