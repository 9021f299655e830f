"""The gateway: the one way from the outside to a deal, and the only caller of Temporal's client.

Decides which road a command takes (update, else signal), for how long each is tried, and what is
answered when a deal's workflow has ended or nobody is there. Must never say that a command was made
durable when it may not have been, nor wait longer than its limits.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client

from deals.commands import Sent
from deals.deal import Answer, Deal
from deals.decide import decide
from deals.events import Event
from deals.evolve import fold
from deals.playbook import Playbook
from deals.refusals import Code, Refused
from deals.view import DealView, view
from ledger.deals import listed_deal
from ledger.recall import recall, recall_answer
from ledger.session import Ledger
from workflows.became import Accepted, Applied, Became
from workflows.calls import AlreadyOpen, Calls, Failed, Unsure
from workflows.inbox_calls import InboxCalls
from workflows.job_calls import Job, JobCalls
from workflows.messages import OUTCOME, STATE, VIEW, CommandOutcome, DealInput, DealState
from workflows.patience import NoAnswer, NoWorkflow, Turns
from workflows.starts import Begun, Started, start_many

UPDATE_WITHIN: Final = timedelta(seconds=2)
"""Clock time for an update. A choice: a busy worker answers in it, and a person waits for it."""

CALL_WITHIN: Final = timedelta(seconds=1)
"""Clock time for a signal, which needs no worker, and for a query. A choice."""
IMPORT_WITHIN: Final = timedelta(seconds=30)
"""Clock time for one start of an import. A choice: nobody waits for a single deal of it."""
LEDGER_WITHIN: Final = timedelta(seconds=1)
"""Clock time for a look into the ledger on a command's way. A choice: no reason to fail."""
AT_ONCE: Final = 8
"""Commands of this process under way at one deal. Source: the server takes ten updates at once."""
SIGNAL_RESTS: Final = timedelta(milliseconds=400)
"""Clock time from one signal to the next in each of `AT_ONCE` turns: 20 a second at one deal.
Source: measured; the server throws a task away under which 100 come, a replay takes a second."""

_log = logging.getLogger(__name__)


class EngineUnavailable(Exception):
    """The engine could not be asked, or could not decide; nothing is known to have happened."""


class Gateway:
    """The way to deals, over one Temporal client and one ledger."""

    def __init__(
        self,
        client: Client,
        ledger: Ledger,
        *,
        task_queue: str,
        update_within: timedelta = UPDATE_WITHIN,
    ) -> None:
        self._calls = Calls(client, task_queue=task_queue)
        self._jobs = JobCalls(client, task_queue=task_queue)
        self._inboxes = InboxCalls(client, task_queue=task_queue, within=CALL_WITHIN)
        self._ledger = ledger
        self._update_within = update_within
        self._turns = Turns(AT_ONCE)
        self._signal_turns = Turns(AT_ONCE, rest=SIGNAL_RESTS)

    async def open(
        self, playbook: Playbook, events: Sequence[Event], *, repeatable: bool = False
    ) -> DealView:
        """Start a new deal; durable when this returns, whether or not a worker is there.

        Args:
            playbook: the version it is pinned to.
            events: what `decide` gave for `OpenDeal`.
            repeatable: whether the deal's id may have been used before.

        Raises:
            AlreadyOpen: it was, and that deal may have ended since.
            EngineUnavailable: it is not known whether it was started.
        """
        deal = fold(None, events)
        if repeatable and await self._seen(deal.id, events[0].command_id):
            raise AlreadyOpen(deal.id)
        await self._start(playbook, events, within=self._update_within)
        return view(playbook, deal)

    def start_many(self, deals: Iterable[Begun]) -> AsyncIterator[Started]:
        """Start an import's deals, some at a time; after `EngineUnavailable` some may have."""
        return start_many(partial(self._start, within=IMPORT_WITHIN), deals)

    async def begin(self, job: Job) -> None:
        """Begin long work, unless it runs; `EngineUnavailable`: it is not known whether it did."""
        with _silence_is_unavailable():
            await self._jobs.begin(job, within=self._update_within)

    async def submit(
        self,
        deal_id: str,
        command: Sent,
        *,
        respond_async: bool = False,
        repeatable: bool = False,
    ) -> Became:
        """Send a command; the same id again has no second effect.

        Args:
            deal_id: to which deal.
            command: what, with its id.
            respond_async: leave it with the server and do not wait for the answer.
            repeatable: whether the sender chose the id, so that it may repeat an old command.

        Raises:
            Refused: the process does not allow it; `unknown_deal` if there is none of that id.
            EngineUnavailable: it could not be made durable.
        """
        try:
            if not respond_async:
                return await self._updated(deal_id, command, is_new=not repeatable)
        except NoWorkflow:
            return await self._revived(deal_id, command)
        except NoAnswer as fault:
            _log.info("deal %s gives no answer, the command is left to it: %s", deal_id, fault)
        return await self._left(deal_id, command, is_new=not repeatable)

    async def view(self, deal_id: str) -> DealView | None:
        """The deal as it is; None if the ledger has to tell: it has ended, or nobody answers.

        Raises:
            EngineUnavailable: nobody answers, and the ledger has not heard of it either.
        """
        try:
            return await self._calls.query(deal_id, VIEW, DealView, within=CALL_WITHIN)
        except NoWorkflow:
            return None
        except NoAnswer as fault:
            if await listed_deal(self._ledger, deal_id):
                return None
            if begun := await self._as_begun(deal_id):
                return view(*begun, stale=True)
            raise EngineUnavailable(str(fault)) from fault

    async def state(self, deal_id: str) -> DealState | None:
        """Everything the deal's workflow holds; None if it has ended and is forgotten.

        Raises:
            EngineUnavailable: nobody answers.
        """
        try:
            with _silence_is_unavailable():
                return await self._calls.query(deal_id, STATE, DealState, within=CALL_WITHIN)
        except NoWorkflow:
            return None

    async def outcome(self, deal_id: str, command_id: str) -> Answer | None:
        """What became of a command; None if nobody has heard of it.

        Raises:
            EngineUnavailable: nobody can tell yet; a command that was accepted is pending.
        """
        try:
            told = await self._calls.query(
                deal_id, OUTCOME, CommandOutcome, command_id, within=CALL_WITHIN
            )
        except NoWorkflow:
            return await recall_answer(self._ledger, deal_id, command_id)
        except NoAnswer as fault:
            answer = await recall_answer(self._ledger, deal_id, command_id)
            if answer is None and (begun := await self._as_begun(deal_id)):
                answer = begun[1].answers.get(command_id)
            if answer is None:
                raise EngineUnavailable(str(fault)) from fault
            return answer
        return told.answer or await recall_answer(self._ledger, deal_id, command_id)

    async def poke(self, person: str) -> None:
        """Let a person's inbox know of news; `EngineUnavailable`: it may not have heard."""
        with _silence_is_unavailable():
            await self._inboxes.poke(person)

    async def running(self) -> set[str]:
        """The deals whose workflows run, as the server lists them; or `EngineUnavailable`."""
        with _silence_is_unavailable():
            return await self._calls.running()

    async def ready(self) -> bool:
        """Whether the Temporal server serves; a live worker is another question."""
        return await self._calls.is_healthy(within=CALL_WITHIN)

    async def _updated(self, deal_id: str, command: Sent, *, is_new: bool) -> Applied:
        """Apply a command now, as one of a few at a time."""
        try:
            async with self._turns.taken(deal_id, within=self._update_within) as left:
                given = await self._calls.update(deal_id, command, is_new=is_new, within=left)
                return Applied(given)
        except Failed as fault:
            _log.exception("deal %s cannot decide command %s", deal_id, command.command_id)
            raise EngineUnavailable(str(fault)) from fault
        except Unsure:
            repeated = await self._repeated(deal_id, command)
        if repeated:
            return Applied.to(repeated)
        return await self._updated(deal_id, command, is_new=True)

    async def _left(self, deal_id: str, command: Sent, *, is_new: bool) -> Became:
        """Leave a command with the server, unless the record shows that it was decided before."""
        was_seen = not is_new and await self._seen(deal_id, command.command_id)
        if was_seen and (repeated := await self._repeated(deal_id, command)):
            return Applied.to(repeated)
        try:
            return await self._signalled(deal_id, command)
        except NoWorkflow:
            return await self._revived(deal_id, command)

    async def _signalled(self, deal_id: str, command: Sent) -> Accepted:
        with _silence_is_unavailable():
            async with self._signal_turns.taken(deal_id, within=self._update_within):
                sent = command.model_copy(update={"sent_at": datetime.now(UTC)})
                await self._calls.signal(deal_id, sent, within=CALL_WITHIN)
        return Accepted(command.command_id)

    async def _revived(self, deal_id: str, command: Sent) -> Became:
        """Decide on a deal whose workflow has ended; it lives again if that changes anything."""
        recorded = await recall(self._ledger, deal_id, command.command_id)
        if recorded is None:  # nobody knows it, or it is so new that only the server does
            try:
                return await self._signalled(deal_id, command)
            except NoWorkflow:
                raise Refused(Code.UNKNOWN_DEAL, deal=deal_id) from None
        playbook, deal = recorded
        if not decide(playbook, deal, command, now=datetime.now(UTC)):
            return Applied.to(view(playbook, deal))
        with _silence_is_unavailable():
            given = DealInput(playbook=playbook, deal=deal)
            await self._calls.start(given, within=self._update_within, first=command)
        try:
            return await self._updated(deal_id, command, is_new=True)
        except (NoAnswer, NoWorkflow):
            return Accepted(command.command_id)

    async def _seen(self, deal_id: str, command_id: str) -> bool:
        """Whether the record shows the command; a ledger that is slow or away shows nothing."""
        try:
            async with asyncio.timeout(LEDGER_WITHIN.total_seconds()):
                return await recall_answer(self._ledger, deal_id, command_id) is not None
        except (SQLAlchemyError, OSError) as fault:  # a TimeoutError is an OSError
            _log.warning("command %s is not looked up: %r", command_id, fault)
            return False

    async def _repeated(self, deal_id: str, command: Sent) -> DealView | None:
        """The deal as recorded, if the record shows that the command was decided before.

        Raises:
            Refused: it was refused then, or its id belongs to another command.
        """
        if await recall_answer(self._ledger, deal_id, command.command_id) is None:
            return None  # most are new, and a look at one command costs less than at a whole deal
        recorded = await recall(self._ledger, deal_id, command.command_id)
        if recorded is None or command.command_id not in recorded[1].answers:
            return None
        decide(*recorded, command, now=datetime.now(UTC))
        return view(*recorded, stale=True)

    async def _as_begun(self, deal_id: str) -> tuple[Playbook, Deal] | None:
        """The deal at the beginning of its run: all there is of it until a worker has seen it."""
        try:
            given = await self._calls.beginning(deal_id, within=CALL_WITHIN)
        except (NoWorkflow, NoAnswer):
            return None
        return given.playbook, given.deal or fold(None, given.outbox)

    async def _start(
        self, playbook: Playbook, events: Sequence[Event], *, within: timedelta
    ) -> None:
        with _silence_is_unavailable():
            given = DealInput(playbook=playbook, outbox=tuple(events))
            await self._calls.start(given, within=within)


@contextmanager
def _silence_is_unavailable() -> Iterator[None]:
    try:
        yield
    except NoAnswer as fault:
        raise EngineUnavailable(str(fault)) from fault
