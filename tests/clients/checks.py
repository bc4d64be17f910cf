"""What must be true of a call, the same for every client. Each check yields problems, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from tests.callers import SAM
from tests.clients.calls import PAST, WORDS, Answer, Held
from tests.clients.tap import Exchange

_STOP = "Would you like to stop here?"
_MOST_REFUSED = 6
"""Requests with a wrong secret: a client that tries again does so two or three times."""


def interview(held: Held, replies: Sequence[str]) -> Iterator[str]:
    """Each reply heard once and in full, one session that is completed, and one hang-up at the end."""
    if held.failed:
        yield held.failed
        return
    yield from islice(_misheard(WORDS, held.answers, replies), 1)
    yield from _hang_ups(held)
    yield from _requests(held.exchanges, held.answers)
    yield from completed(held)
    yield from _ids(held)


def _misheard(words: Sequence[str], answers: Sequence[Answer], replies: Sequence[str]) -> Iterator[str]:
    for said, answer, expected in zip(words, answers, replies, strict=False):
        if _plain(answer.text) != expected:
            yield f"to {said!r} it heard {_short(answer.text)}, not {_short(expected)}"


def past_the_end(held: Held, replies: Sequence[str]) -> Iterator[str]:
    """Told that it is over, and no tool again."""
    if held.failed:
        yield held.failed if held.past else "it never came to the end"
        return
    yield from islice(_misheard(PAST, held.past, replies[len(WORDS) :]), 1)
    if ran := [name for answer in held.past for name in answer.ran]:
        yield f"past the end it ran {', '.join(ran[:4])}{' ...' if len(ran) > 4 else ''} ({len(ran)})"
    if asked := [name for exchange in held.exchanges_past for name in exchange.tool_calls]:
        yield f"past the end it was asked for {len(asked)} tool calls"
    yield from _requests(held.exchanges_past, held.past)


def silence(held: Held, replies: Sequence[str]) -> Iterator[str]:
    """Nothing is skipped or said twice for a silence; at most one wait for each, and no offer to stop."""
    if held.failed:
        yield held.failed
        return
    turns = list(zip(SILENT_WORDS, held.answers, strict=True))
    for words, answer in turns:
        if words in SILENCES:
            yield from _waits(answer)
    spoken = [answer for words, answer in turns if words not in SILENCES]
    yield from islice(_misheard(WORDS, spoken, replies), 1)
    yield from _hang_ups(held)
    yield from _requests(held.exchanges, held.answers)
    yield from completed(held)


def _waits(answer: Answer) -> Iterator[str]:
    text = _plain(answer.text)
    if _STOP in text or "Goodbye" in text:
        yield f"a silence was answered by {_short(text)}"
    if answer.ran not in ((), ("skip_turn",)):
        yield f"a silence ran {', '.join(answer.ran[:4])} ({len(answer.ran)})"
    if not text and not answer.ran:
        yield "a silence was answered by nothing at all"


#: As voice platforms write a silence, and as a client does that has heard nothing.
SILENCES = ("...", "")
#: The interview with silences: two in a row, which a platform that can wait answers with one wait, and one later.
SILENT_WORDS = (*WORDS[:2], "...", "...", *WORDS[2:4], "", *WORDS[4:])


def interruption(held: Held) -> Iterator[str]:
    """The interview goes on to its end, and every answer counts."""
    if held.failed:
        yield held.failed
        return
    if not any(not exchange.whole for exchange in held.exchanges):
        yield "no request was broken off: the client reads an answer it has no use for to its end"
    if len(held.answers) > len(SAM) + 2:
        yield f"it took {len(held.answers)} utterances: something was asked again"
    yield from _hang_ups(held)
    yield from completed(held)


def usage(held: Held, billed: int) -> Iterator[str]:
    """What the client tells are tokens of this call, and it tells some for each whole reply."""
    if held.failed:
        yield held.failed
        return
    told = [answer.usage for answer in held.answers]
    if None in told:
        yield f"{told.count(None)} of {len(told)} replies without usage"
    total = sum(usage["input"] + usage["output"] for usage in told if usage)
    if not total or total != billed:
        yield f"{total} tokens told, {billed} billed"
    yield from usage_on_the_wire(held.exchanges)


def usage_on_the_wire(exchanges: Iterable[Exchange]) -> Iterator[str]:
    without = [e for e in exchanges if e.whole and e.status == 200 and e.asks_for_usage and not e.usages]
    if without:
        yield f"{len(without)} answers without usage"


def wrong_secret(held: Held) -> Iterator[str]:
    """The client's own error says what is wrong, after a bounded number of requests, and there is no session."""
    if "secret is missing or wrong" not in held.failed:
        yield f"the client shows {_short(held.failed or str([a.text for a in held.answers]))}"
    if not 1 <= len(held.exchanges) <= _MOST_REFUSED:
        yield f"{len(held.exchanges)} requests"
    if {exchange.status for exchange in held.exchanges} != {401}:
        yield f"answered {[exchange.status for exchange in held.exchanges]}"
    if held.new_sessions:
        yield f"{len(held.new_sessions)} sessions"


def completed(held: Held) -> Iterator[str]:
    """One session for the call, and it is completed."""
    found = [session["status"] for session in held.new_sessions.values()]
    if found != ["completed"]:
        yield f"sessions: {', '.join(found) or 'none'}"


def _hang_ups(held: Held) -> Iterator[str]:
    """With tools, the client hung up once, with the last words; never without."""
    ran = [answer.ran.count("end_call") for answer in held.answers]
    if ran != [0] * (len(ran) - 1) + [int(held.tools)]:
        yield f"hung up {sum(ran)} times{', early' if any(ran[:-1]) else ''}"
    asked = [name for exchange in held.exchanges for name in exchange.tool_calls if name == "end_call"]
    if len(asked) != held.tools:
        yield f"asked to hang up {len(asked)} times"


def _requests(exchanges: Sequence[Exchange], answers: Sequence[Answer]) -> Iterator[str]:
    """One for each utterance, and one for each result of a tool; all answered."""
    most = len(answers) + sum(len(answer.ran) for answer in answers)
    if not len(answers) <= len(exchanges) <= most:
        yield f"{len(exchanges)} requests for {len(answers)} utterances"
    if bad := sorted({exchange.status for exchange in exchanges if exchange.status != 200}):
        yield f"answered {', '.join(map(str, bad))}"


def _ids(held: Held) -> Iterator[str]:
    """A name for each reply and each tool call of its own."""
    documents = [exchange.documents[0] for exchange in held.exchanges if exchange.whole and exchange.documents]
    ids = [document.get("id") or document.get("response", {}).get("id") for document in documents]
    if len(set(ids)) != len(ids):
        yield f"{len(ids)} replies with {len(set(ids))} ids"


def _plain(text: str) -> str:
    return " ".join(text.split())


def _short(text: str) -> str:
    plain = _plain(text)
    return repr(plain if len(plain) <= 60 else f"{plain[:57]}...")
