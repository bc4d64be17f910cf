"""Everything Claude can do instead of answering."""

from __future__ import annotations

from tests.fake_claude import Reply, error_reply

#: Before a single word came.
SILENT = {
    "stall": Reply(fault="stall", after=0),
    "stall with pings": Reply(fault="stall", after=0, ping_s=0.03),
    "no status line": Reply(headers_s=5.0),
    "slow first word": Reply(first_token_s=5.0),
    "cut": Reply(fault="cut", after=0),
    "reset": Reply(fault="reset", after=0),
    "close": Reply(fault="close", after=0),
    "end": Reply(fault="end", after=0),
    "error event": Reply(fault="error", after=0),
    "garbage": Reply(fault="garbage", after=0),
    "empty": Reply(text=""),
    "blank": Reply(text="   "),
    "only markup": Reply(text="```json {} ```"),
    "refusal": Reply(text="", stop_reason="refusal", category="cyber"),
    "overloaded": error_reply(529, "overloaded_error"),
    "rate limit": error_reply(429, "rate_limit_error", headers={"retry-after": "30"}),
    "bad key": error_reply(401, "authentication_error"),
    "no such model": error_reply(404, "not_found_error"),
    "broken": error_reply(500, "api_error"),
    "not HTTP's idea of JSON": Reply(raw=b"<html>bad gateway</html>", status=502),
}

_SOME = "Thank you for that. Now then"
#: After the first words.
BROKEN_OFF = {
    "stall": Reply(text=_SOME, fault="stall", after=4),
    "stall with pings": Reply(text=_SOME, fault="stall", after=4, ping_s=0.03),
    "cut": Reply(text=_SOME, fault="cut", after=4),
    "reset": Reply(text=_SOME, fault="reset", after=4),
    "close": Reply(text=_SOME, fault="close", after=4),
    "end": Reply(text=_SOME, fault="end", after=4),
    "error event": Reply(text=_SOME, fault="error", after=4),
    "garbage": Reply(text=_SOME, fault="garbage", after=4),
    "refusal": Reply(text="Thank you for that.", stop_reason="refusal"),
    "too long": Reply(text=_SOME, stop_reason="max_tokens"),
    "no question": Reply(text="Thank you for that."),
}
