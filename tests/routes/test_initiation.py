"""A phone rings: the caller is greeted by whom they were promised, and whatever is broken, the call is taken."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from tests.live_server import WEBHOOK_SECRET, Live, assistant, live_server, services_for, spoken, user
from tests.servers import RedisServer
from webhook.allowed import Allowed
from webhook.callers import Callers
from webhook.interview.session import Session
from webhook.phone_calls import RINGS_S
from webhook.services import Services
from webhook.wire.identity import derived_secret, verify_token
from webhook.wire.invites import Invite
from webhook.wire.overrides import EXTRA_BODY, TOKEN_VARIABLE
from webhook.wire.phone import PhoneCall, number_keys

ROUTE = "/api/v1/webhooks/elevenlabs/initiation"
NUMBER = "+49305550199"
DIGITS = NUMBER[1:]
ALLOWS = {
    "platform_settings": {
        "overrides": {
            "conversation_config_override": {
                "agent": {"first_message": True, "language": True},
                "tts": {"stability": True, "speed": True},
            },
            EXTRA_BODY: True,
        }
    }
}


@dataclass
class Clock:
    """Seconds since 1970, as the test wants them."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def header(secret: str = WEBHOOK_SECRET) -> dict[str, str]:
    return {"X-Initiation-Secret": derived_secret(secret, "initiation")}


def announced(number: str = NUMBER, call_sid: str = "CA1") -> dict[str, str]:
    return {"caller_id": number, "agent_id": "agent_1", "called_number": "+443330001", "call_sid": call_sid}


async def rings(live: Live, document: Any, secret: str = WEBHOOK_SECRET) -> str:
    """The session token the platform gets; asserts that the call is taken."""
    answer = await live.http.post(ROUTE, json=document, headers=header(secret))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert list(told) == ["type", "dynamic_variables"], "of an agent nobody has looked at, nothing is overridden"
    assert told["type"] == "conversation_initiation_client_data"
    return str(told["dynamic_variables"][TOKEN_VARIABLE])


async def session_of(live: Live, token: str) -> Session:
    await live.settle()
    claims = verify_token(token, [WEBHOOK_SECRET, "new"], live.services.interviewer.clock())
    session = await live.session(claims.session_id)
    assert (claims.flow_id, claims.persona_id, claims.language) == (
        session.flow_id,
        session.persona_id,
        session.language,
    )
    return session


async def invite(live: Live, **document: Any) -> str:
    """The interview that this number is invited to."""
    asked = {"flow": "screening", "language": "de", "phone": "0049 (30) 555-0199", **document}
    answer = await live.post("/api/invites", asked)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["interviewId"])


def held_with(session: Session) -> tuple[str, str, str]:
    return session.flow_id, session.persona_id, session.language


DEFAULT = ("financial_lifestyle", "anita-bhargava", "en")
INVITED = ("screening", "nora-winter", "de")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def service(tmp_path: Path, clock: Clock) -> AsyncGenerator[Live]:
    async with live_server(tmp_path, clock=clock) as live:
        yield live


async def test_a_known_caller_is_greeted_by_the_persona_and_in_the_language_of_their_invite(
    service: Live, clock: Clock
) -> None:
    interview_id = await invite(service)
    session = await session_of(service, await rings(service, announced()))
    assert held_with(session) == INVITED
    assert session.call is not None
    assert (session.call.interview_id, session.call.started_at) == (interview_id, clock.now)
    assert session.call.expires_at == clock.now + RINGS_S
    assert (session.call.caller,) == number_keys(NUMBER, [WEBHOOK_SECRET])


async def test_an_unknown_caller_gets_the_default_flow_and_is_known_again_by_the_hash(service: Live) -> None:
    await invite(service)
    session = await session_of(service, await rings(service, announced("+44205550100")))
    assert held_with(session) == DEFAULT
    assert session.call is not None
    assert session.call.interview_id is None
    assert (session.call.caller,) == number_keys("+44205550100", [WEBHOOK_SECRET])
    shown = (await service.get(f"/api/sessions/{session.session_id}")).json()["call"]
    assert shown["caller"] == session.call.caller


@pytest.mark.parametrize("number", ["", "anonymous", "+266696687", "Restricted"])
async def test_a_withheld_number_gets_the_default_flow_and_stands_for_nobody(service: Live, number: str) -> None:
    session = await session_of(service, await rings(service, announced(number)))
    assert held_with(session) == DEFAULT
    assert session.call is not None
    assert session.call.caller == ""


async def test_an_invite_by_phone_is_good_until_it_is_over_and_a_later_one_takes_its_place(
    service: Live, clock: Clock
) -> None:
    await invite(service)
    later = await invite(service, flow="stakeholder", language="en", expiresInSeconds=600)
    session = await session_of(service, await rings(service, announced(call_sid="CA1")))
    assert session.call is not None
    assert (session.flow_id, session.call.interview_id) == ("stakeholder", later)
    clock.now += 600
    assert held_with(await session_of(service, await rings(service, announced(call_sid="CA2")))) == DEFAULT


async def test_a_call_that_is_announced_again_has_the_same_session(service: Live) -> None:
    await invite(service)
    tokens = await asyncio.gather(*(rings(service, announced()) for _ in range(20)))
    found = {(await session_of(service, token)).session_id for token in tokens}
    assert len(found) == 1
    await invite(service, flow="stakeholder")
    again = await session_of(service, await rings(service, announced()))
    assert {again.session_id} == found
    assert held_with(again) == INVITED, "a session that is there stays as it is"
    other = await session_of(service, await rings(service, announced(call_sid="CA2")))
    assert other.session_id not in found
    assert len((await service.get("/api/sessions")).json()["sessions"]) == 2


async def test_calls_without_a_call_sid_have_a_session_each(service: Live) -> None:
    tokens = [await rings(service, {"caller_id": NUMBER}) for _ in range(2)]
    assert len({(await session_of(service, token)).session_id for token in tokens}) == 2


ODD = (b"", b"[]", b"\xff\xfe", b'{"caller_id": {}, "call_sid": 7}', b'{"call_sid": "' + b"\\ud800" * 9 + b'"}')


@pytest.mark.parametrize("body", ODD)
async def test_an_odd_announcement_is_a_call_all_the_same(service: Live, body: bytes) -> None:
    answer = await service.http.post(ROUTE, content=body, headers=header())
    assert answer.status_code == 200
    session = await session_of(service, answer.json()["dynamic_variables"][TOKEN_VARIABLE])
    assert held_with(session) == DEFAULT


async def test_only_who_has_the_derived_secret_is_answered(service: Live) -> None:
    right = header()["X-Initiation-Secret"]
    wrong: tuple[Any, ...] = (
        {},
        {"X-Initiation-Secret": ""},
        {"X-Initiation-Secret": WEBHOOK_SECRET},
        {"X-Initiation-Secret": derived_secret(WEBHOOK_SECRET, "caller")},
        {"X-Initiation-Secret": right[:-1]},
        {"Authorization": f"Bearer {right}"},
        {"Authorization": f"Bearer {WEBHOOK_SECRET}"},
        [("X-Initiation-Secret", right), ("X-Initiation-Secret", right)],
    )
    for headers in wrong:
        answer = await service.http.post(ROUTE, json=announced(), headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
    assert (await service.http.post(ROUTE, content=b" " * 70_000, headers=header())).status_code == 413
    assert (await service.get("/api/sessions")).json()["sessions"] == []


async def test_the_secret_of_a_deployment_may_change_without_losing_the_invited(tmp_path: Path) -> None:
    new, old = SecretStr("new"), SecretStr(WEBHOOK_SECRET)
    async with live_server(tmp_path) as live:
        await invite(live)
    async with live_server(tmp_path, webhook_secret=(new, old)) as live:
        for number, secret in enumerate(("new", WEBHOOK_SECRET)):
            session = await session_of(live, await rings(live, announced(call_sid=f"CA{number}"), secret))
            assert held_with(session) == INVITED
            assert session.call is not None
            assert (session.call.caller,) == number_keys(NUMBER, ["new"])
        await invite(live, flow="stakeholder")
        assert held_with(await session_of(live, await rings(live, announced(call_sid="CA3"))))[0] == "stakeholder"
    async with live_server(tmp_path, webhook_secret=(new,)) as live:
        assert (await live.http.post(ROUTE, json=announced(), headers=header())).status_code == 401
        assert (
            held_with(await session_of(live, await rings(live, announced(call_sid="CA4"), "new")))[0] == "stakeholder"
        )


async def test_the_call_is_held_in_its_session(service: Live) -> None:
    await invite(service)
    token = await rings(service, announced())
    opening = service.services.admission.opening("screening", None, "de")
    headers = {"X-Session-Token": token, "X-Conversation-Id": "conv_12345678"}
    spoken(await service.chat([assistant(opening), user("Ja, gerne.")], headers=headers))
    session = await session_of(service, token)
    assert session.conversation_id == "conv_12345678"
    assert session.has_turns


async def test_a_session_that_was_lost_is_held_in_the_language_of_its_token(tmp_path: Path) -> None:
    async with live_server(tmp_path / "a") as live:
        await invite(live)
        token = await rings(live, announced())
    async with live_server(tmp_path / "b") as live:
        spoken(await live.chat([user("Hallo?")], headers={"X-Session-Token": token}))
        assert held_with(await session_of(live, token)) == INVITED


async def test_no_number_is_in_a_log_line_or_a_stored_byte(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sid = "CA-canary-77"
    with structlog.testing.capture_logs() as logged:
        async with live_server(tmp_path) as live:
            await invite(live)
            token = await rings(live, announced(call_sid=sid))
            await live.http.post(ROUTE, json=announced(), headers={"X-Initiation-Secret": "x"})
            spoken(await live.chat([user("Hallo?")], headers={"X-Session-Token": token}))
            await live.settle()
            while_running = _stored(tmp_path)
    stored = while_running + _stored(tmp_path)
    shown = repr(logged) + caplog.text
    assert number_keys(NUMBER, [WEBHOOK_SECRET])[0].encode() in stored, "this looks where the callers are kept"
    for canary in (DIGITS, DIGITS[2:], sid, token):
        assert canary.encode() not in stored
        assert canary not in shown


def _stored(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


# What is away or broken


async def test_with_redis_frozen_the_call_is_taken_and_its_session_is_there_for_the_turns(
    tmp_path: Path, own_redis_server: RedisServer
) -> None:
    async with live_server(tmp_path / "data", redis_url=SecretStr(own_redis_server.url)) as live:
        await invite(live)
        own_redis_server.freeze()
        token = await rings(live, announced())
        session = await session_of(live, token)
        assert held_with(session) == DEFAULT, "who calls could not be looked up"
        assert session.call is not None
        assert (session.call.caller,) == number_keys(NUMBER, [WEBHOOK_SECRET])
        spoken(await live.chat([user("Hello?")], headers={"X-Session-Token": token}))
        own_redis_server.resume()
        assert DIGITS not in own_redis_server.command("PING").decode()
        with_redis = await _until_known(live)
        assert held_with(with_redis) == INVITED


async def _until_known(live: Live) -> Session:
    """The session of a call that rings after the store has come back."""
    for number in range(200):
        session = await session_of(live, await rings(live, announced(call_sid=f"CA-back-{number}")))
        if held_with(session) == INVITED:
            return session
        await asyncio.sleep(0.05)
    raise AssertionError("the store did not come back")


async def test_with_redis_away_an_invite_by_phone_is_refused_and_one_without_is_made(
    tmp_path: Path, own_redis_server: RedisServer
) -> None:
    async with live_server(tmp_path / "data", redis_url=SecretStr(own_redis_server.url)) as live:
        own_redis_server.kill()
        refused = await live.post("/api/invites", {"phone": NUMBER})
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "store_error")
        assert DIGITS not in refused.text
        assert (await live.post("/api/invites", {})).status_code == 201
        assert held_with(await session_of(live, await rings(live, announced()))) == DEFAULT


@asynccontextmanager
async def opened(tmp_path: Path) -> AsyncGenerator[Services]:
    services = services_for(tmp_path)
    await services.store.open()
    await services.call_store.open()
    yield services
    await services.interviewer.generations.drain(1.0)
    await services.call_store.close()
    await services.store.close()


async def taken(services: Services, **changes: Any) -> dict[str, Any]:
    """The answer to a call by this number, of a service that is changed so."""
    ringing = PhoneCall(number=NUMBER, call_sid="CA1", agent_id="agent_1")
    phone_calls = replace(services.phone_calls, **changes)
    return await phone_calls.take(ringing, secrets=[WEBHOOK_SECRET], agent_id=None)


async def remember(services: Services, flow: str) -> None:
    now = services.interviewer.clock()
    known = Invite(interview_id="i-1", flow=flow, persona="nora-winter", language="de")
    await services.callers.remember(NUMBER, known, secrets=[WEBHOOK_SECRET], expires_at=now + 60, now=now)


async def test_what_the_agent_allows_is_overridden(tmp_path: Path) -> None:
    async with opened(tmp_path) as services:
        await services.allowed.keep("agent_1", ALLOWS)
        await remember(services, "screening")
        answer = await taken(services)
        opening = services.admission.opening("screening", "nora-winter", "de")
    assert answer["conversation_config_override"] == {
        "agent": {"first_message": opening, "language": "de"},
        "tts": {"stability": 0.7, "speed": 1.05},
    }
    assert opening.startswith("Guten Tag")
    assert answer[EXTRA_BODY] == {"session_token": answer["dynamic_variables"][TOKEN_VARIABLE]}


async def test_an_invited_call_is_the_call_of_its_interview_which_can_be_watched(tmp_path: Path) -> None:
    async with opened(tmp_path) as services:
        await remember(services, "screening")
        answer = await taken(services)
        await services.interviewer.generations.drain(1.0)
        claims = verify_token(answer["dynamic_variables"][TOKEN_VARIABLE], [WEBHOOK_SECRET], 0.0)
        watched = await services.starts.watch("i-1")
    assert watched.session_id == claims.session_id
    assert watched.flow_id == "screening"


async def test_a_caller_whose_flow_is_gone_gets_the_default_flow(tmp_path: Path) -> None:
    async with opened(tmp_path) as services:
        await remember(services, "gone")
        answer = await taken(services)
        claims = verify_token(answer["dynamic_variables"][TOKEN_VARIABLE], [WEBHOOK_SECRET], 0.0)
        session = await services.sessions.load(claims.session_id)
    assert held_with(session) == DEFAULT
    assert session.call is not None
    assert session.call.interview_id == "i-1"


class Broken(Callers):
    """Fails in a way that nobody foresaw; the text of its error holds the number."""

    async def find(self, number: str, **_: Any) -> None:
        raise ValueError(number)


class Forgetful(Allowed):
    """Fails in a way that nobody foresaw, too."""

    async def of(self, agent_id: str) -> frozenset[str]:
        raise KeyError(agent_id)


class Silent(Callers):
    """Never answers."""

    async def find(self, *_: Any, **__: Any) -> None:
        await asyncio.Event().wait()


@pytest.mark.parametrize("callers", [Broken, Silent])
async def test_a_failure_that_nobody_foresaw_costs_the_greeting_and_not_the_call(
    tmp_path: Path, callers: type[Callers]
) -> None:
    with structlog.testing.capture_logs() as logged:
        async with opened(tmp_path) as services:
            await remember(services, "screening")
            answer = await taken(
                services,
                callers=callers(store=services.call_store),
                allowed=Forgetful(store=services.call_store, elevenlabs=None),
            )
    assert list(answer) == ["type", "dynamic_variables"]
    assert verify_token(answer["dynamic_variables"][TOKEN_VARIABLE], [WEBHOOK_SECRET], 0.0).flow_id == DEFAULT[0]
    assert {event["event"] for event in logged} >= {"caller_not_looked_up", "allowed_not_looked_up"}
    assert DIGITS not in repr(logged)
