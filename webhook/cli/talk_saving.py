"""`/save`: a talk as a test that designers can read, added to the tests of its flow.

What stands in the file stays as it is, to the byte: a test is only ever put behind it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from webhook.content.source import Source, read_source
from webhook.errors import Conflict, ContentError, RequestError, SettingsError
from webhook.interview.facts import KNOWN, Status
from webhook.interview.flow import MANY, STOPPED_BY_CALLER, SUMMARY, Flow, SlotType
from webhook.interview.moves import REPAIRS_IN_A_ROW, MoveKind
from webhook.interview.understanding import Signal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from webhook.interview.facts import FactEvent
    from webhook.interview.moves import Move, State

_SIGNALS = {MoveKind.REPEAT: Signal.REPEAT, MoveKind.WAIT: Signal.WAIT, MoveKind.ANSWER: Signal.QUESTION}
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(?: [A-Za-z0-9_-]+)*")
_NOT_PLAIN = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ufffe\uffff]+")


@dataclass(frozen=True, kw_only=True)
class SavedTurn:
    """One turn of a test: what the caller said, what was understood of it, and where that leads."""

    caller: str
    understood: dict[str, Any]
    expect: dict[str, str]


def saved_turn(flow: Flow, caller: str, before: State, after: State, move: Move) -> SavedTurn:
    """The turn that led from one state to the other by this move."""
    expect = {"end": after.ending} if after.ending is not None else {"topic": after.topic or flow.start}
    return SavedTurn(caller=caller, understood=_understood(flow, before, after, move), expect=expect)


def save_test(path: Path, flow_id: str, name: str, turns: Sequence[SavedTurn], *, minutes_left: float | None) -> None:
    """Add the test to the file, which is made if it is not there.

    Raises `RequestError` where there is nothing to save, `Conflict` where the file has a test of that name,
    `ContentError` where the file cannot be understood, and `SettingsError` where it cannot be written.
    """
    if not name:
        raise RequestError("/save needs a name for the test, such as /save a caller who changes her mind")
    if not turns:
        raise RequestError("there is nothing to save yet: the caller has said nothing")
    try:
        raw = path.read_bytes() if path.exists() else f"flow: {_scalar(flow_id)}\n\ntests:\n".encode()
        added = _added(str(path), raw, flow_id, name, _test_lines(name, turns, minutes_left))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(added)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written ({error.strerror})") from error


# What was understood


def _understood(flow: Flow, before: State, after: State, move: Move) -> dict[str, Any]:
    """Taken from what the turn changed, since only that is kept of it.

    What code gave up at the first try stands as unknown, which leads on in the same way: a test would ask once more.
    """
    told: dict[str, Any] = {}
    corrected: dict[str, Any] = {}
    lists: dict[str, list[str]] = {"refused": [], "unknown": [], "wants_to_change": []}
    for event in after.events[len(before.events) :]:  # with what came too late for the turn before
        if event.status in KNOWN:
            _note_value(flow, event, told, corrected)
        elif event.status in _LISTED and (event.status is not Status.GIVEN_UP or event.source == "reading"):
            lists[_LISTED[event.status]].append(event.slot)
    for slot in after.pressed[len(before.pressed) :]:
        # Held back by the engine: a refusal that is asked once more, or a summary that is not right yet.
        if flow.slots[slot].topic == SUMMARY and flow.slots[slot].type is SlotType.YES_NO:
            told[slot] = False
        else:
            lists["refused"].append(slot)
    lists["wants_to_change"] += [s for s in after.reopened if s not in before.reopened]
    understood = told | ({"corrected": corrected} if corrected else {})
    understood |= {key: list(dict.fromkeys(slots)) for key, slots in lists.items() if slots}
    if signal := _signal(before, move):
        understood["signals"] = [signal.value]
    if move.kind is MoveKind.PROBE or after.probe_due is not None:
        understood["thin"] = True
    return understood


_LISTED = {
    Status.REFUSED: "refused",
    Status.UNKNOWN: "unknown",
    Status.GIVEN_UP: "unknown",
    Status.EMPTY: "wants_to_change",
}


def _note_value(flow: Flow, event: FactEvent, told: dict[str, Any], corrected: dict[str, Any]) -> None:
    if event.old_status is not Status.FILLED:
        told[event.slot] = event.value
        return
    old = event.old_value
    if flow.slots[event.slot].type in MANY and event.value[: len(old)] == old:
        told[event.slot] = event.value[len(old) :]  # "... and Spotify"
    else:
        corrected[event.slot] = event.value


def _signal(before: State, move: Move) -> Signal | None:
    """What the caller wanted, by what was done about it."""
    if move.kind is MoveKind.OFFER_STOP:
        return Signal.OFF_TOPIC if before.repairs >= REPAIRS_IN_A_ROW else Signal.STOP
    offered = before.pending is not None and before.pending.kind is MoveKind.OFFER_STOP
    if move.kind is MoveKind.END and move.ending == STOPPED_BY_CALLER and offered:
        return Signal.STOP
    return move.signal or _SIGNALS.get(move.kind)


# The file


def _added(path: str, raw: bytes, flow_id: str, name: str, test: list[str]) -> bytes:
    """The file with the test behind all others; it is read again, so that nothing is written that means otherwise."""
    source = _read(path, raw)
    tests = source.data.get("tests") or []
    if source.data.get("flow") != flow_id:
        raise Conflict(f"{path} holds the tests of another flow")
    if any(isinstance(test, dict) and str(test.get("test")) == name for test in tests):
        raise Conflict(f"{path} has a test of that name already: choose another")
    indent = " " * _indent(source, len(tests))
    end = "" if raw.endswith(b"\n") else "\n"
    gap = "\n" if tests else ""
    text = end + gap + "".join(f"{indent}{line}\n" for line in test)
    added = raw + (text.replace("\n", "\r\n") if b"\r\n" in raw else text).encode()
    found, _ = read_source(added, path)
    got = (found.data.get("tests") or []) if found is not None else []
    if found is None or got[:-1] != tests or len(got) != len(tests) + 1 or got[-1].get("test") != name:
        raise Conflict(f"{path} is not written so that a test can be put at its end: `tests:` must be the last list")
    return added


def _read(path: str, raw: bytes) -> Source:
    source, findings = read_source(raw, path)
    if source is None or findings:
        raise ContentError("the tests there are cannot be read:", findings)
    if not isinstance(source.data.get("tests") or [], list):
        raise Conflict(f"{path}: `tests` is not a list")
    return source


def _indent(source: Source, count: int) -> int:
    """How far the tests of this file stand from the edge."""
    if not count:
        return 2
    start = source.value_offset(("tests", count - 1))
    line = source.text[source.text.rfind("\n", 0, start) + 1 : start]
    return len(line) - len(line.lstrip(" "))


def _test_lines(name: str, turns: Iterable[SavedTurn], minutes_left: float | None) -> list[str]:
    lines = [f"- test: {_scalar(name)}"]
    if minutes_left is not None:
        lines.append(f"  minutes_left: {round(minutes_left, 2):g}")
    lines.append("  turns:")
    for turn in turns:
        lines += [
            f"    - caller: {_quoted(turn.caller)}",
            f"      understood: {_inline(turn.understood)}",
            f"      expect: {_inline(turn.expect)}",
        ]
    return lines


def _inline(value: object) -> str:
    """A value on one line, as designers write it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return _scalar(value) if isinstance(value, str) else json.dumps(value)


def _scalar(text: str) -> str:
    is_plain = _PLAIN.fullmatch(text) is not None and text.lower() not in _NOT_PLAIN
    return text if is_plain else _quoted(text)


def _quoted(text: str) -> str:
    return json.dumps(_CONTROL.sub(" ", text), ensure_ascii=False)
