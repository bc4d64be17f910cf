"""A request for a turn and its reply, as the routes and the runner hand them to each other."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from webhook.interview.cost import NOTHING
from webhook.interview.history import (
    heard_before,
    last_agent_text,
    places_of_words,
    shown_before,
    shows_ours,
    utterances,
)
from webhook.interview.recognising import Told
from webhook.interview.tool_results import ToolResult, last_tool_result, names_that_ran
from webhook.wire.tools import END_CALL, call_of_id, is_named

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from webhook.generations import Generation
    from webhook.interview.continued import Known
    from webhook.interview.cost import Usage
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
    #: The caller hears words of this turn already, so that no bridge phrase may follow.
    is_bridged: bool = False
    #: The session id is a variable of the request, which whoever can send one could have made up.
    is_claimed: bool = False
    #: How much of the talk stands in our record only; the client has sent what came after it.
    known: Known | None = None
    #: Until where our record stands in for the client's, it had hung up.
    had_hung_up: bool = False
    #: Some of the messages are references to words that stand in our record.
    has_references: bool = False
    #: The session id stands in a token that we signed.
    is_signed: bool = False

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

    @cached_property
    def tool_result(self) -> ToolResult | None:
        """The tool's result that ends the history."""
        return last_tool_result(self.messages, call_of_id)

    @property
    def is_after_hanging_up(self) -> bool:
        """Whether this is what a client asks that has carried out our hanging up, or tried to."""
        return self.tool_result is not None and is_named(self.tool_result.name, END_CALL)

    @cached_property
    def has_hung_up(self) -> bool:
        """Whether the client has told, at any time before, that it hung up."""
        if self.had_hung_up or (self.known is not None and self.known.has_hung_up):
            return True
        return any(is_named(name, END_CALL) for name in names_that_ran(self.messages, call_of_id))

    @cached_property
    def told(self) -> Told:
        """The history, as a session is recognised by it."""
        return Told(messages=self.messages, words=tuple(self.words), places=places_of_words(self.messages))

    @property
    def begins(self) -> bool:
        """Whether these are the first words of a call, which nobody has answered yet."""
        first, *later = self.told.places or [0]
        return not later and not any(m.role == "agent" for m in self.messages[first:])


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
    #: The hanging up failed at the client, and is asked for once more.
    is_second_offer: bool = False
    #: The client has hung up, and that is all that there is to it.
    is_after_hanging_up: bool = False
    #: With fixed pieces: what the reply was billed when it was made.
    billed: Usage = NOTHING

    @property
    def ending(self) -> str | None:
        """The ending if these are the last words of the call; known once they are all there."""
        return self.generation.ending if self.generation is not None else self.over

    @property
    def has_words(self) -> bool:
        """Whether anything is said: what is fixed and empty is a tool call alone, or nothing at all."""
        return self.generation is not None or bool(self.fixed)

    @property
    def is_empty(self) -> bool:
        """Nothing is said and nothing is called."""
        return not self.has_words and self.skip is None and self.over is None

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

    async def usage(self) -> Usage:
        """What Claude's calls for this reply were billed; known within about a second of its last words."""
        return self.billed if self.generation is None else await self.generation.usage()

    async def text(self) -> str:
        return "".join([piece async for piece in self.pieces()]).strip()
