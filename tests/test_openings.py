"""First words that Claude writes: whole, asking something, remembered; else the flow's own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.content.conftest import SMALL
from tests.fake_claude import FakeClaude, Reply
from tests.fake_elevenlabs import AGENT_ID, KEY, FakeElevenLabs
from tests.live_server import Live, assistant, live_server, user

GREETING = "Lovely to meet you, I'm Mia. Shall we begin?"
OWN = "May I begin?"
AGENT = {
    "conversation_config": {},
    "platform_settings": {"overrides": {"conversation_config_override": {"agent": {"first_message": True}}}},
}


@dataclass(frozen=True, kw_only=True)
class Here:
    live: Live
    claude: FakeClaude

    async def start(self, interview_id: str = "i-1", first: str = "written") -> dict[str, str]:
        answer = await self.live.post(f"/api/v1/interviews/{interview_id}/voice/start", {"firstMessage": first})
        assert answer.status_code == 201, answer.text
        told = answer.json()
        return {**told, "first": told["overrides"]["agent"]["firstMessage"]}


@asynccontextmanager
async def service(tmp_path: Path, reply: Reply, *, say: str) -> AsyncGenerator[Here]:
    """With the small flow, whose first topic is worded by Claude after the words of `say`."""
    for folder in ("flows", "prompts"):
        (tmp_path / folder).mkdir()
    text = SMALL.replace("    say: Hello, this is {{ persona.name }}.\n", f"{say}    ask: Ask whether we may begin.\n")
    (tmp_path / "flows/small.yaml").write_text(text.replace("ask: prompts/age.md", "ask: Ask their age."))
    for name in ("listen.md", "speak.md", "report.md"):
        (tmp_path / "prompts" / name).write_text((Path(__file__).parents[1] / "prompts" / name).read_text())
    async with FakeClaude(lambda _: reply) as claude, FakeElevenLabs() as fake:
        fake.agents[AGENT_ID] = AGENT
        async with live_server(
            tmp_path / "data",
            claude_url=claude.base_url,
            flows_dir=tmp_path / "flows",
            prompts_dir=tmp_path / "prompts",
            elevenlabs_api_key=SecretStr(KEY),
            elevenlabs_agent_id=AGENT_ID,
            elevenlabs_base_url=fake.base_url,
        ) as live:
            yield Here(live=live, claude=claude)


async def test_the_first_words_are_claude_s_where_that_is_asked_for_and_stay_the_same(tmp_path: Path) -> None:
    async with service(tmp_path, Reply(text=GREETING), say="") as here:
        assert (await here.start("fixed", "fixed"))["first"] == OWN
        assert here.claude.received == []
        told = await here.start()
        assert told["first"] == GREETING
        asked = len(here.claude.received)
        assert (await here.start())["first"] == GREETING
        assert len(here.claude.received) == asked == 1


async def test_what_is_said_word_for_word_comes_first(tmp_path: Path) -> None:
    async with service(tmp_path, Reply(text=GREETING), say="    say: I am an AI.\n") as here:
        assert (await here.start())["first"] == f"I am an AI. {GREETING}"


async def test_a_call_that_opened_with_claude_s_words_has_begun_with_them(tmp_path: Path) -> None:
    async with service(tmp_path, Reply(text=GREETING), say="") as here:
        told = await here.start()
        talk = [assistant(GREETING), user("Yes, sure.")]
        await here.live.chat(talk, headers={"X-Conversation-Id": told["conversationId"]})
        session = await here.live.session(told["sessionId"])
        assert session.state.facts["consent"].value is True


@pytest.mark.parametrize(
    "reply",
    [
        Reply(text="I have nothing to ask."),
        Reply(text="Hello there, shall we", stop_reason="max_tokens"),
        Reply(text=""),
        Reply(status=529),
    ],
)
async def test_words_that_break_off_ask_nothing_or_never_come_are_not_used(tmp_path: Path, reply: Reply) -> None:
    async with service(tmp_path, reply, say="") as here:
        assert (await here.start())["first"] == OWN


async def test_a_flow_that_fixes_its_opening_keeps_it(tmp_path: Path) -> None:
    """What is spoken word for word, a consent above all, is nobody's to reword."""
    async with service(tmp_path, Reply(text=GREETING), say="") as here:
        text = SMALL.replace("ask: prompts/age.md", "ask: Ask their age.").replace("version: 1", "version: 2")
        (tmp_path / "flows/small.yaml").write_text(text)
        here.live.services.library.load_all()
        assert (await here.start())["first"].startswith("Hello, this is")
        assert here.claude.received == []
