"""Everything held of a caller is in the zip and nothing of anybody else; it is whole, or there is none."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
import tempfile
import tracemalloc
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any

import pytest
from pydantic import SecretStr

from tests.full_disk import at_most
from tests.held import (
    FOR_LONG,
    damage,
    document,
    files_in,
    hold,
    hold_recording,
    said_in,
    settled,
    token_of,
    word,
    words,
)
from tests.live_server import WEBHOOK_SECRET, settings_for
from tests.post_call import transcription
from tests.servers import RedisServer, running_redis
from tests.wire.test_standard_webhooks import SECRET
from webhook.errors import ExportError, NotFound, RecordDamaged, StoreError
from webhook.interview.session import to_dict
from webhook.privacy.erasure import Whom
from webhook.privacy.export import Overview
from webhook.privacy.exports import Exports
from webhook.services import Services, build_services
from webhook.wire.limits import read_object
from webhook.wire.phone import number_keys
from webhook.wire.post_call import parse_event

ANNA, BERT = "zerbinetta", "ptolemaios"
NUMBER, OTHER_NUMBER = "+4930123456", "+4930654321"
OLD_SECRET = "turns-were-open-with-that"


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


def _given(request: pytest.FixtureRequest) -> dict[str, Any]:
    if request.param == "sqlite":
        return {}
    server: RedisServer = request.getfixturevalue("redis_server")
    return {"redis_url": SecretStr(server.url)}


@pytest.fixture(scope="module", params=["sqlite", "redis"])
async def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Services]:
    """With two callers on it of whom something is held everywhere; for tests that only look."""
    given = _given(request)
    if given:
        request.getfixturevalue("redis_server").command("FLUSHALL")
    async with _running(tmp_path_factory.mktemp("shared"), **given) as made:
        await _hold_both(made)
        yield made


@pytest.fixture(params=["sqlite", "redis"])
async def services(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Services]:
    """The same for tests that change something."""
    given = _given(request)
    if given:
        request.getfixturevalue("redis_server").command("FLUSHALL")
    async with _running(tmp_path, **given) as made:
        await _hold_both(made)
        yield made


async def _hold_both(services: Services) -> None:
    await hold(services, ANNA, number=NUMBER, secret=WEBHOOK_SECRET)
    await hold(services, BERT, number=OTHER_NUMBER, secret=WEBHOOK_SECRET)
    await settled(services)


@asynccontextmanager
async def _running(data_dir: Path, **given: Any) -> AsyncGenerator[Services]:
    results = {"result_webhook_url": SecretStr("https://results.example.com/x"), "result_webhook_secret": (SECRET,)}
    services = build_services(settings_for(data_dir, keep_days=FOR_LONG, **{**results, **given}))
    await services.store.open()
    await services.call_store.open()
    try:
        yield services
    finally:
        await settled(services)
        await services.call_store.close()
        await services.store.close()


def caller(number: str = NUMBER, *secrets: str) -> Whom:
    return Whom(callers=number_keys(number, secrets or (WEBHOOK_SECRET,)))


def everything_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


async def exported(services: Services, whom: Whom) -> dict[str, bytes]:
    exports = services.exports
    with await exports.made(await exports.find(whom)) as file:
        return files_in(file.read())


# What is in it


async def test_everything_held_of_a_caller_is_in_it_and_nothing_of_another_one(shared: Services) -> None:
    files = await exported(shared, caller())
    assert said_in(files, ANNA) == words(ANNA)
    assert said_in(files, BERT) == set()
    assert BERT.encode() not in b"".join(files.values())


async def test_the_files_are_named_by_number_and_day_and_each_is_what_the_index_says(shared: Services) -> None:
    files = await exported(shared, caller())
    index = document(files, "index.json")
    assert {each["path"]: (each["size"], each["sha256"]) for each in index["files"]} == {
        path: (len(content), hashlib.sha256(content).hexdigest())
        for path, content in files.items()
        if path != "index.json"
    }
    folders = {each["sessionId"]: each["folder"] for each in index["sessions"]}
    assert folders[f"{ANNA}-2"] == "003_2025-06-16"
    assert {folders[f"{ANNA}-1"], folders[f"{ANNA}-1~conv_{ANNA}2"]} == {"001_2025-06-15", "002_2025-06-15"}
    assert {path for path in files if path.startswith(folders[f"{ANNA}-1"])} == {
        f"{folders[f'{ANNA}-1']}/{name}"
        for name in (
            *("session.json", "report.json", "report.md", "transcript.txt", "transcript.json", "interviews.json"),
            *("deliveries.json", "platform.json", "subtitles-1.srt", "subtitles-1.vtt", "recording-1.mp3"),
        )
    }
    assert {path for path in files if "/" not in path} == {"README.txt", "index.json", "caller.json", "erasures.json"}
    assert ANNA not in "".join(files)


SAID = {
    "session.json": {"utterance", "reply", "fact", "quote", "report", "interview", "delivery"},
    "report.json": {"fact", "quote", "report"},
    "report.md": {"fact", "quote", "report"},
    "transcript.txt": {"utterance", "reply"},
    "transcript.json": {"utterance", "reply"},
    "platform.json": {"heard by the platform", "its summary"},
    "subtitles-1.srt": {"heard by the platform"},
    "subtitles-1.vtt": {"heard by the platform"},
    "deliveries.json": {"delivery"},
    "interviews.json": {"interview"},
    "recording-1.mp3": {"recording"},
}


async def test_each_file_says_what_it_is_for(shared: Services) -> None:
    files = await exported(shared, caller())
    folder = next(s["folder"] for s in document(files, "index.json")["sessions"] if s["sessionId"] == f"{ANNA}-1")
    for name, places in SAID.items():
        found = said_in({name: files[f"{folder}/{name}"]}, ANNA)
        assert {word(ANNA, place) for place in places} <= found, name


async def test_a_session_has_its_branches_and_what_it_was_invited_to_and_no_other_session(shared: Services) -> None:
    files = await exported(shared, Whom(session_id=f"{ANNA}-1"))
    assert words(ANNA) - said_in(files, ANNA) == {word(ANNA, p) for p in ("odd record", "damaged record", "erasure")}
    assert said_in(files, BERT) == set()


async def test_what_opens_something_stays_out(services: Services) -> None:
    told = await services.calls.find(f"conv_{ANNA}1")
    assert told is not None
    token = token_of(ANNA, WEBHOOK_SECRET)
    kept = replace(told, tokens=(token,))
    await services.calls._change(f"conv_{ANNA}1", lambda _: kept)
    everything = b"".join((await exported(services, caller())).values())
    for secret in (token, WEBHOOK_SECRET, SECRET, "results.example.com", NUMBER.removeprefix("+")):
        assert secret.encode() not in everything


async def test_bytes_that_nobody_can_read_go_in_as_they_are_less_what_looks_like_a_token(services: Services) -> None:
    token = token_of(ANNA, WEBHOOK_SECRET)
    damage(services, f"{ANNA}-2", b'{"token": "%b", "words": "the-cut-off-wo\xff' % token.encode())
    files = await exported(services, Whom(session_id=f"{ANNA}-2"))
    index = document(files, "index.json")
    path = f"{next(s['folder'] for s in index['sessions'] if s['sessionId'] == f'{ANNA}-2')}/session.json"
    record = document(files, path)
    assert record["unreadable"] is True
    assert "the-cut-off-wo" in record["text"]
    assert b'"the-cut-off-wo\xff' in base64.b64decode(record["base64"])
    assert token.encode() not in base64.b64decode(record["base64"])
    assert said_in(files, ANNA) >= {word(ANNA, "damaged record")}


async def test_looking_for_what_is_held_makes_no_more_of_it(services: Services) -> None:
    first = await exported(services, caller())
    again = await exported(services, caller())
    listed = [document(files, "index.json")["sessions"] for files in (first, again)]
    assert listed[0] == listed[1]


async def test_a_call_that_only_the_platform_knows_is_found_by_its_own_id(services: Services) -> None:
    event = parse_event(read_object(transcription("conv_orphan01")))
    assert event is not None
    await services.calls.receive(event)
    files = await exported(services, Whom(session_id="conv_orphan01"))
    assert b"Hello there." in files["001_unknown-date/platform.json"]


async def test_somebody_else_s_call_beside_a_session_is_not_handed_over_with_it(services: Services) -> None:
    beside_id = await services.sessions.beside(f"{ANNA}-1", "conv_other")
    theirs = await services.sessions.load(f"{BERT}-1")
    assert await services.sessions.save(replace(theirs, session_id=beside_id), expect=0)
    for whom in (caller(), Whom(session_id=f"{ANNA}-1")):
        assert said_in(await exported(services, whom), BERT) == set()


# Of whom


async def test_a_number_finds_what_was_kept_before_the_secret_was_rotated_and_after(services: Services) -> None:
    session = await services.sessions.load(f"{ANNA}-1")
    assert session.call is not None
    (old,) = number_keys(NUMBER, (OLD_SECRET,))
    older = replace(session, session_id="older", conversation_id=None, call=replace(session.call, caller=old))
    assert await services.sessions.save(older, expect=0)
    both = document(await exported(services, caller(NUMBER, WEBHOOK_SECRET, OLD_SECRET)), "index.json")
    assert {"older", f"{ANNA}-1"} <= {each["sessionId"] for each in both["sessions"]}
    alone = document(await exported(services, Whom(callers=(old,))), "index.json")
    assert {each["sessionId"] for each in alone["sessions"]} == {"older"}


@pytest.mark.parametrize("whom", [caller("+4930000000"), Whom(session_id="nobody"), Whom(callers=("0" * 64,))])
async def test_of_whom_nothing_is_held_there_is_no_zip(shared: Services, whom: Whom) -> None:
    with pytest.raises(NotFound):
        await shared.exports.find(whom)


async def test_a_call_that_was_erased_is_not_held_any_more(services: Services) -> None:
    await services.erasures.ask(Whom(session_id=f"{ANNA}-1"))
    await settled(services)
    files = await exported(services, caller())
    left = {word(ANNA, place) for place in ("odd record", "damaged record", "invite", "interview", "erasure")}
    assert said_in(files, ANNA) == left
    alone = await exported(services, Whom(session_id=f"{ANNA}-1"))
    assert set(alone) == {"README.txt", "index.json", "erasures.json"}
    assert [each["sessionId"] for each in document(alone, "erasures.json")["erasures"]] == [f"{ANNA}-1"]


async def test_what_went_on_while_redis_was_away_is_in_it_too(tmp_path: Path, redis_server: RedisServer) -> None:
    redis_server.command("FLUSHALL")
    async with _running(tmp_path, redis_url=SecretStr(redis_server.url)) as services:
        await hold(services, ANNA, number=NUMBER, secret=WEBHOOK_SECRET)
        session = await services.sessions.load(f"{ANNA}-1")
        aside = to_dict(
            replace(session, session_id="s-aside", conversation_id=None, first_message="said-to-the-standby")
        )
        assert isinstance(await services.store.standby.save("s-aside", aside, expect=0), int)
        files = await exported(services, caller())
    assert b"said-to-the-standby" in b"".join(files.values())


# Whole, or not at all


@dataclass
class Left:
    """How many more questions are answered."""

    count: int


@dataclass
class Flaky:
    """A store that answers only so many questions (of these kinds)."""

    store: Any
    left: Left
    error: Exception
    kinds: tuple[str, ...] = ("load", "tagged", "list_sessions")

    def __getattr__(self, name: str) -> Any:
        async def asked(*args: Any, **more: Any) -> Any:
            if name in self.kinds:
                self.left.count -= 1
                if self.left.count < 0:
                    raise self.error
            return await getattr(self.store, name)(*args, **more)

        return asked


def breaking(exports: Exports, left: Left, error: Exception, **kinds: Any) -> Exports:
    """Both stores break: that of the sessions and that of the calls."""
    held = exports.holdings
    store = Flaky(held.calls.store, left, error, **kinds)
    calls, starts = replace(held.calls, store=store), replace(held.starts, store=store)
    stores = tuple(Flaky(each, left, error, **kinds) for each in held.stores)
    callers = replace(held.callers, store=store)
    return replace(exports, holdings=replace(held, stores=stores, calls=calls, starts=starts, callers=callers))


async def test_a_store_that_breaks_anywhere_on_the_way_is_an_error_and_leaves_nothing(
    services: Services, tmp_path: Path
) -> None:
    count = 0
    for count in range(200):
        exports = breaking(services.exports, Left(count), StoreError("away"))
        with (tmp_path / "out.zip").open("w+b") as out:
            try:
                await exports.write(await exports.find(caller()), out)
            except StoreError:
                assert os.fstat(out.fileno()).st_size == 0
            else:
                break
    assert 30 < count < 199


async def test_what_nobody_can_read_breaks_nothing(services: Services) -> None:
    damaged = RecordDamaged("damaged", data=b"half-a-record", version=1)
    exports = services.exports
    store = Flaky(services.call_store, Left(0), damaged, kinds=("load",))
    held = exports.holdings
    held = replace(held, callers=replace(held.callers, store=store), starts=replace(held.starts, store=store))
    exports = replace(exports, holdings=replace(held, calls=replace(held.calls, store=store)))
    with await exports.made(await exports.find(caller())) as file:
        files = files_in(file.read())
    assert b"half-a-record" in files["caller.json"]
    assert any(path.endswith("platform.json") and b"half-a-record" in files[path] for path in files)


async def test_a_full_disk_is_an_error_that_says_so_and_leaves_nothing(services: Services, tmp_path: Path) -> None:
    with hold_recording(services, f"conv_{ANNA}1", b"").open("wb") as sound:
        sound.truncate(30 * 1024 * 1024)
    found = await services.exports.find(caller())
    before = everything_in(tmp_path)
    with at_most(20 * 1024 * 1024), pytest.raises(ExportError, match="look at the free space"):
        await services.exports.made(found)
    assert everything_in(tmp_path) == before
    with (tmp_path / "out.zip").open("w+b") as out:
        with at_most(20 * 1024 * 1024), pytest.raises(ExportError):
            await services.exports.write(found, out)
        assert os.fstat(out.fileno()).st_size == 0


async def test_who_gives_up_half_way_leaves_nothing(services: Services, tmp_path: Path) -> None:
    with hold_recording(services, f"conv_{ANNA}1", b"").open("wb") as sound:
        sound.truncate(30 * 1024 * 1024)
    found = await services.exports.find(caller())
    with (tmp_path / "out.zip").open("w+b") as out:
        writing = asyncio.create_task(services.exports.write(found, out))
        while os.fstat(out.fileno()).st_size < 2 * 1024 * 1024:
            assert not writing.done()
            await asyncio.sleep(0)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        assert os.fstat(out.fileno()).st_size == 0


async def test_the_file_is_nobody_else_s_while_it_is_made(shared: Services, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    class Watched(Exports):
        async def write(self, found: Overview, out: IO[bytes], advance: Any = lambda: None) -> None:
            status = os.fstat(out.fileno())
            seen.append((status.st_mode & 0o777, status.st_nlink))
            await super().write(found, out, advance)

    exports = Watched(**vars(shared.exports))
    (await exports.made(await exports.find(caller()))).close()
    assert seen == [(0o600, 0)]


async def test_a_recording_of_a_hundred_megabytes_takes_little_memory(tmp_path: Path) -> None:
    async with _running(tmp_path) as services:
        await hold(services, ANNA, number=NUMBER, secret=WEBHOOK_SECRET)
        await settled(services)
        with hold_recording(services, f"conv_{ANNA}1", b"").open("wb") as sound:
            sound.truncate(100 * 1024 * 1024)
        found = await services.exports.find(caller())
        with tempfile.TemporaryFile(dir=tmp_path) as out:
            tracemalloc.start()
            try:
                await services.exports.write(found, out)
                _, most = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
            assert os.fstat(out.fileno()).st_size > 100 * 1024 * 1024
    assert most < 16 * 1024 * 1024
