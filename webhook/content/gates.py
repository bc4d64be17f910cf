"""Gates: conditions that end a call for an answer, and that must not let pass whoever gave none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.content.conditions import MINUTES_LEFT
from webhook.interview.flow import COMPLETED, SlotType
from webhook.interview.road import next_arrow

if TYPE_CHECKING:
    from webhook.content.draft import Draft
    from webhook.interview.flow import Arrow, Flow, Topic


def check_gates(draft: Draft, flow: Flow) -> None:
    """Warn of each condition of a must that screens people out, and that a value nobody learnt passes.

    Not where a line of its own says where those go on to (`if: age == null`).
    """
    for topic in flow.topics.values():
        gates = [(index, gate) for index, gate in enumerate(topic.follow_up) if _is_gate(gate, topic)]
        if topic.importance != "must" or not gates or next_arrow(topic, _unknown(flow)).condition is not None:
            continue
        for index, gate in gates:
            assert gate.condition is not None
            names = [name for name in topic.required if name in gate.condition.names]
            message = f"whoever gives no answer passes this line: {_remedy(flow, names[0], gate.condition.source)}"
            draft.note("open-gate", ("topics", topic.id, "follow_up", index, "if"), message, severity="warning")


def _is_gate(arrow: Arrow, topic: Topic) -> bool:
    is_ending = arrow.end not in (None, COMPLETED)
    return is_ending and arrow.condition is not None and not arrow.condition.names.isdisjoint(topic.required)


def _unknown(flow: Flow) -> dict[str, object]:
    return {**dict.fromkeys(flow.slots), MINUTES_LEFT: flow.time.minutes}


def _remedy(flow: Flow, name: str, source: str) -> str:
    is_yes_no = flow.slots[name].type is SlotType.YES_NO
    for value, other in (("true", "false"), ("false", "true")) if is_yes_no else ():
        if source.strip() == f"{name} == {value}":
            return f"write `{name} != {other}`, or say with `if: {name} == null` where they go"
    return f"begin it with `{name} == null or`, or say with `if: {name} == null` where they go"
