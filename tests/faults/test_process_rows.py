"""Rows 47 and 50 of the fault catalogue: more calls than there is room for, and a session that breaks every turn."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from tests.fake_claude import FakeClaude
from tests.faults.talk import ASK_AGE, ASK_NAME, Talk
from tests.live_server import PATIENT, Live, live_server, user
from webhook.interview.lines import Line, line
from webhook.interview.session import SessionStatus

YES = "Yes, that's fine."
BUSY = line(Line.BUSY, "en")
END_CALL = {"type": "function", "function": {"name": "end_call", "parameters": {"type": "object"}}}


async def test_row_47_a_call_too_many_is_asked_to_call_later_at_its_start_and_none_in_the_middle(
    fake: FakeClaude, tmp_path: Path
) -> None:
    async with live_server(tmp_path, claude_url=fake.base_url, deadlines=PATIENT, max_calls=5) as live:
        calls = [await Talk.begin(live, f"conversation-{i:02}") for i in range(15)]
        heard = [await call.say(YES, tools=[END_CALL]) for call in calls]
        assert [text == BUSY for text in heard] == [False] * 5 + [True] * 10
        assert {(await call.head()).status for call in calls[:5]} == {"complete"}
        assert (
            await asyncio.gather(*(is_known(live, call.conversation_id) for call in calls)) == [True] * 5 + [False] * 10
        )

        again = await asyncio.gather(*(call.say("I'm Sam.") for call in calls))
        assert [text == BUSY for text in again] == [False] * 5 + [True] * 10

        for call in calls[:2]:
            await call.say("I want to stop the interview now.")
            await call.say("Yes, please stop.")
            assert (await call.session()).is_over
        late = await Talk.begin(live, "conversation-late")
        assert await late.say(YES) != BUSY


async def is_known(live: Live, session_id: str) -> bool:
    return (await live.get(f"/api/sessions/{session_id}")).status_code == 200


async def test_row_50_a_session_that_breaks_every_turn_is_ended_and_disturbs_no_other(
    fake: FakeClaude, tmp_path: Path
) -> None:
    """Its flow is gone: whatever is done with it raises."""
    async with live_server(tmp_path, claude_url=fake.base_url, deadlines=PATIENT) as live:
        talk, other = await Talk.begin(live), await Talk.begin(live, "conversation-2")
        assert await talk.say(YES) != ASK_NAME
        await other.say(YES)
        await live.services.sessions.change(talk.conversation_id, lambda s, _: replace(s, flow_id="vanished"))

        heard = [await talk.say(f"I'm Sam, {number}.") for number in range(8)]
        session = await live.session(talk.conversation_id)
        assert (session.status, session.state.ending) == (SessionStatus.ENDED_EARLY, "broken")
        assert heard[-1] == line(Line.ALREADY_OVER, "en")
        assert [turn.utterance for turn in session.turns][:2] == [YES, "I'm Sam, 0."]

        fake.received.clear()
        assert (await other.say("I'm Sam.")).endswith("?")
        assert await other.facts() == {"consent": True, "name": "Sam"}


async def test_row_50_what_is_sent_again_and_again_is_made_by_code_and_then_not_at_all(
    fake: FakeClaude, tmp_path: Path
) -> None:
    async with live_server(tmp_path, claude_url=fake.base_url, deadlines=PATIENT) as live:
        talk = await Talk.begin(live)
        await talk.say(YES)
        await live.services.sessions.change(talk.conversation_id, lambda s, _: replace(s, failures=3))
        fake.received.clear()
        assert await talk.say("I'm Sam.") == ASK_AGE
        assert fake.bodies == []
        talk.messages.append(user("I'm 34."))
        assert (await talk.ask()).endswith("?")
        await live.settle()
        assert len(fake.bodies) == 2, "a turn that went well clears the account"
