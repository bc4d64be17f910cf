"""A form with one file: fields in memory, the file on disk, all of it bounded, in time and in size."""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from webhook.errors import MalformedRequest, RequestError, StoreError, TooLarge
from webhook.routes.common import services_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping
    from typing import BinaryIO

    from starlette.datastructures import FormData, Headers
    from starlette.requests import Request

PACE: Final = 32 * 1024
"""Bytes a second that a file must come at, on the whole, after a first while (`Services.body_s`). A telephone's upload
takes minutes and is welcome; a client that sends a byte now and then would keep its request open for ever."""
AROUND: Final = 64 * 1024
"""Bytes that may stand around the file: boundaries, part headers, the other fields."""
_FIELD: Final = 1024
_MOST_FIELDS: Final = 8


@dataclass(frozen=True, kw_only=True)
class Upload:
    """The file, at its beginning, and the fields beside it."""

    file: BinaryIO
    size: int
    media_type: str
    fields: Mapping[str, str]


@asynccontextmanager
async def upload(request: Request, name: str, limit: int) -> AsyncGenerator[Upload]:
    """The form whose only file is in the field `name` and has up to `limit` bytes; gone from the disk afterwards.

    Raises `TooLarge`, `MalformedRequest`, and a plain `RequestError` when the client hung up.
    """
    form = await _form(request, name, limit)
    try:
        yield _checked(form, name, limit)
    finally:
        with suppress(OSError):  # nobody reads it any more
            await form.close()


async def _form(request: Request, name: str, limit: int) -> FormData:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        raise MalformedRequest(f"the body must be multipart/form-data with a file in the field {name}")
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > limit + AROUND:
        raise TooLarge(f"{name} is larger than {limit} bytes")
    try:
        async with aclosing(_paced(request, name, limit + AROUND)) as body:
            return await _Parser(request.headers, body).parse()
    except MultiPartException as error:
        raise MalformedRequest(_told(error.message)) from None
    except UnicodeError:
        raise MalformedRequest("the form's charset is none that is known; leave it out") from None
    except OSError:
        raise StoreError("the upload cannot be put aside: look at the room on the disk of TMPDIR") from None
    except ClientDisconnect:
        raise RequestError("the client hung up before its request was complete") from None


class _Parser(MultiPartParser):
    """Refuses a form that does not come to its end, which the framework's takes for granted."""

    def __init__(self, headers: Headers, body: AsyncGenerator[bytes]) -> None:
        super().__init__(headers, self._whole(body), max_files=1, max_fields=_MOST_FIELDS, max_part_size=_FIELD)
        self._is_over = False

    def on_end(self) -> None:
        self._is_over = True

    async def _whole(self, body: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
        async for part in body:
            yield part
        if not self._is_over:
            raise MalformedRequest("the form is cut off: its last boundary is missing")


async def _paced(request: Request, name: str, limit: int) -> AsyncGenerator[bytes]:
    """The body as it comes, while it comes fast enough and is not too much."""
    now = asyncio.get_running_loop().time
    start = now()
    size = 0
    parts = request.stream()
    while True:
        try:
            async with asyncio.timeout_at(start + services_of(request).body_s + size / PACE):
                part = await anext(parts, None)
        except TimeoutError:
            raise MalformedRequest("the body did not come in time") from None
        if part is None:
            return
        size += len(part)
        if size > limit:
            raise TooLarge(f"{name} is larger than {limit - AROUND} bytes")
        yield part


def _told(message: str) -> str:
    """The parser's reason in terms of this form."""
    if message.startswith("Too many files"):
        return "the form must have one file only"
    if message.startswith("Too many fields"):
        return f"the form must have {_MOST_FIELDS} fields at most"
    if message.startswith("Part exceeded"):
        return f"a field is longer than {_FIELD} bytes; a file needs a filename in its Content-Disposition"
    return "the body is no well-formed multipart/form-data"


def _checked(form: FormData, name: str, limit: int) -> Upload:
    values: dict[str, Any] = {}
    for key, value in form.multi_items():
        if key in values:
            raise MalformedRequest("a field stands in the form twice")
        values[key] = value
    file = values.pop(name, None)
    if not isinstance(file, UploadFile):
        raise MalformedRequest(f"{name} is missing: a file in the form's field of that name")
    if any(isinstance(value, UploadFile) for value in values.values()):
        raise MalformedRequest(f"the form must have no file but {name}")
    if not file.size:
        raise MalformedRequest(f"{name} is empty")
    if file.size > limit:
        raise TooLarge(f"{name} is larger than {limit} bytes")
    return Upload(file=file.file, size=file.size, media_type=file.content_type or "", fields=values)
