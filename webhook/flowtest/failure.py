"""What a designer reads when a test fails: the talk turn by turn, and the first difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.flowtest.expectations import value_text
from webhook.interview.facts import FactEvent, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webhook.flowtest.outcome import Outcome
    from webhook.flowtest.talk import Step


def failure_text(outcome: Outcome) -> str:
    """Everything about one failed test."""
    case = outcome.case
    lines = [f"{case.place}: {case.name}"]
    if case.given:
        lines.append("  given   " + ", ".join(f"{name} = {value_text(v)}" for name, v in case.given.items()))
    for step in outcome.talk.steps if outcome.talk is not None else ():
        lines += _step_lines(step)
    if outcome.runs > 1:
        lines.append(f"  {outcome.runs_passed} of {outcome.runs} runs passed; this is the first that did not")
    lines.append(f"  line {outcome.line}: {outcome.why}")
    return "\n".join(lines)


def _step_lines(step: Step) -> Iterator[str]:
    if step.number:
        yield f"  {step.number:>2} caller “{step.caller}”"
    for event in step.learnt:
        yield f"     learnt {_learnt(event)}"
    topic = f" `{step.move.topic}`" if step.move.topic else ""
    yield f"     {step.move.kind.value}{topic}: {step.move.reason}"
    yield f"     said   “{step.said}”"


def _learnt(event: FactEvent) -> str:
    if event.status is Status.FILLED:
        return f"{event.slot} = {value_text(event.value)}"
    return f"{event.slot}: {event.status.value.replace('_', ' ')}"


def summary(outcomes: tuple[Outcome, ...]) -> str:
    """`12 passed, 1 failed, 2 skipped`, without what there is none of."""
    counts = [(sum(o.status == status for o in outcomes), status) for status in ("passed", "failed", "skipped")]
    return ", ".join(f"{count} {status}" for count, status in counts if count) or "no tests"
