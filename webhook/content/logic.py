"""Logic: conditions that can never hold or always do, and lines of a `follow_up` that are never read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from webhook.content.conditions import compile_condition
from webhook.content.findings import line_and_column
from webhook.content.roads import check_live_roads
from webhook.content.trials import Doom, TooMany, dooms
from webhook.errors import ContentError

if TYPE_CHECKING:
    from webhook.content.draft import Draft
    from webhook.content.source import Place
    from webhook.content.trials import Trials
    from webhook.interview.flow import Flow

_SWAPS = {"never": (r"\band\b", "or"), "always": (r"\bor\b", "and")}
"""The slip behind most of them: the other word was meant."""


def check_logic(draft: Draft, flow: Flow, trials: Trials) -> None:
    """Warn of lines that are never taken, and of topics that only such lines lead to."""
    dead: set[tuple[str, int]] = set()
    for name in flow.topics:
        for index, doom in dooms(flow.topics[name].follow_up, trials).items():
            _tell(draft, flow, name, index, doom, trials)
            if doom.fate != "always":
                dead.add((name, index))
    if dead:
        check_live_roads(draft, dead)


def _tell(draft: Draft, flow: Flow, topic: str, index: int, doom: Doom, trials: Trials) -> None:
    condition = flow.topics[topic].follow_up[index].condition
    if condition is None or not condition.names or doom.fate == "after":
        return  # the line before has been told of already
    place: Place = ("topics", topic, "follow_up", index, "if")
    swap = _swapped(condition.source, doom, flow, trials)
    message = {
        "never": "this condition can never hold",
        "same": f"this line is never read: line {_line(draft, topic, doom)} has the same condition",
        "covered": "this line is never read: whenever it holds, a line above it holds as well",
        "always": f"this condition always holds {_here(index)}: the lines after it are never read",
        "after": "",
    }[doom.fate]
    draft.note("dead-condition", place, message, severity="warning", suggestion=swap)


def _here(index: int) -> str:
    return "when it is read" if index else "whatever is answered"


def _line(draft: Draft, topic: str, doom: Doom) -> int:
    offset = draft.source.value_offset(("topics", topic, "follow_up", doom.line or 0, "if"))
    return line_and_column(draft.source.text, offset)[0]


def _swapped(source: str, doom: Doom, flow: Flow, trials: Trials) -> str | None:
    """The condition with `and` for `or`, or the other way round, if that makes a condition worth reading."""
    pattern, word = _SWAPS.get(doom.fate, ("", ""))
    if not word or not re.search(pattern, source):
        return None
    other = re.sub(pattern, word, source)
    try:
        condition = compile_condition(other, flow.slots)
        outcomes = {trials.holds(condition, case) for case in trials.cases(condition.names) if trials.is_answered(case)}
    except (ContentError, TooMany):
        return None
    return other if len(outcomes) > 1 else None
