"""What became of a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from webhook.flowtest.load import Case
    from webhook.flowtest.talk import Talk


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """`talk` is the one that failed, or the last one; `why` the first difference, or why the test was skipped."""

    case: Case
    status: Literal["passed", "failed", "skipped"]
    talk: Talk | None = None
    why: str = ""
    #: The line of the test file that was not met.
    line: int = 0
    runs: int = 1
    runs_passed: int = 0
    seconds: float = 0.0


def passed(case: Case, talk: Talk) -> Outcome:
    return Outcome(case=case, status="passed", talk=talk, runs_passed=1)


def failed(case: Case, talk: Talk | None, why: str, line: int | None = None) -> Outcome:
    return Outcome(case=case, status="failed", talk=talk, why=why, line=line or case.line)


def skipped(case: Case, why: str) -> Outcome:
    return Outcome(case=case, status="skipped", why=why, line=case.line)
