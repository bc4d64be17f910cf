"""The services a request needs, built once from settings or handed in by a test."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webhook.admission import Admission
from webhook.allowed import Allowed
from webhook.asides import Asides
from webhook.bindings import Bindings
from webhook.callers import Callers
from webhook.calls import Calls
from webhook.claude import Claude
from webhook.content.library import Library
from webhook.content.service_prompts import load_prompts
from webhook.content.versions import Versions
from webhook.costs import Costs
from webhook.deliveries import Deliveries
from webhook.dialogue import Deadlines, Dialogue, Models
from webhook.elevenlabs.client import ElevenLabs
from webhook.erasures import Erasures
from webhook.errors import SettingsError
from webhook.exports import Exports
from webhook.generations import Generations
from webhook.holdings import Holdings
from webhook.interview.retention import Data
from webhook.interview.session import further
from webhook.limits import Limits, LiveCalls
from webhook.maker import Maker
from webhook.openings import Openings
from webhook.outbound import Outbound
from webhook.phone_calls import PhoneCalls
from webhook.reconciler import Reconciler
from webhook.recordings import Recordings
from webhook.relay import Relay
from webhook.reports import Reports
from webhook.retention import Retention
from webhook.runner import Interviewer
from webhook.sessions import Sessions
from webhook.settings import Settings, opened, with_secrets
from webhook.starts import Starts
from webhook.store.open import open_calls, open_standby, open_store
from webhook.store.sqlite import SqliteStore
from webhook.store.standby import StandbyStore
from webhook.wire.destinations import destination, is_loopback, is_public
from webhook.wire.post_call import OWN_MODELS

if TYPE_CHECKING:
    from collections.abc import Callable

    from webhook.cooldowns import Cooldowns
    from webhook.metrics import Metrics
    from webhook.store.base import Store


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
    body_s: float = BODY_S

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
) -> Services:
    """Wire everything up. Raises `SettingsError` and `ContentError`; nothing is connected yet."""
    settings = with_secrets(settings)
    versions = Versions(settings.versions_dir)
    library = Library(
        settings.flows_dir,
        settings.prompts_dir,
        versions=versions,
        default=settings.flow,
        shares=settings.flow_weights,
    )
    library.load_all()
    if settings.flow is not None and settings.flow not in library.contents.flows:
        raise SettingsError(f"FLOW: there is no flow by that id; there is {', '.join(library.contents.flows)}")
    prompts = load_prompts(settings.prompts_dir)
    claude = claude_of(settings)
    url = settings.redis_url.get_secret_value() if settings.redis_url else None
    deadlines = deadlines or _deadlines(settings)
    primary = store or open_store(url, settings.data_dir, timeout_s=settings.turn_store_s)
    # What stands in for a server is a file, which outlives this process; what stands in for a file is memory.
    if call_store is None:
        call_store = open_calls(url, settings.data_dir) if store is None else SqliteStore(None)
    standby = open_standby(settings.data_dir) if store is None and url else SqliteStore(None)
    store = StandbyStore(primary, standby, further=further)
    keep = settings.keep_days
    store.keep_s = keep.net_s
    sessions = Sessions(store=store, clock=clock, keep=keep)
    bindings = Bindings(sessions=sessions)
    dialogue = Dialogue(claude, models_of(settings), deadlines) if claude is not None else None
    costs = Costs(settings.claude_prices)
    generations = Generations()
    deliveries = deliveries_of(settings, store=call_store, sessions=sessions, metrics=costs.metrics, clock=clock)
    reports = Reports(
        sessions=sessions,
        library=library,
        prompts=prompts,
        dialogue=dialogue,
        generations=generations,
        costs=costs,
        clock=clock,
        told_of=lambda conversation_id: calls.find(conversation_id),  # noqa: PLW0108 - made below: either needs the other
        deliveries=deliveries,
    )
    admission = Admission(
        sessions=sessions,
        library=library,
        reports=reports,
        bindings=bindings,
        is_scripted=dialogue is None,
        default_flow=settings.flow,
        clock=clock,
    )
    asides = Asides(admission=admission, deadlines=deadlines, clock=clock)
    maker = Maker(
        sessions=sessions,
        admission=admission,
        prompts=prompts,
        dialogue=dialogue,
        deadlines=deadlines,
        reports=reports,
        generations=generations,
        live=LiveCalls(settings.max_calls),
        asides=asides,
        relay=Relay(sessions=sessions, asides=asides, deadlines=deadlines),
        costs=costs,
        drafts=settings.turn_draft,
    )
    interviewer = Interviewer(
        sessions=sessions,
        admission=admission,
        maker=maker,
        reports=reports,
        limits=Limits(session=settings.limit_session, agent=settings.limit_agent, everyone=settings.limit_all),
        clock=clock,
    )
    callers = Callers(store=call_store)
    store.put_back, store.erased_at = reports.watch, bindings.erased_at
    elevenlabs = _elevenlabs(settings)
    calls = Calls(
        store=call_store,
        sessions=sessions,
        bindings=bindings,
        reports=reports,
        recordings=Recordings(folder=settings.recordings_dir, most=settings.recording_mb * 1024 * 1024),
        generations=generations,
        costs=costs,
        token_secrets=tuple(opened(settings.webhook_secret)),
        own_models=OWN_MODELS,
        clock=clock,
        keep=keep,
    )
    starts = Starts(
        store=call_store, sessions=sessions, admission=admission, reports=reports, clock=clock, keep_s=keep.net_s
    )
    erasures = Erasures(
        holdings=Holdings(stores=(primary, standby), sessions=sessions, calls=calls, starts=starts, callers=callers),
        bindings=bindings,
        generations=generations,
        elevenlabs=elevenlabs,
        language=lambda: admission.choose_flow(None).language,
        clock=clock,
        audit_s=keep.seconds(Data.AUDIT),
    )
    allowed = Allowed(store=call_store, elevenlabs=elevenlabs, clock=clock)
    return Services(
        settings=settings,
        store=store,
        call_store=call_store,
        bindings=bindings,
        starts=starts,
        allowed=allowed,
        openings=Openings(admission=admission, prompts=prompts, dialogue=dialogue, costs=costs, clock=clock),
        calls=calls,
        reconciler=None if elevenlabs is None else _reconciler(settings, calls, elevenlabs, clock),
        library=library,
        claude=claude,
        cooldowns=None if dialogue is None else dialogue.cooldowns(store),
        elevenlabs=elevenlabs,
        deliveries=deliveries,
        erasures=erasures,
        retention=Retention(erasures=erasures, reports=reports, metrics=costs.metrics, keep=keep, clock=clock),
        interviewer=interviewer,
        costs=costs,
        callers=callers,
        phone_calls=PhoneCalls(
            admission=admission,
            callers=callers,
            generations=generations,
            starts=starts,
            allowed=allowed,
            clock=clock,
        ),
    )


def claude_of(settings: Settings) -> Claude | None:
    """None where no key is set."""
    if settings.anthropic_api_key is None:
        return None
    return Claude(api_key=settings.anthropic_api_key.get_secret_value(), base_url=settings.anthropic_base_url)


def models_of(settings: Settings) -> Models:
    return Models(
        speak=settings.claude_model,
        listen=settings.listen_model,
        report=settings.claude_report_model,
        fallback=settings.claude_fallback_model,
    )


def deliveries_of(
    settings: Settings, *, store: Store, sessions: Sessions, metrics: Metrics, clock: Callable[[], float] = time.time
) -> Deliveries | None:
    """None where results are sent nowhere. Raises `SettingsError`."""
    if settings.result_webhook_url is None:
        return None
    url = settings.result_webhook_url.get_secret_value()
    try:
        to = destination(url, may_be_near=settings.is_local)
    except ValueError as error:
        raise SettingsError(f"RESULT_WEBHOOK_URL: {error}") from None
    return Deliveries(
        store=store,
        sessions=sessions,
        outbound=Outbound(to=to, is_allowed=is_loopback if to.is_near else is_public, clock=clock),
        url=url,
        secrets=tuple(secret.get_secret_value() for secret in settings.result_webhook_secret),
        metrics=metrics,
        clock=clock,
        public_url=settings.public_url,
        keep_s=settings.keep_days.net_s,
    )


def _elevenlabs(settings: Settings) -> ElevenLabs | None:
    if settings.elevenlabs_api_key is None:
        return None
    return ElevenLabs(api_key=settings.elevenlabs_api_key, base_url=settings.elevenlabs_base_url)


def _reconciler(settings: Settings, calls: Calls, client: ElevenLabs, clock: Callable[[], float]) -> Reconciler:
    return Reconciler(
        calls=calls,
        client=client,
        agent_id=settings.elevenlabs_agent_id,
        wants_audio=bool(settings.elevenlabs_webhook_secret),
        clock=clock,
    )


def _deadlines(settings: Settings) -> Deadlines:
    return Deadlines(
        listen_s=settings.turn_listen_s,
        hedge_s=settings.turn_hedge_s,
        first_text_s=settings.turn_first_text_s,
        bridge_s=settings.turn_bridge_s,
        gap_s=settings.turn_gap_s,
        speak_s=settings.turn_speak_s,
        end_s=settings.turn_end_s,
        lease_s=settings.turn_lease_s,
        resend_s=settings.turn_resend_s,
    )
