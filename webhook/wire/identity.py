"""Whose call is this? What a request proves about its session, and the signed tokens that prove it.

A session is found only by what the platform set for this one call or by what we signed ourselves: never by time,
by address, by "the latest one", and never by anything that was said.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from webhook.errors import InvalidState, MalformedRequest, Unauthorized
from webhook.interview.history import normalise
from webhook.wire.limits import is_id, read_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from webhook.interview.history import Message
    from webhook.interview.session import Session

#: What a token may be used for; one kind never passes for another.
TokenKind = Literal["session", "invite", "response"]
#: Where an id was found: `token` and `header` are the headers X-Session-Token and X-Conversation-Id, `extra` and
#: `variables` the session token in the extra body and in the variables, `user` the one in the user field, `marker` the
#: id in the system message.
Source = Literal["token", "extra", "variables", "user", "header", "marker", "anonymous"]

MAX_TOKEN_CHARS = 2_048
SESSION_TOKEN_S: Final = 3 * 3600.0
"""How long a session token is good for: longer than the longest call the platform allows."""

#: A value ends at white space or punctuation, which counts as its own only in the middle; an unresolved placeholder is
#: taken whole, so that it can be refused.
_MARKER = re.compile(
    r"\bCALL_ID=(\{\{[^}]{0,128}\}\}|(?:[^\s.,;:!?\"'`()<>\[\]]+(?:[.:]+(?=[^\s.,;:!?\"'`()<>\[\]]))?)*)"
)


@dataclass(frozen=True, kw_only=True)
class TokenClaims:
    """What a signed token says: the session it is for, and what that session is to be held with."""

    session_id: str
    agent: str | None = None
    flow_id: str | None = None
    persona_id: str | None = None
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class Identity:
    """What one request proves about its call.

    `session_id` comes from a signed token only; `conversation_id` is the platform's name for the call. With both, the
    session is to be bound to that conversation; with the conversation alone, it names the session; with neither, the
    call is anonymous. `source` is the way that counted. `contradiction`: two valid ways named different calls, so
    none of their claims is used and the call needs a fresh session. `rejected`: ways that were present but invalid.
    """

    session_id: str | None = None
    conversation_id: str | None = None
    agent: str | None = None
    flow_id: str | None = None
    persona_id: str | None = None
    language: str | None = None
    source: Source = "anonymous"
    contradiction: bool = False
    rejected: tuple[Source, ...] = ()


class Asking(Protocol):
    """A request of any route that takes turns, as far as it may say whose call it is."""

    @property
    def messages(self) -> Sequence[Message]: ...
    @property
    def user(self) -> str | None: ...
    @property
    def extra(self) -> Mapping[str, Any]: ...
    @property
    def variables(self) -> Mapping[str, Any]: ...


#: The request headers that may say who calls, in lower case.
IDENTITY_HEADERS = ("x-session-token", "x-conversation-id")


def find_identity(headers: Mapping[str, str], request: Asking, secrets: Sequence[str], now: float) -> Identity:
    """Reads every way a request can say whose call it is.

    `headers` have lower-case keys; `secrets` are all that are valid at `now` (seconds since 1970). Never raises.
    """
    tokens, bad_tokens = _valid_tokens(headers, request, secrets, now)
    calls, bad_calls = _valid_calls(headers, request)
    rejected = (*bad_tokens, *bad_calls)
    if len({claims.session_id for claims in tokens.values()}) > 1 or len(set(calls.values())) > 1:
        # The header is set by the platform for this very call, so it still tells one call from another.
        source: Source = "header" if "header" in calls else "anonymous"
        return Identity(conversation_id=calls.get("header"), source=source, contradiction=True, rejected=rejected)
    conversation_id = next(iter(calls.values()), None)
    for source, claims in tokens.items():
        return Identity(**asdict(claims), conversation_id=conversation_id, source=source, rejected=rejected)
    return Identity(conversation_id=conversation_id, source=next(iter(calls), "anonymous"), rejected=rejected)


def strip_marker(text: str) -> str:
    """`text` of a system message without its call markers."""
    return _MARKER.sub("", text).strip()


def anonymous_key(prefix_utterances: Iterable[str], first_agent_text: str, wishes: Sequence[str | None] = ()) -> str:
    """64 hex digits that stand for how a call without any id began: its opening and all utterances so far.

    `wishes`: what else each of its requests says: whose secret it has, which interview it wants.
    """
    words: list[object] = [normalise(first_agent_text), *(normalise(utterance) for utterance in prefix_utterances)]
    words += [list(wishes)] if wishes else []
    return hashlib.sha256(json.dumps(words).encode("ascii")).hexdigest()


def sign_token(claims: TokenClaims, expires_at: float, secret: str, kind: TokenKind = "session") -> str:
    """A token for `verify_token`, valid until `expires_at` (seconds since 1970); safe in headers and URLs."""
    if not claims.session_id:
        raise InvalidState("a token needs a session id")
    return signed(asdict(claims), expires_at, secret, kind)


def session_token(session: Session, now: float, secret: str) -> str:
    """The token that a call of this session is started with, and that every turn of it may bring."""
    claims = TokenClaims(
        session_id=session.session_id,
        flow_id=session.flow_id,
        persona_id=session.persona_id,
        language=session.language,
    )
    return sign_token(claims, now + SESSION_TOKEN_S, secret)


def verify_token(token: str, secrets: Iterable[str], now: float, kind: TokenKind = "session") -> TokenClaims:
    """What the token says. Raises Unauthorized unless one of `secrets` signed it as this kind and it is valid at `now`."""
    return _claims(verified(token, secrets, now, kind))


def signed(claims: Mapping[str, str | None], expires_at: float, secret: str, kind: TokenKind) -> str:
    """A token of these claims, without those that are None."""
    payload: dict[str, Any] = {name: value for name, value in claims.items() if value is not None}
    payload["expires_at"] = int(expires_at)
    document = json.dumps(payload, sort_keys=True, separators=(",", ":"))
    encoded = _base64url(document.encode("ascii"))
    token = f"{encoded}.{_mac(encoded, secret, kind)}"
    if not secret or len(token) > MAX_TOKEN_CHARS:
        raise InvalidState("a token needs a secret and claims of a sane length")
    return token


def verified(token: str, secrets: Iterable[str], now: float, kind: TokenKind) -> dict[str, Any]:
    """All that the token says, `expires_at` too; raises as `verify_token`."""
    encoded, _, mac = token.partition(".")
    if len(token) > MAX_TOKEN_CHARS or not token.isascii():
        raise Unauthorized
    expected = [_mac(encoded, secret, kind) for secret in secrets if secret]
    if not any([hmac.compare_digest(mac, candidate) for candidate in expected]):  # noqa: C419 - every secret is tried
        raise Unauthorized
    payload = _payload(encoded)
    expires_at = payload.get("expires_at")
    if not isinstance(expires_at, int) or now >= expires_at:
        raise Unauthorized(reason="stale")
    return payload


def bearer_ok(header: str | None, secrets: Iterable[str]) -> bool:
    """True when an Authorization header carries one of `secrets`; takes as long whichever it is, or none."""
    presented = bearer_of(header)
    return secret_ok(presented or "", secrets) and presented is not None


def bearer_of(header: str | None) -> str | None:
    """What an Authorization header carries, when it is a bearer token."""
    scheme, _, presented = (header or "").strip().partition(" ")
    return presented.strip() if scheme.lower() == "bearer" else None


def secret_ok(presented: str, secrets: Iterable[str]) -> bool:
    """True when a header's value is one of `secrets`; takes as long whichever it is, or none."""
    digest = hashlib.sha256(_header_bytes(presented)).digest()
    return any([hmac.compare_digest(digest, _digest(secret)) for secret in secrets if secret])  # noqa: C419 - as above


def derived_secret(secret: str, purpose: str) -> str:
    """A secret for one purpose, made from `secret`, which whoever gets this one cannot find out from it."""
    if not secret:
        raise InvalidState("a secret is derived from another one")
    message = f"voice-interviewer {purpose} secret 1"
    return _base64url(hmac.digest(secret.encode("utf-8", "surrogateescape"), message.encode("utf-8"), "sha256"))


@lru_cache(maxsize=64)
def _digest(secret: str) -> bytes:
    """Of a secret of our own, which are few and stay; what a stranger presents is not kept."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def _valid_tokens(
    headers: Mapping[str, str], request: Asking, secrets: Sequence[str], now: float
) -> tuple[dict[Source, TokenClaims], tuple[Source, ...]]:
    found: dict[Source, object] = {
        "token": headers.get("x-session-token"),
        "extra": request.extra.get("session_token"),
        "variables": request.variables.get("session_token"),
        "user": request.user,
    }
    valid: dict[Source, TokenClaims] = {}
    for source, token in found.items():
        try:
            valid[source] = verify_token(token if isinstance(token, str) else "", secrets, now)
        except Unauthorized:
            continue
    # The user field usually holds something else than a token: that is nothing to alarm about.
    return valid, tuple(source for source in found if found[source] and source not in valid and source != "user")


def _valid_calls(headers: Mapping[str, str], request: Asking) -> tuple[dict[Source, str], tuple[Source, ...]]:
    found: dict[Source, str | None] = {"header": headers.get("x-conversation-id"), "marker": _marker(request)}
    present = {source: value for source, value in found.items() if value is not None and value != ""}
    valid = {source: value for source, value in present.items() if is_id(value)}
    return valid, tuple(source for source in present if source not in valid)


def _marker(request: Asking) -> str | None:
    """The marker of the message that opens the history; several different ones make an invalid one."""
    opening = request.messages[:1]
    if not opening or opening[0].role != "system":
        return None
    return " ".join(sorted(set(_MARKER.findall(opening[0].text)))) or None


def _payload(encoded: str) -> dict[str, Any]:
    try:
        document = read_object(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except (ValueError, MalformedRequest):
        raise Unauthorized from None
    return document


def _claims(payload: Mapping[str, Any]) -> TokenClaims:
    # Somebody else who holds the secret may have signed this: names we do not know pass, wrong types do not.
    claims = {name: payload[name] for name in TokenClaims.__dataclass_fields__ if name in payload}
    if not claims.get("session_id") or not all(isinstance(value, str) for value in claims.values()):
        raise Unauthorized
    return TokenClaims(**claims)


def _mac(encoded: str, secret: str, kind: TokenKind) -> str:
    # The purpose is part of what is signed, so a token is of one kind for ever, and no other MAC can pass for one.
    message = f"voice-interviewer {kind} token 1\n{encoded}"
    return _base64url(hmac.digest(secret.encode("utf-8", "surrogateescape"), message.encode("ascii"), "sha256"))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _header_bytes(value: str) -> bytes:
    """The bytes that were on the wire: servers hand header values over decoded as Latin-1."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "surrogatepass")
