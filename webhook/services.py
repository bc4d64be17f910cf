"""The services a request needs, built once from settings or handed in by a test: the parts, and who speaks with whom."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from webhook.allowed import Allowed
from webhook.callers import Callers
from webhook.ground import ground_of
from webhook.openings import Openings
from webhook.parts import (
    admission_on,
    calls_on,
    deliveries_of,
    erasures_on,
    interviewer_on,
    reconciler_on,
    reports_on,
    starts_on,
)
from webhook.phone_calls import PhoneCalls
from webhook.privacy.exports import Exports
from webhook.privacy.retention import Retention
from webhook.refusals import BoundedWarning, Refusals

if TYPE_CHECKING:
    from collections.abc import Callable

    from webhook.admission import Admission
    from webhook.bindings import Bindings
    from webhook.calls import Calls
    from webhook.claude import Claude
    from webhook.content.library import Library
    from webhook.cooldowns import Cooldowns
    from webhook.costs import Costs
    from webhook.deliveries import Deliveries
    from webhook.dialogue import Deadlines
    from webhook.elevenlabs.client import ElevenLabs
    from webhook.privacy.erasures import Erasures
    from webhook.reconciler import Reconciler
    from webhook.reports import Reports
    from webhook.runner import Interviewer
    from webhook.sessions import Sessions
    from webhook.settings import Settings
    from webhook.starts import Starts
    from webhook.store.base import Store
    from webhook.store.expiry_clock import ExpiryClock
    from webhook.store.standby import StandbyStore


BODY_S = 10.0
"""How long the whole body of a request may take to arrive. The platform sends a turn within a second; a client that
sends a byte now and then would keep its request open for ever."""


@dataclass(frozen=True, kw_only=True)
class Services:
    """Everything behind the routes."""

    settings: Settings
    store: StandbyStore
    #: Records of starts, callers and what the platform told, beside the sessions (`store.open.open_calls`).
    call_store: Store
    #: What is over is over by this clock.
    expiry: ExpiryClock
    bindings: Bindings
    starts: Starts
    allowed: Allowed
    openings: Openings
    calls: Calls
    #: None where ElevenLabs cannot be asked.
    reconciler: Reconciler | None
    library: Library
    claude: Claude | None
    cooldowns: Cooldowns | None
    elevenlabs: ElevenLabs | None
    #: None where results are sent nowhere.
    deliveries: Deliveries | None
    erasures: Erasures
    retention: Retention
    interviewer: Interviewer
    costs: Costs
    callers: Callers
    phone_calls: PhoneCalls
    refusals: Refusals
    #: Bodies that a proxy compressed, which nobody here reads.
    compressed: BoundedWarning
    body_s: float = BODY_S
    #: Fields of turn requests that were told in the log not to be honoured; each is told once.
    not_honoured: set[str] = field(default_factory=set)

    @property
    def sessions(self) -> Sessions:
        return self.interviewer.sessions

    @property
    def admission(self) -> Admission:
        return self.interviewer.admission

    @property
    def reports(self) -> Reports:
        return self.interviewer.reports

    @property
    def exports(self) -> Exports:
        return Exports(holdings=self.erasures.holdings, folder=self.settings.data_dir, clock=self.interviewer.clock)

    async def close(self) -> None:
        """What leads outside first, the stores last: until then somebody may still save."""
        self.refusals.flush()
        self.compressed.flush()
        if self.claude is not None:
            await self.claude.close()
        if self.elevenlabs is not None:
            await self.elevenlabs.close()
        if self.deliveries is not None:
            await self.deliveries.outbound.close()
        await self.call_store.close()
        await self.store.close()


def build_services(
    settings: Settings,
    *,
    store: Store | None = None,
    call_store: Store | None = None,
    deadlines: Deadlines | None = None,
    clock: Callable[[], float] = time.time,
    steady: Callable[[], float] | None = None,
) -> Services:
    """Wire everything up. `steady` is a clock that never steps; a `clock` that is given is one, too, if none is.

    Raises `SettingsError` and `ContentError`; nothing is connected yet.
    """
    ground = ground_of(settings, store=store, call_store=call_store, deadlines=deadlines, clock=clock, steady=steady)
    settings, costs = ground.settings, ground.costs
    deliveries = deliveries_of(
        settings, store=ground.call_store, sessions=ground.sessions, metrics=costs.metrics, clock=clock
    )
    # Reports are checked against what the platform told, and what it told sees to the report: either needs the other.
    reports = reports_on(ground, deliveries, told_of=lambda conversation_id: calls.find(conversation_id))  # noqa: PLW0108 - made below
    calls = calls_on(ground, reports)
    ground.store.put_back, ground.store.erased_at = reports.watch, ground.bindings.erased_at
    admission = admission_on(ground, reports)
    starts = starts_on(ground, admission, reports)
    callers = Callers(store=ground.call_store)
    allowed = Allowed(store=ground.call_store, elevenlabs=ground.elevenlabs, clock=clock)
    erasures = erasures_on(ground, admission, calls, starts, callers)
    return Services(
        settings=settings,
        store=ground.store,
        call_store=ground.call_store,
        expiry=ground.expiry,
        bindings=ground.bindings,
        starts=starts,
        allowed=allowed,
        openings=Openings(
            admission=admission, prompts=ground.prompts, dialogue=ground.dialogue, costs=costs, clock=clock
        ),
        calls=calls,
        reconciler=reconciler_on(ground, calls),
        library=ground.library,
        claude=ground.claude,
        cooldowns=None if ground.dialogue is None else ground.dialogue.cooldowns(ground.store),
        elevenlabs=ground.elevenlabs,
        deliveries=deliveries,
        erasures=erasures,
        retention=Retention(
            erasures=erasures,
            reports=reports,
            metrics=costs.metrics,
            keep=settings.keep_days,
            clock=clock,
            expiry=ground.expiry,
        ),
        interviewer=interviewer_on(ground, admission, reports),
        costs=costs,
        callers=callers,
        refusals=Refusals(costs.metrics),
        compressed=BoundedWarning("body_compressed"),
        phone_calls=PhoneCalls(
            admission=admission,
            callers=callers,
            generations=ground.generations,
            starts=starts,
            allowed=allowed,
            clock=clock,
        ),
    )
