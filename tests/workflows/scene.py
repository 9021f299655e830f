"""A small process, a ledger in memory, and a deal in a workflow, for the tests of the shell."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self, TypeVar

from temporalio import activity
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.messages import RecordBatch
from deals.calendar import CalendarSpec, resolve
from deals.clocks import next_deadline
from deals.commands import SENT, OpenDeal, Sent
from deals.deal import Actor, PlaybookRef
from deals.decide import decide
from deals.events import Event
from deals.evolve import fold
from deals.playbook import Playbook
from deals.view import DealView, workflow_id
from gateway import Gateway
from ledger.session import Ledger
from ledger.timeline import timeline
from worker import make_worker
from workflows.became import Accepted, Applied
from workflows.converter import Packed
from workflows.messages import (
    DEAL,
    OUTCOME,
    RECORD,
    STATE,
    SUBMIT,
    VIEW,
    DealInput,
    DealState,
    Manner,
)
from workflows.search_attributes import start_attributes

ModelT = TypeVar("ModelT")

REP = Actor(id="lin", role="rep")
MANAGER = Actor(id="wu", role="manager")

BODY: dict[str, Any] = {
    "playbook": "equipment",
    "version": 3,
    "name": "Equipment",
    "currency": "CNY",
    "facts": {"source": {"kind": "text", "name": "Source"}},
    "ladders": {
        "default": [
            {"at": "-1d", "to": "owner", "do": "remind"},
            {"at": "0d", "to": "owner", "do": "remind"},
            {"at": "+1d", "to": "manager", "do": "escalate"},
            {"at": "+3d", "to": "director", "do": "escalate"},
            {"at": "+7d", "to": "pool", "do": "recycle"},
        ]
    },
    "stages": [
        {
            "id": "contact",
            "name": "Contact",
            "facts": ["source"],
            "actions": [
                {"id": "call", "name": "Call"},
                {"id": "visit", "name": "Visit", "after": ["call"]},
                {"id": "mail", "name": "Mail", "required": False, "repeat": True},
            ],
            "idle": {"limit": "3d"},
        },
        {
            "id": "quotation",
            "name": "Quotation",
            "actions": [{"id": "quote", "name": "Quote", "due": "7d"}],
            "idle": {"limit": "5d"},
        },
    ],
}


def make_playbook(**changes: Any) -> Playbook:
    spec = CalendarSpec.model_validate({"time_zone": "Asia/Shanghai", "hours": "around-the-clock"})
    calendar = resolve(spec, 2026, 2028).model_dump(mode="json")
    return Playbook.model_validate({**BODY, "calendar": calendar, **changes})


PLAYBOOK = make_playbook()

NEWER = make_playbook(
    version=2,
    stages=[
        {
            "id": "contact",
            "name": "Contact",
            "actions": [{"id": "qualify", "name": "Qualify"}, {"id": "call", "name": "Call"}],
            "idle": {"limit": "9d"},
        },
        {"id": "pilot", "name": "Pilot"},
    ],
)
"""Its second version."""

QUICK = make_playbook(
    calendar=PLAYBOOK.calendar.model_copy(update={"scale": 86_400}).model_dump(mode="json"),
    stages=[{"id": "contact", "name": "Contact", "idle": {"limit": "2d"}}],
    ladders={
        "default": [
            {"at": "-1d", "to": "owner", "do": "remind"},
            {"at": "+1d", "to": "manager", "do": "escalate"},
            {"at": "+3d", "to": "pool", "do": "recycle"},
        ]
    },
)
"""A process with days of a second, about the shortest time a server's timers tell apart."""


@dataclass
class Book:
    """A ledger in memory, with the real one's rules: in order, once, and compared.

    Attributes:
        open: while cleared, writing hangs.
        faults: raised by the next attempts, one each.
        batches: how many events each successful write carried.
    """

    deals: dict[str, list[Event]] = field(default_factory=dict)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    faults: list[Exception] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    attempts: int = 0

    def __post_init__(self) -> None:
        self.open.set()

    @activity.defn(name=RECORD)
    async def record(self, batch: RecordBatch) -> None:
        self.attempts += 1
        await self.open.wait()
        if self.faults:
            raise self.faults.pop(0)
        held = self.deals.setdefault(batch.deal_id, [])
        for event in batch.events:
            if event.seq > len(held) + 1:
                raise ApplicationError("a gap", type="LedgerGap")
            if event.seq == len(held) + 1:
                held.append(event)
            elif held[event.seq - 1] != event:
                raise ApplicationError("another event is there", type="LedgerConflict")
        self.batches.append(len(batch.events))

    def kinds(self, deal_id: str) -> list[str]:
        return [event.kind for event in self.deals.get(deal_id, [])]

    def command_ids(self, deal_id: str) -> list[str]:
        """Ids of commands by people, once for each event that says something happened."""
        told = [e for e in self.deals[deal_id] if e.actor.role != "system" and e.n == 0]
        return [event.command_id for event in told]


@dataclass
class Stage:
    """A worker of its own in the sandbox, and the deals it runs.

    Attributes:
        options: of the next worker that starts.
        activities: what it offers; the book's, unless others are given.
    """

    client: Client
    book: Book = field(default_factory=Book)
    task_queue: str = field(default_factory=lambda: uuid.uuid4().hex)
    options: dict[str, Any] = field(default_factory=dict)
    activities: list[Callable[..., Any]] = field(default_factory=list)
    worker: Worker | None = None
    running: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        chosen: dict[str, Any] = {
            "sandboxed": True,
            "max_cached_workflows": 100,
            "sticky_timeout": timedelta(seconds=1),
        }
        self.worker = make_worker(
            self.client,
            self.activities or [self.book.record],
            task_queue=self.task_queue,
            **(chosen | self.options),
        )
        self.running = asyncio.create_task(self.worker.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.away()

    async def away(self) -> None:
        """Stop the worker."""
        if self.worker and self.running:
            await self.worker.shutdown()
            await self.running
            self.worker = None

    async def back(self) -> None:
        """Start another worker, which remembers nothing: it replays every deal it meets."""
        await self.away()
        await self.__aenter__()

    async def open(
        self, playbook: Playbook = PLAYBOOK, *, now: datetime | None = None, **options: int
    ) -> "Running":
        deal_id = "D" + uuid.uuid4().hex[:12]
        given = opened(deal_id, playbook, now=now, **options)
        deal = fold(None, given.outbox)
        deadline = next_deadline(deal)
        handle = await self.client.start_workflow(
            DEAL,
            Packed(given),
            id=workflow_id(deal_id),
            task_queue=self.task_queue,
            search_attributes=start_attributes(deal, deadline.at if deadline else None),
        )
        return Running(deal_id, self.client.get_workflow_handle(handle.id), self.book)


@dataclass
class Office:
    """A gateway, its ledger, and the worker behind."""

    gateway: Gateway
    ledger: Ledger
    stage: Stage

    async def open(self) -> str:
        deal_id = "D" + uuid.uuid4().hex[:12]
        await self.gateway.open(PLAYBOOK, opened(deal_id).outbox)
        return deal_id

    async def submit(
        self, deal_id: str, kind: str, /, *, keyed: bool = False, **fields: Any
    ) -> Applied | Accepted:
        """Send a command; its id and the like are among the fields."""
        return await self.gateway.submit(deal_id, command(sent(kind, **fields)), repeatable=keyed)

    async def applied(
        self, deal_id: str, kind: str, /, *, keyed: bool = False, **fields: Any
    ) -> DealView:
        answer = await self.submit(deal_id, kind, keyed=keyed, **fields)
        assert isinstance(answer, Applied), answer
        return answer.view

    async def recorded(self, deal_id: str) -> list[Event]:
        """What the ledger holds, once nothing more is on the way."""
        handle = self.stage.client.get_workflow_handle(workflow_id(deal_id))

        async def waiting() -> int:
            state: DealState = await handle.query(STATE, result_type=DealState)
            return state.outbox

        await eventually(waiting, lambda events: events == 0)
        return list(await timeline(self.ledger, deal_id, limit=10_000))

    async def ended(self, deal_id: str) -> None:
        """Wait until the deal's workflow has ended."""
        await self.stage.client.get_workflow_handle(workflow_id(deal_id)).result()


@dataclass
class Running:
    """One deal's workflow."""

    id: str
    handle: WorkflowHandle[Any, Any]
    book: Book

    async def submit(
        self, kind: str, /, command_id: str | None = None, *, unsure: bool = False, **fields: Any
    ) -> DealView:
        command = sent(kind, command_id, **fields)
        args = [command, Manner(is_new=not unsure, packed=True)]
        answer: DealView = await self.handle.execute_update(
            SUBMIT, args=args, id=uuid.uuid4().hex, result_type=DealView
        )
        return answer

    async def refused(self, kind: str, /, command_id: str | None = None, **fields: Any) -> Any:  # noqa: ANN401
        """The code and the facts of a refusal."""
        try:
            await self.submit(kind, command_id, **fields)
        except WorkflowUpdateFailedError as error:
            cause = error.cause
            assert isinstance(cause, ApplicationError)
            return cause.type, cause.details[0] if cause.details else None
        raise AssertionError(f"{kind} was not refused")

    async def signal(self, kind: str, /, command_id: str | None = None, **fields: Any) -> None:
        await self.handle.signal(RECORD, sent(kind, command_id, **fields))

    async def view(self) -> DealView:
        answer: DealView = await self.handle.query(VIEW, result_type=DealView)
        return answer

    async def state(self) -> DealState:
        answer: DealState = await self.handle.query(STATE, result_type=DealState)
        return answer

    async def card(self) -> str:
        """What the Temporal UI shows of the deal."""
        metadata = await self.handle.query("__temporal_workflow_metadata")
        details: str = metadata.current_details
        return details

    async def outcome(self, command_id: str) -> Any:  # noqa: ANN401 - plain JSON
        return await self.handle.query(OUTCOME, command_id)

    async def events(self) -> list[str]:
        """The names of the events of the present run's history."""
        from temporalio.api.enums.v1 import EventType  # noqa: PLC0415 - only here

        history = await self.handle.fetch_history()
        return [EventType.Name(e.event_type).removeprefix("EVENT_TYPE_") for e in history.events]

    async def drained(self) -> DealState:
        """Wait until everything is in the book."""
        return await eventually(self.state, lambda state: state.outbox == 0)


async def eventually(
    ask: Callable[[], Awaitable[ModelT]], fits: Callable[[ModelT], bool]
) -> ModelT:
    """Ask until the answer fits; the test's own limit ends it otherwise."""
    while True:
        if fits(answer := await ask()):
            return answer
        await asyncio.sleep(0.02)


def sent(kind: str, command_id: str | None = None, **fields: Any) -> dict[str, Any]:
    command_id = command_id or uuid.uuid4().hex
    actor = fields.pop("actor", REP)
    return {"kind": kind, "command_id": command_id, "actor": actor.model_dump(), **fields}


def command(plain: dict[str, Any]) -> Sent:
    return SENT.validate_python(plain)


def opened(
    deal_id: str, playbook: Playbook = PLAYBOOK, *, now: datetime | None = None, **options: Any
) -> DealInput:
    """The input of a new deal."""
    ref = PlaybookRef(id=playbook.id, version=playbook.version, digest=playbook.digest)
    command = OpenDeal(
        command_id=f"open-{deal_id}",
        actor=REP,
        deal_id=deal_id,
        playbook=ref,
        title="Press line",
        customer="Northwind",
        owner="lin",
        team="north",
        facts={"source": "exhibition"},
    )
    events = decide(playbook, None, command, now=now or datetime.now(UTC))
    return DealInput(playbook=playbook, outbox=events, **options)
