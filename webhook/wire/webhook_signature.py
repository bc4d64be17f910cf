"""The signature of what ElevenLabs sends after a call: `ElevenLabs-Signature: t=<seconds>,v0=<hex>`.

An HMAC-SHA256 over `<t>.` and the raw body. A body may be many megabytes of audio, so it is hashed piece by piece as it
comes; what is wrong with the header itself shows before any of it is read.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final

from webhook.errors import Unauthorized

if TYPE_CHECKING:
    from collections.abc import Iterable

HEADER: Final = "elevenlabs-signature"
PAST_S: Final = 3600.0
"""Their attempts at one delivery span 41 minutes, and nothing says that a later one is signed anew. An old event that is
replayed within the hour has no effect: handling it twice is handling it once."""
FUTURE_S: Final = 300.0
"""As far as two clocks may be apart."""
MOST_CHARS: Final = 2_048
_TIME = re.compile(r"[0-9]{1,12}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


class SignatureCheck:
    """One body against one header: made before the body, fed with it, and asked at its end."""

    def __init__(self, header: str | None, secrets: Iterable[str], now: float) -> None:
        """Raises `Unauthorized` for a header that no body could be right for: missing, malformed, stale, future."""
        time, self._given = _parts(header)
        if not -FUTURE_S <= now - int(time) <= PAST_S:
            raise Unauthorized("the signature is too old, or from the future", reason="stale")
        begun = f"{time}.".encode("ascii")
        keys = [secret.encode("utf-8", "surrogateescape") for secret in secrets if secret]
        self._macs = [hmac.new(key, begun, hashlib.sha256) for key in keys]

    def feed(self, data: bytes) -> None:
        """The next bytes of the body, as they came."""
        for mac in self._macs:
            mac.update(data)

    def finish(self) -> None:
        """Raises `Unauthorized` unless one of the secrets signed exactly these bytes."""
        expected = [mac.hexdigest() for mac in self._macs]
        matches = [hmac.compare_digest(given, digest) for given in self._given for digest in expected]
        if not any(matches):  # every one was compared, so the time tells nothing of which
            raise Unauthorized("the signature is wrong")


def verify(body: bytes, header: str | None, secrets: Iterable[str], now: float) -> None:
    """The same for a body that is all there. Raises `Unauthorized`, and nothing else whatever the header is."""
    check = SignatureCheck(header, secrets, now)
    check.feed(body)
    check.finish()


def _parts(header: str | None) -> tuple[str, tuple[str, ...]]:
    """The time as it was written, and every digest: during a rotation there may be several."""
    if header is None:
        raise Unauthorized("the signature is missing or malformed", reason="missing")
    if len(header) > MOST_CHARS or not header.isascii():
        raise Unauthorized("the signature is missing or malformed")
    pairs = [(name.strip(), value.strip()) for name, _, value in (part.partition("=") for part in header.split(","))]
    times = {value for name, value in pairs if name == "t"}
    digests = tuple(value for name, value in pairs if name == "v0" and _DIGEST.fullmatch(value))
    time = times.pop() if len(times) == 1 else ""
    if not digests or not _TIME.fullmatch(time):
        raise Unauthorized("the signature is missing or malformed")
    return time, digests
