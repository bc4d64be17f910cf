"""A call over HTTP, turn by turn, as the platform sends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from tests.callers import as_claude, is_listen, is_speak
from tests.fake_claude import Body, Reply
from tests.live_server import QUICK, Live, assert_speakable, assistant, user
from webhook.dialogue import Deadlines
from webhook.interview.session import Head, Session

ASK_NAME = "What name should I use for you?"
ASK_AGE = "How old are you, roughly?"
BRIDGE = "Mm-hm, okay... "
#: Short waits in their real order, with a bridge phrase before Claude is given up.
WAITS: Deadlines = replace(QUICK, bridge_s=0.1, listen_s=0.3, first_text_s=0.3, gap_s=0.3, speak_s=2.0)


@dataclass
class Talk:
    """One call; what was said and heard stands in `messages`."""

    live: Live
    conversation_id: str
    messages: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    async def begin(cls, live: Live, conversation_id: str = "conversation-1") -> Talk:
        opening = (await live.post("/api/first-message", {})).json()["message"]
        return cls(live, conversation_id, [assistant(opening)])

    async def say(self, words: str, **fields: Any) -> str:
        """The caller says it and hears the answer, which must be one; its book-keeping is done when this returns."""
        self.messages.append(user(words))
        text = await self.ask(**fields)
        self.messages.append(assistant(text))
        await self.live.settle()
        return text

    async def ask(self, **fields: Any) -> str:
        answer = await self.live.chat(self.messages, headers={"X-Conversation-Id": self.conversation_id}, **fields)
        assert answer.status_code == 200, answer.text
        *data, done = [part.removeprefix("data: ") for part in answer.text.removesuffix("\n\n").split("\n\n")]
        assert done == "[DONE]"
        text = "".join(orjson.loads(part)["choices"][0]["delta"].get("content") or "" for part in data)
        assert_speakable(text)
        return text

    async def session(self) -> Session:
        return await self.live.session(self.conversation_id)

    async def head(self) -> Head:
        head = (await self.session()).head
        assert head is not None
        return head

    async def facts(self) -> dict[str, Any]:
        return {name: fact.value for name, fact in (await self.session()).state.facts.items()}

    async def learnt(self) -> list[str]:
        """The slots in the order in which something was learnt of them: an effect that counted twice is there twice."""
        return [event.slot for event in (await self.session()).state.events]


def speaking(reply: Reply) -> Callable[[Body], Reply]:
    """Claude listens as it should, and speaks so."""
    return lambda body: reply if is_speak(body) else as_claude(body)


def listening(reply: Reply) -> Callable[[Body], Reply]:
    """Claude speaks as it should, and listens so."""
    return lambda body: reply if is_listen(body) else as_claude(body)
