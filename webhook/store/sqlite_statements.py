"""The tables of the SQLite store and every statement longer than a line."""

from __future__ import annotations

from typing import Final

#: Kept in the file's `user_version`; a file from a newer program is refused.
SCHEMA_VERSION: Final = 1
SCHEMA: Final = (
    """CREATE TABLE IF NOT EXISTS sessions (
        session_id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, record BLOB NOT NULL,
        status TEXT NOT NULL, flow_id TEXT NOT NULL, created_at REAL NOT NULL, expires_at REAL NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS sessions_by_time ON sessions (created_at, session_id)",
    "CREATE INDEX IF NOT EXISTS sessions_by_expiry ON sessions (expires_at)",
    """CREATE TABLE IF NOT EXISTS chunks (
        session_id TEXT NOT NULL, generation INTEGER NOT NULL, number INTEGER NOT NULL, data TEXT NOT NULL,
        last INTEGER NOT NULL, expires_at REAL NOT NULL,
        PRIMARY KEY (session_id, generation, number)) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS tags (
        key TEXT NOT NULL, session_id TEXT NOT NULL, expires_at REAL NOT NULL,
        PRIMARY KEY (key, session_id)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS tags_by_session ON tags (session_id)",
    """CREATE TABLE IF NOT EXISTS jobs (
        kind TEXT NOT NULL, session_id TEXT NOT NULL, due_at REAL NOT NULL, leased_until REAL NOT NULL DEFAULT 0,
        token TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (kind, session_id)) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS jobs_by_session ON jobs (session_id)",
)

LOAD: Final = """
SELECT version, iif(version = ?, NULL, record) FROM sessions WHERE session_id = ? AND expires_at > ?
"""
UPDATE: Final = """
UPDATE sessions SET version = :version, record = :record, status = :status, flow_id = :flow_id,
    created_at = :created_at, expires_at = :expires_at
WHERE session_id = :session_id AND version = :expect AND expires_at > :now
"""
#: A session over its time that nobody has swept up yet counts as none.
INSERT: Final = """
INSERT INTO sessions (session_id, version, record, status, flow_id, created_at, expires_at)
VALUES (:session_id, :version, :record, :status, :flow_id, :created_at, :expires_at)
ON CONFLICT (session_id) DO UPDATE SET version = excluded.version, record = excluded.record,
    status = excluded.status, flow_id = excluded.flow_id, created_at = excluded.created_at,
    expires_at = excluded.expires_at
WHERE sessions.expires_at <= :now
"""
DELETE: Final = (
    "DELETE FROM sessions WHERE session_id = ?",
    "DELETE FROM chunks WHERE session_id = ?",
    "DELETE FROM tags WHERE session_id = ?",
    "DELETE FROM jobs WHERE session_id = ?",
)
LIST: Final = """
SELECT created_at, session_id, record FROM sessions
WHERE expires_at > :now
    AND (:status IS NULL OR status = :status)
    AND (:flow_id IS NULL OR flow_id = :flow_id)
    AND (:from_at IS NULL OR created_at >= :from_at)
    AND (:to_at IS NULL OR created_at < :to_at)
    AND (:before_at IS NULL OR (created_at, session_id) < (:before_at, :before_id))
ORDER BY created_at DESC, session_id DESC LIMIT :limit
"""
APPEND: Final = """
INSERT INTO chunks (session_id, generation, number, data, last, expires_at)
SELECT :session_id, :generation,
    (SELECT coalesce(max(number), 0) + 1 FROM chunks WHERE session_id = :session_id AND generation = :generation),
    :data, :last, :expires_at
WHERE EXISTS (SELECT 1 FROM sessions WHERE session_id = :session_id AND expires_at > :now)
"""
#: A log lives as long as its last chunk.
FOLLOW: Final = """
SELECT number, data, last FROM chunks WHERE session_id = ? AND generation = ? AND number > ? AND (
    SELECT expires_at FROM chunks WHERE session_id = ? AND generation = ? ORDER BY number DESC LIMIT 1
) > ? ORDER BY number
"""
TAG: Final = """
INSERT INTO tags (key, session_id, expires_at) VALUES (?, ?, ?)
ON CONFLICT (key, session_id) DO UPDATE SET expires_at = excluded.expires_at
"""
TAGGED: Final = "SELECT session_id FROM tags WHERE key = ? AND expires_at > ? ORDER BY expires_at DESC"
#: A job is claimed while it has a token; `due_at` then says when it is due again (9e999, infinity: not at all). A lease
#: stays as it is: whoever has the job keeps it.
SCHEDULE: Final = """
INSERT INTO jobs (kind, session_id, due_at) VALUES (?, ?, ?)
ON CONFLICT (kind, session_id) DO UPDATE SET due_at = min(due_at, excluded.due_at)
"""
DUE: Final = """
SELECT session_id, attempts FROM jobs
WHERE kind = :kind AND (iif(token = '', due_at, leased_until) <= :now OR (token <> '' AND leased_until > :latest))
ORDER BY iif(token = '', due_at, leased_until) LIMIT :limit
"""
LEASE: Final = """
UPDATE jobs SET due_at = iif(token = '', 9e999, due_at), leased_until = ?, token = ?, attempts = attempts + 1
WHERE kind = ? AND session_id = ?
"""
#: One of the two changes a row, unless the lease was lost.
FINISH: Final = (
    "DELETE FROM jobs WHERE kind = ? AND session_id = ? AND token = ? AND due_at = 9e999",
    "UPDATE jobs SET token = '', attempts = 0 WHERE kind = ? AND session_id = ? AND token = ?",
)
#: What goes before the sessions themselves do; each takes the time.
EXPIRE: Final = (
    "DELETE FROM jobs WHERE session_id IN (SELECT session_id FROM sessions WHERE expires_at <= ?)",
    "DELETE FROM tags WHERE expires_at <= ?",
    """DELETE FROM chunks WHERE (session_id, generation) IN
        (SELECT session_id, generation FROM chunks GROUP BY session_id, generation HAVING max(expires_at) <= ?)""",
)
