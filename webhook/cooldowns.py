"""What one worker learnt about a model, told to the others: a model that is left alone is left alone by all.

Off the turn's path: each worker looks into the store once a second. A cooldown there is a tag that ends by itself.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webhook.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from webhook.breaker import Breaker
    from webhook.store.base import Store

ROUND_S = 1.0


@dataclass(frozen=True, kw_only=True)
class Cooldowns:
    """Keeps one worker's breaker and the store's tags the same. `clock` is the breaker's, monotonic."""

    breaker: Breaker
    models: Sequence[str]
    store: Store
    clock: Callable[[], float]

    async def keep_going(self) -> None:
        """Share, for ever. While the store is away each worker learns for itself."""
        while True:
            with suppress(StoreError):
                await self.share()
            await asyncio.sleep(ROUND_S)

    async def share(self) -> None:
        """One round: tell what this worker found out, take over what the others did."""
        for model in self.models:
            now = self.clock()
            left_s = self.breaker.left_alone_for(model, now)
            key = f"cooldown:{model}"
            if left_s > 2 * ROUND_S:
                await self.store.tag(key, self.breaker.closed(now)[model], ttl_s=left_s)
            elif reasons := await self.store.tagged(key):
                self.breaker.leave_alone(model, reasons[0], until=now + 2 * ROUND_S)
