"""Results leave for public addresses of the internet only, however the others are spelled."""

from __future__ import annotations

import pytest

from webhook.wire.destinations import destination, is_loopback, is_public

#: Addresses that lead inwards, or nowhere; and some that are no plain address at all.
FORBIDDEN_IPS = [
    *(
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "172.16.0.1",
        "172.31.255.255",
    ),
    *("192.168.0.1", "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.127.255.255", "100.100.100.200"),
    *("192.0.0.192", "192.0.2.1", "192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1"),
    *("240.0.0.1", "255.255.255.255", "168.63.129.16", "192.31.196.1", "192.52.193.1", "192.175.48.1"),
    *("::", "::1", "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:127.0.0.1"),
    *("64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:a00:1::1", "2001::1"),
    *("2001:db8::1", "3fff::1", "fc00::1", "fd00:ec2::254", "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1"),
    *("ff02::1", "ff0e::1", "100::1", "5f00::1", "2620:4f:8000::1", "4000::1", "2606:4700::1%1"),
    *(
        "",
        "localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "8.8.8.8/32",
        " 8.8.8.8",
        "1.2.3",
        "08.8.8.8",
    ),
]
PUBLIC_IPS = [
    "8.8.8.8",
    "1.1.1.1",
    "100.63.255.255",
    "100.128.0.1",
    "172.32.0.1",
    "2606:4700:4700::1111",
    "2a00:1450::1",
]

#: Settings nobody should get away with.
FORBIDDEN_URLS = [
    *(
        f"https://{ip}/hook"
        for ip in ("127.0.0.1", "10.0.0.8", "169.254.169.254", "100.64.0.1", "0.0.0.0", "192.168.1.1")
    ),
    *(f"https://{ip}/hook" for ip in ("2130706433", "0x7f000001", "017700000001", "0177.0.0.1", "0x7f.0.0.1", "127.1")),
    *(f"https://{ip}/hook" for ip in ("127.0.1", "0", "0x0", "0X7F.1", "3232235777", "127.0.0.1.", "169.254.169.254.")),
    *(f"https://[{ip}]/hook" for ip in ("::1", "::", "::ffff:127.0.0.1", "::ffff:a9fe:a9fe", "64:ff9b::7f00:1")),
    *(f"https://[{ip}]/hook" for ip in ("2002:7f00:1::", "fd00:ec2::254", "fe80::1", "fe80::1%25eth0", "ff02::1")),
    *("https://[::1", "https://::1/", "https://[127.0.0.1]/", "https://[v1.fe80]/"),
    *(f"https://{name}/hook" for name in ("localhost", "LOCALHOST", "localhost.", "a.localhost", "hooks.localhost.")),
    *(
        f"https://{name}/"
        for name in ("metadata.google.internal", "metadata", "metadata.goog.internal", "printer.local")
    ),
    *(f"https://{name}/" for name in ("router.lan", "db.corp", "x.home.arpa", "kubernetes.default.svc.local", "redis")),
    *("https://user@hooks.example.com/", "https://hooks.example.com@127.0.0.1/", "https://hooks.example.com:pw@[::1]/"),
    *(
        "https://127.0.0.1\\@hooks.example.com/",
        "https://hooks.example.com\\@127.0.0.1/",
        "https://127.0.0.1#@hooks.io/",
    ),
    *("https://hooks.example.com%00.local/", "https://%31%32%37.0.0.1/", "https://127。0。0。1/", "https://①②⑦.0.0.1/"),
    *("https://hooks.example.com:0/", "https://hooks.example.com:65536/", "https://hooks.example.com:99999/"),
    *("https://hooks.example.com:/", "https://hooks.example.com:4 43/", "https:// hooks.example.com/", "https:///hook"),
    *(
        "https:hooks.example.com",
        "//hooks.example.com/",
        "hooks.example.com",
        "",
        "https://",
        "https://.",
        "https://a..b/",
    ),
    *("file:///etc/passwd", "gopher://hooks.example.com/", "ftp://hooks.example.com/", "unix:///run/docker.sock"),
    *(
        "http://hooks.example.com/",
        "HTTP://hooks.example.com",
        "https://hooks.example.com/\r\nX-Evil: 1",
        "https://-a.com/",
    ),
    *("https://hooks.example.com/#here", "https://hooks.example.com/ hook", f"https://hooks.example.com/{'a' * 2_000}"),
]


@pytest.mark.parametrize("address", FORBIDDEN_IPS)
def test_an_address_that_leads_inwards_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC_IPS)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)
    assert not is_loopback(address)


@pytest.mark.parametrize("url", FORBIDDEN_URLS)
def test_a_url_that_is_not_plainly_a_public_one_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        destination(url)


def test_a_url_that_is_refused_is_not_quoted() -> None:
    for url in ("https://u:canary@hooks.io/", "https://canary.local/", "http://hooks.io/canary", "https://canary:0/"):
        with pytest.raises(ValueError, match=r"\w") as refused:
            destination(url)
        assert "canary" not in str(refused.value)


NEAR = {"http://localhost:9/hook", "http://127.0.0.1:9/hook", "https://[::1]/", "http://LOCALHOST"}


@pytest.mark.parametrize("url", sorted({*FORBIDDEN_URLS} - {"https://127.0.0.1/hook", "https://[::1]/hook"}))
def test_development_opens_this_machine_by_its_own_names_and_nothing_else(url: str) -> None:
    if url.lower() == "https://localhost/hook":
        assert destination(url, may_be_near=True).is_near
        return
    with pytest.raises(ValueError, match=r"\w"):
        destination(url, may_be_near=True)


@pytest.mark.parametrize("url", sorted(NEAR))
def test_in_development_results_may_stay_on_this_machine(url: str) -> None:
    assert destination(url, may_be_near=True).is_near
    with pytest.raises(ValueError, match=r"\w"):
        destination(url)


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "netloc"),
    [
        ("https://hooks.example.com", "hooks.example.com", 443, "/", "hooks.example.com"),
        ("https://HOOKS.Example.com/a/b?c=d%20e", "hooks.example.com", 443, "/a/b?c=d%20e", "hooks.example.com"),
        ("https://hooks.example.com:8443?x=@y", "hooks.example.com", 8443, "/?x=@y", "hooks.example.com:8443"),
        ("https://8.8.8.8/hook", "8.8.8.8", 443, "/hook", "8.8.8.8"),
        ("https://[2606:4700::1111]:444/", "2606:4700::1111", 444, "/", "[2606:4700::1111]:444"),
        ("https://xn--bcher-kva.example.org/", "xn--bcher-kva.example.org", 443, "/", "xn--bcher-kva.example.org"),
    ],
)
def test_a_public_one_is_taken_apart(url: str, host: str, port: int, path: str, netloc: str) -> None:
    to = destination(url)
    assert (to.scheme, to.host, to.port, to.path, to.netloc) == ("https", host, port, path, netloc)
    assert not to.is_near
    assert path == "/" or path not in repr(to)


def test_there_are_more_than_forty_of_each() -> None:
    assert len(set(FORBIDDEN_IPS)) > 40
    assert len(set(FORBIDDEN_URLS)) > 40
