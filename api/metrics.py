"""What is counted and timed, for Prometheus.

Decides names and labels; every label has few values (the address's template, never the address).
Must never change a request or an answer.
"""

import time
from functools import cache
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BUCKETS: Final = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Upper bounds in seconds. A choice: an action takes about 12 ms, and 2 s is the engine's limit."""

UNMATCHED: Final = "unmatched"
"""The route of a request that matched none."""


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "dealpace_http_requests", "Requests answered.", ("method", "route", "status"),
            registry=self._registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "dealpace_http_request_seconds", "Clock time until the answer was sent.", ("route",),
            registry=self._registry, buckets=BUCKETS,
        )  # fmt: skip
        self._commands = Counter(
            "dealpace_commands", "Commands to deals, by what became of them.", ("kind", "outcome"),
            registry=self._registry,
        )  # fmt: skip

        # Finding the counter of some labels costs more than counting; there are few of them.
        self._request = cache(self._requests.labels)
        self._second = cache(self._seconds.labels)
        self._command = cache(self._commands.labels)

    def request_answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request and its clock time."""
        self._request(method, route, status).inc()
        self._second(route).observe(seconds)

    def command_answered(self, kind: str, outcome: str) -> None:
        """Count a command; the outcome is applied, accepted, or the code of the refusal."""
        self._command(kind, outcome).inc()

    def page(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self._registry)


class Measured:
    """ASGI middleware: counts and times every request."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how it was answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        begun = time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            seconds = time.perf_counter() - begun
            metrics: Metrics = scope["app"].state.backing.metrics
            metrics.request_answered(scope["method"], _template(scope), status, seconds)


def _template(scope: Scope) -> str:
    """The address's template, as the router left it in the scope."""
    route: Any = scope.get("route")
    path: str = getattr(route, "path", UNMATCHED)
    return path
