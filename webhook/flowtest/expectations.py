"""What a test expects, held against the talk: each difference is one sentence for a designer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from webhook.flowtest.talk import report_of
from webhook.interview.facts import Status, ValueRefused, coerce, status_of
from webhook.interview.history import fold
from webhook.interview.moves import ASKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webhook.flowtest.document import ExpectDoc
    from webhook.flowtest.talk import Step, Talk
    from webhook.interview.flow import Flow

_STATUS = {
    "refused": (Status.REFUSED,),
    "unknown": (Status.UNKNOWN,),
    "empty": (Status.EMPTY, Status.NOT_UNDERSTOOD),  # without a value, and still to be asked for
}


def differences(expect: ExpectDoc, talk: Talk, *, whole: bool = False, judged: bool = False) -> Iterator[str]:
    """Where the talk is not as expected, the plainest first.

    `whole`: `asked` and `said` may be met by any turn, not only the last. `judged`: `said` is left to a reader.
    """
    steps = talk.steps[1:] if whole else talk.steps[-1:]
    yield from _position(expect, talk)
    yield from _moves(expect, talk, steps)
    yield from _facts(expect, talk)
    yield from never_asked(expect.never_asked, talk)
    if expect.said is not None and not judged and not any(_is_said(expect.said, step) for step in steps):
        yield f"expected the words “{expect.said}”, said was “{talk.last.said}”"
    yield from _report(expect, talk)
    yield from _call(expect, talk)


def never_asked(names: list[str], talk: Talk) -> Iterator[str]:
    """The first question for each slot or topic that was not to be asked for."""
    for name in names:
        step = next((s for s in talk.steps[1:] if name in _asked_for(s)), None)
        if step is not None:
            yield f"expected never to ask for `{name}`, turn {step.number} asks because: {step.move.reason}"


def value_text(value: Any) -> str:
    """A value as a test file would have it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _position(expect: ExpectDoc, talk: Talk) -> Iterator[str]:
    last = talk.last
    if expect.topic is not None and last.topic != expect.topic:
        yield f"expected topic `{expect.topic}`, {_whereabouts(last)}"
    if expect.end is not None and last.state.ending != expect.end:
        yield f"expected the end `{expect.end}`, {_whereabouts(last)}"


def _whereabouts(step: Step) -> str:
    at = f"the talk has ended with `{step.state.ending}`" if step.state.ending else f"the talk is at `{step.topic}`"
    return f"{at} because: {step.move.reason}"


def _moves(expect: ExpectDoc, talk: Talk, steps: tuple[Step, ...]) -> Iterator[str]:
    move = talk.last.move
    if expect.move is not None and move.kind.value != expect.move:
        yield f"expected the move `{expect.move}`, it is `{move.kind.value}` because: {move.reason}"
    if expect.asked is not None and not any(
        step.move.kind in ASKING and step.move.topic == expect.asked for step in steps
    ):
        yield f"expected a question of topic `{expect.asked}`, {_whereabouts(talk.last)}"


def _asked_for(step: Step) -> tuple[str | None, ...]:
    return (step.move.slot, step.move.topic) if step.move.kind in ASKING else ()


def _facts(expect: ExpectDoc, talk: Talk) -> Iterator[str]:
    facts = talk.state.facts
    for name, wanted in expect.filled.items():
        status = status_of(facts, name)
        value = facts[name].value if name in facts else None
        if status is not Status.FILLED:
            yield f"expected `{name}` to be {value_text(wanted)}, it is {_label(status)}"
        elif value != _typed(talk.flow, name, wanted):
            yield f"expected `{name}` to be {value_text(wanted)}, it is {value_text(value)}"
    for key, statuses in _STATUS.items():
        for name in getattr(expect, key):
            status = status_of(facts, name)
            if status not in statuses:
                yield f"expected `{name}` to be {key}, it is {_label(status)}"


def _label(status: Status) -> str:
    return status.value.replace("_", " ")


def _typed(flow: Flow, name: str, value: Any) -> Any:
    """The value as the slot would hold it, so that `34` and `"34"` are the same age."""
    try:
        return coerce(flow.slots[name], value)
    except ValueRefused:
        return value


def _is_said(words: str, step: Step) -> bool:
    return f" {fold(words)} " in f" {fold(step.said)} "


def _report(expect: ExpectDoc, talk: Talk) -> Iterator[str]:
    if not expect.in_report and not expect.not_in_report:
        return
    report = report_of(talk)
    for name in expect.not_in_report:
        if any(not _is_nothing(value) for value in _reported(report, name)):
            yield f"expected nothing of `{name}` in the report, it holds {value_text(_reported(report, name)[0])}"
    for name, wanted in expect.in_report.items():
        values = _reported(report, name)
        typed = _typed(talk.flow, name, wanted) if name in talk.flow.slots else wanted
        if not any(_holds(value, typed) for value in values):
            yield f"expected `{name}` in the report to be {value_text(wanted)}, it is {_told(values)}"


def _reported(report: Any, name: str) -> list[Any]:
    """What the report says of a field, and of a slot of that name."""
    values = [report["fields"][name]] if name in report["fields"] else []
    return values + ([report["facts"][name]["value"]] if name in report["facts"] else [])


def _told(values: list[Any]) -> str:
    return value_text(values[0]) if values else "not there"


def _is_nothing(value: Any) -> bool:
    return all(v is None for v in value.values()) if isinstance(value, dict) else value is None


def _holds(value: Any, wanted: Any) -> bool:
    """A block holds what is asked of it, whatever else stands in it."""
    if isinstance(value, dict) and isinstance(wanted, dict):
        return all(key in value and _holds(value[key], inner) for key, inner in wanted.items())
    return bool(value == wanted)


def _call(expect: ExpectDoc, talk: Talk) -> Iterator[str]:
    if expect.spoken_only is not None:
        step = next((s for s in talk.steps if not s.said or s.said != s.fixed), None)
        if step is not None:
            yield f"expected the flow's own lines only, turn {step.number} says “{step.said}”"
    if expect.minutes_under is not None and talk.minutes >= expect.minutes_under:
        yield f"expected less than {expect.minutes_under:g} minutes, the talk took {talk.minutes:.1f}"
