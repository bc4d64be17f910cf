"""Who asks, where a participant's invite opens a door as well as the operators' token.

An invite opens starting, watching and ending its own interview, and the first message of its own persona. It must not
register sessions, for it could take the id of another one, and it gets no bare signed URL, which would start any
number of calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from webhook.errors import Unauthorized
from webhook.routes.common import check_query, refusals_noted, services_of
from webhook.settings import opened
from webhook.wire.identity import bearer_of, secret_ok
from webhook.wire.invites import verify_invite

if TYPE_CHECKING:
    from starlette.requests import Request

    from webhook.wire.invites import Invite


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who asks; `invite` is there when it is a participant."""

    kind: Literal["operator", "invite"]
    invite: Invite | None = None


def invited(request: Request) -> Caller:
    """An operator, or a participant with a valid invite. Raises `Unauthorized` for everybody else."""
    with refusals_noted(request):
        caller = _invited(request)
    check_query(request)
    return caller


def _invited(request: Request) -> Caller:
    services = services_of(request)
    headers = request.headers.getlist("authorization")
    if not headers:
        raise Unauthorized(reason="missing")
    presented = bearer_of(headers[0]) if len(headers) == 1 else None
    if presented is None:
        raise Unauthorized
    if secret_ok(presented, opened(services.settings.api_token)):
        return Caller(kind="operator")
    secrets = opened(services.settings.webhook_secret)
    return Caller(kind="invite", invite=verify_invite(presented, secrets, services.interviewer.clock()))


def check_caller(request: Request, interview_id: str) -> Caller:
    """As `invited`, and an invite must be for this interview."""
    with refusals_noted(request):
        caller = _invited(request)
        if caller.invite is not None and caller.invite.interview_id != interview_id:
            raise Unauthorized("this invite is for another interview", reason="other")
    check_query(request)
    return caller
