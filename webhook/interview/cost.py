"""What Claude costs: tokens as they are billed, for each purpose and model, and how many of them were for nothing.

Pure values. A call is noted once, when its outcome is known; whether its words were wanted may be known before or
after that, so a `Bill` holds notes until both are.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final


@dataclass(frozen=True, kw_only=True)
class Usage:
    """Tokens as they are billed; the prompt's size is the sum of the first three."""

    input_tokens: int = 0
    cache_write_tokens: int = 0
    cache_read_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        if other is NOTHING:
            return self
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            cache_write_tokens=self.cache_write_tokens + other.cache_write_tokens,
            cache_read_tokens=self.cache_read_tokens + other.cache_read_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
        )

    @property
    def prompt_tokens(self) -> int:
        return self.input_tokens + self.cache_write_tokens + self.cache_read_tokens


NOTHING: Final = Usage()


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request that reached the API, with its outcome. `model` is the one that was asked."""

    purpose: str
    model: str
    usage: Usage = NOTHING
    #: Its end was read, so `usage` is what is billed; else the output is estimated from the text that came.
    is_whole: bool = True
    #: Nobody got to hear or use its words.
    is_wasted: bool = False


Note = Callable[[Call], None]


def unnoted(_: Call) -> None:
    """For calls that nobody accounts for."""


class Bill:
    """The calls of one piece of work, held until it is known whether their words are wanted, then handed on."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._held: list[Call] = []
        self._is_wasted: bool | None = None
        #: All of them, handed on or not.
        self.calls: list[Call] = []

    def note(self, call: Call) -> None:
        self.calls.append(call)
        if self._is_wasted is None:
            self._held.append(call)
        else:
            self._hand_on(call)

    def close(self, *, wasted: bool = False) -> None:
        """It is known now. Said again, it holds for the calls whose outcome is still to come."""
        self._is_wasted = wasted
        held, self._held = self._held, []
        for call in held:
            self._hand_on(call)

    def _hand_on(self, call: Call) -> None:
        self._note(replace(call, is_wasted=True) if self._is_wasted and not call.is_wasted else call)


@dataclass(frozen=True, kw_only=True)
class Price:
    """Dollars for a million tokens. Raises `ValueError` for what is no price."""

    input: float
    output: float
    #: A tenth of the input's, if not given.
    cache_read: float | None = None
    #: A quarter more than the input's, if not given: what is kept for five minutes.
    cache_write: float | None = None

    def __post_init__(self) -> None:
        if not all(math.isfinite(p) and p >= 0 for p in vars(self).values() if p is not None):
            raise ValueError("a price is a number, not below 0")

    def of(self, usage: Usage) -> float:
        """In dollars."""
        cache_read = self.input * 0.1 if self.cache_read is None else self.cache_read
        cache_write = self.input * 1.25 if self.cache_write is None else self.cache_write
        millionths = (
            usage.input_tokens * self.input
            + usage.cache_read_tokens * cache_read
            + usage.cache_write_tokens * cache_write
            + usage.output_tokens * self.output
        )
        return millionths / 1_000_000


Prices = Mapping[str, Price]
"""By the beginning of a model's name."""
#: Of November 2026. Haiku's is the one for prompts up to 100,000 tokens; ours have a twentieth of that.
PRICES: Final[Prices] = {
    "claude-haiku-5-5": Price(input=0.10, output=0.50),
    "claude-sonnet-5-5": Price(input=2.0, output=10.0),
    "claude-opus-5-5": Price(input=4.0, output=20.0),
    "claude-fable-5-1": Price(input=10.0, output=50.0),
}


def price_of(prices: Prices, model: str) -> Price | None:
    """The price under the longest beginning of the model's name; None when it is not known."""
    named = max((name for name in prices if model.startswith(name)), key=len, default=None)
    return None if named is None else prices[named]


@dataclass(frozen=True, kw_only=True)
class Spent:
    """Calls for one purpose to one model; the wasted ones are among them."""

    calls: int = 0
    usage: Usage = NOTHING
    wasted_calls: int = 0
    wasted: Usage = NOTHING

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            calls=self.calls + other.calls,
            usage=self.usage + other.usage,
            wasted_calls=self.wasted_calls + other.wasted_calls,
            wasted=self.wasted + other.wasted,
        )


@dataclass(frozen=True, kw_only=True)
class Spending:
    """All calls of an interview so far."""

    #: By (purpose, model).
    spent: Mapping[tuple[str, str], Spent] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.spent)

    def __add__(self, other: Spending) -> Spending:
        together = dict(self.spent)
        for key, spent in other.spent.items():
            together[key] = together[key] + spent if key in together else spent
        return Spending(spent=together)

    def cost(self, prices: Prices) -> float | None:
        """In dollars; None when the price of one of the models is not known."""
        return _total(prices, {key: spent.usage for key, spent in self.spent.items()})

    def wasted_cost(self, prices: Prices) -> float | None:
        """In dollars; None when the price of one of the models is not known."""
        return _total(prices, {key: spent.wasted for key, spent in self.spent.items()})

    def total(self) -> Spent:
        return sum(self.spent.values(), Spent())


def spending_of(*calls: Call) -> Spending:
    return sum(map(_of_one, calls), Spending())


def _of_one(call: Call) -> Spending:
    wasted = call.usage if call.is_wasted else NOTHING
    spent = Spent(calls=1, usage=call.usage, wasted_calls=int(call.is_wasted), wasted=wasted)
    return Spending(spent={(call.purpose, call.model): spent})


def _total(prices: Prices, used: Mapping[tuple[str, str], Usage]) -> float | None:
    total = 0.0
    for (_, model), usage in used.items():
        if usage == NOTHING:
            continue
        price = price_of(prices, model)
        if price is None:
            return None
        total += price.of(usage)
    return total


# As JSON: one row for each purpose and model.


def to_rows(spending: Spending) -> list[dict[str, Any]]:
    return [
        {
            "purpose": purpose,
            "model": model,
            "calls": spent.calls,
            **vars(spent.usage),
            "wasted_calls": spent.wasted_calls,
            **{f"wasted_{name}": count for name, count in vars(spent.wasted).items()},
        }
        for (purpose, model), spent in spending.spent.items()
    ]


def from_rows(rows: list[Mapping[str, Any]]) -> Spending:
    """Raises `KeyError` or `TypeError` for anything else than `to_rows` wrote."""
    return Spending(spent={(row["purpose"], row["model"]): _spent_from(row) for row in rows})


def _spent_from(row: Mapping[str, Any]) -> Spent:
    names = [f.name for f in fields(Usage)]
    return Spent(
        calls=row["calls"],
        usage=Usage(**{name: row[name] for name in names}),
        wasted_calls=row["wasted_calls"],
        wasted=Usage(**{name: row[f"wasted_{name}"] for name in names}),
    )
