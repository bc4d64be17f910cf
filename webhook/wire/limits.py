"""Reading a stranger's JSON: what is understood is kept, what is too big is cut, and only one error comes out.

The standard library's reader is used for every body, so that a document has one meaning: orjson turns integers
beyond 64 bits into floats and refuses lone surrogates, NaN and 1e999. It reads 5 MB in about 15 ms.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, TypeGuard

from webhook.errors import MalformedRequest

#: Deepest nesting of objects and lists that is read.
MAX_DEPTH = 64
#: Most opening brackets of a document, those inside its strings counted too: it bounds the time reading takes.
MAX_BRACKETS = 100_000
#: Most commas, likewise: a long talk has one in thirty characters, a list of ones one in two.
MAX_COMMAS = 400_000
#: Longest number that is read, in characters; longer ones become null.
MAX_NUMBER_CHARS = 400
#: Most messages of a history that are kept.
MAX_MESSAGES = 4_000
#: Longest text of one message, in characters.
MAX_TEXT_CHARS = 32 * 1024
#: Longest name or id, in characters.
MAX_NAME_CHARS = 256
#: Most parts of a message's content that are read.
MAX_PARTS = 128
#: Most tools of a request, and most tool calls of a message, that are kept.
MAX_TOOLS = 128

#: An id of ElevenLabs: of an agent, a conversation, a voice.
ELEVENLABS_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
#: An id that somebody else gave: of a session, an interview, a conversation of whatever platform. The same everywhere.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~:-]{0,127}")
WHAT_AN_ID_IS = "1 to 128 letters, digits, or . _ ~ : -, the first of them a letter or digit"
#: What clients write that have no id.
_NO_IDS = frozenset({"none", "null", "undefined", "nan", "true", "false"})
_MOST_OF_A_SESSION_ID = 512

_SURROGATE = re.compile("[\ud800-\udfff]")
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


def is_id(value: object) -> TypeGuard[str]:
    """Whether somebody may name a session, an interview or a conversation so."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None and value.lower() not in _NO_IDS


def is_session_id(value: object) -> TypeGuard[str]:
    """The same for the id of a session that we told: one that stands beside another has a longer one, with `~` in it."""
    if not isinstance(value, str) or len(value) > _MOST_OF_A_SESSION_ID:
        return False
    first, *beside = value.split("~")
    return is_id(value) or (is_id(first) and all(is_id(each) for each in beside))


def read_object(body: bytes | str) -> dict[str, Any]:
    """The JSON object in `body`, free of lone surrogates and of numbers that JSON cannot write.

    Bytes may be UTF-8, UTF-16 or UTF-32 with or without a byte order mark; bytes that are none of it become U+FFFD.
    The last of several equal keys counts. NaN, infinities and numbers longer than MAX_NUMBER_CHARS become None.
    Raises MalformedRequest for everything else that is no object, and for what goes beyond MAX_DEPTH,
    MAX_BRACKETS or MAX_COMMAS.
    """
    text = body if isinstance(body, str) else body.decode(json.detect_encoding(body), "replace")
    document = _load(text) if _is_small(text) else None
    if not isinstance(document, dict) or _is_too_deep(document):
        raise MalformedRequest
    if _SURROGATE_ESCAPE.search(text):
        return as_object(_without_surrogates(document))
    return document


def without_surrogates(text: str) -> str:
    """`text` with lone surrogates, which no UTF-8 can hold, replaced by U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


def as_text(value: object, limit: int = MAX_TEXT_CHARS) -> str:
    """`value` when it is a string, cut to `limit` characters; "" when it is anything else."""
    return value[:limit] if isinstance(value, str) else ""


def as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def as_object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_small(text: str) -> bool:
    few_brackets = len(text) <= MAX_BRACKETS or text.count("[") + text.count("{") <= MAX_BRACKETS
    return few_brackets and (len(text) <= MAX_COMMAS or text.count(",") <= MAX_COMMAS)


def _load(text: str) -> object:
    # The decoder's error carries the whole document, hence what a caller said: it must not become anyone's context.
    try:
        return json.loads(text, parse_int=_read_int, parse_float=_read_float, parse_constant=_read_constant)
    except (ValueError, RecursionError):
        return None


def _read_int(digits: str) -> int | None:
    return int(digits) if len(digits) <= MAX_NUMBER_CHARS else None


def _read_float(digits: str) -> float | None:
    value = float(digits) if len(digits) <= MAX_NUMBER_CHARS else math.inf
    return value if math.isfinite(value) else None


def _read_constant(_name: str) -> None:
    return None


def _is_too_deep(document: dict[str, Any]) -> bool:
    level: list[Any] = [document]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for parent in level
            for child in (parent.values() if type(parent) is dict else parent)
            if type(child) is dict or type(child) is list  # exact: the reader makes no other, and this is quick
        ]
        if not level:
            return False
    return True


def _without_surrogates(value: Any) -> Any:
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, list):
        return [_without_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {without_surrogates(key): _without_surrogates(item) for key, item in value.items()}
    return value
