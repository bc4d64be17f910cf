"""The store contract. One test suite (`tests/store/`) holds every implementation to it.

A *record* is a JSON-able dict, of which parts may be encoded already (`orjson.Fragment`). The store knows nothing of
its meaning except these top-level keys, by which `list_sessions` finds it: `session_id` (str), `status` (str),
`flow_id` (str), `created_at` and `updated_at` (seconds since 1970, float).

No lock is ever held: `save` succeeds only if the record still has the version it was loaded with.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping

Record = dict[str, Any]

#: How long a chunk log is kept after its last chunk, in seconds.
CHUNK_TTL_S = 120.0
#: A lease of a job that ends so much later than one taken now is none: it was taken by a clock that stepped back.
SKEW_S = 3600.0
#: How long a session is kept after its last save unless the caller says otherwise, in seconds.
SESSION_TTL_S = 30 * 24 * 3600.0


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A record and the version to give back to `save`.

    A version grows with each save: it is the time of that save in microseconds since 1970, or one more than the one
    before it. So it does not come back with other content: not with the next session of an id that was deleted, and
    not when a server lost its last writes and others take their place.
    """

    record: Record
    version: int
    #: What a server's own clock said (seconds since 1970), so that workers whose clocks differ agree on what is over;
    #: None where the store lives on this machine and has no other clock.
    at: float | None = field(default=None, compare=False)


def record_beside(record_id: str, status: str, now: float, **content: Any) -> Record:
    """A record that is no session's, with the keys by which a store finds it."""
    times = {"created_at": now, "updated_at": now}
    return {"session_id": record_id, "status": status, "flow_id": "", **times, **content}


@dataclass(frozen=True, kw_only=True)
class VersionConflict:
    """`save` was refused: somebody else saved first. `version` is what the store has now (0: nothing)."""

    version: int


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """A piece of one reply in its chunk log.

    `data` is free for the caller to use (text, or a JSON string); `last` closes the log.
    """

    data: str
    last: bool = False


@dataclass(frozen=True, kw_only=True)
class Page:
    """One page of `list_sessions`, newest first; `next_cursor` is None on the last page."""

    records: tuple[Record, ...]
    next_cursor: str | None = None


@dataclass(frozen=True, kw_only=True)
class Filter:
    """Which sessions to list; times are seconds since 1970 and compare with `created_at` (`to_at` is exclusive)."""

    status: str | None = None
    flow_id: str | None = None
    from_at: float | None = None
    to_at: float | None = None


@dataclass(frozen=True, kw_only=True)
class Job:
    """Work that was claimed with `claim_due`; give it back to `finish_job`."""

    kind: str
    session_id: str
    token: str
    attempts: int = field(default=1)


class Store(Protocol):
    """What the service needs of a store. Every method may raise `errors.StoreError`, and nothing else but what it says.

    An implementation raises within its own time budget (`timeout_s`) rather than keeping a caller waiting.
    """

    async def open(self) -> None:
        """Connect, create what is missing. Safe to call twice."""
        ...

    async def close(self) -> None: ...

    async def ping(self) -> None:
        """Raise `StoreError` when the store cannot serve."""
        ...

    async def now(self) -> float | None:
        """As `Stored.at`, where there is no session yet."""
        ...

    async def load(self, session_id: str, *, known: int = 0) -> Stored | None:
        """The record, if there is one. If its version is `known`, the caller has it already: `record` is empty then."""
        ...

    async def save(
        self, session_id: str, record: Mapping[str, Any], *, expect: int, ttl_s: float = SESSION_TTL_S
    ) -> int | VersionConflict:
        """Save if the stored version is `expect` (0: there is none yet); the new version, or the conflict."""
        ...

    async def delete(self, session_id: str) -> bool:
        """Remove the record, its chunk logs, tags and jobs; True if there was one."""
        ...

    async def list_sessions(self, where: Filter, *, cursor: str | None = None, limit: int = 50) -> Page:
        """Sessions by creation time, newest first. A cursor stays valid while sessions come and go.

        A page may be short, even empty, and still have a next one. A `limit` below 1 counts as 1. A damaged record is
        left out and logged (`load` raises for it). Raises `MalformedRequest` for a foreign cursor.
        """
        ...

    async def append_chunk(self, session_id: str, generation: int, chunk: Chunk) -> None:
        """Add to the log of one reply. A chunk of a session without a record is dropped: it was deleted meanwhile."""
        ...

    def follow_chunks(self, session_id: str, generation: int, *, wait_s: float) -> AsyncGenerator[Chunk]:
        """Chunks from the first on, as they come, until `last` or until nothing came for `wait_s` seconds."""
        ...

    async def tag(self, key: str, session_id: str, *, ttl_s: float) -> None:
        """Remember the session under a key of any kind; several sessions may share one."""
        ...

    async def untag(self, key: str, session_id: str) -> None: ...

    async def tagged(self, key: str) -> tuple[str, ...]:
        """The sessions under the key, those that stay longest first: of tags of one lifetime, the newest."""
        ...

    async def schedule_job(self, kind: str, session_id: str, *, due_at: float) -> None:
        """Ask for work to be done at `due_at`; one job per kind and session, the earlier time wins.

        A job that is claimed stays with its owner: the time is kept until `finish_job`, and then it is due again.
        """
        ...

    async def claim_due(self, kind: str, *, now: float, lease_s: float, limit: int = 10) -> tuple[Job, ...]:
        """Take due jobs for `lease_s` seconds; nobody else gets them before the lease ends.

        A lease that ends more than `SKEW_S` after one that is taken now does not count.
        """
        ...

    async def finish_job(self, job: Job) -> bool:
        """Remove a claimed job; False when the lease was lost and somebody else has it.

        A job that was scheduled again since it was claimed is not removed but due at that time, as a new one.
        """
        ...

    async def expire(self, now: float) -> int:
        """Drop what is over its time (a store that does so by itself returns 0)."""
        ...
