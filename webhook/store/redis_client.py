"""From a URL to a Redis client that fails fast. The forms of `REDIS_URL`::

    redis://[[user]:password@]host[:6379][/db]            one server over TCP
    rediss://...                                          the same with TLS
    unix://[[user]:password@]/path/to/redis.sock[?db=0]   one server over a socket file
    redis+sentinel://[[user]:password@]host[:26379][,host2...]/service[/db]
                [?sentinel_username=..&sentinel_password=..]   the primary that the Sentinels name
    redis+cluster://[[user]:password@]host[:6379][,host2...]   a Cluster; any of its nodes will do to start
    rediss+sentinel://, rediss+cluster://                 the same with TLS (to the Sentinels as well)

The first three take redis-py's own options in the query (`?ssl_ca_certs=...`). User, password and service are
percent-decoded. Valkey speaks the same protocol and takes the same URLs.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster
from redis.asyncio.cluster import ClusterNode
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import RedisClusterException, RedisError

from webhook.errors import SettingsError

_PLAIN = {"redis", "rediss", "unix"}
_SENTINEL_OPTIONS = {"sentinel_username": "username", "sentinel_password": "password"}


def connect(url: str, *, timeout_s: float, answer_timeout_s: float, max_connections: int) -> Redis | RedisCluster:
    """A client that has not connected yet.

    It waits at most `timeout_s` seconds for a connection and `answer_timeout_s` for an answer, and tries once more at
    once: that carries it over a server's restart. Raises `SettingsError`, which never repeats the URL (it holds a
    password).
    """
    options: dict[str, Any] = {
        "socket_connect_timeout": timeout_s,
        "socket_timeout": answer_timeout_s,
        "retry": Retry(NoBackoff(), 1),
        "max_connections": max_connections,
    }
    try:
        parts = urlsplit(url)
        if parts.scheme in _PLAIN:
            return _one_server(url, timeout_s, options)
        if parts.scheme in {"redis+sentinel", "rediss+sentinel"}:
            return _sentinel(parts, options)
        if parts.scheme in {"redis+cluster", "rediss+cluster"}:
            return _cluster(parts, options)
    except (ValueError, TypeError, RedisError, RedisClusterException):
        raise SettingsError("REDIS_URL cannot be read: a host, port or option in it is wrong.") from None
    raise SettingsError(
        "REDIS_URL must begin with redis://, rediss://, unix://, redis+sentinel:// or redis+cluster://."
    )


async def disconnect(client: Redis | RedisCluster) -> None:
    """Close every connection, also those by which the Sentinels were asked (redis-py leaves them open)."""
    await client.aclose()
    pool = client.connection_pool if isinstance(client, Redis) else None
    if isinstance(pool, SentinelConnectionPool):
        for sentinel in pool.sentinel_manager.sentinels:
            await sentinel.aclose()


def _one_server(url: str, timeout_s: float, options: dict[str, Any]) -> Redis:
    pool = BlockingConnectionPool.from_url(url, timeout=timeout_s, **options)
    pool.connection_class(**pool.connection_kwargs)  # a wrong option in the query shows here, not at the first command
    return Redis.from_pool(pool)


def _sentinel(parts: SplitResult, options: dict[str, Any]) -> Redis:
    service, _, db = parts.path.strip("/").partition("/")
    if not service:
        raise ValueError("no service name")
    ssl: dict[str, Any] = {"ssl": True} if parts.scheme.startswith("rediss") else {}
    own = {_SENTINEL_OPTIONS[name]: value for name, value in _query(parts, _SENTINEL_OPTIONS)}
    # Each connection asks for its primary: no fewer than that may ask at the same time.
    same = {key: options[key] for key in ("socket_connect_timeout", "socket_timeout", "max_connections")}
    ask = {**same, **ssl, **own, "retry": Retry(NoBackoff(), 0)}
    options |= {**_login(parts), **ssl, "db": int(db or 0)}
    sentinel = Sentinel(_hosts(parts, 26379), sentinel_kwargs=ask)  # type: ignore[no-untyped-call]  # theirs is untyped
    client: Redis = sentinel.master_for(unquote(service), **options)
    return client


def _cluster(parts: SplitResult, options: dict[str, Any]) -> RedisCluster:
    if parts.path.strip("/") not in {"", "0"} or _query(parts, {}):
        raise ValueError("a Cluster has one database and takes no options")
    nodes = [ClusterNode(host, port) for host, port in _hosts(parts, 6379)]
    return RedisCluster(startup_nodes=nodes, ssl=parts.scheme.startswith("rediss"), **_login(parts), **options)


def _hosts(parts: SplitResult, default_port: int) -> list[tuple[str, int]]:
    places = [urlsplit("//" + place) for place in parts.netloc.rpartition("@")[2].split(",")]
    if not all(place.hostname for place in places):
        raise ValueError("no host")
    return [(str(place.hostname), place.port or default_port) for place in places]


def _login(parts: SplitResult) -> dict[str, Any]:
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    return {name: unquote(value) for name, value in (("username", user), ("password", password)) if value}


def _query(parts: SplitResult, known: dict[str, str]) -> list[tuple[str, str]]:
    options = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    if any(name not in known for name, _ in options):
        raise ValueError("an unknown option")
    return options
