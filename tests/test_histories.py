"""Histories as they really come: a client that keeps nothing of ours, words over the opening, answers said twice."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.callers import as_claude
from tests.fake_claude import FakeClaude
from tests.test_runner import Worker, worker
from webhook.asks import Ask
from webhook.interview.history import Message
from webhook.interview.session import SessionStatus
from webhook.interview.turns import ANSWERED_S, SPOKEN_S

ANSWERS = {
    "Is that all right with you?": "Yes.",
    "What name": "Sam.",
    "How old": "34.",
    "time to yourself": "Chess.",
    "town or region": "Leeds.",
    "Is your home rented": "I rent.",
}
FACTS = {"consent": True, "name": "Sam", "age": 34, "interests": ["Chess"], "home_area": "Leeds", "tenure": "rent"}


def user(text: str) -> Message:
    return Message(role="user", text=text)


def agent(text: str) -> Message:
    return Message(role="agent", text=text)


def all_of_theirs(history: Sequence[Message]) -> tuple[Message, ...]:
    return tuple(m for m in history if m.role == "user")


def newest_of_theirs(history: Sequence[Message]) -> tuple[Message, ...]:
    return all_of_theirs(history)[-1:]


def all_of_it(history: Sequence[Message]) -> tuple[Message, ...]:
    return tuple(history)


@dataclass
class Talk:
    """A caller, their client, and a service in a time that the test turns."""

    worker: Worker
    time: list[float]
    shows: Callable[[Sequence[Message]], tuple[Message, ...]] = all_of_it
    history: list[Message] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)

    @property
    def opening(self) -> str:
        return self.worker.interviewer.admission.opening(None, None)

    async def say(self, words: str, *, after_s: float = 10.0, cut: int | None = None) -> str:
        """The next words of the caller; `cut`: so many characters of the reply are kept in the history."""
        self.time[0] += after_s
        self.history.append(user(words))
        reply = await self.send(*self.shows(self.history))
        if reply[:cut]:
            self.history.append(agent(reply[:cut]))
        return reply

    async def send(self, *messages: Message) -> str:
        reply = await (await self.worker.interviewer.answer(Ask(messages=messages, session_id="s"))).text()
        await self.worker.settle()
        self.replies.append(reply)
        return reply

    async def answer_all(self, *, after_s: float = 10.0) -> None:
        """Answers what was asked last, until the questions end that the caller has answers to."""
        for _ in range(12):
            words = next((a for asked, a in ANSWERS.items() if asked in self.replies[-1]), None)
            if words is None:
                return
            await self.say(words, after_s=after_s)

    async def said(self) -> list[str]:
        return [turn.utterance for turn in (await self.worker.session()).turns]


@asynccontextmanager
async def talk(
    folder: Path, shows: Callable[[Sequence[Message]], tuple[Message, ...]] = all_of_it, fake: FakeClaude | None = None
) -> AsyncGenerator[Talk]:
    time = [1_800_000_000.0]
    async with worker(folder, fake, clock=lambda: time[0]) as running:
        yield Talk(running, time, shows)


# A client that keeps nothing of ours


@pytest.mark.parametrize("first", ["Hello", "Yes."])
@pytest.mark.parametrize("shows", [all_of_theirs, newest_of_theirs])
async def test_a_client_that_keeps_nothing_of_ours_is_interviewed_like_any_other(
    shows: Callable[[Sequence[Message]], tuple[Message, ...]], first: str, tmp_path: Path
) -> None:
    async with talk(tmp_path, shows) as call:
        await call.say(first)
        await call.answer_all()

        assert await call.worker.facts() == FACTS
        assert sum(reply == call.opening for reply in call.replies) <= 2
        assert (await call.worker.session()).status is SessionStatus.IN_PROGRESS


async def test_who_answers_such_a_greeting_before_anybody_can_have_heard_it_is_greeted_once_more(
    tmp_path: Path,
) -> None:
    async with talk(tmp_path, all_of_theirs) as call:
        await call.say("Hello")
        await call.answer_all(after_s=SPOKEN_S)

        assert [reply == call.opening for reply in call.replies[:3]] == [True, True, False]
        assert await call.worker.facts() == FACTS


async def test_who_sends_faster_than_anybody_speaks_has_read_what_we_wrote(tmp_path: Path) -> None:
    async with talk(tmp_path, all_of_theirs) as call:
        for words in ("Hello", *ANSWERS.values()):
            await call.say(words, after_s=0.0)

        assert sum(reply == call.opening for reply in call.replies) == 1
        assert await call.worker.facts() == FACTS


async def test_a_guess_put_right_at_once_is_no_answer_to_what_it_was_told(tmp_path: Path) -> None:
    async with talk(tmp_path, newest_of_theirs) as call:
        await call.say("Yeah")
        await call.say("Yes.", after_s=0.1)

        assert await call.worker.facts() == {}


async def test_claude_is_told_the_question_that_such_a_client_does_not_keep(tmp_path: Path) -> None:
    async with FakeClaude(as_claude) as fake, talk(tmp_path, all_of_theirs, fake) as call:
        await call.say("Hello")
        await call.say("Yes, that's fine.")

        assert await call.worker.facts() == {"consent": True}
        assert sum(reply == call.opening for reply in call.replies) == 1


async def test_of_a_client_that_sends_the_last_words_alone_the_same_words_are_said_again_once_they_can_be(
    tmp_path: Path,
) -> None:
    async with talk(tmp_path, newest_of_theirs) as call:
        said = ["Hello", "Yes.", "Sam.", "34.", "I don't know."]
        for words in said:
            await call.say(words)
        sent_again = await call.say("I don't know.", after_s=ANSWERED_S / 2)
        assert await call.said() == said
        assert sent_again == call.replies[-2]

        await call.say("I don't know.", after_s=ANSWERED_S)
        assert await call.said() == [*said, "I don't know."]


# Words before and over the opening


@pytest.mark.parametrize(
    "said",
    [
        ("Hello?", "Yes?"),
        ("Hello?", "Yes."),
        ("Hello?", "Hello?", "Hello?"),
        ("Yes?", "Hello?"),
        ("Yes.", "Yes."),
        ("Hello?", "No."),
        ("Who is this?", "Yes, hello?"),
        ("Hello?", "Okay."),
    ],
)
async def test_nothing_is_settled_by_words_said_before_the_opening_was_heard(
    said: tuple[str, ...], tmp_path: Path
) -> None:
    async with talk(tmp_path) as call:
        assert await call.send(*map(user, said)) == call.opening
        assert await call.worker.facts() == {}

        call.history = [*map(user, said), agent(call.opening)]
        assert await call.say("Yes.") != call.opening
        assert await call.worker.facts() == {"consent": True}


async def test_words_into_the_greeting_before_its_first_word_settle_nothing(tmp_path: Path) -> None:
    async with talk(tmp_path) as call:
        await call.say("Hello?", cut=0)
        assert await call.say("Yes.", after_s=1.0) == call.opening
        assert await call.worker.facts() == {}


@pytest.mark.parametrize("cut", [3, 20, 43, 200])
@pytest.mark.parametrize("no", ["No.", "No thanks, I'm not interested.", "Stop."])
@pytest.mark.parametrize("is_known", [True, False], ids=["in_the_record", "after_a_lost_store"])
async def test_who_declines_over_the_opening_is_heard(no: str, cut: int, is_known: bool, tmp_path: Path) -> None:
    async with talk(tmp_path) as call:
        if is_known:
            await call.say("Hello?", cut=cut)
        else:
            call.history = [user("Hello?"), agent(call.opening[:cut])]
        goodbye = await call.say(no)

        assert goodbye.endswith("Goodbye.")
        session = await call.worker.session()
        assert session.status is SessionStatus.ENDED_EARLY
        assert session.state.ending in ("no_consent", "stopped_by_caller")


@pytest.mark.parametrize("cut", [3, 43, 200])
@pytest.mark.parametrize("words", ["Yes.", "Hello?"])
async def test_only_a_yes_needs_the_whole_opening_to_have_been_heard(words: str, cut: int, tmp_path: Path) -> None:
    async with talk(tmp_path) as call:
        call.history = [user("Hello?"), agent(call.opening[:cut])]
        assert await call.say(words) == call.opening
        assert await call.worker.facts() == {}


# One answer in several messages


async def test_who_puts_right_what_they_said_is_not_hung_up_on(tmp_path: Path) -> None:
    async with talk(tmp_path) as call:
        call.history = [agent(call.opening), user("No.")]
        await call.say("Yes.")
        await call.answer_all()

        assert await call.worker.facts() == FACTS
        session = await call.worker.session()
        assert (session.status, session.state.ending) == (SessionStatus.IN_PROGRESS, None)


async def test_who_puts_it_right_before_a_word_of_the_goodbye_was_heard_is_not_hung_up_on(tmp_path: Path) -> None:
    async with talk(tmp_path) as call:
        call.history = [agent(call.opening)]
        assert (await call.say("No.", cut=0)).endswith("Goodbye.")
        assert (await call.worker.session()).is_over
        await call.say("Yes.", after_s=1.0)
        await call.answer_all()

        assert await call.worker.facts() == FACTS
        assert (await call.worker.session()).status is SessionStatus.IN_PROGRESS


async def test_a_guess_that_ended_the_call_is_forgotten_once_other_words_stand_in_its_place(tmp_path: Path) -> None:
    async with talk(tmp_path, all_of_theirs) as call:
        await call.say("Hello")
        assert (await call.say("No.")).endswith("Goodbye.")
        assert (await call.worker.session()).is_over
        call.history[-2:] = [user("Now I understand.")]
        await call.say("Yes.", after_s=1.0)

        assert (await call.worker.session()).status is SessionStatus.IN_PROGRESS
        assert await call.said() == ["Hello", "Now I understand.", "Yes."]


async def test_a_sentence_that_was_cut_in_two_is_one_answer(tmp_path: Path) -> None:
    async with talk(tmp_path) as call:
        call.history = [agent(call.opening)]
        await call.say("Yes.")
        await call.say("Sam.")
        await call.say("Thirty", cut=0)
        await call.say("four.", after_s=1.0)

        assert (await call.worker.facts())["age"] == 34
        assert await call.said() == ["Yes.", "Sam.", "Thirty", "four."]


# The same answers in a trimmed history


@pytest.mark.parametrize("left_out", [1, 2, 3])
async def test_a_trimmed_history_with_a_repeated_answer_loses_nothing(left_out: int, tmp_path: Path) -> None:
    said = ("Yes.", "Sam.", "34.", "Chess.", "Leeds.", "I don't know.", "I mostly cook.", *["I don't know."] * 3)

    def trimmed(history: Sequence[Message]) -> tuple[Message, ...]:
        users = [i for i, m in enumerate(history) if m.role == "user"]
        return tuple(history[users[left_out] if len(users) > 5 else 0 :])

    async with talk(tmp_path, trimmed) as call:
        call.history = [agent(call.opening)]
        for words in said:
            await call.say(words)

        assert await call.said() == list(said)
        assert len(set(call.replies)) == len(call.replies), "nothing is asked twice"


async def test_a_history_of_thousands_of_the_same_answer_is_a_history(tmp_path: Path) -> None:
    async with talk(tmp_path) as call:
        few = [m for i in range(10) for m in (agent(f"Question {i}?"), user(f"Word {i}."))]
        many = [*few, *(user("Yes.") for _ in range(3_980))]
        for messages in (many[:-1], many, many[2_000:], many[20:], many):
            assert await call.send(*messages)
        call.time[0] += 60
        await call.send(*many, agent(call.replies[-1]), user("Sam."))

        session = await call.worker.session()
        assert [turn.utterance for turn in session.turns][-2:] == ["Yes.", "Sam."]
        assert len(session.turns) == 3_991
