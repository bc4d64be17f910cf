"""Every error of ours, in one tree.

::

    WebhookError                    500
    ├── SettingsError               at start; names the variable; exit code 2
    ├── ContentError                a flow or a prompt cannot be used; carries the findings
    ├── RequestError                400
    │   ├── MalformedRequest        400
    │   │   └── Compressed          415
    │   ├── Unauthorized            401
    │   ├── NotFound                404
    │   ├── TooSlow                 408
    │   ├── Conflict                409
    │   │   └── ReportPending       409  until Claude has written its part, or was given up
    │   ├── NoLongerKept            410
    │   ├── TooMany                 429
    │   └── TooLarge                413
    ├── NotConfigured               503  a setting this needs is not there
    └── UpstreamError               502, retryable
        ├── ModelError              502  Claude answered with an error or not at all
        │   ├── ModelTimeout        504
        │   ├── ModelOverloaded     503
        │   ├── ModelUnavailable    503, final: key, permission, spend cap, unknown model
        │   └── ModelRefused        502, final: the model declined
        ├── ElevenLabsError         502
        │   ├── ElevenLabsUnauthorised  502, final: key, permission, account
        │   ├── ElevenLabsNotFound  502, final: no agent or conversation by that id
        │   ├── ElevenLabsInvalid   502, final: it takes our request for wrong
        │   ├── ElevenLabsBusy      502  too many requests or calls at once
        │   ├── ElevenLabsUnavailable  502  an error of its own, or no answer
        │   └── ElevenLabsAnswer    502, final: it agreed, but what it says is not what it promises
        ├── RecordingError          503  audio cannot be written to the disk, or not now
        ├── ExportError             503  an export cannot be written to the disk
        └── StoreError              503
            ├── StoreRefused        503, final: the store is there and cannot take or give this one thing
            ├── RecordDamaged       503, final: the stored bytes cannot be read
            └── RecordTooNew        503, final: saved by a later release

    InvalidState(RuntimeError)      our own code used wrongly: a bug, outside the tree

The class docstring is the default message. `code` is stable and goes to callers; messages never hold what a
caller said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

ModelTrouble = Literal["key", "permission", "budget", "model", "request"]
"""Why Claude stays unavailable: `request` is our own mistake."""
Refusal = Literal["missing", "wrong", "stale", "other"]
"""Why a secret opens nothing: none was there, or not one of ours; signed too long ago or in the future; another's."""


class WebhookError(Exception):
    """Something went wrong inside the service."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])


class SettingsError(WebhookError):
    """A setting is missing or wrong."""

    code = "settings_error"


class ContentError(WebhookError):
    """A flow or a prompt cannot be used."""

    code = "content_error"

    def __init__(self, message: str | None = None, findings: Sequence[object] = ()) -> None:
        self.findings = tuple(findings)
        listed = "\n".join(str(finding) for finding in self.findings)
        super().__init__("\n".join(part for part in (message, listed) if part) or None)


class RequestError(WebhookError):
    """The request cannot be answered as it stands."""

    code = "bad_request"
    status = 400


class MalformedRequest(RequestError):
    """The request is not the JSON document this route expects."""

    code = "malformed_request"


class Compressed(MalformedRequest):
    """The body is compressed: send it as it is, without Content-Encoding."""

    code = "compressed"
    status = 415


class Unauthorized(RequestError):
    """The secret is missing or wrong."""

    code = "unauthorized"
    status = 401

    def __init__(self, message: str | None = None, *, reason: Refusal = "wrong") -> None:
        """`reason` is for whoever looks after the service, and never part of the message."""
        super().__init__(message)
        self.reason = reason


class NotFound(RequestError):
    """There is nothing here by that id."""

    code = "not_found"
    status = 404


class TooSlow(RequestError):
    """The request did not come in time."""

    code = "too_slow"
    status = 408


class Conflict(RequestError):
    """The request contradicts what is already stored."""

    code = "conflict"
    status = 409


class ReportPending(Conflict):
    """The interview is over and its report is still being made."""

    code = "report_pending"

    def __init__(self, *, retry_after_s: int) -> None:
        super().__init__(f"the interview is over and its report is still being made: ask again in {retry_after_s} s")
        self.retry_after_s = retry_after_s


class NoLongerKept(RequestError):
    """What was said in this interview is no longer kept; its report is, as long as KEEP_DAYS says."""

    code = "no_longer_kept"
    status = 410


class TooMany(RequestError):
    """The same was asked for too often; a minute later it may be asked for again."""

    code = "too_many"
    status = 429


class TooLarge(RequestError):
    """The request is larger than this route accepts."""

    code = "too_large"
    status = 413


class NotConfigured(WebhookError):
    """A setting this needs is not there."""

    code = "not_configured"
    status = 503


class UpstreamError(WebhookError):
    """A service we depend on did not answer as it should."""

    code = "upstream_error"
    status = 502
    retryable = True


class ModelError(UpstreamError):
    """Claude answered with an error, or the connection broke."""

    code = "model_error"


class ModelTimeout(ModelError):
    """Claude did not answer before the deadline."""

    code = "model_timeout"
    status = 504


class ModelOverloaded(ModelError):
    """Claude is overloaded or rate-limited."""

    code = "model_overloaded"
    status = 503

    def __init__(self, message: str | None = None, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ModelUnavailable(ModelError):
    """Claude cannot be used with this key, model or budget."""

    code = "model_unavailable"
    status = 503
    retryable = False

    def __init__(self, message: str | None = None, *, reason: ModelTrouble = "request") -> None:
        """`reason` is for whoever looks after the service: each has a remedy of its own."""
        super().__init__(message)
        self.reason = reason


class ModelRefused(ModelError):
    """Claude declined to answer."""

    code = "model_refused"
    retryable = False


class ElevenLabsError(UpstreamError):
    """ElevenLabs answered with an error, or not at all."""

    code = "elevenlabs_error"

    def __init__(
        self, message: str | None = None, *, problem: object = None, retry_after_s: float | None = None
    ) -> None:
        """`problem` is what ElevenLabs told about it, for whoever looks after the agent; never part of the message."""
        super().__init__(message)
        self.problem = problem
        self.retry_after_s = retry_after_s


class ElevenLabsUnauthorised(ElevenLabsError):
    """ElevenLabs refuses the key: look at ELEVENLABS_API_KEY, its permissions, its account and its region."""

    code = "elevenlabs_unauthorised"
    retryable = False


class ElevenLabsNotFound(ElevenLabsError):
    """ElevenLabs knows nothing by that id: look at the id, and whether the key is of the same workspace and region."""

    code = "elevenlabs_not_found"
    retryable = False


class ElevenLabsInvalid(ElevenLabsError):
    """ElevenLabs takes the request for wrong."""

    code = "elevenlabs_invalid"
    retryable = False


class ElevenLabsBusy(ElevenLabsError):
    """ElevenLabs has too many requests or calls of this account at once."""

    code = "elevenlabs_busy"


class ElevenLabsUnavailable(ElevenLabsError):
    """ElevenLabs cannot be reached, is too slow, or has an error of its own."""

    code = "elevenlabs_unavailable"


class ElevenLabsAnswer(ElevenLabsError):
    """ElevenLabs answered something else than it promises."""

    code = "elevenlabs_answer"
    retryable = False


class RecordingError(UpstreamError):
    """A recording cannot be kept: look at the free space under DATA_DIR."""

    code = "recording_error"
    status = 503


class ExportError(UpstreamError):
    """An export cannot be written: look at the free space where it is written to (DATA_DIR)."""

    code = "export_error"
    status = 503


class StoreError(UpstreamError):
    """The session store cannot be reached or answered with an error."""

    code = "store_error"
    status = 503


class StoreRefused(StoreError):
    """The session store cannot take or give this one thing; it serves everything else."""

    code = "store_refused"
    retryable = False


class RecordDamaged(StoreError):
    """What is stored for the session cannot be read."""

    code = "record_damaged"
    retryable = False

    def __init__(self, message: str | None = None, *, data: bytes, version: int) -> None:
        """`data` is what is stored, never part of the message; with `version` a save can take its place."""
        super().__init__(message)
        self.data = data
        self.version = version


class RecordTooNew(StoreError):
    """The session was saved by a later release; this one may read it, and must not change it."""

    code = "record_too_new"
    retryable = False


class InvalidState(RuntimeError):
    """The engine was used in a way its contract forbids."""
