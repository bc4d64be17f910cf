"""What is typed in a `talk` as `/word`: a look at the interview, a step back, time that passes, a test that is kept."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from webhook.cli import talk_views
from webhook.cli.talk_saving import SavedTurn, save_test, saved_turn
from webhook.cli.talk_views import clock_text
from webhook.errors import RequestError, WebhookError
from webhook.interview.moves import minutes_left
from webhook.limits import Limits

if TYPE_CHECKING:
    from webhook.interview.flow import Flow
    from webhook.interview.history import Message
    from webhook.interview.session import Session
    from webhook.services import Services

SESSION_ID = "talk"
COMMANDS = {
    "/facts": "every slot: where it stands, its value, the caller's words",
    "/road": "topics done, the current one, those ahead",
    "/why": "the last move, its reason, and which conditions held",
    "/back": "take the last turn back",
    "/late": "the next turn goes as if Claude were late: code reads, fixed lines are spoken",
    "/clock MINUTES": "let so many minutes pass",
    "/save NAME": "keep the talk as a test in the tests folder of the flows",
    "/help": "this list",
}
_LONGEST_WAIT = 24 * 60


def help_lines() -> list[str]:
    width = max(map(len, COMMANDS))
    return [f"{name:<{width}}  {does}" for name, does in COMMANDS.items()]


def split_command(line: str) -> tuple[str, str]:
    """`/save a talk` is `/save` and `a talk`. Raises `RequestError` for a word there is not."""
    word, _, rest = line.partition(" ")
    names = [name.split()[0] for name in COMMANDS]
    if word not in names:
        raise RequestError(f"there is no {word}; there is {', '.join(names)}")
    return word, rest.strip()


def minutes_of(text: str) -> float:
    """The minutes behind `/clock`. Raises `RequestError`."""
    try:
        minutes = float(text)
    except ValueError:
        minutes = math.nan
    if not 0 <= minutes <= _LONGEST_WAIT:
        raise RequestError("/clock needs the minutes that shall pass, such as /clock 5")
    return minutes


class Clock:
    """The machine's clock, ahead by what was let pass."""

    ahead_s = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead_s


class Late(Limits):
    """Claude takes part in every turn, but not in the one before which it was said to be late."""

    is_next = False

    def allows(self, session_id: str, agent: str, now: float) -> bool:  # noqa: ARG002 - the shape of `Limits`
        is_late, self.is_next = self.is_next, False
        return not is_late


@dataclass(frozen=True, kw_only=True)
class _Before:
    """Everything as it was before a line was answered."""

    session: Session
    messages: int
    turns: int


@dataclass
class Commands:
    """The commands of one talk, whose `messages` it shares, and what they need to remember of it."""

    services: Services
    flow: Flow
    clock: Clock
    late: Late
    messages: list[Message]
    #: What `/back` leads back to, the newest last.
    before: list[_Before] = field(default_factory=list)
    #: The turns so far, for `/save`.
    turns: list[SavedTurn] = field(default_factory=list)
    #: After how many turns minutes were let pass.
    moved_at: list[int] = field(default_factory=list)
    has_saved: bool = False

    def note_line(self, session: Session) -> None:
        """A line is about to be answered."""
        self.before.append(_Before(session=session, messages=len(self.messages), turns=len(self.turns)))

    def note_turn(self, line: str, session: Session) -> None:
        """The line was an utterance, and this is what it led to."""
        head = session.head
        if head is not None and head.move is not None:
            before = self.before[-1].session.state
            self.turns.append(saved_turn(self.flow, line, before, session.state, head.move))

    async def run(self, line: str) -> list[str]:
        """Do what was typed; what there is to say about it, also where it cannot be done."""
        try:
            word, rest = split_command(line)
            return await self._done(word, rest, await self.services.sessions.load(SESSION_ID))
        except WebhookError as error:
            return [str(error)]

    async def _done(self, word: str, rest: str, session: Session) -> list[str]:
        """What a command has to say once it is done. Raises `WebhookError`."""
        left = self.left(session)
        if word == "/facts":
            return talk_views.fact_lines(self.flow, session.state)
        if word == "/road":
            return talk_views.road_lines(self.flow, session.state, minutes_left=left)
        if word == "/why":
            return talk_views.why_lines(self.flow, session, minutes_left=left)
        if word == "/back":
            return await self._back()
        if word == "/late":
            return self._be_late()
        if word == "/clock":
            return self._let_pass(minutes_of(rest), session)
        if word == "/save":
            return self._save(rest)
        return help_lines()

    async def _back(self) -> list[str]:
        if not self.before:
            raise RequestError("there is no turn to take back")
        before = self.before.pop()
        await self.services.sessions.change(SESSION_ID, lambda _, __: before.session)
        del self.messages[before.messages :]
        del self.turns[before.turns :]
        return [f"taken back; you were asked: {self.messages[-1].text}"]

    def _be_late(self) -> list[str]:
        if self.services.claude is None:
            raise RequestError("there is no Claude that could be late: without a key code does everything")
        self.late.is_next = True
        return ["in the next turn code reads, and the fixed lines are spoken"]

    def _let_pass(self, minutes: float, session: Session) -> list[str]:
        self.clock.ahead_s += minutes * 60
        self.moved_at.append(len(self.turns))
        return [clock_text(self.left(session))]

    def _save(self, name: str) -> list[str]:
        moved = any(self.moved_at)
        at_first = self.flow.time.minutes - self.clock.ahead_s / 60 if self.moved_at and not moved else None
        path = self.services.settings.flows_dir / "tests" / f"{self.flow.id}.yaml"
        save_test(path, self.flow.id, name, self.turns, minutes_left=at_first)
        self.has_saved = True
        warned = ["a test cannot let minutes pass on its way: it will run with all of its time"] if moved else []
        return [f"saved in {path}", *warned]

    def left(self, session: Session) -> float:
        """The minutes the call has left."""
        passed, _ = session.time.passed(self.services.sessions.reading(self.clock()))
        return minutes_left(self.flow, session.state, passed.clock_s)
