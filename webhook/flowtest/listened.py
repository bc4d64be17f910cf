"""Tests in which Claude listens: the caller's words are written, what is understood of them is Claude's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.dialogue import Spoken
from webhook.errors import ModelError
from webhook.flowtest import talk as talks
from webhook.flowtest.judge import judged
from webhook.flowtest.outcome import Outcome, failed
from webhook.flowtest.told import at_the_end, first_difference, over_before
from webhook.interview.facts import filled_values
from webhook.interview.history import Message
from webhook.interview.moves import MoveKind
from webhook.interview.prompt import listen_request, speak_request
from webhook.interview.speech import has_words
from webhook.interview.wording import wording

if TYPE_CHECKING:
    import asyncio

    from webhook.dialogue import Dialogue
    from webhook.flowtest.document import ExpectDoc, TurnDoc
    from webhook.flowtest.load import Case
    from webhook.flowtest.prompts import CastPrompts
    from webhook.flowtest.talk import Talk
    from webhook.interview.prompt import Prompts
    from webhook.interview.understanding import Understanding


async def hold(case: Case, dialogue: Dialogue, prompts: Prompts, cast: CastPrompts) -> Outcome:
    """Hold the talk; it stops at the first difference. A Claude that cannot be asked is a failure, never a pass."""
    talk = talks.opened(case)
    line = case.line
    try:
        for index, turn in enumerate(case.turns):
            line = case.turn_lines[index]
            if talk.is_over:
                return failed(case, talk, over_before(talk, turn.caller), line)
            talk = await _next(case, talk, turn, dialogue, prompts)
            why = first_difference(case, talk, index, judged=True)
            why = why or await judged(dialogue, cast.judge, talk, sentences(turn.expect, last=True))
            if why is not None:
                return failed(case, talk, why, line)
        outcome = at_the_end(case, talk, judged=True)
        line = case.line
        why = None if outcome.why else await judged(dialogue, cast.judge, talk, sentences(case.doc.expect))
    except ModelError as error:
        return failed(case, talk, f"Claude could not be asked: {error.code}", line)
    return outcome if why is None else failed(case, talk, why)


def sentences(expect: ExpectDoc, *, last: bool = False) -> tuple[str, ...]:
    """What a reader has to decide, as sentences about the talk."""
    when = "In its last turn the interviewer" if last else "The interviewer at some point"
    said = (f"{when} says this, in these or other words: {expect.said}",) if expect.said is not None else ()
    return (*said, *expect.judge)


def _is_voiced(case: Case) -> bool:
    """Whether it matters which words Claude finds; where it does not, the flow's own will do."""
    return any(sentences(expect) for expect in (case.doc.expect, *(turn.expect for turn in case.turns)))


async def _next(case: Case, talk: Talk, turn: TurnDoc, dialogue: Dialogue, prompts: Prompts) -> Talk:
    if turn.understood is not None:
        heard = talks.understood(talk, turn.caller, turn.understood)
    else:
        heard = talks.checked(talk, turn.caller, await _listen(talk, turn.caller, dialogue, prompts))
    before = talk.history
    talk = talks.answered(talk, turn.caller, heard)
    if not _is_voiced(case):
        return talk
    return talks.spoken(talk, await _speak(talk, before, dialogue, prompts))


async def _listen(talk: Talk, utterance: str, dialogue: Dialogue, prompts: Prompts) -> Understanding:
    pending = talk.state.pending
    request = listen_request(
        prompts,
        talk.flow,
        language=talk.language,
        utterances=(utterance,),
        question=talk.last.said,
        known=filled_values(talk.state.facts),
        offered_stop=pending is not None and pending.kind is MoveKind.OFFER_STOP,
    )
    return await dialogue.listen(request, talk.flow, late=_drop)


def _drop(task: asyncio.Task[Understanding]) -> None:
    """Nothing comes after a listen that is late: the test fails."""
    task.cancel()


async def _speak(talk: Talk, before: tuple[Message, ...], dialogue: Dialogue, prompts: Prompts) -> str:
    last = talk.last
    voicing = talks.voicing(talk, last.state, last.now)
    words = wording(voicing, last.move)
    if not words.by_claude:
        return last.said
    history = (*before, Message(role="user", text=last.caller))
    request = speak_request(prompts, voicing, last.move, history=history, utterance=last.caller, turn=last.number)
    spoken = Spoken()
    async for _ in dialogue.speak(request, spoken):
        pass
    if spoken.failed is not None:
        raise spoken.failed
    said = spoken.text.strip() if has_words(spoken.text) else words.fallback
    return " ".join(part for part in (words.lead, said) if part)
