"""`webhook deliveries` beside the store a server has left behind."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from pydantic import SecretStr

from tests.cli.conftest import CommandLine
from tests.live_server import services_for
from tests.wire.test_standard_webhooks import OVER, SECRET
from webhook.delivery import DeliveryStatus
from webhook.services import Services

URL = "https://hooks.example.com/canary"
ENV = {"RESULT_WEBHOOK_URL": URL, "RESULT_WEBHOOK_SECRET": SECRET}


def services(cli: CommandLine) -> Services:
    secret = (SecretStr(SECRET),)
    return services_for(cli.data_dir, result_webhook_url=SecretStr(URL), result_webhook_secret=secret)


@pytest.fixture
def kept(cli: CommandLine) -> CommandLine:
    """A store with two deliveries that are not sent yet, and a receiver that is gone."""

    async def keep() -> None:
        here = services(cli)
        await here.call_store.open()
        assert here.deliveries is not None
        for session_id in ("s-1", "s-2"):
            await here.deliveries.notice(replace(OVER, session_id=session_id))
        await here.deliveries._change(lambda receiver: replace(receiver, paused="gone"))
        await here.call_store.close()

    asyncio.run(keep())
    return cli


def test_they_are_listed_with_why_nothing_is_sent(kept: CommandLine) -> None:
    listed = kept.run("deliveries", **ENV)
    assert listed.returncode == 0, listed.stderr
    assert listed.stdout.count("session.ended") == 2
    assert "nothing is sent: the receiver said that it is gone (410)" in listed.stdout
    assert "canary" not in listed.stdout + listed.stderr
    told = json.loads(kept.run("deliveries", "--json", "--limit", "1", **ENV).stdout)
    assert (len(told["deliveries"]), told["paused"]) == (1, "gone")
    assert "no deliveries" in kept.run("deliveries", "--status", "delivered", **ENV).stdout


def test_one_is_sent_again_only_after_the_pause_is_over(kept: CommandLine) -> None:
    one = json.loads(kept.run("deliveries", "--json", **ENV).stdout)["deliveries"][0]["id"]
    refused = kept.run("deliveries", "redeliver", one, **ENV)
    assert (refused.returncode, "paused" in refused.stderr) == (2, True)
    resumed = kept.run("deliveries", "resume", **ENV)
    assert (resumed.returncode, resumed.stdout) == (0, "2 to be sent, while a server runs\n")
    assert kept.run("deliveries", "redeliver", one, **ENV).returncode == 0
    unknown = kept.run("deliveries", "redeliver", "msg_nobody", **ENV)
    assert (unknown.returncode, "no delivery" in unknown.stderr) == (2, True)


def test_without_a_receiver_it_says_what_is_missing(cli: CommandLine) -> None:
    told = cli.run("deliveries")
    assert (told.returncode, told.stdout) == (2, "")
    assert "RESULT_WEBHOOK_URL is not set" in told.stderr


def test_the_doctor_tells_a_paused_receiver_and_its_remedy(kept: CommandLine) -> None:
    told = json.loads(kept.run("doctor", "--offline", "--json", **ENV).stdout)
    (finding,) = [one for one in told["findings"] if one["name"] == "results"]
    assert (finding["state"], "gone (410)" in finding["found"]) == ("problem", True)
    assert "webhook deliveries resume" in finding["remedy"]


def test_the_status_of_the_list_are_those_there_are(cli: CommandLine) -> None:
    for status in DeliveryStatus:
        assert cli.run("deliveries", "--status", status.value, **ENV).returncode == 0
