"""What the API stands on: the ledger, the engine, the directory of people, the published playbooks.

Decides what a route may ask of the engine; `gateway.Gateway` answers it, and in tests a fake does.
Must never decide anything about a request.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Protocol

from fastapi import Depends, Request

from api.directory import Directory
from api.metrics import Metrics
from api.shelf import Shelf
from deals.commands import Sent
from deals.deal import Answer
from deals.events import Event
from deals.playbook import Playbook
from deals.view import DealView
from ledger.people import Person, has_left
from ledger.session import Ledger
from letters.addresses import Addresses
from letters.compose import Home
from reports.copy import Copy
from workflows.became import Became
from workflows.condition import EngineCondition
from workflows.job_calls import Job


class Engine(Protocol):
    """Where deals live; what it answers and raises is said at `gateway.Gateway`."""

    async def open(
        self, playbook: Playbook, events: Sequence[Event], *, repeatable: bool = False
    ) -> DealView:
        """Start a new deal."""

    async def submit(
        self,
        deal_id: str,
        command: Sent,
        *,
        respond_async: bool = False,
        repeatable: bool = False,
    ) -> Became:
        """Send a command to a deal."""

    async def view(self, deal_id: str) -> DealView | None:
        """The deal as it is; None if only the ledger can tell."""

    async def outcome(self, deal_id: str, command_id: str) -> Answer | None:
        """What became of a command."""

    async def begin(self, job: Job) -> None:
        """Begin long work, unless it runs."""

    async def poke(self, person: str) -> None:
        """Let a person's inbox know that there may be something to tell."""

    async def ready(self) -> bool:
        """Whether the engine's server serves."""


class Rounds(Protocol):
    """The schedules of briefings; `workflows.round_keeper.RoundKeeper` keeps them."""

    async def tried(self) -> None:
        """Bring them in step with what people want; what cannot be done now is done later."""


class Watch(Protocol):
    """A look at the whole engine; `workflows.condition.Watch` takes it."""

    async def look(self, *, now: datetime) -> EngineCondition | None:
        """What there is to know at that instant; None: the server does not answer."""


@dataclass(frozen=True, slots=True)
class Backing:
    """Everything a route may use.

    Attributes:
        addresses: the channels that this installation can open.
        home: holds for what people do not say.
        watch: None: nobody looks at the engine.
        copy: of the ledger's rows, for reports.
    """

    ledger: Ledger
    engine: Engine
    directory: Directory
    shelf: Shelf
    metrics: Metrics
    rounds: Rounds
    addresses: Addresses = field(default_factory=Addresses)
    home: Home = field(default_factory=Home)
    watch: Watch | None = None
    copy: Copy = field(init=False)

    def __post_init__(self) -> None:
        """Reports of one process share one copy of the ledger."""
        object.__setattr__(self, "copy", Copy(self.ledger))

    def has_left(self, person: Person) -> bool:
        """Whether somebody's last day is over."""
        return has_left(person, datetime.now(UTC), home=self.home.time_zone)


OpenBacking = Callable[[], AbstractAsyncContextManager[Backing]]
"""Opens the backing for as long as the application runs."""


def backing_of(request: Request) -> Backing:
    """The backing of the application that serves the request."""
    backing: Backing = request.app.state.backing
    return backing


async def _backing(request: Request) -> Backing:  # FastAPI runs plain functions in a thread
    return backing_of(request)


Standing = Annotated[Backing, Depends(_backing)]
"""The backing, as a route asks for it."""
