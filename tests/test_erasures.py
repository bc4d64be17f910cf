"""What is erased is found nowhere any more, whatever is under way meanwhile and whoever dies over it."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import random
import re
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog
from pydantic import SecretStr

from tests.dying import Died, Dying
from tests.fake_elevenlabs import KEY, Answer, FakeElevenLabs, signed
from tests.live_server import OPERATORS, WEBHOOK_SECRET, Live, assistant, live_server, spoken, user
from tests.post_call import SECRET as EVENTS_SECRET
from tests.post_call import audio, conversation, deliver, transcription
from tests.receiver import Receiver
from tests.routes.participants import Clock, erase, rings, told
from tests.servers import RedisServer, running_redis
from tests.wire.test_standard_webhooks import SECRET as RESULTS_SECRET
from webhook.errors import NotFound, StoreError
from webhook.interview.lines import Line, line
from webhook.interview.session import to_dict
from webhook.privacy.erasure import AGAIN_S, LAST_LOOK_S, AtElevenLabs, Erasure, ErasureStatus, Reason, Whom
from webhook.wire.phone import number_keys

CANARY = "Zanzibarova"
OTHER = "Quetzalcoatlsson"
NUMBER, OTHERS_NUMBER = "+493012345678", "+493087654321"
LEASE_S = 301.0
READABLE = ("--rdbcompression", "no")
"""What a Redis has on its disk is searched for words."""


@pytest.fixture(params=["sqlite", "redis"])
def redis(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RedisServer | None]:
    if request.param == "sqlite":
        yield None
        return
    with running_redis(tmp_path / "redis", options=READABLE) as server:
        yield server


@dataclass(frozen=True, kw_only=True)
class House:
    """A service with all it has to do with, and everything it ever wrote."""

    live: Live
    fake: FakeElevenLabs
    receiver: Receiver
    clock: Clock
    data_dir: Path
    redis: RedisServer | None = None
    lines: list[Any] = field(default_factory=list)

    async def calls(self, number: str, conversation_id: str, name: str) -> str:
        """A call by phone from its ring to all that the platform tells of it; the id of its session."""
        session, token = await rings(self.live, number, f"CA-{conversation_id}")
        body = {"session_token": token}
        talk = [user("Yes, that's fine."), assistant("What's your name?"), user(f"I'm {name}.")]
        for length in (1, 3):
            headers = {"X-Conversation-Id": conversation_id}
            answer = await self.live.chat(talk[:length], headers=headers, elevenlabs_extra_body=body)
            assert answer.status_code == 200, answer.text
        await self.live.settle()
        self.fake.conversations[conversation_id] = {**conversation(conversation_id), "transcript": _said(name)}
        self.fake.recordings[conversation_id] = name.encode() * 50
        return session.session_id

    async def is_told(self, conversation_id: str, name: str) -> None:
        """After the call."""
        bodies = [transcription(conversation_id, transcript=_said(name)), audio(conversation_id, name.encode() * 5000)]
        for answer in await asyncio.gather(*map(self.sends, bodies)):
            assert told(answer, 200) == {"received": True}
        await self.live.settle()

    async def sends(self, body: bytes) -> httpx2.Response:
        """A webhook of the platform, whose clock is ours."""
        return await deliver(self.live.http, body, header=signed(body, EVENTS_SECRET, int(self.clock.now)))

    async def erasure(self, erasure_id: str) -> dict[str, Any]:
        await self.live.services.erasures.run_due()
        await self.live.settle()
        return told(await self.live.get(f"/api/erasures/{erasure_id}"), 200)

    def holding(self, word: str) -> list[str]:
        """Which files of the stores and of this service hold the word, and `log` where a line that was logged does."""
        if self.redis is not None:
            self.redis.command("BGREWRITEAOF")  # what is deleted stays in the log of writes until that is written anew
            while b"rewrite_in_progress:1" in self.redis.command("INFO", "persistence"):
                pass
        files = [path for path in self.data_dir.parent.rglob("*") if path.is_file()]
        found = [path.name for path in files if word.encode() in path.read_bytes()]
        return [*sorted(found), *(["log"] if word in json.dumps(self.lines, default=str) else [])]


def _said(name: str) -> list[dict[str, Any]]:
    return [{"role": "user", "message": f"I'm {name}.", "time_in_call_secs": 3}]


@asynccontextmanager
async def house(tmp_path: Path, redis: RedisServer | None = None, **given: Any) -> AsyncGenerator[House]:
    clock = Clock()
    lines: list[Any] = []
    root = logging.getLogger()
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign]  # a test's own handler
    root.addHandler(handler)
    async with FakeElevenLabs() as fake, Receiver() as receiver:
        settings: dict[str, Any] = {
            "elevenlabs_api_key": SecretStr(KEY),
            "elevenlabs_base_url": fake.base_url,
            "elevenlabs_webhook_secret": (SecretStr(EVENTS_SECRET),),
            "result_webhook_url": SecretStr(receiver.url),
            "result_webhook_secret": (SecretStr(RESULTS_SECRET),),
            "redis_url": None if redis is None else SecretStr(redis.url),
        }
        with structlog.testing.capture_logs() as logged:
            async with live_server(tmp_path / "data", clock=clock, **{**settings, **given}) as live:
                yield House(
                    live=live,
                    fake=fake,
                    receiver=receiver,
                    clock=clock,
                    data_dir=tmp_path / "data",
                    redis=redis,
                    lines=lines,
                )
                lines += [dict(line) for line in logged]
    root.removeHandler(handler)


async def test_row_62_a_caller_who_was_erased_is_found_in_no_store_file_log_or_queue(
    tmp_path: Path, redis: RedisServer | None
) -> None:
    async with house(tmp_path, redis) as here:
        store = here.live.services.sessions.store
        told(await here.live.post("/api/invites", {"phone": NUMBER, "personaId": "danielle-town"}), 201)
        ours = [await here.calls(NUMBER, f"conv_ours{i:04}", CANARY) for i in range(2)]
        theirs = await here.calls(OTHERS_NUMBER, "conv_theirs01", OTHER)
        for conversation_id in ("conv_ours0000", "conv_ours0001"):
            await here.is_told(conversation_id, CANARY)
        await here.is_told("conv_theirs01", OTHER)
        for name in ("v9", "damaged-1"):  # a branch of the call, and bytes that could not be read
            beside = await here.live.services.sessions.beside(ours[0], name)
            record = {**to_dict(await here.live.session(ours[0])), "session_id": beside}
            await store.save(beside, record, expect=0)
        assert len(here.holding(CANARY)) > 2, "what is looked for can be found"

        asked = told(await here.live.post("/api/erasures", {"number": "0049 30 123 456 78"}), 202)
        done = await here.erasure(asked["id"])

        assert done["status"] == "erased", done
        assert {*ours} <= {*done["sessions"]}
        assert done["conversations"] == {"conv_ours0000": "gone", "conv_ours0001": "gone"}
        assert set(here.fake.conversations) == {"conv_theirs01"}
        assert here.holding(CANARY) == here.holding(NUMBER.removeprefix("+")) == []
        assert here.holding(OTHER) != []
        assert OTHER in str((await here.live.session(theirs)).turns)
        again = [transcription("conv_ours0000", at=2_000_000_000, transcript=_said(CANARY))]
        again.append(audio("conv_ours0001", CANARY.encode() * 5000, at=2_000_000_000))
        for body in again:
            assert told(await here.sends(body), 200) == {"received": True}
        here.clock.now += LAST_LOOK_S
        proved = await here.erasure(asked["id"])
        assert (proved["status"], proved["problem"]) == ("proved", None)
        assert here.holding(CANARY) == []
    assert not any(CANARY in json.dumps(got.document) for got in here.receiver.got)
    assert here.holding(CANARY) == [], "and nothing is written on the way out"


@pytest.mark.parametrize("times", [8, pytest.param(200, marks=pytest.mark.chaos)])
async def test_row_62_whatever_is_under_way_while_a_session_is_erased_nothing_comes_back(
    tmp_path: Path, times: int
) -> None:
    """A turn, both webhooks, the report and the reconciler, each begun at random around the erasure."""
    chance = random.Random(62)
    async with house(tmp_path) as here:

        async def late(work: Any) -> None:
            await asyncio.sleep(chance.random() * 0.04)
            with suppress(NotFound):  # the session is gone: so it should be
                await work()

        for number in range(times):
            conversation_id = f"conv_race{number:04}"
            session_id = await here.calls(NUMBER, conversation_id, CANARY)
            headers = {"X-Conversation-Id": conversation_id}
            talk = [user("Yes, that's fine."), assistant("What's your name?"), user(f"I'm {CANARY}.")]
            more = [*talk, assistant("How old are you?"), user(f"{CANARY} is 34.")]
            await asyncio.gather(
                late(lambda said=more, to=headers: here.live.chat(said, headers=to)),
                late(lambda said=talk, to=headers: here.live.chat(said, headers=to)),
                late(lambda of=conversation_id: here.is_told(of, CANARY)),
                late(lambda of=session_id: here.live.services.erasures.ask(Whom(session_id=of))),
                late(lambda of=session_id: here.live.services.reports.make_now(of)),
                late(lambda of=session_id: here.live.services.reports.remake(of)),
            )
            await here.live.settle()
        here.clock.now += LAST_LOOK_S
        for _ in range(100):  # the service itself may be at one of them
            await here.live.services.erasures.run_due()
            found, _ = await here.live.services.erasures.listed(limit=times)
            if all(each.status is ErasureStatus.PROVED for each in found):
                break
            await asyncio.sleep(0.05)
        assert [(each.status, each.problem) for each in found] == [(ErasureStatus.PROVED, "")] * times
        assert here.fake.conversations == {}
        assert here.holding(CANARY) == []


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("of", ["sessions", "calls"])
async def test_whoever_dies_at_any_step_of_an_erasure_leaves_it_to_the_next(
    tmp_path: Path, of: str, *, after: bool
) -> None:
    async with house(tmp_path) as here:
        ours = here.live.services.erasures
        for step in itertools.count():
            conversation_id = f"conv_dies{step:04}"
            session_id = await here.calls(NUMBER, conversation_id, CANARY)
            await here.is_told(conversation_id, CANARY)
            erasure = Erasure(
                id=f"er-{step}",
                whom=Whom(session_id=session_id),
                reason=Reason.REQUEST,
                asked_at=here.clock.now,
                updated_at=here.clock.now,
            )
            await ours._jobs.schedule(erasure.key)
            await ours._save(erasure, 0)
            dying = Dying(ours.store if of == "calls" else ours.holdings.sessions.store, step, after=after)
            with suppress(Died):
                await _over(ours, dying, of=of).run_due()
            for _ in range(2):
                here.clock.now += LEASE_S
                await ours.run_due()
            done = await ours.find(erasure.id)
            assert (done.status, done.sessions, [*done.conversations]) == (
                ErasureStatus.ERASED,
                (session_id,),
                [conversation_id],
            ), step
            assert done.interviews == ()
            if not dying.has_died:
                break
        assert step > 5
        assert here.holding(CANARY) == []
        assert here.fake.conversations == {}


def _over(erasures: Any, store: Any, *, of: str) -> Any:
    """The same erasures over another store, which may die."""
    holdings = erasures.holdings
    if of == "calls":
        calls = replace(holdings.calls, store=store)
        return replace(
            erasures,
            holdings=replace(
                holdings,
                calls=calls,
                starts=replace(holdings.starts, store=store),
                callers=replace(holdings.callers, store=store),
            ),
        )
    sessions = replace(holdings.sessions, store=store)
    return replace(
        erasures,
        bindings=replace(erasures.bindings, sessions=sessions),
        holdings=replace(holdings, stores=(store,), sessions=sessions),
    )


# What is asked


async def test_a_deleted_session_is_an_erasure_that_names_ids_and_times_only(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        session_id = await here.calls(NUMBER, "conv_ids00001", CANARY)
        await here.is_told("conv_ids00001", CANARY)
        await erase(here.live, session_id)
        listed = told(await here.live.get("/api/erasures"), 200)
        (one,) = listed["erasures"]
        assert listed["nextCursor"] is None
        assert one == {
            "id": one["id"],
            "sessionId": session_id,
            "caller": None,
            "reason": "request",
            "status": one["status"],
            "problem": None,
            "sessions": [session_id],
            "conversations": {"conv_ids00001": one["conversations"]["conv_ids00001"]},
            "askedAt": one["askedAt"],
            "erasedAt": one["erasedAt"],
            "provedAt": None,
        }
        done = await here.erasure(one["id"])
        assert (done["status"], done["conversations"]) == ("erased", {"conv_ids00001": "gone"})
        assert told(await here.live.get("/api/erasures", status="erased"), 200)["erasures"] == [done]
        assert told(await here.live.get("/api/erasures", status="proved"), 200)["erasures"] == []


async def test_nothing_is_erased_of_whom_nothing_is_known(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        for document, status in (
            ({"sessionId": "nobody"}, 404),
            ({}, 400),
            ({"sessionId": "a", "number": NUMBER}, 400),
            ({"number": "nobody's"}, 400),
            ({"caller": "no hash"}, 400),
            ([], 400),
        ):
            assert (await here.live.post("/api/erasures", document)).status_code == status, document
        assert told(await here.live.get("/api/erasures"), 200)["erasures"] == []
        assert (await here.live.get("/api/erasures/er-none")).status_code == 404
        nothing = told(await here.live.post("/api/erasures", {"number": NUMBER}), 202)
        assert (await here.erasure(nothing["id"]))["status"] == "erased", "of a number nobody called from: that is true"


async def test_a_caller_is_found_by_the_hash_that_a_session_shows(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        session_id = await here.calls(NUMBER, "conv_hash0001", CANARY)
        caller = (await here.live.get(f"/api/sessions/{session_id}")).json()["call"]["caller"]
        asked = told(await here.live.post("/api/erasures", {"caller": caller}), 202)
        assert (await here.erasure(asked["id"]))["sessions"] == [session_id]


async def test_who_calls_again_after_an_erasure_was_asked_for_is_not_erased_by_it(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.calls(NUMBER, "conv_first001", CANARY)
        asked = told(await here.live.post("/api/erasures", {"number": NUMBER}), 202)
        await here.erasure(asked["id"])
        here.clock.now += 60.0
        later = await here.calls(NUMBER, "conv_later001", "Somebody")
        told(await here.live.post("/api/invites", {"phone": NUMBER}), 201)
        here.clock.now += LAST_LOOK_S
        assert (await here.erasure(asked["id"]))["status"] == "proved"
        assert "Somebody" in str((await here.live.session(later)).turns)
        key = number_keys(NUMBER, [WEBHOOK_SECRET])[0]
        assert await here.live.services.callers.was_invited(key, before=here.clock.now)


async def test_somebody_else_who_came_with_the_same_id_keeps_their_branch(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        session_id = await here.calls(NUMBER, "conv_same0001", CANARY)
        theirs = await here.calls(OTHERS_NUMBER, "conv_same0002", OTHER)
        for whose, name in ((session_id, "ours"), (theirs, "theirs")):
            beside = await here.live.services.sessions.beside(session_id, name)
            record = {**to_dict(await here.live.session(whose)), "session_id": beside}
            await here.live.services.sessions.store.save(beside, record, expect=0)
        await erase(here.live, session_id)
        (erasure,), _ = await here.live.services.erasures.listed()
        done = await here.erasure(erasure.id)
        assert (done["status"], sorted(done["sessions"])) == ("erased", [session_id, f"{session_id}~ours"])
        assert here.holding(CANARY) == []
        assert (await here.live.get(f"/api/sessions/{session_id}~theirs")).status_code == 200
        assert (await here.live.get(f"/api/sessions/{theirs}")).status_code == 200


async def test_a_call_of_a_worker_whose_clock_is_ahead_is_erased_with_the_others(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.clock.now += 5.0
        await here.calls(NUMBER, "conv_ahead001", CANARY)
        here.clock.now -= 5.0
        asked = told(await here.live.post("/api/erasures", {"number": NUMBER}), 202)
        assert (await here.erasure(asked["id"]))["status"] == "erased"
        assert here.holding(CANARY) == []
        here.clock.now += 30.0
        later = await here.calls(NUMBER, "conv_ahead002", "Somebody")
        here.clock.now += LAST_LOOK_S
        assert (await here.erasure(asked["id"]))["status"] == "proved"
        assert "Somebody" in str((await here.live.session(later)).turns)


async def test_a_session_that_was_registered_anew_under_an_erased_id_stays(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        await here.live.post("/api/register-session", {"sessionId": "again"})
        await erase(here.live, "again")
        await here.live.settle()
        here.clock.now += 60.0
        made = told(await here.live.post("/api/register-session", {"sessionId": "again"}), 201)
        assert made["status"] == "created"
        talk = [user("Hello?")]
        for _ in range(2):
            answer = await here.live.talk({"messages": talk, "variables": {"session_id": "again"}})
            talk += [assistant(answer["content"]), user("No, I don't agree.")]
        assert answer["variables"]["ended"], "so there are results on their way"
        await here.live.settle()
        here.clock.now += LAST_LOOK_S
        await here.live.services.erasures.run_due()
        (erasure,), _ = await here.live.services.erasures.listed()
        assert erasure.status is ErasureStatus.PROVED
        assert (await here.live.get("/api/sessions/again")).status_code == 200


async def test_a_turn_that_names_an_erased_session_hears_a_goodbye_and_its_history_is_not_kept(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        first = await here.live.talk({"messages": [user("Hello?")]})
        variables = {"session_id": first["variables"]["session_id"]}
        await erase(here.live, variables["session_id"])
        said = [user("Hello?"), assistant("May I begin?"), user(f"I'm {CANARY}.")]
        late = await here.live.talk({"messages": said, "variables": variables})
        assert late["content"] == line(Line.ALREADY_OVER, "en")
        await here.live.settle()
        assert (await here.live.get(f"/api/sessions/{variables['session_id']}")).status_code == 404
        assert here.holding(CANARY) == []


# What is in the way


async def test_what_elevenlabs_does_not_erase_is_asked_for_again_and_again(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        session_id = await here.calls(NUMBER, "conv_slow0001", CANARY)
        broken = Answer(status=500)
        here.fake.script.extend([broken] * 40)
        await erase(here.live, session_id)
        (erasure,), _ = await here.live.services.erasures.listed()
        waited: list[float] = []
        for _ in range(200):
            shown = await here.erasure(erasure.id)
            if shown["status"] != "pending":
                break
            assert shown["problem"] == "elevenlabs_unavailable"
            assert (await here.live.get(f"/api/sessions/{session_id}")).status_code == 404, (
                "here it is gone all the same"
            )
            pause_s = AGAIN_S[min(len(waited), len(AGAIN_S) - 1)]
            waited.append(pause_s)
            here.clock.now += pause_s + 0.1
        else:
            pytest.fail("never erased")
        assert len(waited) > len(AGAIN_S), "it is not given up"
        assert here.fake.conversations == {}


async def test_only_that_elevenlabs_does_not_find_a_conversation_any_more_counts(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        session_id = await here.calls(NUMBER, "conv_later001", CANARY)
        here.fake.erases = False
        await erase(here.live, session_id)
        (erasure,), _ = await here.live.services.erasures.listed()
        shown = await here.erasure(erasure.id)
        assert (shown["status"], shown["problem"]) == ("pending", "elevenlabs")
        assert shown["conversations"] == {"conv_later001": "not_yet"}
        here.fake.erases = True
        here.clock.now += AGAIN_S[0] + 0.1
        shown = await here.erasure(erasure.id)
        assert (shown["status"], shown["conversations"]) == ("erased", {"conv_later001": "gone"})


async def test_without_a_key_nothing_is_asked_of_elevenlabs_and_the_erasure_says_so(tmp_path: Path) -> None:
    async with house(tmp_path, elevenlabs_api_key=None) as here:
        session_id = await here.calls(NUMBER, "conv_nokey001", CANARY)
        await erase(here.live, session_id)
        (erasure,), _ = await here.live.services.erasures.listed()
        shown = await here.erasure(erasure.id)
        assert (shown["status"], shown["conversations"]) == ("erased", {"conv_nokey001": "not_asked"})
        assert here.fake.conversations != {}


async def test_a_conversation_that_elevenlabs_never_had_is_gone(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        for conversation_id in ("conv_unheard1", "not.one:of~theirs"):
            await here.live.chat([user("Hello?")], headers={"X-Conversation-Id": conversation_id})
        await here.live.settle()
        found = (await here.live.get("/api/sessions")).json()["sessions"]
        for session in found:
            await erase(here.live, session["sessionId"])
        await here.live.settle()
        erasures, _ = await here.live.services.erasures.listed()
        states = {state for each in erasures for state in each.conversations.values()}
        assert [(each.status, each.problem) for each in erasures] == [(ErasureStatus.ERASED, "")] * 2
        assert states <= {AtElevenLabs.GONE, AtElevenLabs.NOT_ASKED}
        assert AtElevenLabs.GONE in states


async def test_a_file_that_a_dead_worker_left_is_erased_by_the_next_look(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        session_id = await here.calls(NUMBER, "conv_file0001", CANARY)
        await here.is_told("conv_file0001", CANARY)
        await erase(here.live, session_id)
        (erasure,), _ = await here.live.services.erasures.listed()
        await here.erasure(erasure.id)
        left = here.live.services.settings.recordings_dir / "conv_file0001.mp3"
        assert not left.exists()
        left.write_bytes(CANARY.encode())
        here.clock.now += LAST_LOOK_S
        assert (await here.erasure(erasure.id))["status"] == "proved"
        assert not left.exists()


async def test_while_redis_is_away_an_erasure_is_refused_and_nothing_is_erased_by_halves(tmp_path: Path) -> None:
    with running_redis(tmp_path / "redis") as server:
        async with house(tmp_path, server) as here:
            session_id = await here.calls(NUMBER, "conv_away0001", CANARY)
            server.kill()
            with pytest.raises(StoreError):
                await here.live.services.erasures.ask(Whom(session_id=session_id))
            refused = await here.live.http.delete(f"/api/sessions/{session_id}", headers=OPERATORS)
            assert refused.status_code == 503
            server.start()
            await here.live.services.store.mend()
            await erase(here.live, session_id)
            assert (await here.live.get(f"/api/sessions/{session_id}")).status_code == 404


async def test_what_a_standby_kept_of_an_erased_session_is_not_put_back(tmp_path: Path) -> None:
    """As on another machine, which did not hear of the erasure."""
    async with house(tmp_path) as here:
        await here.live.post("/api/register-session", {"sessionId": "kept"})
        record = to_dict(await here.live.session("kept"))
        await erase(here.live, "kept")
        store = here.live.services.store
        await store.standby.save("kept", record, expect=0)
        await store._put_all_back()
        assert (await store.primary.load("kept"), await store.standby.load("kept")) == (None, None)
        newer = {**record, "created_at": here.clock.now + 60.0}
        await store.standby.save("kept", newer, expect=0)
        await store._put_all_back()
        assert await store.primary.load("kept") is not None, "one that began after the erasure is"


async def test_a_damaged_session_is_erased_with_the_bytes_that_were_kept_aside(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        session_id = await here.calls(NUMBER, "conv_broken01", CANARY)
        store: Any = here.live.services.store.primary
        broken = f'{{"name": "{CANARY}"'.encode()
        await store._run(
            lambda db: db.execute(
                "UPDATE sessions SET record = ?, version = version + 1 WHERE session_id = ?", (broken, session_id)
            )
        )
        with suppress(StoreError):
            await here.live.services.sessions.find(session_id)  # as a turn does, which keeps the bytes aside
        assert here.holding(CANARY)
        await erase(here.live, session_id)
        (erasure,), _ = await here.live.services.erasures.listed()
        done = await here.erasure(erasure.id)
        assert (done["status"], done["problem"], len(done["sessions"])) == ("erased", None, 2)
        assert here.holding(CANARY) == []


async def test_a_conversation_that_elevenlabs_cannot_erase_does_not_keep_the_others(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        for number in range(3):
            await here.calls(NUMBER, f"conv_some{number:04}", CANARY)
        here.fake.interrupt = lambda got: Answer(status=500) if "conv_some0000" in got.path else None
        asked = told(await here.live.post("/api/erasures", {"number": NUMBER}), 202)
        shown = await here.erasure(asked["id"])
        assert (shown["status"], shown["problem"]) == ("pending", "elevenlabs_unavailable")
        assert shown["conversations"] == {"conv_some0000": "not_yet", "conv_some0001": "gone", "conv_some0002": "gone"}
        assert set(here.fake.conversations) == {"conv_some0000"}
        here.fake.interrupt = None
        here.clock.now += AGAIN_S[0] + 0.1
        assert (await here.erasure(asked["id"]))["status"] == "erased"


async def test_of_many_that_fail_others_are_asked_for_the_next_time(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        for number in range(7):
            await here.calls(NUMBER, f"conv_some{number:04}", CANARY)
        broken = re.compile("conv_some000[0-5]")
        here.fake.interrupt = lambda got: Answer(status=500) if broken.search(got.path) else None
        asked = told(await here.live.post("/api/erasures", {"number": NUMBER}), 202)
        for pause_s in (0.0, *AGAIN_S[:2]):
            here.clock.now += pause_s + 0.1
            shown = await here.erasure(asked["id"])
        assert shown["conversations"]["conv_some0006"] == "gone"


@pytest.mark.parametrize("kind", ["caller", "interview"])
async def test_what_nobody_can_read_of_a_caller_does_not_keep_an_erasure_from_its_end(
    tmp_path: Path, kind: str
) -> None:
    async with house(tmp_path) as here:
        told(await here.live.post("/api/invites", {"phone": NUMBER}), 201)
        await here.calls(NUMBER, "conv_odd00001", CANARY)
        store: Any = here.live.services.call_store
        broken = "UPDATE sessions SET record = ?, version = version + 1 WHERE session_id LIKE ?"
        await store._run(lambda db: db.execute(broken, (b'{"', f"{kind}:%")))
        asked = told(await here.live.post("/api/erasures", {"number": NUMBER}), 202)
        done = await here.erasure(asked["id"])
        assert (done["status"], done["problem"]) == ("erased", None)
        assert here.fake.conversations == {}
        key = number_keys(NUMBER, [WEBHOOK_SECRET])[0]
        assert await here.live.services.callers.raw(key) is None


async def test_a_call_that_is_told_of_only_after_its_session_was_erased_is_erased_as_well(tmp_path: Path) -> None:
    """No turn of it had reached us, so the session knew of no conversation."""
    async with house(tmp_path) as here:
        made = told(await here.live.post("/api/register-session", {"sessionId": "unheard"}), 201)
        await erase(here.live, "unheard")
        late = "conv_unheard01"
        here.fake.conversations[late] = conversation(late, transcript=_said(CANARY))
        variables = {"secret__session_token": made["sessionToken"]}
        data: dict[str, Any] = {
            "conversation_initiation_client_data": {"dynamic_variables": variables},
            "transcript": _said(CANARY),
        }
        for body in (transcription(late, **data), audio(late, CANARY.encode() * 5000), transcription(late, **data)):
            assert told(await here.sends(body), 200) == {"received": True}
            await here.live.settle()
        assert here.holding(CANARY) == []
        (erasure,), _ = await here.live.services.erasures.listed()
        here.clock.now += LAST_LOOK_S
        done = await here.erasure(erasure.id)
        assert (done["status"], done["conversations"]) == ("proved", {late: "gone"})
        assert here.fake.conversations == {}


@pytest.mark.parametrize("headers", [{}, {"X-Conversation-Id": "conv_anew0001"}])
async def test_a_session_registered_anew_takes_up_nothing_of_the_one_that_was_erased(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    async with house(tmp_path) as here:
        made = told(await here.live.post("/api/register-session", {"sessionId": "anew"}), 201)
        body = {"session_token": made["sessionToken"]}
        talk = [user("Yes, that's fine."), assistant("What's your name?"), user(f"I'm {CANARY}.")]
        for length in (1, 3):
            await here.live.chat(talk[:length], headers=headers, elevenlabs_extra_body=body)
        await here.live.settle()
        await erase(here.live, "anew")
        here.clock.now += 5.0
        told(await here.live.post("/api/register-session", {"sessionId": "anew"}), 201)
        talk += [assistant("How old are you?"), user("34.")]
        late = await here.live.chat(talk, headers=headers, elevenlabs_extra_body=body)
        assert spoken(late) == line(Line.ALREADY_OVER, "en")
        await here.live.settle()
        assert here.holding(CANARY) == []
        fresh = await here.live.chat([user("Hello?")], elevenlabs_extra_body=body)
        assert spoken(fresh) != line(Line.ALREADY_OVER, "en"), "a call that begins there is held"


async def test_a_call_that_goes_on_while_redis_is_away_does_not_bring_back_what_was_erased(tmp_path: Path) -> None:
    """Its whole history comes with the next turn, and nobody can tell then that it was erased."""
    with running_redis(tmp_path / "redis", options=READABLE) as server:
        async with house(tmp_path, server) as here:
            session_id = await here.calls(NUMBER, "conv_goeson01", CANARY)
            await erase(here.live, session_id)
            await here.live.settle()
            here.clock.now += 5.0
            server.freeze()
            talk = [
                user("Yes."),
                assistant("What's your name?"),
                user(f"I'm {CANARY}."),
                assistant("And?"),
                user("34."),
            ]
            assert (await here.live.chat(talk, headers={"X-Conversation-Id": "conv_goeson01"})).status_code == 200
            await here.live.settle()
            assert [each.name for each in here.data_dir.glob("*.db*") if CANARY.encode() in each.read_bytes()]
            server.resume()
            await mended(here.live.services.store)
            assert here.holding(CANARY) == []
            (erasure,), _ = await here.live.services.erasures.listed()
            here.clock.now += LAST_LOOK_S
            assert (await here.erasure(erasure.id))["status"] == "proved"
            assert told(await here.live.get("/api/sessions"), 200)["sessions"] == []


async def mended(store: Any) -> None:
    for _ in range(100):
        with suppress(StoreError):
            return await store.mend()  # type: ignore[no-any-return]  # None
        await asyncio.sleep(0.05)
    pytest.fail("the store did not come back")


async def test_others_have_their_turn_after_each_session_of_an_erasure(tmp_path: Path) -> None:
    """A store in a file answers without letting anybody in: a caller of thousands must not hold up who is on the phone."""
    async with house(tmp_path, elevenlabs_api_key=None) as here:
        first = await here.calls(NUMBER, "conv_much00000", CANARY)
        record, store = to_dict(await here.live.session(first)), here.live.services.sessions.store
        for number in range(60):
            name = {"session_id": f"much-{number}", "conversation_id": f"conv_much{number:05}"}
            await store.save(name["session_id"], {**record, **name}, expect=0)
        erasure = Erasure(
            id="er-many",
            whom=Whom(),
            reason=Reason.REQUEST,
            asked_at=here.clock.now,
            updated_at=here.clock.now,
            sessions=tuple(f"much-{number}" for number in range(60)),
        )
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        ours = here.live.services.erasures
        for work in (
            lambda: here.live.services.exports.find(Whom(callers=number_keys(NUMBER, [WEBHOOK_SECRET]))),
            lambda: ours._found(erasure),
            lambda: ours._with(erasure, erasure.sessions),
            lambda: ours._erase(erasure),
            lambda: ours._left(erasure),
        ):
            turns, counting = 0, asyncio.create_task(others())
            await work()
            counting.cancel()
            assert turns > 50


async def test_however_many_are_asked_for_at_once_a_worker_is_at_one_of_them(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        ours = [await here.calls(NUMBER, f"conv_once{number:04}", CANARY) for number in range(6)]

        def asked(_: object) -> None:
            structlog.get_logger().info("asked_there")

        here.fake.interrupt = asked
        here.fake.conversations.clear()
        await asyncio.gather(*(erase(here.live, each) for each in ours))
        await here.live.settle()
    wanted = ("asked_there", "erasure_looked_after")
    events = [each["event"] for each in here.lines if isinstance(each, dict) and each["event"] in wanted]
    assert events == [*wanted] * len(ours)


async def test_while_elevenlabs_refuses_nobody_waits_for_it_and_what_is_here_goes(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        for number, caller in enumerate((NUMBER, OTHERS_NUMBER)):
            await here.calls(caller, f"conv_busy{number:04}", CANARY)
        here.fake.interrupt = lambda _: Answer(status=429)
        before = len(here.fake.received)
        asked = [told(await here.live.post("/api/erasures", {"number": n}), 202) for n in (NUMBER, OTHERS_NUMBER)]
        shown = [await here.erasure(each["id"]) for each in asked]
        assert [each["problem"] for each in shown] == ["elevenlabs_busy"] * 2
        assert [got.method for got in here.fake.received[before:]] == ["DELETE"]
        assert here.holding(CANARY) == []
        here.fake.interrupt = None
        here.clock.now += AGAIN_S[0] + 0.1
        assert {(await here.erasure(each["id"]))["status"] for each in asked} == {"erased"}


async def test_a_session_of_a_worker_whose_clock_is_ahead_is_erased(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        here.clock.now += 2.0
        session_id = await here.calls(NUMBER, "conv_ahead0001", CANARY)
        here.clock.now -= 2.0
        await erase(here.live, session_id)
        assert here.holding(CANARY) == []


async def test_an_erasure_that_nobody_can_read_does_not_hide_the_others(tmp_path: Path) -> None:
    async with house(tmp_path) as here:
        for number in range(2):
            await erase(here.live, await here.calls(NUMBER, f"conv_list{number:04}", CANARY))
        await here.live.settle()
        (odd, fine), _ = await here.live.services.erasures.listed()
        store = here.live.services.call_store
        stored = await store.load(odd.key)
        assert stored is not None
        await store.save(odd.key, {**stored.record, "status": "of a later release"}, expect=stored.version)
        listed = told(await here.live.get("/api/erasures"), 200)["erasures"]
        assert [each["id"] for each in listed] == [fine.id]
