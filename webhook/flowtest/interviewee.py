"""Tests in which Claude plays the caller: a whole call with the whole service, in this process, several times."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from webhook.app import running
from webhook.asks import Ask
from webhook.errors import ModelError
from webhook.flowtest.expectations import value_text
from webhook.flowtest.judge import judged
from webhook.flowtest.listened import sentences
from webhook.flowtest.outcome import Outcome, failed
from webhook.flowtest.talk import Step, Talk
from webhook.flowtest.told import at_the_end
from webhook.interview import moves
from webhook.interview import road as roads
from webhook.interview.history import Message
from webhook.interview.prompt import Block, ModelMessage, ModelRequest
from webhook.interview.road import SECONDS_A_TURN
from webhook.interview.wording import Voicing, wording
from webhook.services import build_services

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webhook.dialogue import Dialogue
    from webhook.flowtest.load import Case
    from webhook.flowtest.prompts import CastPrompts
    from webhook.interview.flow import Template
    from webhook.interview.session import Session
    from webhook.race import Model
    from webhook.services import Services
    from webhook.settings import Settings

MOST_TURNS = 80
"""A call that goes on longer has lost its way; none that a flow allows is as long."""
_TOKENS = 220
_REPLY_S = 30.0
_SESSION = "test"


async def hold(case: Case, settings: Settings, model: Model, dialogue: Dialogue, cast: CastPrompts) -> Outcome:
    """Hold the call as often as the test asks for; it passes when every one does."""
    count = case.doc.runs
    outcomes = [await _once(case, settings, model, dialogue, cast) for _ in range(count)]
    good = [outcome for outcome in outcomes if outcome.status == "passed"]
    shown = next((outcome for outcome in outcomes if outcome.status != "passed"), outcomes[-1])
    return Outcome(
        case=case,
        status=shown.status,
        talk=shown.talk,
        why=shown.why,
        line=shown.line,
        runs=count,
        runs_passed=len(good),
    )


async def _once(case: Case, settings: Settings, model: Model, dialogue: Dialogue, cast: CastPrompts) -> Outcome:
    talk = Talk(flow=case.flow, language=case.language, persona=case.persona, clock=SECONDS_A_TURN)
    try:
        talk = await _call(case, talk, settings, model, cast)
        if not talk.is_over:
            return failed(case, talk, f"the call did not come to an end in {MOST_TURNS} turns")
        outcome = at_the_end(case, talk, judged=True)
        why = None if outcome.why else await judged(dialogue, cast.judge, talk, sentences(case.doc.expect))
    except ModelError as error:
        return failed(case, talk if talk.steps else None, f"Claude could not be asked: {error.code}")
    return outcome if why is None else failed(case, talk, why)


async def _call(case: Case, talk: Talk, settings: Settings, model: Model, cast: CastPrompts) -> Talk:
    """One whole call. The service is built anew for it, and keeps nothing."""
    with TemporaryDirectory(prefix="webhook-test-") as scratch:
        own = {"data_dir": Path(scratch), "redis_url": None, "host": "127.0.0.1", "result_webhook_url": None}
        services = build_services(settings.model_copy(update=own))
        async with running(services):
            opening = services.admission.opening(case.flow.id, case.persona, case.language)
            messages = [Message(role="agent", text=opening)]
            while len(talk.steps) < MOST_TURNS:
                request = caller_request(cast.interviewee, case, messages)
                answer = await model.complete(request, model=settings.claude_model, timeout_s=_REPLY_S)
                messages.append(Message(role="user", text=answer.text.strip() or "Hm."))
                said, session = await _answer(case, services, messages)
                messages.append(Message(role="agent", text=said))
                talk = _further(talk, messages, session)
                if session.is_over:
                    break
    return talk


async def _answer(case: Case, services: Services, messages: Sequence[Message]) -> tuple[str, Session]:
    ask = Ask(
        messages=tuple(messages),
        session_id=_SESSION,
        flow_id=case.flow.id,
        persona_id=case.persona,
        language=case.language,
    )
    reply = await services.interviewer.answer(ask)
    said = "".join([piece async for piece in reply.pieces()]).strip()
    if reply.generation is not None:
        await reply.generation.settled.wait()
    return said, await services.sessions.load(_SESSION)


def caller_request(prompt: Template, case: Case, messages: Sequence[Message]) -> ModelRequest:
    """What this person says next. The roles are turned round: to them the interviewer is the other one."""
    doc = case.doc.interviewee
    assert doc is not None
    facts = "\n".join(f"- {case.flow.slots[name].label}: {value_text(value)}" for name, value in doc.facts.items())
    names = {
        "language": case.language,
        "style": doc.style,
        "facts": facts or "- nothing in particular",
        "will_not_say": ", ".join(case.flow.slots[name].label for name in doc.will_not_say) or "nothing",
    }
    return ModelRequest(
        purpose="speak",
        system=(Block(text=prompt.render(names), cached=True),),
        messages=tuple(
            ModelMessage(role="user" if m.role == "agent" else "assistant", blocks=(Block(text=m.text),))
            for m in messages
        ),
        max_tokens=_TOKENS,
    )


def _further(talk: Talk, messages: Sequence[Message], session: Session) -> Talk:
    """The talk with the turn that was just held; its clock goes by turns, for text is faster than a voice."""
    if not talk.steps:
        talk = _plus(talk, "", messages[0].text, None)
    return _plus(talk, messages[-2].text, messages[-1].text, session)


def _plus(talk: Talk, caller: str, said: str, session: Session | None) -> Talk:
    number = len(talk.steps)
    now = number * SECONDS_A_TURN
    if session is None:
        opening = moves.opening(talk.flow, moves.State(), now=0.0)
        state, move = opening.state, opening.move
    else:
        state = session.state
        head = session.head.move if session.head is not None else None
        move = head or talk.last.move
    before = len(talk.last.state.events) if talk.steps else 0
    left = moves.minutes_left(talk.flow, moves.State(started_at=0.0), now)
    voicing = Voicing(flow=talk.flow, state=state, language=talk.language, persona_id=talk.persona, minutes_left=left)
    road = roads.walk(talk.flow, state.facts, minutes_left=left)
    step = Step(
        number=number,
        caller=caller,
        move=move,
        state=state,
        learnt=state.events[before:],
        road=roads.whole_road(talk.flow, state.facts, road, minutes_left=left),
        fixed=wording(voicing, move).fixed,
        said=said,
        now=now,
    )
    return Talk(
        flow=talk.flow, language=talk.language, persona=talk.persona, clock=talk.clock, steps=(*talk.steps, step)
    )
