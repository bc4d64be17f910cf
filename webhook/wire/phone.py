"""Phone calls as the platform announces them, and numbers that are known again without being kept."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from webhook.errors import MalformedRequest
from webhook.wire.identity import derived_secret
from webhook.wire.limits import ELEVENLABS_ID, MAX_NAME_CHARS, as_text, read_object

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Spaces, dashes, dots, brackets and slashes, as people write them between the digits.
_BETWEEN: Final = re.compile(r"[\s().\[\]/\u2010-\u2015\u2212-]")
#: Seven digits at least: shorter ones are services. No country's code begins with 0.
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")
#: What carriers send for a number that is withheld: these words, typed on a phone's keys. Whole crowds share them.
_WITHHELD: Final = {
    "+266696687": "anonymous",
    "+7378742833": "restricted",
    "+2562533": "blocked",
    "+8656696": "unknown",
    "+86282452253": "unavailable",
}


@dataclass(frozen=True, kw_only=True)
class PhoneCall:
    """A call that rings. `number` and `call_sid` are for hashing only, never for a log or a store."""

    number: str | None = field(default=None, repr=False)
    call_sid: str | None = field(default=None, repr=False)
    agent_id: str | None = None


def parse_phone_call(body: bytes) -> PhoneCall:
    """Whatever can be understood of it; a call that rings is taken in any case (protocols: section 3.1)."""
    try:
        document = read_object(body)
    except MalformedRequest:
        return PhoneCall()
    agent_id = as_text(document.get("agent_id"), MAX_NAME_CHARS)
    return PhoneCall(
        number=number_of(as_text(document.get("caller_id"), MAX_NAME_CHARS)),
        call_sid=as_text(document.get("call_sid"), MAX_NAME_CHARS).strip() or None,
        agent_id=agent_id if ELEVENLABS_ID.fullmatch(agent_id) else None,
    )


def number_of(text: str) -> str | None:
    """The number in one form, as `+4930123456`; None when it is withheld or no international number.

    A number of a SIP trunk may come as an address (`sip:+4930123456@carrier.example`), or without its `+`.
    """
    bare = re.sub(r"^(?:sips?|tel):", "", text.strip(), flags=re.IGNORECASE)
    bare = _BETWEEN.sub("", re.split("[@;]", bare)[0].replace("(0)", ""))
    bare = f"+{bare[2:]}" if bare.startswith("00") else bare
    number = bare if bare.startswith("+") else f"+{bare}"
    return number if _NUMBER.fullmatch(number) and number not in _WITHHELD else None


def international(text: str) -> str | None:
    """The same for what somebody typed: without `+` or `00` it might be meant for their own country. None: it is."""
    return number_of(text) if text.strip().startswith(("+", "00")) else None


def number_keys(number: str, secrets: Sequence[str]) -> tuple[str, ...]:
    """What stands for a number (as `number_of` gives it), under each secret; the first is what is written.

    There are so few numbers that a hash without a key could be undone by trying them all.
    """
    return tuple(_keyed(derived_secret(secret, "caller"), number) for secret in secrets if secret)


def call_session_id(call_sid: str, secret: str) -> str:
    """The session of a call: the same each time it is announced, and for nobody else to guess."""
    return f"p-{_keyed(derived_secret(secret, 'phone call'), call_sid)[:32]}"


def _keyed(key: str, text: str) -> str:
    return hmac.digest(key.encode("ascii"), text.encode("utf-8"), "sha256").hex()
