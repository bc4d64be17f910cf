"""Conversations at ElevenLabs: what starts one, and what is kept of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qs, urlsplit

from webhook.elevenlabs.answers import checked_id, id_of, kind_of, no_text, same_id, text_of
from webhook.elevenlabs.client import Patience
from webhook.errors import ElevenLabsAnswer, ElevenLabsNotFound

if TYPE_CHECKING:
    from webhook.elevenlabs.client import ElevenLabs
    from webhook.elevenlabs.stream import Stream

_MOST_A_PAGE: Final = 100
_CONVERSATIONS: Final = "/v1/convai/conversations"
_START: Final = "/v1/convai/conversation"
_FETCHING: Final = Patience(silence_s=15.0, first_s=30.0, total_s=150.0)
"""A recording; nobody waits for it."""


@dataclass(frozen=True, kw_only=True)
class SignedUrl:
    """Where a browser opens one WebSocket call, within 15 minutes; whoever has it may hold the call."""

    url: str = field(repr=False)
    conversation_id: str


@dataclass(frozen=True, kw_only=True)
class ConversationToken:
    """The same for a WebRTC call."""

    token: str = field(repr=False)
    conversation_id: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some conversations, as ElevenLabs lists them; each has a `conversation_id`, an `agent_id` and a `status`."""

    conversations: tuple[dict[str, Any], ...]
    next_cursor: str | None


async def signed_url(client: ElevenLabs, agent_id: str) -> SignedUrl:
    """Asks for the conversation's id as well: it is what joins the call to its session later."""
    query = {"agent_id": checked_id(agent_id), "include_conversation_id": "true"}
    return await client.ask("GET", f"{_START}/get-signed-url", _signed_url, query=query)


async def conversation_token(client: ElevenLabs, agent_id: str) -> ConversationToken:
    return await client.ask("GET", f"{_START}/token", _conversation_token, query={"agent_id": checked_id(agent_id)})


async def conversation(client: ElevenLabs, conversation_id: str) -> dict[str, Any]:
    """One conversation with its transcript, which is final once its `status` is `done` or `failed`."""
    path = f"{_CONVERSATIONS}/{checked_id(conversation_id)}"
    return await client.ask("GET", path, lambda document: _conversation(document, conversation_id))


async def delete(client: ElevenLabs, conversation_id: str) -> None:
    """Ask for a conversation to be erased, with its transcript and recording; `is_gone` tells whether it was.

    Raises `ElevenLabsNotFound` where there is none.
    """
    await client.delete(f"{_CONVERSATIONS}/{checked_id(conversation_id)}")


async def is_gone(client: ElevenLabs, conversation_id: str) -> bool:
    """Whether ElevenLabs knows nothing of the conversation."""
    path = f"{_CONVERSATIONS}/{checked_id(conversation_id)}"
    try:
        await client.ask("GET", path, lambda document: document, may_be_missing=True)
    except ElevenLabsNotFound:
        return True
    return False


async def recording(client: ElevenLabs, conversation_id: str, *, largest: int) -> Stream:
    """The audio of a conversation that is over, at most `largest` bytes of it."""
    path = f"{_CONVERSATIONS}/{checked_id(conversation_id)}/audio"
    return await client.stream(path, no_text, largest=largest, patience=_FETCHING)


async def conversations(
    client: ElevenLabs,
    *,
    agent_id: str | None = None,
    from_at: float | None = None,
    to_at: float | None = None,
    cursor: str | None = None,
    limit: int = _MOST_A_PAGE,
) -> Page:
    """A page of the calls that started in this time."""
    query = {"page_size": str(max(1, min(limit, _MOST_A_PAGE)))}
    if agent_id is not None:
        query["agent_id"] = checked_id(agent_id)
    if from_at is not None:
        query["call_start_after_unix"] = str(math.floor(from_at))
    if to_at is not None:
        query["call_start_before_unix"] = str(math.ceil(to_at))
    if cursor is not None:
        query["cursor"] = cursor
    return await client.ask("GET", _CONVERSATIONS, _page, query=query)


def _signed_url(document: dict[str, Any]) -> SignedUrl:
    url = text_of(document, "signed_url")
    try:
        parts = urlsplit(url)
        is_one = parts.scheme == "wss" and parts.hostname is not None
        in_url = parse_qs(parts.query).get("conversation_id", [])
    except ValueError:
        is_one, in_url = False, []
    if not is_one:
        raise ElevenLabsAnswer("ElevenLabs answered with a signed URL that is none")
    # Beside the URL or in it: the page on the protocol does not say which.
    given = document if document.get("conversation_id") else {"conversation_id": "".join(in_url[:1])}
    return SignedUrl(url=url, conversation_id=id_of(given, "conversation_id"))


def _conversation_token(document: dict[str, Any]) -> ConversationToken:
    return ConversationToken(token=text_of(document, "token"), conversation_id=id_of(document, "conversation_id"))


def _conversation(document: dict[str, Any], conversation_id: str) -> dict[str, Any]:
    same_id(document, "conversation_id", conversation_id)
    _listed(document)
    kind_of(document, "transcript", list)
    kind_of(document, "metadata", dict)
    return document


def _page(document: dict[str, Any]) -> Page:
    found = kind_of(document, "conversations", list)
    has_more: bool = kind_of(document, "has_more", bool)
    return Page(
        conversations=tuple(_listed(one) for one in found),
        next_cursor=text_of(document, "next_cursor") if has_more else None,
    )


def _listed(conversation: object) -> dict[str, Any]:
    if not isinstance(conversation, dict):
        raise ElevenLabsAnswer("ElevenLabs listed a conversation that is none")
    id_of(conversation, "conversation_id")
    id_of(conversation, "agent_id")
    text_of(conversation, "status")
    return conversation
