"""`webhook invite`: a link from the settings alone."""

from __future__ import annotations

import json
import time
from datetime import datetime

import pytest

from tests.cli.conftest import CommandLine, Inside
from webhook.wire.invites import Invite, verify_invite

PAGE = "https://study.example/start"
SECRETS = {"WEBHOOK_SECRET": "newest,older", "API_TOKEN": "t"}


def test_an_invite_is_printed_and_the_newest_secret_signed_it(cli: CommandLine) -> None:
    before = time.time()
    words = ("screening", "--persona", "nora-winter", "--language", "de", "--expires", "2h", "--page", PAGE, "--json")
    done = cli.run("invite", *words, **SECRETS)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert list(told) == ["invite", "interviewId", "url", "expiresAt"]
    assert told["url"] == f"{PAGE}#invite={told['invite']}"
    assert -1 <= datetime.fromisoformat(told["expiresAt"]).timestamp() - 7200 - before < 60
    assert verify_invite(told["invite"], ["newest"], before) == Invite(
        interview_id=told["interviewId"], flow="screening", persona="nora-winter", language="de"
    )


def test_without_a_page_or_a_secret_there_is_an_invite_of_the_secret_that_is_kept(inside: Inside) -> None:
    done = inside("invite", "screening")
    assert done.returncode == 0, done.stderr
    rows = dict(line.split() for line in done.stdout.splitlines())
    assert list(rows) == ["invite", "interviewId", "expiresAt"]
    again = dict(line.split() for line in inside("invite", "screening").stdout.splitlines())
    assert again["interviewId"] != rows["interviewId"]


def test_the_kept_secret_is_the_one_the_server_takes(inside: Inside, cli: CommandLine) -> None:
    told = json.loads(inside("invite", "screening", "--json").stdout)
    kept = (cli.data_dir / "webhook_secret").read_text()
    assert verify_invite(told["invite"], [kept], 0.0).interview_id == told["interviewId"]


WRONG = (
    (("nothing",), "there is no flow by that id"),
    (("screening", "--persona", "nobody"), "no such persona"),
    (("screening", "--language", "xx"), "speaks en, de"),
    (("screening", "--expires", "10s"), "a minute to 30 days"),
    (("screening", "--expires", "31d"), "a minute to 30 days"),
    (("screening", "--expires", "soon"), "--expires"),
    (("screening", "--page", "http://study.example/"), "page must be an address"),
)


@pytest.mark.parametrize(("words", "named"), WRONG)
def test_a_wrong_wish_is_wrong_use(inside: Inside, words: tuple[str, ...], named: str) -> None:
    done = inside("invite", *words)
    assert done.returncode == 2
    assert named in done.stderr
    assert done.stdout == ""
