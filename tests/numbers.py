"""An interview of which every effect can be counted: twelve numbers, one a turn, and a Claude that only hears numbers.

Nothing but the words of a turn decides what it should have left behind, so the truth of a call is the list of what
its caller finally said.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from tests.fake_claude import UNDERSTOOD, Body, Reply
from webhook.interview.facts import FactEvent, Status
from webhook.interview.session import Session

NAMES = (
    *("alpha", "bravo", "charlie", "delta", "foxtrot", "golf"),
    *("hotel", "kilo", "lima", "oscar", "quebec", "tango"),
)
OPENING = "Hello. What is your alpha number?"
_SAID = re.compile(r"My (\w+) number is (\d+)")
_ASKED = re.compile(r"What is your (\w+) number\?")


def write_flow(folder: Path) -> Path:
    """A folder of flows with this one in it."""
    topics = []
    for name, following in zip(NAMES, (*NAMES[1:], None), strict=True):
        road = following or "{end: completed}"
        topics.append(
            f"  {name}:\n"
            f"    ask: Ask for their {name} number.\n"
            f"    fallback: {'Hello. ' if name == NAMES[0] else ''}What is your {name} number?\n"
            f"    required_info:\n"
            f"      {name}: {{type: whole_number, about: Their {name} number}}\n"
            f"    follow_up: {road}\n"
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "numbers.yaml").write_text(
        "flow: numbers\nversion: 1\ntitle: Twelve numbers\nlanguages: [en]\nstart: alpha\npersona: mia\n"
        "personas:\n  mia: {style: Plain.}\n"
        "time: {minutes: 60, wrap_up_minutes: 1}\n"
        "house_rules: {asks: 5, bridge_line: 'Mm-hm, okay.'}\n"
        "topics:\n" + "".join(topics) + "endings:\n  completed: {say: That was the last number. Goodbye.}\n"
        "report:\n  fields:\n    numbers: {from: [alpha, bravo]}\n"
    )
    return folder


def as_claude(body: Body) -> Reply:
    """The script of a `FakeClaude` for this interview: hears numbers, asks for numbers."""
    schema = body.get("output_config", {}).get("format", {}).get("schema")
    text = body["messages"][-1]["content"]
    text = text if isinstance(text, str) else "\n".join(block["text"] for block in text)
    if schema is None:
        wanted = re.search(r"What this is about: Ask for their (\w+) number", text)
        return Reply(text=f"Thank you. What is your {wanted[1] if wanted else 'alpha'} number?")
    if "facts" in schema["properties"]:
        return Reply(json=_hear(text))
    return Reply(json={})


def _hear(text: str) -> dict[str, Any]:
    said = re.findall(r"<caller>(.*?)</caller>", text)
    facts = {name: (number, found) for words in said for name, number, found in _numbers(words)}
    heard: dict[str, Any] = {key: value if isinstance(value, str) else [] for key, value in UNDERSTOOD.items()}
    heard["facts"] = [
        {"slot": name, "value": int(number), "words": found, "how": "said"} for name, (number, found) in facts.items()
    ]
    if said and "what was that" in said[-1]:
        heard["signals"] = ["repeat"]
    return heard


def _numbers(words: str) -> list[tuple[str, str, str]]:
    return [(found[1], found[2], found[0]) for found in _SAID.finditer(words) if found[1] in NAMES]


def answer_to(heard: str, number: int) -> str:
    """What this caller says after hearing that: a number for the one that was asked, else that they did not catch it."""
    if "stop here" in heard:
        return "No, please go on."
    asked = _ASKED.findall(heard)
    return f"My {asked[-1]} number is {number}." if asked else "Sorry, what was that?"


def numbers_in(utterances: list[str]) -> list[tuple[str, int]]:
    """What the calls's words should have left behind, in order."""
    return [(name, int(number)) for words in utterances for name, number, _ in _numbers(words)]


def what_is_wrong(session: Session, truth: list[str]) -> str | None:
    """How the stored session differs from what its caller finally said; None: not at all.

    Words after the end of the interview belong to nothing.
    """
    said = [turn.utterance for turn in session.turns]
    if said != truth[: len(said)] or (len(said) < len(truth) and not session.is_over):
        return f"said {truth}, kept {said}"
    told = numbers_in(said)
    events = (*session.state.events, *_late(session))
    filled = [(event.slot, event.value) for event in events if event.status is not Status.NOT_UNDERSTOOD]
    # What Claude was too late for stands at its fact in the caller's own words.
    kept = numbers_in([event.words for event in events if event.status is Status.NOT_UNDERSTOOD])
    got = [*dict.fromkeys(pair for pair in kept if pair not in filled), *filled]
    # Answers to the same question that are heard together leave the last one behind, and that is what counts.
    if len(got) != len(set(got)) or not set(got) <= set(told) or dict(got) != dict(told):
        return f"said {truth}, learnt {got}"
    return None


def _late(session: Session) -> list[FactEvent]:
    """Turns that were never decided wait in the record for the next one."""
    head = session.head
    waiting = [*session.pending, head.utterance] if head is not None and head.state is None else []
    return [
        FactEvent(slot=name, status=Status.FILLED, value=number, words=name) for name, number in numbers_in(waiting)
    ]
