"""A request for a turn and its reply, as the routes and the runner hand them to each other."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from webhook.interview.history import heard_before, last_agent_text, shown_before, shows_ours, utterances

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from webhook.generations import Generation
    from webhook.interview.history import Message
    from webhook.interview.session import Session
    from webhook.wire.chat_completions import Tool


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A request for a turn, as the routes hand it on."""

    messages: Sequence[Message]
    session_id: str | None = None
    conversation_id: str | None = None
    flow_id: str | None = None
    persona_id: str | None = None
    language: str | None = None
    #: Serve the call in a session of its own: the sources of its id contradict each other.
    fresh: bool = False
    tools: tuple[Tool, ...] = ()
    #: Whose secret opened the door; never the secret itself.
    agent: str = ""
    #: When it came (monotonic, seconds): what a busy moment takes is part of the caller's waiting.
    came_at: float = field(default_factory=time.monotonic)
    #: The history holds what we said: where it does not, the caller did not hear it.
    tells_heard: bool = True
    #: The session id is a variable of the request, which whoever can send one could have made up.
    is_claimed: bool = False

    @property
    def is_known(self) -> bool:
        """Whether the request says which session or call it belongs to."""
        return self.session_id is not None or self.conversation_id is not None

    @cached_property
    def shown(self) -> str | None:
        """What the caller heard before their last words; None when this client does not tell."""
        shown = shown_before(self.messages)
        return "" if shown is None and self.tells_heard else shown

    @cached_property
    def heard(self) -> Sequence[str]:
        """What the caller heard before each of their utterances."""
        return heard_before(self.messages)

    @cached_property
    def keeps_ours(self) -> bool:
        """Whether anything that we said stands in the history."""
        return shows_ours(self.messages)

    @cached_property
    def last_heard(self) -> str:
        """The last thing the caller heard before their last words ("" when nothing)."""
        return last_agent_text(self.messages)

    @cached_property
    def words(self) -> Sequence[str]:
        return utterances(self.messages)


@dataclass(kw_only=True)
class Reply:
    """What is said: either `fixed` pieces or a generation to follow."""

    session: Session
    fixed: tuple[str, ...] = ()
    generation: Generation | None = None
    number: int = 0
    #: With fixed pieces: the ending of the call that is over.
    over: str | None = None
    #: Say nothing and call this tool instead: the caller is left in peace until they speak.
    skip: Tool | None = None

    @property
    def ending(self) -> str | None:
        """The ending if these are the last words of the call; known once they are all there."""
        return self.generation.ending if self.generation is not None else self.over

    async def batches(self) -> AsyncGenerator[tuple[str, ...]]:
        """The pieces, those together that are there at the same moment."""
        if self.generation is None:
            yield self.fixed
            return
        async for ready in self.generation.batches():
            yield ready

    async def pieces(self) -> AsyncGenerator[str]:
        async for ready in self.batches():
            for piece in ready:
                yield piece

    async def text(self) -> str:
        return "".join([piece async for piece in self.pieces()]).strip()
