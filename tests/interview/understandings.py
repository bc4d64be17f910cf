"""Random understandings of the shipped flow, the sensible beside the absurd. Their utterance is `UTTERANCE`."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.interview.calls import lifestyle
from webhook.interview.understanding import Heard, Signal, Understanding

UTTERANCE = "so it is"
FLOW = lifestyle()
_VALUES = st.one_of(
    st.booleans(),
    st.integers(-5, 200),
    st.sampled_from(
        [
            "Sam",
            "Leeds",
            "rent",
            "own",
            "cook",
            "budget",
            "gym",
            ["chess"],
            ["go", "chess"],
            ["bike"],
            ["streaming"],
            ["reading"],
            [{"service": "Netflix", "monthly_cost": 11}],
            [],
        ]
    ),
)
_SLOTS = st.sampled_from([*FLOW.slots, "no_such_slot"])
_FACTS = st.lists(
    st.builds(
        Heard,
        slot=_SLOTS,
        value=_VALUES,
        words=st.sampled_from([UTTERANCE, "so", "never said"]),
        correction=st.booleans(),
        outright=st.booleans(),
    ),
    max_size=4,
).map(tuple)
_NAMES = st.lists(_SLOTS, max_size=2).map(tuple)
_SPOKEN = {
    "facts": _FACTS,
    "refused": _NAMES,
    "unknown": _NAMES,
    "wants_to_change": _NAMES,
    "fullness": st.sampled_from(["thin", "fine", "rich"]),
    "source": st.sampled_from(["listen", "reading"]),
}
WORDS = st.builds(Understanding, **_SPOKEN)
ANYTHING = st.builds(Understanding, signals=st.frozensets(st.sampled_from(list(Signal)), max_size=2), **_SPOKEN)
