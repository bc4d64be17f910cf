"""A caller who answers by topic, and a Claude that understands this caller honestly.

`Caller.answer` picks the words, `hear` turns them into the form that *listen* asks for (each fact with the words
that show it), `word` speaks the move a brief describes. None of them knows what the service will decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fake_claude import UNDERSTOOD, Body, FakeClaude, Reply

#: What Sam says when a topic comes up. Simple enough for code to read when there is no Claude.
SAM: Mapping[str, str] = {
    "intro": "Yes, that's fine.",
    "name": "I'm Sam.",
    "age": "I'm 34.",
    "interests": "Chess and hiking.",
    "housing_location": "Leeds.",
    "housing_preference": "I rent.",
    "food_preference": "I mostly cook.",
    "transport_preference": "By car and by bike.",
    "fitness_preference": "I go to the gym.",
    "entertainment_preference": "Streaming and reading.",
    "subscriptions_preference": "Netflix for 12 a month and Spotify.",
    "travel_preference": "Mostly budget trips.",
    "summary": "Yes, that's right.",
}
#: What Sam's answers come down to.
SAMS_FACTS: Mapping[str, Any] = {
    "consent": True,
    "name": "Sam",
    "age": 34,
    "interests": ["Chess", "hiking"],
    "home_area": "Leeds",
    "tenure": "rent",
    "eating_style": "cook",
    "transport": ["car", "bike"],
    "fitness": "go to the gym",
    "entertainment": ["streaming", "reading"],
    "subscriptions": [{"service": "Netflix", "monthly_cost": 12}, {"service": "Spotify"}],
    "travel_style": "budget",
    "summary_ok": True,
}


@dataclass
class Caller:
    """Says what `lines` hold for the topic that is asked about; `said` keeps all of it."""

    lines: Mapping[str, str] = field(default_factory=lambda: SAM)
    said: list[str] = field(default_factory=list)

    def answer(self, topic: str, heard: str) -> str:
        words = "Yes, that's right." if heard.endswith("right?") else self.lines[topic]
        self.said.append(words)
        return words


# Claude


def as_claude(body: Body) -> Reply:
    """Listens, speaks and writes reports: the script of a `FakeClaude` for this kind of caller."""
    schema = body.get("output_config", {}).get("format", {}).get("schema")
    if schema is None:
        return Reply(text=word(_text(body)))
    if "facts" in schema["properties"]:
        return Reply(json=hear(body))
    return Reply(json=write(body))


def is_listen(body: Body) -> bool:
    return "facts" in body.get("output_config", {}).get("format", {}).get("schema", {}).get("properties", {})


def is_speak(body: Body) -> bool:
    return body.get("stream") is True


def calls_of(fake: FakeClaude, since: int = 0) -> tuple[int, int]:
    """How many listen and speak calls came in after the first `since` requests."""
    bodies = [received.body for received in fake.received[since:]]
    return sum(map(is_listen, bodies)), sum(map(is_speak, bodies))


def word(text: str) -> str:
    """One sentence and one question, made from nothing but the brief."""
    brief = text.rpartition("<brief>")[2]
    if "Read back" in brief:
        return "You told me how you live and what you enjoy. Did I understand all of that?"
    wanted = re.search(r"Still to find out: ([^;,\n]+)", brief)
    question = f"could you tell me this: {wanted[1].lower()}?" if wanted else "could you tell me more?"
    if "They asked you something" in brief:
        return f"I am an AI, so I have none. Now, {question}"
    return f"Thank you for that. Now, {question}"


def hear(body: Body) -> dict[str, Any]:
    """The understanding of the words between the caller's marks."""
    text = _text(body)
    question = ""
    known = text.partition("</known>")[0]
    understood: dict[str, Any] = {key: value if isinstance(value, str) else [] for key, value in UNDERSTOOD.items()}
    for mark, words in re.findall(r"<(question|caller)>(.*?)</\1>", text):
        if mark == "question":
            question = words
        else:
            _hear_one(words, question, known, understood)
    return understood


def _hear_one(said: str, question: str, known: str, understood: dict[str, Any]) -> None:
    if "rather not say" in said:
        understood["refused"] += _asked(_ASKED_BY, question)
        return
    if re.search(r"\b(?:stop|hang up)\b", said):
        understood["signals"].append("stop")
    if said.endswith("?"):
        understood["signals"].append("question")
    if yes := re.match(r"Yes[^.]*", said):
        for slot in _asked(_CONFIRMED_BY, question):
            understood["facts"].append({"slot": slot, "value": True, "words": yes[0], "how": "said"})
    corrects = re.search(r"\b(?:actually|sorry|no longer)\b", said, re.IGNORECASE) is not None
    for slot, pattern, value_of in _RULES:
        if found := re.search(pattern, re.sub(r"\bno longer \w+", "", said)):
            how = "corrected" if corrects and f"- {slot}:" in known else "said"
            understood["facts"].append({"slot": slot, "value": value_of(found), "words": found[0], "how": how})


def write(body: Body) -> dict[str, Any]:
    """The written fields: one quote that was said, and one that nobody ever said."""
    said = re.findall(r"<caller>(.*?)</caller>", _text(body))
    quotes = [*said[-3:-1], "I have a yacht in Monaco."]
    return {
        "spending_style": {"value": "frugal", "quotes": quotes},
        "what_matters": {"value": "Moving about under their own steam.", "quotes": quotes},
        "in_their_words": {"value": quotes, "quotes": quotes},
    }


_CONFIRMED_BY = {
    "Is that all right with you?": "consent",
    "by an AI": "consent",
    "understand all of that": "summary_ok",
}
_ASKED_BY = {
    "age in years": "age",
    "stay active": "fitness",
    "what they choose to do": "interests",
    "how most of their meals": "eating_style",
    "every way they use": "transport",
}


def _asked(slots: Mapping[str, str], question: str) -> list[str]:
    return list(dict.fromkeys(slot for part, slot in slots.items() if part in question))


def _all(pattern: str) -> Callable[[re.Match[str]], list[str]]:
    return lambda found: re.findall(pattern, found[0], re.IGNORECASE)


def _lower(found: re.Match[str]) -> list[str]:
    return [w.lower() for w in re.findall(_FUN, found[0])]


def _services(found: re.Match[str]) -> list[dict[str, Any]]:
    priced = re.findall(r"(Netflix|Spotify)(?: for (\d+))?", found[0])
    return [{"service": name, "monthly_cost": int(cost) if cost else None} for name, cost in priced]


_PASTIMES = r"[Cc]hess|[Hh]iking|[Pp]ainting"
_WAYS = r"bike|car|taxi"
_FUN = r"[Ss]treaming|[Rr]eading|[Gg]aming|[Mm]usic"

_RULES: tuple[tuple[str, str, Callable[[re.Match[str]], Any]], ...] = (
    ("name", r"(?<=I'm )[A-Z][a-z]+\b", lambda m: m[0]),
    ("age", r"\b\d\d\b(?! a | pounds)", lambda m: int(m[0])),
    ("interests", rf"(?:{_PASTIMES})(?: and (?:{_PASTIMES}))?", _all(_PASTIMES)),
    ("home_area", r"\b(?:Leeds|York)\b", lambda m: m[0]),
    ("tenure", r"\bI (?:rent|own)\b", lambda m: m[0].split()[-1]),
    ("housing_cost", r"\b(\d+) pounds a month", lambda m: int(m[1])),
    ("eating_style", r"\bcook\b", lambda m: m[0]),
    ("transport", rf"\b(?:{_WAYS})\b(?: and by (?:{_WAYS}))?", _all(_WAYS)),
    ("fitness", r"\b(?:go to the gym|swim)\b", lambda m: m[0]),
    ("entertainment", rf"(?:{_FUN})(?:(?:,| and) (?:{_FUN}))*", _lower),
    ("subscriptions", r"Netflix(?: for \d+ a month)?(?: and Spotify)?", _services),
    ("travel_style", r"\b(?:budget|luxury)\b", lambda m: m[0]),
)


def shown(body: Body) -> str:
    """Everything the messages of a request tell the model, as one text."""
    return "\n".join(_content_text(message["content"]) for message in body["messages"])


def _text(body: Body) -> str:
    """The last message's text; it always comes from the service."""
    return _content_text(body["messages"][-1]["content"])


def _content_text(content: Any) -> str:
    return content if isinstance(content, str) else "\n".join(block["text"] for block in content)
