"""Gates: a line that screens people out, and lets in whoever did not tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.interview.facts import condition_values
from webhook.interview.flow import COMPLETED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webhook.content.draft import Draft
    from webhook.interview.flow import Arrow, Flow

_TIME_ENOUGH = 60.0
"""Minutes left, so that no line is taken for want of time."""


def check_gates(draft: Draft, flow: Flow) -> None:
    """Warn of a screening condition that an unknown value passes: refused, not known, or not understood."""
    unknown = condition_values(flow, {}, _TIME_ENOUGH)
    for name, topic in flow.topics.items():
        taken = next((arrow for arrow in topic.follow_up if _holds(arrow, unknown)), None)
        if taken is None or taken.end is not None:
            continue
        for index, arrow in enumerate(topic.follow_up):
            asked = [slot for slot in topic.required if arrow.condition is not None and slot in arrow.condition.names]
            if asked and arrow.end not in (None, COMPLETED):
                message = f"whoever does not tell `{asked[0]}` passes this gate: end for `{asked[0]} == null` as well"
                draft.note("open-gate", ("topics", name, "follow_up", index, "if"), message, severity="warning")
                break


def _holds(arrow: Arrow, values: Mapping[str, object]) -> bool:
    return arrow.condition is None or arrow.condition.holds(values)
