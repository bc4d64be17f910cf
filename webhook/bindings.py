"""Which session a conversation of the platform belongs to, where it was started for one.

A call that nobody started through us has the conversation's own id as its session's. One that was started has a
session before the platform gives it a conversation, and what the platform sends may tell of nothing but that.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from webhook.store.recent import Recent

if TYPE_CHECKING:
    from webhook.sessions import Sessions

KEEP_S: Final = 24 * 3600.0
"""Seconds; the last that comes of a call, its webhooks, comes within an hour of its end, and a call lasts two at most."""
_SEEN_S: Final = 900.0
_MOST_SEEN: Final = 2_000
ERASED_S: Final = 8 * 24 * 3600.0
"""How long it is known what was erased: a day longer than anybody ever looks back."""


@dataclass(frozen=True, kw_only=True)
class Bindings:
    """Conversations by their session."""

    sessions: Sessions
    _seen: Recent[str] = field(
        default_factory=lambda: Recent(most=_MOST_SEEN, keep_s=_SEEN_S), init=False, repr=False, compare=False
    )

    async def bind(self, conversation_id: str, session_id: str) -> None:
        """Before anybody can call: what comes of the call belongs to this session from its first turn on."""
        await self.sessions.store.tag(_key(conversation_id), session_id, ttl_s=KEEP_S)
        self._seen.keep(conversation_id, session_id)

    async def session_id(self, conversation_id: str) -> str:
        """The session this conversation was started for, else the one that has its id."""
        seen = self._seen.get(conversation_id)
        if seen is None:
            if self.sessions.seen(conversation_id) is not None:
                return conversation_id  # a session of that name goes on here
            bound = await self.sessions.store.tagged(_key(conversation_id))
            if len(bound) != 1:
                return conversation_id  # not kept: a store that is away knows less than there is
            seen = bound[0]
        self._seen.keep(conversation_id, seen)  # as long as the call goes on
        return seen

    async def erase(self, name: str, at: float) -> None:
        """What was held under this name, a session's or a conversation's, until then is erased: nothing brings it back.

        The tag is no session's, so it stays when one is deleted.
        """
        await self.sessions.store.tag(f"erased:{name}", f"~{at!r}", ttl_s=ERASED_S)
        self._seen.forget(name)

    async def erased_at(self, *names: str) -> float | None:
        """When what was held under one of these names was erased last, in seconds since 1970."""
        marks = [mark for name in dict.fromkeys(names) for mark in await self.sessions.store.tagged(f"erased:{name}")]
        return max((float(mark.removeprefix("~")) for mark in marks), default=None)

    def are_bound(self, conversation_id: str, session_id: str) -> bool:
        """Whether the conversation was started for this session, by what `session_id` or `bind` just told."""
        return conversation_id != session_id and self._seen.get(conversation_id) == session_id

    def forget_old(self) -> None:
        self._seen.forget_old()


def _key(conversation_id: str) -> str:
    return f"call:{conversation_id}"
