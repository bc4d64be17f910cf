"""Where results may be sent: the address of a receiver, taken apart once and strictly, and the IP addresses it may have.

A server that posts to an address out of a setting can be made to knock on doors inside its own network. So a name must
be a name of the public internet, and each IP address it has must be a public one. What is not known to be is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, Literal

Address = IPv4Address | IPv6Address

_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f.]*:[0-9a-f:.]*\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?(?P<path>/[!-~]*|\?[!-~]*)?",
    re.IGNORECASE | re.ASCII,
)
_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_MOST_CHARS: Final = 2_000
_NEAR: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_INNER: Final = (
    "localhost",
    "local",
    "internal",
    "intranet",
    "lan",
    "home",
    "corp",
    "private",
    "test",
    "invalid",
    "onion",
)
"""Last labels that no public name has, or that clouds and networks give to what is inside them."""
_INNER_ARPA: Final = "home.arpa"

#: Written out although `ipaddress` knows most of them: which ones it knows differs between releases of Python.
_FORBIDDEN: Final = tuple(
    ip_network(text)
    for text in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16"),
        *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        "168.63.129.16/32",  # public by its number, and Azure's own wire server inside each of its networks
        *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
#: Only here are public addresses given out: the rest is loopback, mapped, translated, local, multicast or for later.
_GLOBAL_6: Final = IPv6Network("2000::/3")


@dataclass(frozen=True, kw_only=True)
class Destination:
    """The address of a receiver. Its path may hold a secret, so it is in no repr."""

    scheme: Literal["http", "https"]
    #: In lower case; an IPv6 address without its brackets.
    host: str
    port: int
    path: str

    def __repr__(self) -> str:
        return f"Destination({self.scheme}://{self.host}:{self.port}/...)"

    @property
    def is_near(self) -> bool:
        """Whether it is this machine, by the very name it is known by."""
        return self.host in _NEAR

    @property
    def netloc(self) -> str:
        """As the `Host` header wants it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.scheme == "https" else 80) else f"{host}:{self.port}"


def destination(url: str, *, may_be_near: bool = False) -> Destination:
    """The address taken apart. Raises `ValueError` that says what is wrong with it, without quoting it.

    `may_be_near`: for development also `http://` and this machine itself.
    """
    matched = _URL.fullmatch(url) if len(url) <= _MOST_CHARS else None
    if matched is None or "\\" in url or "#" in url:
        raise ValueError("an address like https://hooks.example.com/interviews, without a user, a fragment or spaces")
    host = matched["host"].lower().strip("[]")
    scheme: Literal["http", "https"] = "https" if matched["scheme"].lower() == "https" else "http"
    port = int(matched["port"] or (443 if scheme == "https" else 80))
    if not 0 < port < 65536:  # noqa: PLR2004 - the number of ports
        raise ValueError("a port from 1 to 65535")
    path = matched["path"] or "/"
    made = Destination(scheme=scheme, host=host, port=port, path=path if path.startswith("/") else f"/{path}")
    if made.is_near and may_be_near:
        return made
    _check_host(host)
    if scheme != "https":
        raise ValueError("https:// (http:// only to this machine, while HOST is local)")
    return made


def _check_host(host: str) -> None:
    if ":" in host or _NUMBER.fullmatch(host.rstrip(".").rsplit(".", 1)[-1]):
        # A name whose last label is a number is an IPv4 address in one of its many spellings, or nothing at all.
        if not is_public(host):
            raise ValueError("a public address: this one is private, reserved, or written in an unusual way")
        return
    labels = host.split(".")
    is_name = len(labels) > 1 and len(host) <= 253 and all(map(_LABEL.fullmatch, labels))  # noqa: PLR2004 - DNS's
    if not is_name or labels[-1] in _INNER or host.endswith(_INNER_ARPA):
        raise ValueError("the full name of a host on the internet: this one leads into a network of its own")


def is_public(text: str) -> bool:
    """Whether this is an IP address of the public internet, in its plain form; anything else is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and (address.scope_id is not None or address not in _GLOBAL_6):
        return False  # mapped (::ffff:), NAT64 (64:ff9b:), unique local, link local; with a zone it is of one link
    return address.is_global and not any(address in network for network in _FORBIDDEN)


def is_loopback(text: str) -> bool:
    """Whether this is an IP address of this machine itself."""
    try:
        return ip_address(text).is_loopback
    except ValueError:
        return False
