"""Figures for Prometheus. Each `Services` has a registry of its own; its labels are bounded by flows and settings.

Each worker answers for itself, told apart by `worker` (its process id): sum over it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest

from webhook.interview.cost import Prices, price_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webhook.interview.cost import Call, Price, Usage

_SECONDS = (0.1, 0.2, 0.3, 0.5, 0.7, 1.0, 1.4, 1.8, 2.5, 4.0, 7.0, 12.0)
_KINDS = ("input", "cache_read", "cache_write", "output")

disable_created_metrics()  # type: ignore[no-untyped-call]  # else each counter has a second series that says when it began


class Metrics:
    """Counters and histograms of one worker."""

    def __init__(self, prices: Prices) -> None:
        self._prices = prices
        self._worker = str(os.getpid())
        self._registry = CollectorRegistry()
        self._calls = self._counter("webhook_claude_calls", "Calls to Claude.", "purpose", "model", "outcome")
        tokens = ("purpose", "model", "kind")
        self._tokens = self._counter("webhook_claude_tokens", "Tokens billed.", *tokens)
        self._wasted = self._counter("webhook_claude_wasted_tokens", "Of these, for words nobody heard.", *tokens)
        self._dollars = self._counter("webhook_claude_cost_dollars", "Cost, of priced models.", "purpose", "model")
        self._turns = self._counter("webhook_turns", "Turns answered.", "move")
        cache = "Calls whose prompt was partly in Claude's cache (hit), or not at all (miss)."
        self._cache = self._counter("webhook_claude_cache", cache, "purpose", "model", "outcome")
        self._drafts = self._counter("webhook_drafts", "Replies drafted while Claude listened.", "outcome")
        lead = "How much sooner a draft that was used was asked for than it would have been after listening."
        self._draft_lead = self._histogram("webhook_draft_lead_seconds", lead)
        self._first_text = self._histogram("webhook_first_text_seconds", "Until the first words of a turn.")
        self._turn = self._histogram("webhook_turn_seconds", "Until the last words of a turn.")
        self._other_models = self._counter("webhook_other_models", "Calls in which another model spoke in our place.")
        self._other_models.labels(self._worker)  # there from the start: an alarm looks for what it grows by
        orphans = "Calls told of after their end whose session is not known; the same in each worker."
        self._orphans = Gauge("webhook_orphans", orphans, ("worker",), registry=self._registry)
        refused = "Requests whose secret was missing or refused, by route."
        self._refused = self._counter("webhook_refusals", refused, "route", "reason")
        self._deliveries = self._counter("webhook_deliveries", "Attempts to send a result.", "type", "outcome")
        paused = "1 while no results are sent because their receiver failed too long; the same in each worker."
        self._paused = Gauge("webhook_deliveries_paused", paused, ("worker",), registry=self._registry)
        left = "Data kept longer than KEEP_DAYS says; the same in each worker."
        self._overdue = Gauge("webhook_retention_left", left, ("worker",), registry=self._registry)
        self._of_model: dict[tuple[str, str], _OfModel] = {}
        self._of_move: dict[str, Counter] = {}

    def _counter(self, name: str, told: str, *labels: str) -> Counter:
        return Counter(name, told, ("worker", *labels), registry=self._registry)

    def _histogram(self, name: str, told: str) -> Histogram:
        histogram = Histogram(name, told, ("worker",), registry=self._registry, buckets=_SECONDS)
        return histogram.labels(self._worker)

    def call(self, call: Call) -> None:
        """Count a call to Claude."""
        key = call.purpose, call.model
        found = self._of_model.get(key)
        if found is None:
            found = self._of_model[key] = self._bound(*key)
        found.count(call)

    def _bound(self, purpose: str, model: str) -> _OfModel:
        labels = self._worker, purpose, model
        price = price_of(self._prices, model)
        return _OfModel(
            outcomes={o: self._calls.labels(*labels, o) for o in ("whole", "cut", "wasted")},
            cache={o: self._cache.labels(*labels, o) for o in ("hit", "miss")},
            tokens=[self._tokens.labels(*labels, kind) for kind in _KINDS],
            wasted=[self._wasted.labels(*labels, kind) for kind in _KINDS],
            priced=None if price is None else (price, self._dollars.labels(*labels)),
        )

    def turn(self, move: str, *, first_text_s: float | None, total_s: float) -> None:
        """Count an answered turn; `first_text_s` is None where nothing was said."""
        found = self._of_move.get(move)
        if found is None:
            found = self._of_move[move] = self._turns.labels(self._worker, move)
        found.inc()
        self._turn.observe(total_s)
        if first_text_s is not None:
            self._first_text.observe(first_text_s)

    def draft(self, outcome: str, *, lead_s: float | None) -> None:
        """Count a draft, by what became of it; `lead_s` is what the caller was spared by one that was used."""
        self._drafts.labels(self._worker, outcome).inc()
        if lead_s is not None:
            self._draft_lead.observe(lead_s)

    def another_model(self) -> None:
        """Count a call in which another model spoke."""
        self._other_models.labels(self._worker).inc()

    def orphans(self, count: int) -> None:
        """How many there are now."""
        self._orphans.labels(self._worker).set(count)

    def refused(self, route: str, reason: str) -> None:
        """Count a request without a right to its route, which is a template of ours and no path."""
        self._refused.labels(self._worker, route, reason).inc()

    def delivery(self, kind: str, outcome: str) -> None:
        """Count an attempt to send a result."""
        self._deliveries.labels(self._worker, kind, outcome).inc()

    def deliveries_paused(self, *, is_paused: bool) -> None:
        self._paused.labels(self._worker).set(is_paused)

    def retention_left(self, count: int) -> None:
        self._overdue.labels(self._worker).set(count)

    def text(self) -> bytes:
        """In Prometheus' text format."""
        return generate_latest(self._registry)


@dataclass(frozen=True, kw_only=True)
class _OfModel:
    """What is counted of the calls for one purpose to one model, found once."""

    outcomes: Mapping[str, Counter]
    cache: Mapping[str, Counter]
    tokens: list[Counter]
    wasted: list[Counter]
    #: None where the price is not known: no counter says 0 dollars then.
    priced: tuple[Price, Counter] | None

    def count(self, call: Call) -> None:
        outcome = "wasted" if call.is_wasted else "whole" if call.is_whole else "cut"
        self.outcomes[outcome].inc()
        if call.usage.prompt_tokens:  # else it never came so far
            self.cache["hit" if call.usage.cache_read_tokens else "miss"].inc()
        _add(self.tokens, call.usage)
        if call.is_wasted:
            _add(self.wasted, call.usage)
        if self.priced is not None:
            price, dollars = self.priced
            dollars.inc(price.of(call.usage))


def _add(counters: list[Counter], usage: Usage) -> None:
    counts = usage.input_tokens, usage.cache_read_tokens, usage.cache_write_tokens, usage.output_tokens
    for counter, count in zip(counters, counts, strict=True):
        if count:
            counter.inc(count)
