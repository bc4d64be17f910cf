#!/usr/bin/env bash
# redis 8.1.0 (redis-py, asyncio, Python 3.11): a task that waits for a command may go on after it was cancelled. The
# cancellation is lost, the command is sent all the same, and the task waits for its answer: whoever cancels a blocking
# XREAD and awaits the task waits as long as the server blocks. Most often while the connection is made, in some turns of
# the event loop on one that is up, too. Seen here against a small server that answers the handshake and holds XREAD;
# `asyncio.wait` around a task of its own for the command is a way out.
# Fails if that changes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check redis==8.1.0
"$work/venv/bin/python" - <<'PYTHON'
import asyncio

from redis.asyncio import Redis

ROUNDS = 200


async def answer(reader, writer):
    """Each command is an array of bulk strings; a handshake is answered, XREAD never."""
    try:
        while line := await reader.readline():
            words = []
            for _ in range(int(line[1:])):
                length = int((await reader.readline())[1:])
                words.append((await reader.readexactly(length + 2))[:-2].upper())
            if words[0] == b"HELLO":
                writer.write(b"%1\r\n+proto\r\n:3\r\n")
            elif words[0] != b"XREAD":
                writer.write(b"+OK\r\n")
            await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError, ValueError):
        pass
    finally:
        writer.close()


async def lost(port, connected_first):
    """How many of ROUNDS tasks go on after they were cancelled, each after a few more turns of the loop."""
    count = 0
    for round_ in range(ROUNDS):
        client = Redis(host="127.0.0.1", port=port)
        if connected_first:
            await client.ping()
        task = asyncio.create_task(client.xread({"stream": "0"}, block=60_000))
        for _ in range(1 + round_ % 40):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task], timeout=0.1)
        if not task.done():
            count += 1
            task.cancel()
            await asyncio.wait([task])
        await client.aclose()
    return count


async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connecting, connected = await lost(port, False), await lost(port, True)
    print(f"cancelled while it connects: {connecting} of {ROUNDS} tasks go on")
    print(f"cancelled on a connection that is up: {connected} of {ROUNDS} go on")
    assert connecting > 0 and connected > 0
    server.close()


asyncio.run(main())
PYTHON
