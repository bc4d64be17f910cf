"""`POST /api/exports`: everything of one caller or one session, for operators, whole or not at all."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.full_disk import at_most
from tests.held import FOR_LONG, files_in, hold, hold_recording, said_in, settled, words
from tests.live_server import OPERATORS, WEBHOOK_SECRET, Live, live_server
from tests.wire.test_standard_webhooks import SECRET
from webhook.wire.phone import number_keys

ROUTE = "/api/exports"
ANNA, BERT = "zerbinetta", "ptolemaios"
NUMBER, OTHER_NUMBER = "+4930123456", "+4930654321"
(KEY,) = number_keys(NUMBER, [WEBHOOK_SECRET])


@pytest.fixture(scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Live]:
    results: dict[str, Any] = {"result_webhook_url": "http://127.0.0.1:9/x", "result_webhook_secret": (SECRET,)}
    async with live_server(tmp_path_factory.mktemp("exports"), keep_days=FOR_LONG, **results) as live:
        await hold(live.services, ANNA, number=NUMBER, secret=WEBHOOK_SECRET)
        await hold(live.services, BERT, number=OTHER_NUMBER, secret=WEBHOOK_SECRET)
        await settled(live.services)
        yield live


@pytest.mark.parametrize(
    "document",
    [{"number": NUMBER}, {"number": "0049 (0)30 / 12-34-56"}, {"caller": KEY}, {"caller": KEY.upper()}],
    ids=["number", "number as people write it", "hash", "hash in capitals"],
)
async def test_a_caller_gets_everything_however_they_are_named(service: Live, document: dict[str, str]) -> None:
    answer = await service.post(ROUTE, document)
    assert answer.status_code == 200, answer.text
    files = files_in(answer.content)
    assert said_in(files, ANNA) == words(ANNA)
    assert said_in(files, BERT) == set()


async def test_the_hash_that_a_session_shows_opens_the_same(service: Live) -> None:
    shown = (await service.get(f"/api/sessions/{ANNA}-1")).json()["call"]["caller"]
    assert said_in(files_in((await service.post(ROUTE, {"caller": shown})).content), ANNA) == words(ANNA)


async def test_a_session_is_a_zip_that_nobody_stores_under_a_name_that_tells_nothing(service: Live) -> None:
    answer = await service.post(ROUTE, {"sessionId": f"{ANNA}-1"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "no-store"
    assert int(answer.headers["content-length"]) == len(answer.content)
    name = answer.headers["content-disposition"]
    assert name.startswith('attachment; filename="export-2')
    assert name.endswith('Z.zip"')
    assert ANNA not in name
    assert "001_2025-06-15/session.json" in files_in(answer.content)


@pytest.mark.parametrize("document", [{"sessionId": "nobody"}, {"number": "+4930000000"}, {"caller": "0" * 64}])
async def test_of_whom_nothing_is_held_there_is_nothing(service: Live, document: dict[str, str]) -> None:
    answer = await service.post(ROUTE, document)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"sessionId": "s", "number": NUMBER},
        {"number": "030 99887766"},
        {"caller": "99887766"},
        {"number": 99887766},
    ],
)
async def test_a_wrong_wish_is_refused_without_repeating_it(service: Live, document: dict[str, Any]) -> None:
    answer = await service.post(ROUTE, document)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed_request")
    assert "99887766" not in answer.text
    assert NUMBER not in answer.text


async def test_the_log_tells_that_it_was_asked_for_and_not_of_whom(service: Live) -> None:
    with capture_logs() as logged:
        answer = await service.http.post(
            ROUTE, json={"number": NUMBER}, headers={**OPERATORS, "X-Request-Id": "asked-for-1"}
        )
    assert answer.headers["x-request-id"] == "asked-for-1"
    assert [e["event"] for e in logged if e["event"].startswith("export")] == ["export_asked", "export_made"]
    told = [entry for entry in logged if not entry["event"].startswith("delivery")]  # what is due meanwhile
    for secret in (NUMBER, NUMBER[3:], KEY, ANNA):
        assert secret not in str(told)


async def test_a_full_disk_is_an_error_and_no_short_zip_and_leaves_no_file(service: Live) -> None:
    with hold_recording(service.services, f"conv_{BERT}1", b"").open("wb") as sound:
        sound.truncate(30 * 1024 * 1024)
    before = everything_in(service.services.settings.data_dir)
    with at_most(20 * 1024 * 1024):
        answer = await service.post(ROUTE, {"number": OTHER_NUMBER})
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "export_error")
    assert everything_in(service.services.settings.data_dir) == before
    assert (await service.post(ROUTE, {"number": OTHER_NUMBER})).status_code == 200


def everything_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))
