"""What all parts of the service stand on: stores, content, Claude, ElevenLabs; made of the settings alone."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webhook.bindings import Bindings
from webhook.claude import Claude
from webhook.content.library import Library
from webhook.content.service_prompts import load_prompts
from webhook.content.versions import Versions
from webhook.costs import Costs
from webhook.dialogue import Deadlines, Dialogue, Models
from webhook.elevenlabs.client import ElevenLabs
from webhook.errors import SettingsError
from webhook.generations import Generations
from webhook.interview.session import further
from webhook.sessions import Sessions
from webhook.settings import Settings, with_secrets
from webhook.store.expiry_clock import ExpiryClock
from webhook.store.open import open_calls, open_standby, open_store
from webhook.store.sqlite import SqliteStore
from webhook.store.standby import StandbyStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from webhook.interview.prompt import Prompts
    from webhook.store.base import Store


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What all parts stand on."""

    settings: Settings
    clock: Callable[[], float]
    store: StandbyStore
    #: Records of starts, callers and what the platform told, beside the sessions (`store.open.open_calls`).
    call_store: Store
    expiry: ExpiryClock
    sessions: Sessions
    bindings: Bindings
    library: Library
    prompts: Prompts
    #: Both are None where no key is set: then the interview is scripted.
    claude: Claude | None
    dialogue: Dialogue | None
    deadlines: Deadlines
    #: None where ElevenLabs cannot be asked.
    elevenlabs: ElevenLabs | None
    generations: Generations
    costs: Costs


def ground_of(
    settings: Settings,
    *,
    store: Store | None,
    call_store: Store | None,
    deadlines: Deadlines | None,
    clock: Callable[[], float],
    steady: Callable[[], float] | None = None,
) -> Ground:
    """Stores that are given take the place of the settings' own. Raises `SettingsError` and `ContentError`."""
    settings = with_secrets(settings)
    library = library_of(settings)
    steady = steady or (time.monotonic if clock is time.time else clock)
    expiry = ExpiryClock(clock, steady)
    standby_store, call_store = _stores(settings, store, call_store, expiry)
    sessions = Sessions(store=standby_store, clock=clock, steady=steady, keep=settings.keep_days)
    claude = claude_of(settings)
    deadlines = deadlines or _deadlines(settings)
    return Ground(
        settings=settings,
        clock=clock,
        store=standby_store,
        call_store=call_store,
        expiry=expiry,
        sessions=sessions,
        bindings=Bindings(sessions=sessions),
        library=library,
        prompts=load_prompts(settings.prompts_dir),
        claude=claude,
        dialogue=None if claude is None else Dialogue(claude, models_of(settings), deadlines),
        deadlines=deadlines,
        elevenlabs=_elevenlabs(settings),
        generations=Generations(),
        costs=Costs(settings.claude_prices),
    )


def library_of(settings: Settings) -> Library:
    """The flows, all of them loaded. Raises `SettingsError` and `ContentError`."""
    library = Library(
        settings.flows_dir,
        settings.prompts_dir,
        versions=Versions(settings.versions_dir),
        default=settings.flow,
        shares=settings.flow_weights,
    )
    library.load_all()
    if settings.flow is not None and settings.flow not in library.contents.flows:
        raise SettingsError(f"FLOW: there is no flow by that id; there is {', '.join(library.contents.flows)}")
    return library


def _stores(
    settings: Settings, store: Store | None, call_store: Store | None, expiry: ExpiryClock
) -> tuple[StandbyStore, Store]:
    """What stands in for a server is a file, which outlives this process; what stands in for a file is memory."""
    url = settings.redis_url.get_secret_value() if settings.redis_url else None
    primary = store or open_store(url, settings.data_dir, timeout_s=settings.turn_store_s, clock=expiry)
    if call_store is None:
        call_store = open_calls(url, settings.data_dir, clock=expiry) if store is None else SqliteStore(None)
    standby = open_standby(settings.data_dir, clock=expiry) if store is None and url else SqliteStore(None)
    with_standby = StandbyStore(primary, standby, further=further)
    with_standby.keep_s = settings.keep_days.net_s
    return with_standby, call_store


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


def _elevenlabs(settings: Settings) -> ElevenLabs | None:
    if settings.elevenlabs_api_key is None:
        return None
    return ElevenLabs(api_key=settings.elevenlabs_api_key, base_url=settings.elevenlabs_base_url)
