"""The keys and the Lua scripts of the Redis store. Nothing is connected here.

Where things are, with the prefix `webhook:`::

    webhook:{<session>}:record       hash: v version, d JSON, p place in the index, s status, f flow id, w last write
    webhook:{<session>}:chunks:<n>   stream: the chunk log of generation n
    webhook:{<session>}:links        set: what else hangs on the session ("chunks:<n>", "tag:<key>", "job:<kind>")
    webhook:index                    sorted set, all scores 0: the places of all sessions, in order of creation
    webhook:{tag:<key>}              sorted set: sessions by when they leave the tag (ms)
    webhook:{job:<kind>}:due         sorted set: sessions by when they may be claimed (s)
    webhook:{job:<kind>}:tokens      hash: session -> token of its last claim; ...:attempts counts the claims,
                                     ...:again is when a claimed job is due again (s)

The braces are hash tags: all keys of a session are in one slot of a Cluster, and so are all keys of a kind of job,
so every script works there. The index is in another slot than the sessions and cannot change in one step with them
(on one server, where slots mean nothing, it does).
It repairs itself: every save enters the session again, and the listing drops places whose session is gone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from urllib.parse import quote


@dataclass(frozen=True)
class Keys:
    """Every key of the store is built here. Ids are percent-encoded: braces in them would move the hash tag."""

    prefix: str = "webhook:"

    @property
    def index(self) -> str:
        return f"{self.prefix}index"

    def record(self, session_id: str) -> str:
        return f"{self._of_session(session_id)}:record"

    def links(self, session_id: str) -> str:
        return f"{self._of_session(session_id)}:links"

    def chunks(self, session_id: str, generation: int | str) -> str:
        return f"{self._of_session(session_id)}:chunks:{generation}"

    def tag(self, key: str) -> str:
        return f"{self.prefix}{{tag:{quote(key, safe='')}}}"

    def jobs(self, kind: str) -> tuple[str, str, str, str]:
        """Due times, tokens, attempts, due times to come."""
        of_kind = f"{self.prefix}{{job:{quote(kind, safe='')}}}"
        return f"{of_kind}:due", f"{of_kind}:tokens", f"{of_kind}:attempts", f"{of_kind}:again"

    def _of_session(self, session_id: str) -> str:
        return f"{self.prefix}{{{quote(session_id, safe='')}}}"


@dataclass(frozen=True)
class Script:
    text: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        # The name by which the server knows a script is its SHA-1; nothing secret rests on it.
        object.__setattr__(self, "sha", hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest())


_NOW = """
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
"""

#: Keys: record. Arguments: a version. Answers version, JSON (false where there is none, or where the version is that
#: one) and the server's time (ms), by which leases go.
LOAD = Script(
    _NOW
    + """
local version = redis.call('HGET', KEYS[1], 'v')
local json = version ~= ARGV[1] and redis.call('HGET', KEYS[1], 'd')
return {version, json, string.format('%.0f', now)}
"""
)

#: Keys: record, links, and the index where one server has them all. Arguments: expected version, JSON, place, status,
#: flow id, lifetime (ms), name of this write.
#: Answers {saved, version}. The client repeats a write whose answer was lost; the name lets it recognise its own.
#: A version is the server's time in microseconds; it has more digits than Lua shows of a number by itself.
#: A stored version that is no number counts as 0.
SAVE = Script("""
local version = tonumber(redis.call('HGET', KEYS[1], 'v') or '0') or 0
local expected = tonumber(ARGV[1])
if version ~= expected then
  return {redis.call('HGET', KEYS[1], 'w') == ARGV[7] and 1 or 0, version}
end
local time = redis.call('TIME')
local new = math.max(version + 1, tonumber(time[1]) * 1000000 + tonumber(time[2]))
redis.call('HSET', KEYS[1], 'v', string.format('%.0f', new), 'd', ARGV[2], 'p', ARGV[3], 's', ARGV[4], 'f', ARGV[5],
  'w', ARGV[7])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
local kept = redis.call('PTTL', KEYS[2])
if kept >= 0 and kept < tonumber(ARGV[6]) then redis.call('PEXPIRE', KEYS[2], ARGV[6]) end
if KEYS[3] then redis.call('ZADD', KEYS[3], 0, ARGV[3]) end
return {1, new}
""")

#: Keys: links. Arguments: the link, lifetime (ms).
LINK = Script("""
redis.call('SADD', KEYS[1], ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
""")

#: Keys: chunk log, links, record. Arguments: text, last ('1' or ''), name of this write, the link, lifetimes of both (ms).
#: A chunk whose answer was lost is not written twice, and none without a record.
APPEND = Script("""
if redis.call('EXISTS', KEYS[3]) == 0 then return 0 end
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
if newest then
  local fields = newest[2]
  for i = 1, #fields, 2 do
    if fields[i] == 'w' and fields[i + 1] == ARGV[3] then return 0 end
  end
end
redis.call('XADD', KEYS[1], '*', 'd', ARGV[1], 'l', ARGV[2], 'w', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
redis.call('SADD', KEYS[2], ARGV[4])
if redis.call('PTTL', KEYS[2]) < tonumber(ARGV[6]) then redis.call('PEXPIRE', KEYS[2], ARGV[6]) end
return 1
""")

#: Keys: tag. Arguments: session, lifetime (ms). The server's clock counts, not the workers' clocks.
TAG = Script(
    _NOW
    + """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
redis.call('ZADD', KEYS[1], string.format('%.0f', now + tonumber(ARGV[2])), ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
"""
)

#: Keys: tag. Answers the sessions, those that stay longest first.
TAGGED = Script(_NOW + "return redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', string.format('(%.0f', now))")

#: Keys: due, tokens, attempts, again. Arguments: session, due at (s). A claimed job stays with whoever has it.
SCHEDULE = Script("""
local claimed = redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1
local due = claimed and redis.call('HGET', KEYS[4], ARGV[1]) or not claimed and redis.call('ZSCORE', KEYS[1], ARGV[1])
if due and tonumber(due) <= tonumber(ARGV[2]) then return 0 end
if claimed then return redis.call('HSET', KEYS[4], ARGV[1], ARGV[2]) end
return redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
""")

#: Keys: due, tokens, attempts, again. Arguments: now, end of lease (s), how many, token, latest end of a lease (s).
#: Answers session, attempts, ...
CLAIM = Script("""
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, session in ipairs(redis.call('ZREVRANGEBYSCORE', KEYS[1], '+inf', '(' .. ARGV[5], 'LIMIT', 0, ARGV[3])) do
  if #due < tonumber(ARGV[3]) and redis.call('HEXISTS', KEYS[2], session) == 1 then due[#due + 1] = session end
end
local claimed = {}
for _, session in ipairs(due) do
  redis.call('ZADD', KEYS[1], ARGV[2], session)
  redis.call('HSET', KEYS[2], session, ARGV[4])
  claimed[#claimed + 1] = session
  claimed[#claimed + 1] = redis.call('HINCRBY', KEYS[3], session, 1)
end
return claimed
""")

#: Keys: due, tokens, attempts, again. Arguments: session, token.
FINISH = Script("""
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
local again = redis.call('HGET', KEYS[4], ARGV[1])
if again then redis.call('ZADD', KEYS[1], again, ARGV[1]) else redis.call('ZREM', KEYS[1], ARGV[1]) end
for i = 2, 4 do redis.call('HDEL', KEYS[i], ARGV[1]) end
return 1
""")
