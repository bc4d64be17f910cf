"""Talks as platforms tell them: the same short answers again and again, trimmed, revised, cut in two, sent again.

A talk is drawn from a seed and held against the turn protocol. It knows what was really said, so it knows of each
request where it belongs; `slow_reference` knows which places the words of a request leave open, comparing all of it
with all of the record. `python -m tests.interview.alignment` prints the figures, with `--guards` how many talks go wrong
with each guard of the alignment taken out of the code.

What no record can know is not held against it: an utterance that is left out of the history before it was ever told to
us, and a first guess whose final words never came. A request whose words fit at several places as well, or better at
another one than where it belongs, is counted as left open; if it is not put where it belongs, that is told apart.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tests.interview.world import guarded, new_session
from tests.mutants import ALIGNMENT, copied_tree
from webhook.interview.facts import FactEvent, Status
from webhook.interview.history import Message, heard_before, shown_before, shows_ours, utterances
from webhook.interview.moves import Decision, Move, MoveKind, State
from webhook.interview.session import Session
from webhook.interview.turns import ANSWERED_S, Action, Begin, begin, finish

TALKS = 100_000
A_GUARD = 5_000
"""Talks for each guard that is taken out."""
OPEN = "left open"
SHORT = ("Yes.", "No.", "I don't know.")
OPENING = "Hello, I am an AI and this call is recorded. Is that all right with you?"
_ASK = Move(kind=MoveKind.ASK, topic="word", slot="word")
_SAME = (Action.REPLAY, Action.JOIN, Action.RESPEAK, Action.RUN)


class Wrong(Exception):
    """A request was put in another place than it came from; the message says which kind it was."""


class Talk:
    """One talk. `keeps`: the platform's history holds what we said; `window`: utterances it never shows more of."""

    def __init__(self, seed: int, *, loses: bool) -> None:
        self.draw = random.Random(seed)
        self.loses = loses
        self.keeps = self.draw.random() < 0.7
        self.trims = self.draw.random() < 0.7
        self.window = self.draw.choice([None, None, 1, 2, 3, 4]) if self.trims and not self.keeps else None
        self.common = self.draw.choice([0.5, 0.9, 1.0])
        self.messages = [Message(role="agent", text=OPENING)] if self.keeps else []
        self.first = 0
        self.truth: list[str] = []
        self.asked: list[str] = []
        #: How many of the first utterances the record does not hold: they were trimmed when the store lost it.
        self.before = 0
        #: How many of the caller's utterances came to us.
        self.told = 0
        self.session: Session | None = None
        self.sent: list[tuple[list[Message], int]] = []
        self.now = 0.0
        self.seen = Counter[str]()

    def hold(self) -> None:
        for _ in range(self.draw.randint(4, 14)):
            self.turn()
        self.now += 60.0
        self.hear()
        self.truth.append("Goodbye then, that was all.")
        self.messages.append(Message(role="user", text=self.truth[-1]))
        self.ask("new")
        self.check()

    # The caller and the platform

    def turn(self) -> None:
        draw = self.draw
        self.now += ANSWERED_S + draw.random() * 10
        self.hear()
        self.trim()
        pieces = [self.words()]
        if draw.random() < 0.1 and self.window != 1:
            pieces.append(self.words())
        for i, words in enumerate(pieces):
            if i:
                self.now += 1.0
            is_guessed = self.window != 1 and draw.random() < 0.15
            if is_guessed:
                self.guess(words)
            self.truth.append(words)
            self.messages.append(Message(role="user", text=words))
            if draw.random() < 0.07 and not is_guessed and self.window is None and len(self.truth) > 1:
                self.seen["never arrived"] += 1
                continue
            self.ask("new")
            self.send_again()
        self.lose()

    def words(self) -> str:
        if self.draw.random() < self.common:
            return self.draw.choice(SHORT)
        return f"Something else, number {self.draw.randint(1, 5)}, that takes longer to say."

    def guess(self, words: str) -> None:
        """What was understood at first; within a second it is put right."""
        guess = words[: self.draw.randint(2, len(words))] if self.draw.random() < 0.6 else self.words()
        self.seen["revised"] += 1
        self.request([*self.shown(), Message(role="user", text=guess)], "guess", len(self.truth) + 1)
        self.now += 0.5

    def send_again(self) -> None:
        draw = self.draw
        if draw.random() < 0.15:
            self.now += draw.random() * 2
            self.ask("again")
        if draw.random() < 0.1 and self.sent and self.window is None:
            messages, number = draw.choice(self.sent[-6:])
            if number < len(self.truth):
                self.request(messages, "old", number)

    def hear(self) -> None:
        """Our reply to the last utterance, as far as it was heard."""
        head = self.session.head if self.session is not None else None
        if not self.keeps or head is None or not head.reply or self.messages[-1].role != "user":
            return
        words = head.reply.split()
        heard = self.draw.choice([len(words)] * 6 + [self.draw.randint(0, len(words))])
        if heard:
            self.messages.append(Message(role="agent", text=" ".join(words[:heard])))

    def trim(self) -> None:
        """The platform leaves out more of the beginning, at any message.

        What is left holds something that was told before: the last utterance that came to us, or our reply to it.
        """
        if not self.trims or self.window is not None or self.draw.random() < 0.6:
            return
        users = [i for i, m in enumerate(self.messages) if m.role == "user"]
        if not self.told:
            return
        most = users[self.told - 1]
        if self.told == len(users) and self.messages[-1].role == "agent":
            most += 1
        self.first = max(self.first, min(most, self.first + self.draw.randint(0, 6)))

    def shown(self) -> list[Message]:
        if self.window is None:
            return self.messages[self.first :]
        return self.messages[len(self.messages) - self.window + 1 :] if self.window > 1 else []

    def lose(self) -> None:
        if self.loses and self.window is None and self.draw.random() < 0.08:
            self.session = None
            self.seen["lost store"] += 1

    # The service

    def ask(self, kind: str) -> None:
        last = self.messages.pop()
        messages = [*self.shown(), last]
        self.messages.append(last)
        self.sent.append((messages, len(self.truth)))
        self.told = len(self.truth)
        self.request(messages, kind, len(self.truth))

    def request(self, messages: list[Message], kind: str, number: int) -> None:
        """One request for utterance `number`, and whether it was put where it belongs."""
        said, heard = utterances(messages), heard_before(messages)
        if self.session is None:
            self.before = number - len(said)
        session = self.session or replace(new_session(), first_message=OPENING if messages[0].text == OPENING else "")
        shown = shown_before(messages)
        changed, begun = begin(
            session,
            said,
            now=self.now,
            number=session.generation + 1,
            shown="" if shown is None else shown,
            heard=heard,
            keeps_ours=shows_ours(messages),
        )
        self.seen[kind] += 1
        places = slow_reference(session, said, heard)
        true = number - len(said) - self.before
        if len(places) > 1:
            self.seen["open"] += 1
        if not self.is_right(session, begun, kind, number):
            self.wrong(kind, is_known=places == {true}, action=begun.action)
        if begun.action not in (Action.UNALIGNED, Action.STALE):
            self.session = self.worked(changed, begun)

    def wrong(self, kind: str, *, is_known: bool, action: Action) -> None:
        """Where the words leave it open, a request that changes nothing is made good by the next one."""
        if is_known:
            raise Wrong(kind)
        if action not in (Action.STALE, Action.UNALIGNED, Action.REPLAY):
            raise Wrong(self.left_open)
        self.told = min(self.told, len(self.truth) - 1)
        self.seen["made good"] += 1

    @property
    def left_open(self) -> str:
        return f"{OPEN}, our words {'shown' if self.keeps else 'not shown'}"

    def is_right(self, session: Session, begun: Begin, kind: str, number: int) -> bool:
        slot = number - self.before
        head = session.head
        if kind == "old":
            return begun.action in (Action.STALE, Action.REPLAY, Action.JOIN) or begun.slot == slot
        if kind == "again":
            return begun.action in _SAME and begun.slot == slot
        if begun.action is Action.STALE:
            return kind == "guess" or (head is not None and head.slot == slot)
        return begun.action in _SAME and begun.slot == slot

    def worked(self, session: Session, begun: Begin) -> Session:
        """The turn is made, unless its worker dies at some point."""
        if begun.action not in (Action.RUN, Action.RESPEAK):
            return session
        chance, number = self.draw.random(), begun.generation
        saved = replace(session, updated_at=self.now)
        if chance < 0.05:
            return saved
        if begun.action is Action.RUN:
            made = guarded(saved, number, Decision(state=_applied(saved.base, begun.utterances), move=_ASK), self.now)
            assert made is not None
            saved = made
        if chance < 0.1:
            return saved
        finished = finish(saved, number, self.reply(begun.slot))
        assert finished is not None
        return finished

    def reply(self, slot: int) -> str:
        """A question, now and then the same one again, or the same as long ago."""
        if self.asked and self.draw.random() < 0.3:
            return self.draw.choice(self.asked[-3:])
        self.asked.append(f"Thank you for that. What about topic {len(self.asked)}.{slot}, would you say?")
        return self.asked[-1]

    def check(self) -> None:
        """What was said and told is kept, once, in order, and taken into account once."""
        session = self.session
        if session is None or session.head is None:
            return
        kept = [turn.utterance for turn in session.turns]
        if kept != self.truth[self.before :]:
            raise Wrong(self.left_open if self.seen["made good"] else "kept")
        taken = [event.words for event in session.base.events] + list(session.pending)
        if taken != kept[:-1]:
            raise Wrong("applied")


def _applied(state: State, said: tuple[str, ...]) -> State:
    events = tuple(FactEvent(slot=u, status=Status.FILLED, value=u, words=u) for u in said)
    return replace(state, events=state.events + events, pending=_ASK, topic="word")


def slow_reference(session: Session, said: Sequence[str], heard: Sequence[str]) -> set[int]:
    """The offsets that the words leave open: all of the record is compared with all of the history.

    Those at which nothing differs, but for the newest on either side, and of these those at which most agrees. A
    question that was cut off is the one it is the beginning of.
    """
    turns = session.turns
    known = [turn.utterance for turn in turns]
    asked = [(session.first_message, None), *((turn.reply, turn.heard) for turn in turns)]
    rated: dict[int, int] = {}
    for offset in range(len(known) + 1):
        score = 0
        for place, words in enumerate(said):
            number = offset + place
            if number < len(known) and place < len(said) - 1:
                score += 1 if words == known[number] else (0 if number == len(known) - 1 else -1000)
            elif number < len(known) - 1 and not (known[number].startswith(words) or words.startswith(known[number])):
                score -= 1000
            if number < len(asked) and heard[place]:
                score += _same_question(*asked[number], heard[place])
        rated[offset] = score
    best = max(rated.values())
    return {offset for offset, score in rated.items() if score == best}


def _same_question(sent: str, shown: str | None, heard: str) -> int:
    if not sent:
        return 0
    is_same = sent.startswith(heard) if shown is None else shown == heard
    return 1 if is_same else -1000


def simulate(talks: int, *, loses: bool, start: int = 0) -> Counter[str]:
    """How often each kind of request went wrong, and what was reached."""
    figures = Counter[str]()
    for seed in range(start, start + talks):
        talk = Talk(seed, loses=loses)
        try:
            talk.hold()
        except Wrong as wrong:
            figures[f"wrong {wrong}"] += 1
        figures += talk.seen
    return figures


def told(talks: int) -> str:
    """The figures of clean talks and of talks whose store forgets, in one line each."""
    lines = []
    for loses in (False, True):
        figures = simulate(talks, loses=loses)
        kinds = ", ".join(f"{name} {count:,}" for name, count in sorted(figures.items()))
        lines.append(f"{'lost store' if loses else 'clean':11}{talks:,} talks: {kinds}")
    return "\n".join(lines)


def wrong_of(figures: Counter[str]) -> int:
    return sum(n for name, n in figures.items() if name.startswith("wrong")) - open_of(figures)


def open_of(figures: Counter[str]) -> int:
    return sum(n for name, n in figures.items() if name.startswith(f"wrong {OPEN}"))


def counted(talks: int) -> str:
    """How many of so many talks, half of them with a store that forgets, go wrong, and go wrong where that is open."""
    both = [simulate(talks // 2, loses=loses) for loses in (False, True)]
    return " | ".join(f"{sum(map(of, both)):,}" for of in (wrong_of, open_of))


def with_each_guard_out(talks: int) -> int:
    """A row for each guard: how many talks go wrong without it, and how many where the words leave it open.

    1 if the figures of any are those of the code as it stands.
    """
    whole = counted(talks)
    print(f"| none | {whole} |", flush=True)  # noqa: T201 - its output
    survived = 0
    for mutant in ALIGNMENT:
        with copied_tree() as tree:
            target = tree / mutant.file
            target.write_text(mutant.mutated(target.read_text()))
            words = [sys.executable, "-m", "tests.interview.alignment", str(talks), "--count"]
            done = subprocess.run(words, cwd=tree, capture_output=True, text=True, check=False)
        survived += done.stdout.strip() in ("", whole)
        print(f"| {mutant.name} | {done.stdout.strip() or done.stderr.strip()[-80:]} |", flush=True)  # noqa: T201 - its output
    return min(survived, 1)


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    if "--count" in sys.argv:
        print(counted(numbers[0]))  # noqa: T201 - its output
    elif "--guards" in sys.argv:
        sys.exit(with_each_guard_out(numbers[0] if numbers else A_GUARD))
    else:
        print(told((numbers[0] if numbers else TALKS) // 2))  # noqa: T201 - its output
