"""An invite opens one interview for a while; it cannot be made, changed or prolonged by anybody else."""

from __future__ import annotations

import base64
import json
import random

import pytest

from webhook.errors import InvalidState, MalformedRequest, Unauthorized
from webhook.wire.identity import TokenClaims, derived_secret, sign_token, signed, verify_token
from webhook.wire.invites import Invite, lasting, link, seconds_of, sign_invite, verify_invite

NOW = 1_760_000_000.0
SECRET = "a-secret-of-at-least-thirty-two-bytes"
OLD_SECRET = "the-secret-before-the-last-rotation"
INVITE = Invite(interview_id="i-1", flow="screening", persona="nora-winter", language="de")


def made(invite: Invite = INVITE, secret: str = SECRET, expires_in: float = 60) -> str:
    return sign_invite(invite, NOW + expires_in, secret)


@pytest.mark.parametrize("invite", [INVITE, Invite(interview_id="i-2")])
def test_an_invite_says_what_it_was_made_for(invite: Invite) -> None:
    assert verify_invite(made(invite), [SECRET], NOW) == invite


def test_every_valid_secret_opens_and_one_that_is_gone_does_not() -> None:
    assert verify_invite(made(secret=OLD_SECRET), [SECRET, OLD_SECRET], NOW) == INVITE
    for secrets in ([SECRET], [], [""]):
        with pytest.raises(Unauthorized):
            verify_invite(made(secret=OLD_SECRET), secrets, NOW)


def test_an_invite_is_over_at_its_second() -> None:
    assert verify_invite(made(), [SECRET], NOW + 59.9) == INVITE
    with pytest.raises(Unauthorized):
        verify_invite(made(), [SECRET], NOW + 60)


def test_a_session_token_is_no_invite_and_an_invite_no_session_token() -> None:
    as_session = signed({"interview_id": "i-1", "session_id": "s-1"}, NOW + 60, SECRET, "session")
    as_invite = signed({"interview_id": "i-1", "session_id": "s-1"}, NOW + 60, SECRET, "invite")
    assert verify_invite(as_invite, [SECRET], NOW).interview_id == "i-1"
    assert verify_token(as_session, [SECRET], NOW).session_id == "s-1"
    with pytest.raises(Unauthorized):
        verify_invite(as_session, [SECRET], NOW)
    with pytest.raises(Unauthorized):
        verify_token(as_invite, [SECRET], NOW)


@pytest.mark.parametrize("claims", [{}, {"interview_id": ""}, {"interview_id": 7}, {"interview_id": "i", "flow": 7}])
def test_a_signed_document_that_is_no_invite_opens_nothing(claims: dict[str, str]) -> None:
    with pytest.raises(Unauthorized):
        verify_invite(signed(claims, NOW + 60, SECRET, "invite"), [SECRET], NOW)


def test_no_changed_invite_is_accepted() -> None:
    token, dice = made(), random.Random(6)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
    for _ in range(5_000):
        place = dice.randrange(len(token))
        changed = token[:place] + dice.choice(letters) + token[place + dice.randrange(3) :]
        if changed != token:
            with pytest.raises(Unauthorized):
                verify_invite(changed, [SECRET], NOW)


def test_another_interview_under_the_same_signature_is_refused() -> None:
    document = {"interview_id": "i-2", "expires_at": int(NOW) + 60}
    encoded = base64.urlsafe_b64encode(json.dumps(document).encode()).rstrip(b"=").decode()
    with pytest.raises(Unauthorized):
        verify_invite(f"{encoded}.{made().partition('.')[2]}", [SECRET], NOW)


def test_an_invite_without_an_interview_or_a_secret_is_a_bug() -> None:
    for invite, secret in ((Invite(interview_id=""), SECRET), (INVITE, "")):
        with pytest.raises(InvalidState):
            sign_invite(invite, NOW + 60, secret)


@pytest.mark.parametrize("seconds", [60, 61.5, 30 * 86_400])
def test_a_minute_to_thirty_days_is_taken(seconds: float) -> None:
    assert lasting(seconds) == int(seconds)


@pytest.mark.parametrize("seconds", [59, 0, -1, 30 * 86_400 + 1, True, "60", None, float("nan"), float("inf")])
def test_no_other_time_is_taken(seconds: object) -> None:
    with pytest.raises(MalformedRequest, match="a minute to 30 days"):
        lasting(seconds)


def test_times_are_written_as_people_write_them() -> None:
    assert [seconds_of(text) for text in ("90", "90s", "45m", "24h", " 7 D")] == [90, 90, 2700, 86_400, 604_800]
    for text in ("", "h", "1w", "-1h", "1.5h", "1h30m", "9999999999"):
        with pytest.raises(MalformedRequest, match="like 24h"):
            seconds_of(text)


SAFE = ("https://study.example/start?lang=de", "https://h:8443", "http://localhost:3000/x", "http://127.0.0.1/")


@pytest.mark.parametrize("page", SAFE)
def test_a_link_keeps_the_invite_in_the_part_that_browsers_do_not_send(page: str) -> None:
    assert link(page, "TOKEN") == f"{page}#invite=TOKEN"


UNSAFE = (
    *("", "study.example", "//study.example/", "http://study.example/", "ftp://h/", "javascript:alert(1)//"),
    *("https://", "https:///x", "https://h/#", "https://h/#top", "https://me:pw@h/", "https://h:0/", "https://h:x/"),
    *("https://h/a b", "https://h/\n", "https://h\\@evil.example/", "https://ü.example/", "https://h/" + "a" * 2_000),
    *("http://localhost.evil.example/", "https://[::1/"),
)


@pytest.mark.parametrize("page", UNSAFE)
def test_no_invite_is_put_on_a_page_that_is_not_safe(page: str) -> None:
    with pytest.raises(MalformedRequest, match="page must be an address"):
        link(page, "TOKEN")


def test_a_derived_secret_is_of_its_secret_and_its_purpose_alone() -> None:
    derived = {
        derived_secret(secret, purpose) for secret in (SECRET, OLD_SECRET) for purpose in ("caller", "initiation")
    }
    assert len(derived) == 4
    assert derived_secret(SECRET, "caller") in derived
    assert all(len(one) == 43 and one.isascii() for one in derived)
    with pytest.raises(Unauthorized):
        verify_token(sign_token(TokenClaims(session_id="s"), NOW + 60, derived_secret(SECRET, "caller")), [SECRET], NOW)
