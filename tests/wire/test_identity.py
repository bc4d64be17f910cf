"""Whose call is this: only what the platform set or what we signed counts, and never what was said."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webhook.errors import InvalidState, Unauthorized
from webhook.interview.history import Message
from webhook.wire.chat_completions import ChatRequest
from webhook.wire.identity import (
    Identity,
    TokenClaims,
    anonymous_key,
    bearer_ok,
    find_identity,
    sign_token,
    strip_marker,
    verify_token,
)

#: The same examples each time, however slow the machine.
STEADY = settings(derandomize=True)

NOW = 1_760_000_000.0
SECRET = "a-secret-of-at-least-thirty-two-bytes"
OLD_SECRET = "the-secret-before-the-last-rotation"
SECRETS = (SECRET, OLD_SECRET)
ALICE = TokenClaims(session_id="sess_alice", agent="agent_1", flow_id="intake", persona_id="anna")
BOB = TokenClaims(session_id="sess_bob")
CONV = "conv_0123456789"
OTHER_CONV = "conv_9876543210"


def token(claims: TokenClaims = ALICE, secret: str = SECRET, expires_in: float = 60) -> str:
    return sign_token(claims, NOW + expires_in, secret)


def request(system: str | None = None, *said: str, **fields: Any) -> ChatRequest:
    opening = () if system is None else (Message(role="system", text=system),)
    return ChatRequest(messages=(*opening, *(Message(role="user", text=text) for text in said)), **fields)


def identity(headers: dict[str, str] | None = None, chat: ChatRequest | None = None) -> Identity:
    return find_identity(headers or {}, chat or request(), SECRETS, NOW)


ALICE_FIELDS: dict[str, Any] = {
    "session_id": "sess_alice",
    "agent": "agent_1",
    "flow_id": "intake",
    "persona_id": "anna",
}
PROVED = {
    "nothing": ({}, request(), Identity()),
    "header": ({"x-conversation-id": CONV}, request(), Identity(conversation_id=CONV, source="header")),
    "token header": ({"x-session-token": token()}, request(), Identity(**ALICE_FIELDS, source="token")),
    "extra body": ({}, request(extra={"session_token": token()}), Identity(**ALICE_FIELDS, source="extra")),
    "user": ({}, request(user=token()), Identity(**ALICE_FIELDS, source="user")),
    "variables": ({}, request(variables={"session_token": token()}), Identity(**ALICE_FIELDS, source="variables")),
    "short header": ({"x-conversation-id": "conv_a"}, request(), Identity(conversation_id="conv_a", source="header")),
    "as a front end names it": (
        {"x-conversation-id": "study:7.p12"},
        request("Hello. CALL_ID=study:7.p12."),
        Identity(conversation_id="study:7.p12", source="header"),
    ),
    "short marker": ({}, request("CALL_ID=conv_1. Be kind."), Identity(conversation_id="conv_1", source="marker")),
    "old secret": (
        {"x-session-token": token(BOB, OLD_SECRET)},
        request(),
        Identity(session_id="sess_bob", source="token"),
    ),
    "marker": ({}, request(f"Be kind.\nCALL_ID={CONV}.\nGo."), Identity(conversation_id=CONV, source="marker")),
    "same marker twice": (
        {},
        request(f"CALL_ID={CONV} CALL_ID={CONV}"),
        Identity(conversation_id=CONV, source="marker"),
    ),
    "token and header": (
        {"x-conversation-id": CONV, "x-session-token": token()},
        request(f"CALL_ID={CONV}", extra={"session_token": token()}, user=token()),
        Identity(**ALICE_FIELDS, conversation_id=CONV, source="token"),
    ),
    "token and marker": (
        {},
        request(f"CALL_ID={CONV}", user=token()),
        Identity(**ALICE_FIELDS, conversation_id=CONV, source="user"),
    ),
}


@pytest.mark.parametrize(("headers", "chat", "expected"), PROVED.values(), ids=PROVED)
def test_every_way_is_found(headers: dict[str, str], chat: ChatRequest, expected: Identity) -> None:
    assert identity(headers, chat) == expected


UNPROVED = {
    "bare id in the extra body": ({}, request(extra={"session_id": "sess_alice", "conversation_id": CONV}), ()),
    "bare id as token": ({}, request(extra={"session_token": "sess_alice"}), ("extra",)),
    "no string as token": ({}, request(extra={"session_token": {"session_id": "sess_alice"}}), ("extra",)),
    "bare id as user": ({}, request(user="sess_alice"), ()),
    "forged": ({"x-session-token": token(secret="guessed-secret")}, request(), ("token",)),
    "expired": ({"x-session-token": token(expires_in=0)}, request(), ("token",)),
    "invite as session": ({"x-session-token": sign_token(ALICE, NOW + 60, SECRET, "invite")}, request(), ("token",)),
    "unresolved token": ({"x-session-token": "{{secret__session_token}}"}, request(), ("token",)),
    "unresolved header": ({"x-conversation-id": "{{system__conversation_id}}"}, request(), ("header",)),
    "single braces": ({"x-conversation-id": "{system__conversation_id}"}, request(), ("header",)),
    "empty header": ({"x-conversation-id": "", "x-session-token": ""}, request(), ()),
    "header without a value": ({"x-conversation-id": "undefined"}, request(), ("header",)),
    "header of nothing": ({"x-conversation-id": "None"}, request(), ("header",)),
    "long header": ({"x-conversation-id": "c" * 129}, request(), ("header",)),
    "line end in header": ({"x-conversation-id": CONV + "\n"}, request(), ("header",)),
    "two headers joined": ({"x-conversation-id": f"{CONV}, {OTHER_CONV}"}, request(), ("header",)),
    "spoken marker": ({}, request("Be kind.", f"CALL_ID={CONV}"), ()),
    "spoken token": ({}, request(None, token()), ()),
    "spoken marker first": ({}, request(None, f"CALL_ID={CONV}"), ()),
    "marker in a later system message": (
        {},
        ChatRequest(messages=tuple(Message(role="system", text=t) for t in ("Be kind.", f"CALL_ID={CONV}"))),
        (),
    ),
    "system message after speech": (
        {},
        ChatRequest(messages=(Message(role="user", text="hi"), Message(role="system", text=f"CALL_ID={CONV}"))),
        (),
    ),
    "unresolved marker": ({}, request("CALL_ID={{ system__conversation_id }}"), ("marker",)),
    "unresolved marker and another": ({}, request(f"CALL_ID={{{{x}}}} name: CALL_ID={CONV}"), ("marker",)),
    "two markers": ({}, request(f"CALL_ID={CONV} CALL_ID={OTHER_CONV}"), ("marker",)),
    "marker without a value": ({}, request("CALL_ID=null"), ("marker",)),
    "path as marker": ({}, request(f"CALL_ID=../{CONV}"), ()),
    "part of a word": ({}, request(f"XCALL_ID={CONV}"), ()),
}


@pytest.mark.parametrize(("headers", "chat", "rejected"), UNPROVED.values(), ids=UNPROVED)
def test_row_26_what_proves_nothing_leaves_the_call_anonymous(
    headers: dict[str, str], chat: ChatRequest, rejected: tuple[Any, ...]
) -> None:
    assert identity(headers, chat) == Identity(rejected=rejected)


def test_an_invalid_token_does_not_hide_the_conversation() -> None:
    headers = {"x-conversation-id": CONV, "x-session-token": token(expires_in=-1)}
    assert identity(headers) == Identity(conversation_id=CONV, source="header", rejected=("token",))


@pytest.mark.parametrize(
    ("headers", "chat", "conversation_id"),
    [
        ({"x-session-token": token()}, request(extra={"session_token": token(BOB)}), None),
        ({"x-session-token": token()}, request(user=token(BOB)), None),
        ({"x-session-token": token()}, request(variables={"session_token": token(BOB)}), None),
        ({}, request(extra={"session_token": token()}, user=token(BOB, OLD_SECRET)), None),
        ({"x-conversation-id": CONV, "x-session-token": token()}, request(user=token(BOB)), CONV),
        ({"x-conversation-id": CONV}, request(f"CALL_ID={OTHER_CONV}"), CONV),
        ({"x-conversation-id": CONV}, request(f"CALL_ID={OTHER_CONV}", user=token()), CONV),
        ({}, request(f"CALL_ID={CONV}", extra={"session_token": token(BOB)}, user=token()), None),
    ],
)
def test_a_contradiction_proves_no_session(
    headers: dict[str, str], chat: ChatRequest, conversation_id: str | None
) -> None:
    source: Any = "header" if conversation_id else "anonymous"
    assert identity(headers, chat) == Identity(conversation_id=conversation_id, source=source, contradiction=True)


@STEADY
@given(st.dictionaries(st.sampled_from(["x-conversation-id", "x-session-token"]), st.text()), st.text(), st.text())
def test_no_header_or_text_can_break_or_prove_anything(headers: dict[str, str], system: str, user: str) -> None:
    found = identity(headers, request(f"CALL_ID={system}", user=user, extra={"session_token": system}))
    assert found.session_id is None


# Tokens.


@pytest.mark.parametrize("claims", [ALICE, BOB, TokenClaims(session_id="ü€ 1")])
def test_a_signed_token_says_what_was_signed(claims: TokenClaims) -> None:
    assert verify_token(token(claims), SECRETS, NOW) == claims


def test_a_token_is_safe_in_headers_and_urls() -> None:
    assert token().replace(".", "").replace("-", "").replace("_", "").isalnum()
    assert token().isascii()


def test_a_token_is_valid_until_it_expires() -> None:
    signed = sign_token(ALICE, NOW, SECRET)
    assert verify_token(signed, SECRETS, NOW - 1) == ALICE
    with pytest.raises(Unauthorized):
        verify_token(signed, SECRETS, NOW)


def test_one_kind_of_token_never_passes_for_another() -> None:
    invite = sign_token(ALICE, NOW + 60, SECRET, "invite")
    assert verify_token(invite, SECRETS, NOW, "invite") == ALICE
    with pytest.raises(Unauthorized):
        verify_token(invite, SECRETS, NOW)
    with pytest.raises(Unauthorized):
        verify_token(token(), SECRETS, NOW, "invite")


def test_no_changed_character_goes_unseen() -> None:
    signed = token()
    for at, character in enumerate(signed):
        changed = signed[:at] + ("A" if character != "A" else "B") + signed[at + 1 :]
        with pytest.raises(Unauthorized):
            verify_token(changed, SECRETS, NOW)


@pytest.mark.parametrize("text", ["", ".", "a.b", "a.b.c", token() + "=", token() + "x", "é.é", "\ud800", "x" * 9_999])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(Unauthorized):
        verify_token(text, SECRETS, NOW)


@pytest.mark.parametrize("secrets", [(), ("",), ("other",)])
def test_a_token_needs_its_secret(secrets: tuple[str, ...]) -> None:
    with pytest.raises(Unauthorized):
        verify_token(token(), secrets, NOW)


def signed_by_hand(payload: bytes, secret: str = SECRET) -> str:
    return with_mac(base64.urlsafe_b64encode(payload).rstrip(b"=").decode(), secret)


def with_mac(encoded: str, secret: str = SECRET) -> str:
    mac = hmac.digest(secret.encode(), f"voice-interviewer session token 1\n{encoded}".encode(), "sha256")
    return f"{encoded}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def test_a_token_made_elsewhere_with_the_secret_is_read() -> None:
    payload = {"session_id": "s", "expires_at": int(NOW) + 9, "unknown": [1]}
    assert verify_token(signed_by_hand(json.dumps(payload).encode()), SECRETS, NOW) == TokenClaims(session_id="s")


def test_an_empty_secret_signs_nothing() -> None:
    payload = json.dumps({"session_id": "s", "expires_at": int(NOW) + 9}).encode()
    with pytest.raises(Unauthorized):
        verify_token(signed_by_hand(payload, ""), ("", SECRET), NOW)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"a",
        b"[]",
        b"not json",
        b"{}",
        b'{"session_id":"s"}',
        b'{"session_id":"s","expires_at":"9999999999"}',
        b'{"session_id":"s","expires_at":NaN}',
        b'{"session_id":5,"expires_at":9999999999}',
        b'{"session_id":"","expires_at":9999999999}',
        b'{"session_id":"s","expires_at":9999999999,"flow_id":[]}',
    ],
)
def test_a_signed_payload_of_the_wrong_shape_is_refused(payload: bytes) -> None:
    with pytest.raises(Unauthorized):
        verify_token(signed_by_hand(payload), SECRETS, NOW)


@pytest.mark.parametrize(
    ("claims", "secret"),
    [(ALICE, ""), (TokenClaims(session_id=""), SECRET), (TokenClaims(session_id="s" * 3_000), SECRET)],
)
def test_a_token_that_would_never_verify_is_not_signed(claims: TokenClaims, secret: str) -> None:
    with pytest.raises(InvalidState):
        sign_token(claims, NOW, secret)


def test_a_signed_payload_that_is_no_base64_is_refused() -> None:
    with pytest.raises(Unauthorized):
        verify_token(with_mac("abcde"), SECRETS, NOW)


# Bearer secrets, markers, anonymous calls.


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"Bearer {SECRET}", True),
        (f"bearer  {SECRET} ", True),
        (f"Bearer {OLD_SECRET}", True),
        (None, False),
        ("", False),
        ("Bearer", False),
        ("Bearer ", False),
        (SECRET, False),
        (f"Basic {SECRET}", False),
        (f"Bearer {SECRET[:-1]}", False),
        (f"Bearer {SECRET}x", False),
        (f"Bearer {SECRET} {SECRET}", False),
        (f"Bearer {SECRET.upper()}", False),
        ("Bearer é€\ud800", False),
    ],
)
def test_only_a_whole_secret_opens(header: str | None, *, expected: bool) -> None:
    assert bearer_ok(header, SECRETS) is expected


@pytest.mark.parametrize("secrets", [(), ("",)])
@pytest.mark.parametrize("header", ["Bearer ", "Bearer", "", "Bearer x"])
def test_no_secret_opens_nothing(header: str, secrets: tuple[str, ...]) -> None:
    assert not bearer_ok(header, secrets)


def test_a_secret_beyond_ascii_is_compared_by_the_bytes_sent() -> None:
    assert bearer_ok("Bearer " + "schlüssel€".encode().decode("latin-1"), ["schlüssel€"])
    assert bearer_ok("Bearer schlüssel€", ["schlüssel€"])


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        (f"Be kind.\nCALL_ID={CONV}", "Be kind."),
        (f"CALL_ID={CONV}\nBe kind.", "Be kind."),
        (f"Be CALL_ID={CONV} kind CALL_ID={OTHER_CONV}", "Be  kind"),
        ("Be kind. CALL_ID={{ system__conversation_id }}", "Be kind."),
        ("Be kind.", "Be kind."),
    ],
)
def test_the_marker_is_stripped(text: str, stripped: str) -> None:
    assert strip_marker(text) == stripped


def test_an_anonymous_call_is_known_by_its_opening_and_its_prefix() -> None:
    key = anonymous_key(["Hello  there", "I am\ud800 Bo"], "Hi!")
    assert key == anonymous_key(("Hello there ", "I am\ud800 Bo"), " Hi!")
    assert len(key) == 64
    assert (
        len({key, anonymous_key(["Hello there"], "Hi!"), anonymous_key(["Hello there", "I am\ud800 Bo"], "Ho!")}) == 3
    )
    assert anonymous_key(["a", "b"], "") != anonymous_key(["a b"], "") != anonymous_key(["b"], "a")
