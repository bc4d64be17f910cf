"""Secrets that are stored at ElevenLabs, where agents name them by id.

A value cannot be read back, so a secret's name carries the beginning of its hash: what has the same name has the same
value, and a new value makes a new secret. The old one stays, for other agents may still use it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Final

from webhook.elevenlabs.answers import id_of, kind_of, text_of
from webhook.errors import ElevenLabsAnswer

if TYPE_CHECKING:
    from pydantic import SecretStr

    from webhook.elevenlabs.client import ElevenLabs

_SECRETS: Final = "/v1/convai/secrets"
_MOST_A_PAGE: Final = 100
_MOST_PAGES: Final = 100
PREFIX: Final = "voice-interviewer"


def secret_name(purpose: str, value: SecretStr) -> str:
    digest = hashlib.sha256(value.get_secret_value().encode("utf-8", "surrogateescape")).hexdigest()
    return f"{PREFIX} {purpose} {digest[:8]}"


async def stored_secrets(client: ElevenLabs) -> dict[str, str]:
    """The name of every stored secret, by id."""
    names: dict[str, str] = {}
    query = {"page_size": str(_MOST_A_PAGE)}
    for _ in range(_MOST_PAGES):
        found, cursor = await client.ask("GET", _SECRETS, _page, query=query)
        names |= found
        if cursor is None:
            return names
        query["cursor"] = cursor
    raise ElevenLabsAnswer("ElevenLabs lists secrets without an end")


async def store_secret(client: ElevenLabs, name: str, value: SecretStr) -> str:
    """The new secret's id. Never sent twice: the first may have arrived, and there would be two."""
    body = {"type": "new", "name": name, "value": value.get_secret_value()}
    return await client.ask("POST", _SECRETS, lambda answer: id_of(answer, "secret_id"), body=body)


def _page(document: dict[str, Any]) -> tuple[dict[str, str], str | None]:
    names: dict[str, str] = {}
    for one in kind_of(document, "secrets", list):
        if not isinstance(one, dict):
            raise ElevenLabsAnswer("ElevenLabs listed a secret that is none")
        names[id_of(one, "secret_id")] = text_of(one, "name")
    return names, text_of(document, "next_cursor") if document.get("next_cursor") else None
