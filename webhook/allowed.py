"""What a call may override at an agent: asked once in a while, and kept where every worker finds it.

An override that the agent does not allow ends the call before its first word, so what is not known is not allowed.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import structlog

from webhook.elevenlabs import agents
from webhook.errors import ElevenLabsError, StoreError
from webhook.store.base import record_beside
from webhook.store.recent import Recent
from webhook.wire.overrides import allowed_overrides

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from webhook.elevenlabs.client import ElevenLabs
    from webhook.store.base import Store

FRESH_S: Final = 600.0
"""Seconds for which what was learnt of an agent is not asked again; `webhook agent` tells at once what it changed."""
ASK_S: Final = 3.0
"""Seconds it may take: somebody waits for their call to start."""
_SEEN_S: Final = 30.0
_KEEP_S: Final = 365 * 24 * 3600.0
log_ = structlog.get_logger("webhook.allowed")


@dataclass(frozen=True, kw_only=True)
class _Known:
    allowed: frozenset[str]
    at: float


_NOTHING: Final = _Known(allowed=frozenset(), at=0.0)


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """By agent. `store` holds a record for each (`store.open.open_calls`)."""

    store: Store
    elevenlabs: ElevenLabs | None
    clock: Callable[[], float] = time.time
    _seen: Recent[_Known] = field(
        default_factory=lambda: Recent(most=100, keep_s=_SEEN_S), init=False, repr=False, compare=False
    )

    async def of(self, agent_id: str) -> frozenset[str]:
        """What is known here, without asking ElevenLabs."""
        return (await self._known(agent_id)).allowed

    async def fresh(self, agent_id: str) -> frozenset[str]:
        """The same, asked again when it is old; what was known must do while ElevenLabs does not answer."""
        known = await self._known(agent_id)
        if self.elevenlabs is None or self.clock() - known.at < FRESH_S:
            return known.allowed
        try:
            async with asyncio.timeout(ASK_S):
                document = await agents.agent(self.elevenlabs, agent_id)
        except ElevenLabsError as error:
            log_.warning("agent_not_asked", agent_id=agent_id, code=error.code)
            return known.allowed
        except TimeoutError:
            log_.warning("agent_not_asked", agent_id=agent_id, code="timeout")
            return known.allowed
        try:
            return await self.keep(agent_id, document)
        except StoreError as error:  # the next start learns it again
            log_.warning("agent_not_kept", agent_id=agent_id, code=error.code)
            return (await self._known(agent_id)).allowed

    async def keep(self, agent_id: str, document: Mapping[str, Any]) -> frozenset[str]:
        """Remember what the agent's document allows, here in any case. Raises `StoreError`."""
        known = _Known(allowed=allowed_overrides(document), at=self.clock())
        self._seen.keep(agent_id, known)
        key = _key(agent_id)
        record = record_beside(key, "agent", known.at, allowed=sorted(known.allowed))
        stored = await self.store.load(key)
        # Whoever saved meanwhile has asked meanwhile.
        await self.store.save(key, record, expect=0 if stored is None else stored.version, ttl_s=_KEEP_S)
        return known.allowed

    async def _known(self, agent_id: str) -> _Known:
        seen = self._seen.get(agent_id)
        if seen is not None:
            return seen
        try:
            stored = await self.store.load(_key(agent_id))
        except StoreError as error:  # the call is held in the agent's own voice
            log_.warning("allowed_not_found", agent_id=agent_id, code=error.code)
            return _NOTHING
        if stored is None:
            return _NOTHING
        known = _Known(allowed=frozenset(stored.record["allowed"]), at=stored.record["updated_at"])
        self._seen.keep(agent_id, known)
        return known


def _key(agent_id: str) -> str:
    return f"agent:{agent_id}"
