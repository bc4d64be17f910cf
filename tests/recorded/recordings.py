"""Recorded interviews: what was said, what Claude heard in it and wrote about it, and the report it has to come to.

One YAML file each, which a person can read and write:

- `turns`: what the caller said, and beside it what Claude made of it: `heard` (values with the words for them), `refused`,
  `unknown`, `wants_to_change`, `signals`, `fullness`. `said` are Claude's own words in that turn. `claude: away`: it did
  not answer, neither to listen nor to speak. `minutes` pass before the turn; `call: 2` is said over a second
  conversation. `seen` are the caller's words as the platform has them when the next turn comes.
- `platform`: what the caller said by the platform's transcript, which comes after the call.
- `again`: what Claude hears when it listens afterwards, and `written`: what it writes for the report.
- `report`: what has to stand in it, every fact by name; `masked`: where the shared report differs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.callers import is_listen, is_speak
from tests.fake_claude import UNDERSTOOD, Body, Reply, error_reply
from webhook.interview.prompt import REPORT_TOKENS

FOLDER = Path(__file__).parent
BUSY = error_reply(529, "overloaded_error")
#: How Claude words a move where the recording does not say; nothing in it is a caller's.
SAID = "Thank you for that. Could you tell me a little more?"
_UNDERSTANDING = ("refused", "unknown", "wants_to_change", "signals", "fullness")


@dataclass(frozen=True)
class Turn:
    """One thing the caller said."""

    caller: str
    understood: Mapping[str, Any]
    said: str = SAID
    claude: str = "there"
    minutes: float = 0.25
    call: int = 1
    seen: str | None = None


@dataclass(frozen=True)
class Recording:
    """One interview, and the report that a person expects of it."""

    name: str
    title: str
    flow: str
    language: str
    turns: list[Turn]
    report: Mapping[str, Any]
    masked: Mapping[str, Any] = field(default_factory=dict)
    written: Mapping[str, Any] = field(default_factory=dict)
    again: Mapping[str, Any] | None = None
    platform: list[str] | None = None


def recordings() -> list[Path]:
    return sorted(FOLDER.glob("*.yaml"))


@cache
def load(path: Path) -> Recording:
    """Read once, for that takes longer than most of what is done with it."""
    data = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    again = data.pop("again", None)
    turns = [_turn(turn) for turn in data.pop("turns")]
    return Recording(name=path.stem, turns=turns, again=None if again is None else _understood(again), **data)


def _turn(data: dict[str, Any]) -> Turn:
    understood = _understood({name: data.pop(name) for name in ("heard", *_UNDERSTANDING) if name in data})
    return Turn(understood=understood, **data)


def _understood(data: Mapping[str, Any]) -> dict[str, Any]:
    """In the form that *listen* asks for."""
    heard = [(slot, each) for slot, told in data.get("heard", {}).items() for each in _several(told)]
    facts = [{"slot": slot, "how": "said", **each} for slot, each in heard]
    return {**UNDERSTOOD, **{name: data[name] for name in _UNDERSTANDING if name in data}, "facts": facts}


def _several(told: Any) -> list[Any]:
    return told if isinstance(told, list) else [told]


@dataclass
class Stage:
    """Claude as it was recorded; `turn` is the one that is being held."""

    recording: Recording
    turn: Turn | None = None
    #: How often it listened to the whole call afterwards.
    again: int = 0

    def __call__(self, body: Body) -> Reply:
        assert self.turn is not None
        if is_speak(body):
            return BUSY if self.turn.claude == "away" else Reply(text=self.turn.said)
        if not is_listen(body):
            return Reply(json=self.recording.written)
        if body["max_tokens"] == REPORT_TOKENS:
            self.again += 1
            assert self.recording.again is not None, "Claude listens afterwards, and the recording has no `again`"
            return Reply(json=self.recording.again)
        return BUSY if self.turn.claude == "away" else Reply(json=self.turn.understood)
