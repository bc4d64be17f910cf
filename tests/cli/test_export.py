"""`webhook export` over the store a server has left behind."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.cli.conftest import CommandLine, Inside
from tests.held import FOR_LONG, files_in, hold, hold_recording, said_in, settled, words
from tests.live_server import services_for, settings_for
from tests.servers import running_redis
from tests.wire.test_standard_webhooks import SECRET
from webhook.services import build_services
from webhook.wire.phone import number_keys

ANNA, BERT = "zerbinetta", "ptolemaios"
NUMBER, OTHER_NUMBER = "+4930123456", "+4930654321"
TODAY, BEFORE = "turns-are-open-with-this", "turns-were-open-with-that"
ENV = {"WEBHOOK_SECRET": f"{TODAY},{BEFORE}"}


@pytest.fixture(params=["sqlite", "redis"])
def kept(request: pytest.FixtureRequest, cli: CommandLine, tmp_path: Path) -> Iterator[CommandLine]:
    """One caller of before the secret was rotated, and one of after that."""
    if request.param == "sqlite":
        asyncio.run(_keep(cli, None))
        yield cli
        return
    with running_redis(tmp_path / "redis") as server:
        cli.env["REDIS_URL"] = server.url
        asyncio.run(_keep(cli, SecretStr(server.url)))
        yield cli


async def _keep(cli: CommandLine, redis_url: SecretStr | None) -> None:
    given = {"result_webhook_url": "https://results.example.com/x", "result_webhook_secret": (SECRET,)}
    services = build_services(settings_for(cli.data_dir, redis_url=redis_url, keep_days=FOR_LONG, **given))
    await services.store.open()
    await services.call_store.open()
    await hold(services, ANNA, number=NUMBER, secret=BEFORE)
    await hold(services, BERT, number=OTHER_NUMBER, secret=TODAY)
    await settled(services)
    await services.call_store.close()
    await services.store.close()


def test_all_of_a_caller_is_written_to_a_file_for_its_owner_only(kept: CommandLine, inside: Inside) -> None:
    done = inside("export", "--number", "0049 30 123-456", "--output", "all.zip", **ENV)
    assert (done.returncode, done.stdout) == (0, "4 interviews and what else is held written to all.zip\n"), done.stderr
    made = kept.here / "all.zip"
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    files = files_in(made.read_bytes())
    assert said_in(files, ANNA) == words(ANNA)
    assert said_in(files, BERT) == set()
    assert [path.name for path in kept.here.iterdir()] == ["all.zip"]


def test_a_hash_or_a_session_will_do_and_the_file_is_named_by_the_time(kept: CommandLine, inside: Inside) -> None:
    (key,) = number_keys(OTHER_NUMBER, [TODAY])
    for words_ in (("--caller", key), ("--session", f"{BERT}-1")):
        done = inside("export", *words_, **ENV)
        assert done.returncode == 0, done.stderr
        (made,) = kept.here.iterdir()
        assert made.name.startswith("export-2")
        assert said_in(files_in(made.read_bytes()), BERT) >= {f"{BERT}-utterance", f"{BERT}-recording"}
        made.unlink()


@pytest.mark.parametrize("words_", [("--number", "+4930000000"), ("--session", "nobody"), ("--caller", "0" * 64)])
def test_where_nothing_is_held_there_is_no_file(cli: CommandLine, inside: Inside, words_: tuple[str, str]) -> None:
    done = inside("export", *words_, **ENV)
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing is held" in done.stderr
    assert list(cli.here.iterdir()) == []


@pytest.mark.parametrize(
    "words_",
    [
        (),
        ("--number", NUMBER, "--session", "s-1"),
        ("--number", "030 99887766"),
        ("--caller", "99887766"),
        ("--session", "99887766 or so"),
    ],
)
def test_a_wrong_wish_is_wrong_use_and_is_not_repeated(
    cli: CommandLine, inside: Inside, words_: tuple[str, ...]
) -> None:
    done = inside("export", *words_, **ENV)
    assert done.returncode == 2
    assert "99887766" not in done.stderr
    assert NUMBER not in done.stderr
    assert list(cli.here.iterdir()) == []


def test_a_store_that_is_away_is_named(cli: CommandLine, inside: Inside) -> None:
    done = inside("export", "--session", "s-1", REDIS_URL="redis://127.0.0.1:1/0", **ENV)
    assert done.returncode == 1
    assert "REDIS_URL" in done.stderr
    assert list(cli.here.iterdir()) == []


def test_a_full_disk_leaves_no_file_and_the_one_that_was_there(cli: CommandLine) -> None:
    asyncio.run(_keep(cli, None))
    with hold_recording(services_for(cli.data_dir), f"conv_{ANNA}1", b"").open("wb") as sound:
        sound.truncate(30 * 1024 * 1024)
    (cli.here / "all.zip").write_bytes(b"of yesterday")
    limited = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (20 << 20, 20 << 20));"
    script = f"{limited} from webhook.cli import main; main(['export', '--number', '{NUMBER}', '--output', 'all.zip'])"
    wrapped = f"try:\n    exec({script!r})\nexcept SystemExit as left:\n    print(left.code)"
    assert cli.python(wrapped, **ENV) == "2"
    assert {path.name: path.read_bytes() for path in cli.here.iterdir()} == {"all.zip": b"of yesterday"}
