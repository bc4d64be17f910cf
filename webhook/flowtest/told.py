"""Tests without a model: the facts are given, or code reads them. Pure, and milliseconds each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.flowtest import talk as talks
from webhook.flowtest.expectations import differences, never_asked
from webhook.flowtest.outcome import Outcome, failed, passed

if TYPE_CHECKING:
    from webhook.flowtest.document import TurnDoc
    from webhook.flowtest.load import Case
    from webhook.flowtest.talk import Talk


def hold(case: Case) -> Outcome:
    """Hold the talk of a case that needs no model; it stops at the first difference."""
    talk = talks.opened(case)
    for index, turn in enumerate(case.turns):
        line = case.turn_lines[index]
        if talk.is_over:
            return failed(case, talk, over_before(talk, turn.caller), line)
        talk = _next(talk, turn)
        if (why := first_difference(case, talk, index)) is not None:
            return failed(case, talk, why, line)
    return at_the_end(case, talk)


def at_the_end(case: Case, talk: Talk, *, judged: bool = False) -> Outcome:
    """What the test expects of the talk as a whole."""
    why = next(differences(case.doc.expect, talk, whole=True, judged=judged), None)
    return passed(case, talk) if why is None else failed(case, talk, why)


def first_difference(case: Case, talk: Talk, index: int, *, judged: bool = False) -> str | None:
    """The first difference after a turn; what earlier turns never want to be asked counts on."""
    found = next(differences(case.turns[index].expect, talk, judged=judged), None)
    earlier = [name for turn in case.turns[:index] for name in turn.expect.never_asked]
    return found or next(never_asked(earlier, talk), None)


def over_before(talk: Talk, caller: str) -> str:
    return f"the call ended with `{talk.state.ending}` before “{caller}” because: {talk.last.move.reason}"


def _next(talk: Talk, turn: TurnDoc) -> Talk:
    if turn.understood is None:
        return talks.answered(talk, turn.caller, talks.read(talk, turn.caller), scripted=True)
    return talks.answered(talk, turn.caller, talks.understood(talk, turn.caller, turn.understood))
