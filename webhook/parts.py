"""The parts of the service, each made of the ground and of the parts it speaks with."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from webhook.admission import Admission
from webhook.asides import Asides
from webhook.calls import Calls
from webhook.deliveries import Deliveries
from webhook.errors import SettingsError
from webhook.interview.retention import Data
from webhook.limits import Limits, LiveCalls
from webhook.maker import Maker
from webhook.outbound import Outbound
from webhook.privacy.erasures import Erasures
from webhook.privacy.holdings import Holdings
from webhook.reconciler import Reconciler
from webhook.recordings import Recordings
from webhook.relay import Relay
from webhook.reports import Reports
from webhook.runner import Interviewer
from webhook.settings import Settings, opened
from webhook.starts import Starts
from webhook.wire.destinations import destination, is_loopback, is_public
from webhook.wire.post_call import OWN_MODELS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from webhook.callers import Callers
    from webhook.ground import Ground
    from webhook.interview.told import Told
    from webhook.metrics import Metrics
    from webhook.sessions import Sessions
    from webhook.store.base import Store


# The interview


def reports_on(
    ground: Ground, deliveries: Deliveries | None, told_of: Callable[[str], Awaitable[Told | None]]
) -> Reports:
    return Reports(
        sessions=ground.sessions,
        library=ground.library,
        prompts=ground.prompts,
        dialogue=ground.dialogue,
        generations=ground.generations,
        costs=ground.costs,
        clock=ground.clock,
        told_of=told_of,
        deliveries=deliveries,
    )


def admission_on(ground: Ground, reports: Reports) -> Admission:
    return Admission(
        sessions=ground.sessions,
        library=ground.library,
        reports=reports,
        bindings=ground.bindings,
        is_scripted=ground.dialogue is None,
        default_flow=ground.settings.flow,
        clock=ground.clock,
    )


def interviewer_on(ground: Ground, admission: Admission, reports: Reports) -> Interviewer:
    settings = ground.settings
    return Interviewer(
        sessions=ground.sessions,
        admission=admission,
        maker=_maker(ground, admission, reports),
        reports=reports,
        limits=Limits(session=settings.limit_session, agent=settings.limit_agent, everyone=settings.limit_all),
        clock=ground.clock,
    )


def _maker(ground: Ground, admission: Admission, reports: Reports) -> Maker:
    asides = Asides(admission=admission, deadlines=ground.deadlines)
    return Maker(
        sessions=ground.sessions,
        admission=admission,
        prompts=ground.prompts,
        dialogue=ground.dialogue,
        deadlines=ground.deadlines,
        reports=reports,
        generations=ground.generations,
        live=LiveCalls(ground.settings.max_calls),
        asides=asides,
        relay=Relay(sessions=ground.sessions, asides=asides, deadlines=ground.deadlines),
        costs=ground.costs,
        drafts=ground.settings.turn_draft,
    )


# Round about the call


def calls_on(ground: Ground, reports: Reports) -> Calls:
    settings = ground.settings
    return Calls(
        store=ground.call_store,
        expiry=ground.expiry,
        sessions=ground.sessions,
        bindings=ground.bindings,
        reports=reports,
        recordings=Recordings(folder=settings.recordings_dir, most=settings.recording_mb * 1024 * 1024),
        generations=ground.generations,
        costs=ground.costs,
        token_secrets=tuple(opened(settings.webhook_secret)),
        own_models=OWN_MODELS,
        clock=ground.clock,
        keep=settings.keep_days,
    )


def reconciler_on(ground: Ground, calls: Calls) -> Reconciler | None:
    """None where ElevenLabs cannot be asked."""
    if ground.elevenlabs is None:
        return None
    return Reconciler(
        calls=calls,
        client=ground.elevenlabs,
        agent_id=ground.settings.elevenlabs_agent_id,
        wants_audio=bool(ground.settings.elevenlabs_webhook_secret),
        clock=ground.clock,
    )


def starts_on(ground: Ground, admission: Admission, reports: Reports) -> Starts:
    return Starts(
        store=ground.call_store,
        sessions=ground.sessions,
        admission=admission,
        reports=reports,
        clock=ground.clock,
        keep_s=ground.settings.keep_days.net_s,
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


# What is held of people


def erasures_on(ground: Ground, admission: Admission, calls: Calls, starts: Starts, callers: Callers) -> Erasures:
    return Erasures(
        holdings=Holdings(
            stores=(ground.store.primary, ground.store.standby),
            sessions=ground.sessions,
            calls=calls,
            starts=starts,
            callers=callers,
        ),
        bindings=ground.bindings,
        generations=ground.generations,
        elevenlabs=ground.elevenlabs,
        language=lambda: admission.choose_flow(None).language,
        clock=ground.clock,
        audit_s=ground.settings.keep_days.seconds(Data.AUDIT),
    )
