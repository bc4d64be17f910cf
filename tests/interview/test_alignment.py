"""Each request is put where it belongs, whatever the platform leaves out and however often the same is said."""

from __future__ import annotations

import pytest

from tests import figures
from tests.interview.alignment import TALKS, Talk, open_of, simulate, wrong_of

MUST_BE_REACHED = ("new", "again", "old", "guess", "never arrived", "open", "made good")


@pytest.mark.parametrize("loses", [False, True], ids=["clean", "lost_store"])
@pytest.mark.parametrize(
    "talks",
    [
        pytest.param(1_500, marks=pytest.mark.timeout(600)),
        pytest.param(TALKS // 2, marks=[pytest.mark.chaos, pytest.mark.timeout(7200)]),
    ],
)
def test_g12_no_utterance_is_lost_or_asked_for_twice_where_the_words_tell_where_it_belongs(
    talks: int, loses: bool
) -> None:
    found = simulate(talks, loses=loses)

    figures.note(f"G12 talks, {'lost store' if loses else 'clean'}", talks=talks, **dict(sorted(found.items())))
    assert wrong_of(found) == 0
    assert open_of(found) < talks // 10
    assert [kind for kind in MUST_BE_REACHED if not found[kind]] == []
    assert bool(found["lost store"]) is loses


def test_a_seed_gives_the_same_talk_every_time() -> None:
    first, second = Talk(8, loses=False), Talk(8, loses=False)
    first.hold()
    second.hold()
    assert (first.truth, first.session, first.seen) == (second.truth, second.session, second.seen)
