"""An engine in memory: the real core and the real ledger, without Temporal.

Behaves as `gateway.Gateway` promises, and can be told that the worker or the server is away.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from enum import Enum, auto

from activities.import_messages import ImportJob
from activities.recalendar_messages import RecalendarJob
from deals.commands import Command, PassTime, Repin, Sent
from deals.deal import Answer, Deal
from deals.decide import decide, refusal
from deals.events import Event
from deals.evolve import fold
from deals.playbook import Playbook
from deals.refusals import Code, Refused
from deals.view import DealView, view
from gateway import EngineUnavailable
from ledger.record import record
from ledger.session import Ledger
from workflows.became import Accepted, Applied
from workflows.calls import AlreadyOpen
from workflows.job_calls import Job


class Away(Enum):
    """What is missing."""

    NOTHING = auto()
    WORKER = auto()
    SERVER = auto()


class FakeEngine:
    """Deals in memory, recorded at once."""

    def __init__(self, ledger: Ledger) -> None:
        self.away = Away.NOTHING
        self.records = True
        self.imports: list[ImportJob] = []
        self.recalendars: list[RecalendarJob] = []
        self.poked: list[str] = []
        self.deals: dict[str, tuple[Playbook, Deal]] = {}
        self._ledger = ledger
        self._left: list[tuple[str, Sent]] = []

    async def open(
        self,
        playbook: Playbook,
        events: Sequence[Event],
        *,
        repeatable: bool = False,  # noqa: ARG002 - the fake forgets nothing
    ) -> DealView:
        self._need_server()
        deal = fold(None, events)
        if deal.id in self.deals:
            raise AlreadyOpen(deal.id)
        self.deals[deal.id] = (playbook, deal)
        await self._record(deal.id, events)
        return view(playbook, deal)

    async def submit(
        self,
        deal_id: str,
        command: Sent,
        *,
        respond_async: bool = False,
        repeatable: bool = False,  # noqa: ARG002 - the same
    ) -> Applied | Accepted:
        self._need_server()
        if deal_id not in self.deals:
            raise Refused(Code.UNKNOWN_DEAL, deal=deal_id)
        if self.away is Away.WORKER or respond_async:
            self._left.append((deal_id, command))
            if self.away is Away.NOTHING:
                await self.catch_up()
            return Accepted(command.command_id)
        playbook, deal = self.deals[deal_id]
        events = decide(playbook, deal, command, now=datetime.now(UTC))
        await self._apply(deal_id, events, command)
        return Applied.to(view(*self.deals[deal_id]))

    async def view(self, deal_id: str) -> DealView | None:
        if self.away is not Away.NOTHING or deal_id not in self.deals:
            return None
        return view(*self.deals[deal_id])

    async def outcome(self, deal_id: str, command_id: str) -> Answer | None:
        if self.away is not Away.NOTHING:
            raise EngineUnavailable
        if deal_id not in self.deals:
            return None
        return self.deals[deal_id][1].answers.get(command_id)

    async def begin(self, job: Job) -> None:
        self._need_server()
        if isinstance(job, ImportJob):
            self.imports.append(job)
        else:
            self.recalendars.append(job)

    async def poke(self, person: str) -> None:
        self._need_server()
        self.poked.append(person)

    async def ready(self) -> bool:
        return self.away is not Away.SERVER

    async def catch_up(self) -> None:
        """The worker is back: decide what was left."""
        self.away = Away.NOTHING
        while self._left:
            deal_id, command = self._left.pop(0)
            playbook, deal = self.deals[deal_id]
            now = datetime.now(UTC)
            try:
                events = decide(playbook, deal, command, now=now)
            except Refused as refused:
                events = (refusal(deal, command, refused, now=now),)
            await self._apply(deal_id, events, command)

    async def pass_time(self, deal_id: str, now: datetime) -> None:
        """Let time come that far for a deal."""
        playbook, deal = self.deals[deal_id]
        command = PassTime()
        await self._apply(deal_id, decide(playbook, deal, command, now=now), command)

    async def _apply(self, deal_id: str, events: Sequence[Event], command: Command) -> None:
        if events:
            playbook, deal = self.deals[deal_id]
            after = fold(deal, events)
            if isinstance(command, Repin) and after.playbook != deal.playbook:
                playbook = command.terms
            self.deals[deal_id] = (playbook, after)
            await self._record(deal_id, events)

    async def _record(self, deal_id: str, events: Sequence[Event]) -> None:
        if self.records:
            await record(self._ledger, deal_id, events)

    def _need_server(self) -> None:
        if self.away is Away.SERVER:
            raise EngineUnavailable


class FakeRounds:
    """Schedules of briefings that only count how often they were looked after."""

    def __init__(self) -> None:
        self.times = 0

    async def tried(self) -> None:
        self.times += 1
