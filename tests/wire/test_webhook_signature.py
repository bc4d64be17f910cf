"""Row 51: whoever has no secret gets nothing in, whatever the header; whoever has one gets in for an hour."""

from __future__ import annotations

import ast
import inspect
import itertools
import random
import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fake_elevenlabs import signed
from webhook.errors import Unauthorized
from webhook.wire import webhook_signature
from webhook.wire.webhook_signature import FUTURE_S, MOST_CHARS, PAST_S, SignatureCheck, verify

NOW = 1_800_000_000
OLD, NEW = "wsec_the_old_one", "wsec_the_new_one"
BODY = '{"type": "post_call_transcription", "data": {"message": "Grüß dich"}}'.encode()
GOOD = signed(BODY, NEW, NOW)
DIGEST = GOOD.split("v0=")[1]


def is_accepted(header: str | None, body: bytes = BODY, *secrets: str, now: float = NOW) -> bool:
    """Anything but yes and `Unauthorized` comes out."""
    try:
        verify(body, header, secrets or (OLD, NEW), now)
    except Unauthorized:
        return False
    return True


ACCEPTED = (
    GOOD,
    f" t = {NOW} , v0 = {DIGEST} ",
    f"v0={DIGEST},t={NOW}",
    f"t={NOW},v0={'0' * 64},v0={DIGEST}",
    f"t={NOW},v0={DIGEST},v0={'f' * 64}",
    f"t={NOW},v0=garbage,v0={DIGEST}",
    f"t={NOW},v1=later,v0={DIGEST},,",
    signed(BODY, OLD, NOW),
)


@pytest.mark.parametrize("header", ACCEPTED)
def test_what_one_of_the_secrets_signed_is_accepted_however_it_is_written(header: str) -> None:
    assert is_accepted(header)


REFUSED = (
    None,
    "",
    " ",
    ",",
    "=",
    "t",
    "v0",
    f"t={NOW}",
    f"v0={DIGEST}",
    f"t=,v0={DIGEST}",
    f"t=abc,v0={DIGEST}",
    f"t=-{NOW},v0={DIGEST}",
    f"t={NOW}.0,v0={DIGEST}",
    f"t={NOW:x},v0={DIGEST}",
    "t=1e9,v0=" + DIGEST,
    f"t=nan,v0={DIGEST}",
    f"t=١٨٠٠٠٠٠٠٠٠,v0={DIGEST}",
    f"t={'9' * 5000},v0={DIGEST}",
    f"t={NOW},t={NOW + 1},v0={DIGEST}",
    f"t={NOW + 1},v0={DIGEST}",
    f"t={NOW},v0=",
    f"t={NOW},v0={DIGEST[:-1]}",
    f"t={NOW},v0={DIGEST}0",
    f"t={NOW},v0={DIGEST.upper()}",
    f"t={NOW},v0={'0' * 64}",
    f"t={NOW},v1={DIGEST}",
    f"t={NOW},v0=é{DIGEST[1:]}",
    f"t={NOW},v0=\ud800",
    f"t={NOW}\x00,v0={DIGEST}",
    f"t={NOW};v0={DIGEST}",
    GOOD + "x" * MOST_CHARS,
    ",".join(["v0=" + "0" * 64] * 100_000),
    signed(BODY, "wsec_of_somebody_else", NOW),
    signed(BODY, "", NOW),
    signed(BODY + b" ", NEW, NOW),
)


@pytest.mark.parametrize("header", REFUSED, ids=range(len(REFUSED)))
def test_row_51_every_other_header_is_refused_and_nothing_else_happens(header: str | None) -> None:
    assert not is_accepted(header)


@pytest.mark.parametrize(
    ("age_s", "accepted"),
    [(0, True), (2430, True), (PAST_S, True), (PAST_S + 1, False), (-FUTURE_S, True), (-FUTURE_S - 1, False)],
)
def test_the_last_of_their_attempts_is_in_the_window_and_what_is_older_or_from_the_future_is_not(
    age_s: float, accepted: bool
) -> None:
    assert is_accepted(GOOD, now=NOW + age_s) is accepted


def test_without_a_secret_nothing_is_accepted() -> None:
    with pytest.raises(Unauthorized):
        verify(BODY, signed(BODY, "", NOW), (), NOW)
    assert not is_accepted(signed(BODY, "", NOW), BODY, "")


def test_a_stale_header_is_refused_before_anything_of_the_body_is_seen() -> None:
    with pytest.raises(Unauthorized):
        SignatureCheck(GOOD, (NEW,), NOW + 2 * PAST_S)


@given(st.lists(st.integers(0, len(BODY)), max_size=6))
def test_it_is_all_the_same_in_how_many_pieces_the_body_comes(cuts: list[int]) -> None:
    check = SignatureCheck(GOOD, (OLD, NEW), NOW)
    edges = [0, *sorted(cuts), len(BODY)]
    for start, end in itertools.pairwise(edges):
        check.feed(BODY[start:end])
    check.finish()


@pytest.mark.parametrize("place", range(len(BODY)))
def test_a_byte_that_is_changed_anywhere_in_the_body_is_seen(place: int) -> None:
    changed = bytes([*BODY[:place], BODY[place] ^ 1, *BODY[place + 1 :]])
    assert not is_accepted(GOOD, changed)


@pytest.mark.parametrize("place", range(len(GOOD)))
def test_a_character_that_is_changed_anywhere_in_the_header_is_seen(place: int) -> None:
    changed = GOOD[:place] + chr(ord(GOOD[place]) ^ 1) + GOOD[place + 1 :]
    assert not is_accepted(changed)


def test_of_a_hundred_thousand_mutated_signatures_none_is_accepted() -> None:
    chance = random.Random(7)
    letters = "0123456789abcdef,=tv \x00é"
    # Many at once, for drawing them one by one would take longer than refusing them.
    places = chance.choices(range(len(GOOD)), k=240_000)
    drawn = chance.choices(letters, k=240_000)
    mutants = set()
    for i in range(0, 240_000, 2):
        mutant = list(GOOD)
        mutant[places[i]], mutant[places[i + 1]] = drawn[i], drawn[i + 1]
        mutants.add("".join(mutant) + " " * (i % 5) + "," * (i // 40_000))
    mutants -= {m for m in mutants if m.rstrip(" ,") == GOOD}
    assert len(mutants) >= 100_000
    assert [m for m in mutants if is_accepted(m)] == []


@given(st.text(), st.binary())
def test_whatever_text_the_header_is_only_yes_or_no_comes_out(header: str, body: bytes) -> None:
    assert not is_accepted(header, body)


def test_digests_are_compared_in_constant_time_and_in_no_other_way() -> None:
    finish = ast.parse(textwrap.dedent(inspect.getsource(SignatureCheck.finish)))
    assert not [node for node in ast.walk(finish) if isinstance(node, ast.Compare)]
    assert "hmac.compare_digest" in inspect.getsource(webhook_signature)
