"""The way out: only to addresses that were looked at, and with little trust in whoever answers there."""

from __future__ import annotations

import asyncio
import socket
import ssl
import subprocess
from collections.abc import Callable, Sequence
from email.utils import formatdate
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.receiver import Receiver, answer
from tests.wire.test_destinations import FORBIDDEN_IPS, PUBLIC_IPS
from webhook.outbound import Answer, Outbound
from webhook.wire.destinations import destination, is_loopback

NOON = 1_800_000_000.0
NAME = "hooks.example.com"


class Names:
    """A resolver that gives one list of addresses after the other; the last one again and again."""

    def __init__(self, *answers: Sequence[str] | OSError) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, _: int) -> Sequence[str]:
        self.asked.append(host)
        given = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(given, OSError):
            raise given
        return given


def to_receiver(receiver: Receiver, **given: Any) -> Outbound:
    return Outbound(to=destination(receiver.url, may_be_near=True), **{"is_allowed": is_loopback, **given})


async def sent(outbound: Outbound, body: bytes = b"{}") -> Answer:
    try:
        return await outbound.post(body, {"webhook-id": "msg_1"})
    finally:
        await outbound.close()


async def test_what_is_sent_arrives_as_it_is_and_a_good_status_is_a_good_answer() -> None:
    async with Receiver() as receiver:
        told = await sent(to_receiver(receiver), b'{"a":1}')
    (got,) = receiver.got
    assert told == Answer(status=204)
    assert told.is_good
    assert (got.path, got.body, got.headers["host"]) == (
        "/results?key=canary-of-the-address",
        b'{"a":1}',
        f"127.0.0.1:{receiver.port}",
    )


@pytest.mark.parametrize("address", [ip for ip in FORBIDDEN_IPS if ip])
async def test_a_name_that_leads_to_a_forbidden_address_is_not_connected_to(address: str) -> None:
    names = Names([address])
    told = await sent(Outbound(to=destination(f"https://{NAME}/"), resolve=names))
    assert told == Answer(code="forbidden_address")


@pytest.mark.parametrize("place", [0, 1, 2])
async def test_one_forbidden_address_among_good_ones_keeps_everything_back(place: int) -> None:
    addresses = [*PUBLIC_IPS[:2]]
    addresses.insert(place, "169.254.169.254")
    told = await sent(Outbound(to=destination(f"https://{NAME}/"), resolve=Names(addresses)))
    assert told == Answer(code="forbidden_address")


@pytest.mark.parametrize("failure", [socket.gaierror(-2, "unknown"), OSError("no network"), ()])
async def test_a_name_that_cannot_be_resolved_is_not_sent_to(failure: Any) -> None:
    told = await sent(Outbound(to=destination(f"https://{NAME}/"), resolve=Names(failure)))
    assert told == Answer(code="not_resolved")


async def test_a_name_that_leads_elsewhere_the_next_moment_leads_nowhere() -> None:
    async with Receiver() as receiver:
        names = Names(["127.0.0.1"], ["169.254.169.254"])
        to = destination(f"http://localhost:{receiver.port}/", may_be_near=True)
        outbound = Outbound(to=to, resolve=names, is_allowed=is_loopback)
        first = await outbound.post(b"{}", {})
        assert names.asked == ["localhost"]  # once for each attempt: what was looked at is what is connected to
        second = await outbound.post(b"{}", {})
        await outbound.close()
    assert (first, second) == (Answer(status=204), Answer(code="forbidden_address"))
    assert len(receiver.got) == 1


async def test_the_resolver_of_this_machine_is_asked_where_no_other_is_given() -> None:
    async with Receiver() as receiver:
        to = destination(f"http://localhost:{receiver.port}/", may_be_near=True)
        told = await sent(Outbound(to=to, is_allowed=is_loopback))
    assert told.is_good


async def test_an_address_that_does_not_answer_is_passed_over_for_the_next() -> None:
    async with Receiver() as receiver:
        to = destination(f"http://localhost:{receiver.port}/", may_be_near=True)
        told = await sent(Outbound(to=to, resolve=Names(["127.0.0.99", "127.0.0.1"]), is_allowed=is_loopback))
    assert told.is_good
    assert len(receiver.got) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_failure_and_is_not_followed(status: int) -> None:
    async with Receiver() as inner, Receiver() as receiver:
        for target in ("http://169.254.169.254/latest/meta-data/", f"http://127.0.0.1:{inner.port}/"):
            receiver.say = lambda _, at=target: answer(status, f"Location: {at}")  # type: ignore[misc]  # a default is how a loop's value is bound
            told = await sent(to_receiver(receiver))
            assert (told.status, told.is_good) == (status, False)
    assert len(receiver.got) == 2
    assert not inner.got


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with Receiver() as proxy, Receiver() as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert (await sent(to_receiver(receiver))).is_good
    assert not proxy.got


async def test_who_says_nothing_is_given_up_on() -> None:
    async with Receiver(say=lambda _: None) as receiver:
        assert await sent(to_receiver(receiver, total_s=0.3)) == Answer(code="timeout")


async def test_a_resolver_that_says_nothing_is_given_up_on() -> None:
    async def hang(_: str, __: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return ()

    assert await sent(Outbound(to=destination(f"https://{NAME}/"), resolve=hang, total_s=0.1)) == Answer(code="timeout")


async def test_of_an_answer_without_end_only_the_beginning_is_taken() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    flood = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    async with Receiver(say=lambda _: head, flood=flood) as receiver:
        told = await sent(to_receiver(receiver))
    assert told == Answer(status=200)
    assert receiver.flooded < 16 * 1024 * 1024  # what the buffers of both sides hold, of gigabytes a second


async def test_a_packed_answer_is_not_unpacked() -> None:
    packed = answer(200, "Content-Encoding: gzip", body=b"\x1f\x8bno gzip at all")
    async with Receiver(say=lambda _: packed) as receiver:
        assert await sent(to_receiver(receiver)) == Answer(status=200)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (b"", "broken"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "broken"),
        (b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"a" * 300_000 + b"\r\n\r\n", "broken"),
    ],
)
async def test_what_is_no_http_is_a_failure(said: bytes, code: str) -> None:
    async with Receiver(say=lambda _: said) as receiver:
        assert await sent(to_receiver(receiver)) == Answer(code=code)


async def test_nobody_there_is_a_failure() -> None:
    async with Receiver() as receiver:
        outbound = to_receiver(receiver)
    assert await sent(outbound) == Answer(code="connect")


@pytest.mark.parametrize(
    ("said", "wait_s"),
    [
        ("120", 120.0),
        (formatdate(NOON + 90, usegmt=True), 90.0),
        (formatdate(NOON - 90, usegmt=True), 0.0),
        ("-5", 0.0),
        ("soon", 0.0),
        ("9" * 400, 24 * 3600.0),
        ("", 0.0),
    ],
)
async def test_a_receiver_says_how_long_it_wants_to_be_left_alone(said: str, wait_s: float) -> None:
    async with Receiver(say=lambda _: answer(503, f"Retry-After: {said}")) as receiver:
        told = await sent(to_receiver(receiver, clock=lambda: NOON))
    assert told == Answer(status=503, retry_after_s=wait_s)


# Over TLS: the connection goes to the address that was looked at, the certificate must be that of the name.


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key, cert = folder / f"{name}.key", folder / f"{name}.pem"
    words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subject = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-days", "2"]
    subprocess.run([*words, *subject, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    return key, cert


def serving(key: Path, cert: Path, names: list[str | None]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    context.sni_callback = lambda _, name, __: names.append(name)
    return context


def trusting(cert: Path) -> Callable[[], ssl.SSLContext]:
    return partial(ssl.create_default_context, cafile=str(cert))


async def test_certificate_and_host_are_those_of_the_name_while_the_connection_goes_to_the_address(
    tmp_path: Path,
) -> None:
    key, cert = certificate(tmp_path, NAME)
    asked_for: list[str | None] = []
    async with Receiver(tls=serving(key, cert, asked_for)) as receiver:
        to = destination(f"https://{NAME}:{receiver.port}/results")
        told = await sent(Outbound(to=to, resolve=Names(["127.0.0.1"]), is_allowed=is_loopback, trust=trusting(cert)))
    assert told == Answer(status=204)
    assert asked_for == [NAME]
    assert receiver.got[0].headers["host"] == f"{NAME}:{receiver.port}"


async def test_a_certificate_of_another_name_or_of_nobody_we_trust_is_refused_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    key, cert = certificate(tmp_path, "other.example.com")
    async with Receiver(tls=serving(key, cert, [])) as receiver:
        for trust in (trusting(cert), ssl.create_default_context):
            to = destination(f"https://{NAME}:{receiver.port}/results")
            told = await sent(Outbound(to=to, resolve=Names(["127.0.0.1"]), is_allowed=is_loopback, trust=trust))
            assert told == Answer(code="tls")
    assert not receiver.got


def test_the_address_is_in_no_repr() -> None:
    outbound = Outbound(to=destination(f"https://{NAME}/canary"))
    assert "canary" not in repr(outbound) + repr(outbound.to)
