"""What /metrics shows, in a registry of its own: requests, steps, ideas, verdicts, degradations, the queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from craftlore.serve.line import Line

__all__ = ["Metrics"]

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180)


class Metrics:
    """Counters of one server; names begin with `craftlore_`."""

    def __init__(self, line: Line) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter("craftlore_requests", "Requests", ["route", "status"], registry=self._registry)
        self._seconds = Histogram("craftlore_request_seconds", "Seconds until the answer was whole", ["route"], buckets=_SECONDS, registry=self._registry)
        self._steps = Histogram("craftlore_step_seconds", "Seconds of one step", ["step"], buckets=_SECONDS, registry=self._registry)
        self._ideas = Counter("craftlore_ideas", "Ideas, by how they ended", ["outcome"], registry=self._registry)
        self._verdicts = Counter("craftlore_verdicts", "Verdicts of the gates", ["rule"], registry=self._registry)
        self._rungs = Counter("craftlore_degraded", "Answers that were less than they could be", ["rung"], registry=self._registry)
        Gauge("craftlore_queue_waiting", "Ideas that wait for the model", registry=self._registry).set_function(lambda: line.waiting)
        Gauge("craftlore_queue_active", "Ideas that are being written", registry=self._registry).set_function(lambda: line.active)

    def request(self, route: str, status: int, seconds: float) -> None:
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def steps(self, timings: Mapping[str, float]) -> None:
        """`timings` are milliseconds by step."""
        for step, ms in timings.items():
            self._steps.labels(step).observe(ms / 1000)

    def verdicts(self, rules: Iterable[str]) -> None:
        for rule in rules:
            self._verdicts.labels(rule).inc()

    def degraded(self, rung: str) -> None:
        self._rungs.labels(rung).inc()

    def idea(self, outcome: str) -> None:
        self._ideas.labels(outcome).inc()

    def text(self) -> bytes:
        return generate_latest(self._registry)
