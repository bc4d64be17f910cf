"""Looking for what is held makes no more of it: an erasure would leave behind what it made itself."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.held import hold, settled
from tests.live_server import WEBHOOK_SECRET, settings_for
from tests.wire.test_standard_webhooks import SECRET
from webhook.errors import RecordDamaged
from webhook.privacy.erasure import ErasureStatus, Whom
from webhook.services import Services, build_services
from webhook.store.base import Filter
from webhook.wire.phone import number_keys

NAME, NUMBER = "zerbinetta", "+4930123456"
WHOM = Whom(callers=number_keys(NUMBER, [WEBHOOK_SECRET]))


@pytest.fixture
async def services(tmp_path: Path) -> AsyncGenerator[Services]:
    given = {"result_webhook_url": "https://results.example.com/x", "result_webhook_secret": (SECRET,)}
    services = build_services(settings_for(tmp_path, **given))
    await services.store.open()
    await services.call_store.open()
    await hold(services, NAME, number=NUMBER, secret=WEBHOOK_SECRET)
    await settled(services)
    yield services
    await settled(services)
    await services.call_store.close()
    await services.store.close()


async def test_what_hangs_on_a_record_that_nobody_can_read_is_found_without_another_copy_of_it(
    services: Services,
) -> None:
    holdings = services.erasures.holdings
    before = await holdings.sessions_of(WHOM, before=services.interviewer.clock())
    assert len(before) == 4
    for session_id in before:
        await holdings.ties_of(session_id)
    assert await holdings.sessions_of(WHOM, before=services.interviewer.clock()) == before


async def test_what_was_kept_aside_is_not_kept_aside_again(services: Services) -> None:
    (aside,) = await services.sessions.all_beside(f"{NAME}-2")
    with pytest.raises(RecordDamaged):
        await services.sessions.find(aside)
    assert await services.sessions.all_beside(f"{NAME}-2") == (aside,)


async def test_an_erasure_leaves_no_word_of_a_caller_whose_record_was_damaged(
    services: Services, tmp_path: Path
) -> None:
    erasure = await services.erasures.ask(WHOM)
    await settled(services)
    assert (await services.erasures.find(erasure.id)).status is ErasureStatus.ERASED
    for store in (services.store.primary, services.store.standby):
        assert (await store.list_sessions(Filter())).records == ()
    assert not list((tmp_path / "recordings").glob("*.mp3"))
