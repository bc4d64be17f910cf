"""Replies in the making: who follows hears everything, and nobody who follows can stop one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

import pytest

from webhook.generations import Generation, Generations

WORDS = [f"word{number} " for number in range(8)]


async def pieces_of(generation: Generation) -> AsyncGenerator[str]:
    async for ready in generation.batches():
        for piece in ready:
            yield piece


async def follow(generation: Generation) -> list[str]:
    return [piece async for piece in pieces_of(generation)]


async def settle() -> None:
    """Let whoever can go on do so."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
async def generations() -> AsyncGenerator[Generations]:
    running = Generations()
    yield running
    await running.drain(0)


# Following


@pytest.mark.parametrize("followers", [1, 2, 3, 4, 5])
async def test_every_follower_hears_all_of_it_whenever_they_come(followers: int) -> None:
    generation = Generation("s", 1)
    following: list[asyncio.Task[list[str]]] = []
    for number, word in enumerate(WORDS):
        if number % 2 == 0 and len(following) < followers:
            following.append(asyncio.create_task(follow(generation)))
            await settle()
        generation.add(word)
    generation.close()
    following += [asyncio.create_task(follow(generation)) for _ in range(followers - len(following))]
    assert await asyncio.gather(*following) == [WORDS] * followers
    assert generation.text == "".join(WORDS)


async def test_each_piece_is_heard_as_soon_as_it_is_there() -> None:
    generation = Generation("s", 1)
    async with aclosing(pieces_of(generation)) as pieces:
        for word in WORDS:
            coming = asyncio.ensure_future(anext(pieces))
            await settle()
            assert not coming.done()
            generation.add(word)
            assert await coming == word


async def test_a_follower_who_leaves_takes_nothing_from_the_others() -> None:
    generation = Generation("s", 1)
    stays = asyncio.create_task(follow(generation))
    async with aclosing(pieces_of(generation)) as pieces:
        generation.add(WORDS[0])
        assert await anext(pieces) == WORDS[0]
    generation.add(WORDS[1])
    generation.close()
    assert await stays == WORDS[:2]


async def test_an_empty_piece_is_no_piece() -> None:
    generation = Generation("s", 1)
    generation.add("")
    generation.close()
    assert await follow(generation) == []


async def test_the_end_is_waited_for_only_so_long() -> None:
    generation = Generation("s", 1)
    assert not await generation.rest(0.01)
    waiting = asyncio.create_task(generation.rest(9.0))
    await settle()
    generation.close()
    assert await waiting


# Running


async def speaks(generation: Generation, *, after: asyncio.Event) -> None:
    generation.add(WORDS[0])
    await after.wait()
    generation.add(WORDS[1])


async def test_a_reply_goes_on_without_followers_and_is_forgotten_when_it_has_ended(generations: Generations) -> None:
    generation, go_on = Generation("s", 1), asyncio.Event()
    generations.start(generation, speaks(generation, after=go_on))
    assert generations.find("s", 1) is generation
    assert generations.find("s", 2) is None
    async with aclosing(pieces_of(generation)) as pieces:
        await anext(pieces)
    go_on.set()
    await generation.settled.wait()
    assert generation.pieces == WORDS[:2]
    assert generation.is_done
    assert generations.find("s", 1) is None
    assert generations._tasks == set()


async def test_newer_words_end_the_older_reply_and_its_silent_readers_read_on_there(generations: Generations) -> None:
    never, go_on = asyncio.Event(), asyncio.Event()
    older, newer, other = Generation("s", 1), Generation("s", 2), Generation("t", 1)
    silent = Generation("s", 0)
    generations.start(silent, never.wait())  # type: ignore[arg-type]  # what it gives back does not matter
    generations.start(older, speaks(older, after=never))
    generations.start(other, speaks(other, after=go_on))
    readers = [asyncio.create_task(follow(g)) for g in (silent, older, other)]
    await settle()
    generations.supersede(newer)
    generations.start(newer, speaks(newer, after=go_on))
    await settle()
    assert older.is_done
    go_on.set()
    read_on, cut_short, untouched = await asyncio.gather(*readers)
    assert read_on == WORDS[:2]  # the newer reply, from its start
    assert cut_short == WORDS[:1]  # part of the older one was heard, so nothing else may follow it
    assert untouched == WORDS[:2]


async def test_a_silent_reader_reads_on_over_several_replies(generations: Generations) -> None:
    never = asyncio.Event()
    first, *more = (Generation("s", number) for number in range(1, 5))
    generations.start(first, never.wait())  # type: ignore[arg-type]  # what it gives back does not matter
    reader = asyncio.create_task(follow(first))
    for newer in more:
        await settle()
        generations.supersede(newer)
        generations.start(newer, never.wait())  # type: ignore[arg-type]  # what it gives back does not matter
    more[-1].add(WORDS[3])
    more[-1].close()
    assert await reader == [WORDS[3]]


async def test_an_older_reply_never_ends_a_newer_one(generations: Generations) -> None:
    go_on = asyncio.Event()
    newer = Generation("s", 2)
    generations.start(newer, speaks(newer, after=go_on))
    generations.supersede(Generation("s", 1))
    generations.supersede(Generation("s", 2))
    go_on.set()
    assert await follow(newer) == WORDS[:2]


class Broken(Exception):
    """Nobody expects it."""


async def test_a_reply_that_fails_still_ends_for_its_readers(generations: Generations) -> None:
    async def breaks(generation: Generation) -> None:
        generation.add(WORDS[0])
        raise Broken

    generation = Generation("s", 1)
    task = generations.spawn(breaks(generation))
    with pytest.raises(Broken):
        await task
    broken = Generation("s", 2)
    generations.start(broken, breaks(broken))
    (running,) = generations._tasks
    assert await follow(broken) == WORDS[:1]
    assert isinstance(running.exception(), Broken)


# A session that goes


async def test_stopping_ends_every_reply_of_the_session_and_no_other(generations: Generations) -> None:
    started, begun, other = Generation("s", 1), Generation("s", 2), Generation("t", 1)
    for generation in (started, begun, other):
        generations.start(generation, speaks(generation, after=asyncio.Event()))
    begun.add("Well, ")
    await generations.stop("s", words="Sorry?")
    assert (started.text, begun.text) == ("Sorry?", "Well, ")
    assert started.settled.is_set()
    assert begun.settled.is_set()
    assert generations.find("s", 1) is None
    assert generations.find("t", 1) is other
    assert not other.is_done
    await generations.stop("nobody", words="Sorry?")


# Shutting down


async def test_draining_waits_for_what_can_end(generations: Generations) -> None:
    go_on = asyncio.Event()
    generation = Generation("s", 1)
    generations.start(generation, speaks(generation, after=go_on))
    draining = asyncio.create_task(generations.drain(9.0))
    await settle()
    go_on.set()
    await draining
    assert generation.pieces == WORDS[:2]


async def test_draining_ends_what_cannot(generations: Generations) -> None:
    generation = Generation("s", 1)
    generations.start(generation, speaks(generation, after=asyncio.Event()))
    reader = asyncio.create_task(follow(generation))
    await generations.drain(0.02)
    assert await reader == WORDS[:1]
    assert generations._tasks == set()


async def test_draining_nothing_is_nothing(generations: Generations) -> None:
    await generations.drain(9.0)


async def test_draining_waits_for_what_begins_meanwhile(generations: Generations) -> None:
    said: list[str] = []

    async def reply() -> None:
        await asyncio.sleep(0.05)
        said.append("done")

    async def answer() -> None:
        await asyncio.sleep(0.01)
        generations.start(Generation("s", 1), reply())

    generations.spawn(answer())
    await generations.drain(60.0)
    assert said == ["done"]


async def test_a_reader_that_makes_the_reply_itself_is_not_superseded_by_it(generations: Generations) -> None:
    followed, ours = Generation("s", 1), Generation("s", 2)

    async def read_along() -> None:
        generations.supersede(ours)
        await asyncio.sleep(0)
        followed.add("Well.")
        followed.close()

    generations.start(followed, read_along())
    assert await follow(followed) == ["Well."]
    assert followed.successor is None
