"""The road of the shipped interview, read a second time and in another way: straight from its YAML, in plain Python.

It shares no code with the engine, so the two can only agree by both being right about `flows.md` or by both being
wrong in the same way. Time pressure is left out: whoever uses it holds short calls.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FLOW: dict[str, Any] = YAML(typ="safe").load(Path(__file__).parents[1] / "flows" / "financial_lifestyle.yaml")
TOPICS: dict[str, dict[str, Any]] = FLOW["topics"]
SLOTS = {
    name: slot
    for topic in TOPICS.values()
    for kind in ("required_info", "nice_to_know")
    for name, slot in topic.get(kind, {}).items()
}
#: Every condition of the file, written down by hand. `None` is a slot without a value.
CONDITIONS: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "consent != true": lambda v: v.get("consent") is not True,
    "age == null": lambda v: v.get("age") is None,
    "age < 18": lambda v: v.get("age") is not None and v["age"] < 18,
    '("streaming" in entertainment) or ("gaming" in entertainment) or ("music" in entertainment)': lambda v: bool(
        {"streaming", "gaming", "music"} & set(v.get("entertainment") or ())
    ),
}


def road(resolved: frozenset[str], values: Mapping[str, Any]) -> tuple[list[str], str | None]:
    """The topics from the first to the one that is open, and None; or all of them and the ending they lead to."""
    path, topic = [], FLOW["start"]
    while True:
        path.append(topic)
        if not resolved.issuperset(TOPICS[topic].get("required_info", {})):
            return path, None
        following, ending = _next(topic, values)
        if ending is not None:
            return path, ending
        if following == "summary" and (missing := _not_enough(resolved)) is not None:
            return [*path, missing], None
        topic = following


def ahead(topic: str, values: Mapping[str, Any]) -> list[str]:
    """The topics from one on, as the road would go on if nothing else became known."""
    path: list[str] = []
    while topic and topic not in path:
        path.append(topic)
        topic, _ = _next(topic, values)
    return path


def _next(topic: str, values: Mapping[str, Any]) -> tuple[str, str | None]:
    follow_up = TOPICS[topic]["follow_up"]
    if isinstance(follow_up, str):
        return follow_up, None
    for arrow in follow_up:
        if "if" in arrow and not CONDITIONS[arrow["if"]](values):
            continue
        target = arrow.get("else", arrow.get("go_to"))
        if isinstance(target, dict):
            return "", target["end"]
        return target or "", arrow.get("end")
    raise AssertionError(f"{topic} leads nowhere")


def _not_enough(resolved: frozenset[str]) -> str | None:
    """The topic that has to be taken up first, if what was settled is not enough for the summary."""
    enough = FLOW["enough"]
    wanted = [slot for slot in enough["must_have"] if slot not in resolved]
    if not wanted and sum(slot in resolved for slot in enough["of"]) < enough["at_least"]:
        wanted = [slot for slot in enough["of"] if slot not in resolved]
    return next((name for name, topic in TOPICS.items() if wanted and wanted[0] in _slots(topic)), None)


def _slots(topic: Mapping[str, Any]) -> set[str]:
    return {*topic.get("required_info", {}), *topic.get("nice_to_know", {})}


def is_valid(slot: str, value: Any) -> bool:
    """Whether a value is one the file allows."""
    kind = SLOTS[slot]["type"]
    match kind:
        case "yes_no":
            return isinstance(value, bool)
        case "whole_number":
            low, high = SLOTS[slot].get("min", -(10**9)), SLOTS[slot].get("max", 10**9)
            return type(value) is int and low <= value <= high
        case "money" | "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        case "choice":
            return value in SLOTS[slot]["values"]
        case "choices":
            return isinstance(value, list) and set(value) <= set(SLOTS[slot]["values"])
        case "list":
            return isinstance(value, list) and len(value) <= SLOTS[slot]["at_most"]
    return isinstance(value, str) and bool(value.strip())
