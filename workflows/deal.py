"""One deal as one long-lived workflow: the shell that gives the core time, memory and messages.

Decides nothing about deals: every rule is in `deals`, every instant comes from the history.
Handlers are synchronous and wait for nothing; two tasks beside them keep one timer and one
activity. Only the main loop ends a run, and it fails loudly if one of the two stops.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from deals.clocks import next_deadline
    from deals.commands import PassTime, Repin, Sent
    from deals.deal import REMEMBERED_COMMANDS
    from deals.decide import decide, refusal
    from deals.events import Event
    from deals.evolve import fold
    from deals.refusals import Code, Refused
    from deals.view import DealView, view
    from workflows.alarm import Alarm
    from workflows.card import card, deadline_summary
    from workflows.converter import Packed
    from workflows.courier import Courier
    from workflows.incoming import read, unreadable
    from workflows.messages import (
        DEAL,
        OUTCOME,
        RECORD,
        RENEW,
        STATE,
        SUBMIT,
        UNSURE,
        VIEW,
        CommandOutcome,
        DealInput,
        DealState,
        Manner,
    )
    from workflows.search_attributes import changes

A_MOMENT: Final = timedelta(milliseconds=100)
"""Clock time before a run that may end looks again for a task without updates. A choice: seldom
enough to cost little, and it looks only while updates keep coming."""

PLAINLY: Final = Manner()


class TaskStoppedError(Exception):
    """The courier or the alarm ended, which neither may; the workflow task fails and is retried."""


@workflow.defn(name=DEAL)
class DealWorkflow:
    """The shell of one deal."""

    @workflow.init
    def __init__(self, given: DealInput) -> None:
        self._given = given
        self._run = workflow.info()
        self._playbook = self._terms = given.playbook
        self._deal = given.deal or fold(None, given.outbox)
        self._deadline = next_deadline(self._deal)
        self._is_living = False
        self._renewal_asked = False
        self._length_at_update = 0
        self._shown: tuple[int, int, str | None] | None = None
        self._checked: tuple[str, int, tuple[Event, ...]] = ("", 0, ())
        self._courier = Courier(
            self._deal.id,
            given.outbox,
            on_hold=lambda: self._ends_soon() or not self._alarm.is_settled,
        )
        self._alarm = Alarm(
            lambda: self._deadline.at if self._deadline else None,
            summary=lambda: deadline_summary(self._deal, self._deadline),
            armed=lambda: self._tell(also_due=True),
            ring=self._pass_time,
        )

    @workflow.run
    async def run(self, given: DealInput) -> str:  # noqa: ARG002 - `__init__` has read it
        """Live until the deal is closed and all of it in the ledger; the result is how it ended."""
        self._is_living = True
        work = (self._courier.run(), self._alarm.run(), self._keep_card())
        tasks = [asyncio.create_task(one) for one in work]
        try:
            await self._live(tasks)
        except asyncio.CancelledError:
            if workflow.cancellation_reason() is None:
                raise  # not asked for by anybody: the worker drops this run from its cache
            workflow.logger.warning("a deal ends by a command; the request to cancel is ignored")
            await self._live(tasks)
        if not self._is_over():
            carried = {
                "playbook": self._playbook,
                "deal": self._deal,
                "outbox": self._courier.outbox,
            }
            workflow.continue_as_new(Packed(self._given.model_copy(update=carried)))
        return self._deal.status

    @workflow.update(name=SUBMIT)
    def submit(self, command: Any, manner: Manner = PLAINLY) -> DealView | Packed[DealView]:  # noqa: ANN401 - plain JSON
        """Apply a command at once and answer with the deal as it is then.

        Args:
            command: one of `deals.commands.Sent`, as plain JSON.
            manner: how it is sent; people with the command line leave it out.
        """
        update, seq, events = self._checked
        if (update, seq) != (_update_id(), self._deal.seq):  # a replay checks nothing again
            events = self._decided(command, manner)
        self._length_at_update = self._run.get_current_history_length()
        self._apply(events)
        return Packed(self.view()) if manner.packed else self.view()

    @submit.validator
    def _check(self, command: Any, manner: Manner = PLAINLY) -> None:  # noqa: ANN401 - plain JSON
        self._checked = (_update_id(), self._deal.seq, self._decided(command, manner))

    @workflow.signal(name=RECORD)
    def record(self, *sent: Any) -> None:
        """Apply a command whose sender does not wait; a refusal is kept on the timeline."""
        spare_id = workflow.uuid4().hex
        try:
            command = read(sent, otherwise=spare_id)
        except Refused as refused:
            event = unreadable(self._deal, sent, refused, command_id=spare_id, now=self._now())
            self._apply([event])
            return
        self._apply(self._recorded(command, spare_id))

    @workflow.signal(name=RENEW)
    def renew(self, *_: Any) -> None:
        """Continue as new at the next quiet moment, for ops."""
        self._renewal_asked = self._is_living  # a run that begins in this very task is new

    @workflow.query(name=VIEW)
    def view(self) -> DealView:
        """The deal as the API answers it."""
        return view(self._playbook, self._deal)

    @workflow.query(name=STATE)
    def state(self) -> DealState:
        """Everything in memory."""
        outbox = self._courier.outbox
        return DealState(
            deal=self._deal,
            outbox=len(outbox),
            outbox_since=outbox[0].at if outbox else None,
            fault=self._courier.fault,
            history_events=self._run.get_current_history_length(),
        )

    @workflow.query(name=OUTCOME)
    def outcome(self, command_id: str) -> CommandOutcome:
        """What became of a command, if the deal remembers."""
        return CommandOutcome.of(command_id, self._deal.answers.get(command_id))

    async def _live(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Wait until this run may end, in a task without updates."""
        while True:
            await workflow.wait_condition(lambda: self._may_end() or any(t.done() for t in tasks))
            _raise_stopped(tasks)
            if self._is_quiet():
                return
            await workflow.sleep(A_MOMENT, summary="a moment without commands, to end or to renew")

    def _decided(self, sent: Any, manner: Manner) -> tuple[Event, ...]:  # noqa: ANN401 - plain JSON
        """What follows from an update's command.

        Raises:
            ApplicationError: the refusal's code as type and its facts as detail; or `UNSURE`.
        """
        try:
            command = read([sent], otherwise=_update_id())
            if not manner.is_new and self._may_have_forgotten(command):
                raise ApplicationError(UNSURE, type=UNSURE, non_retryable=True)
            return self._what_follows(command)
        except Refused as refused:
            code = refused.code.value
            raise ApplicationError(code, refused.facts, type=code, non_retryable=True) from refused

    def _recorded(self, command: Sent, spare_id: str) -> Sequence[Event]:
        """What follows from a signal's command; nothing from one that was refused before."""
        self._pass_time(command.sent_at)
        try:
            return self._what_follows(command)
        except Refused as refused:
            if command.command_id not in self._deal.answers:
                return [refusal(self._deal, command, refused, now=self._now())]
            if refused.code is not Code.KEY_REUSED:
                return []
            # The id belongs to another command's events and answer.
            renamed = command.model_copy(update={"command_id": spare_id})
            return [refusal(self._deal, renamed, refused, now=self._now())]

    def _pass_time(self, until: datetime | None = None) -> None:
        """Reach what lies behind now, or behind an earlier instant."""
        self._apply(self._what_follows(PassTime(sent_at=until)))

    def _what_follows(self, command: Sent | PassTime) -> tuple[Event, ...]:
        """The core's decision; the terms of another version are kept for when it is applied."""
        events = decide(self._playbook, self._deal, command, now=self._now())
        if isinstance(command, Repin):
            self._terms = command.terms
        return events

    def _apply(self, events: Sequence[Event]) -> None:
        if not events:
            return
        pinned = self._deal.playbook
        self._deal = fold(self._deal, events)
        if self._deal.playbook != pinned:
            self._playbook = self._terms
        self._deadline = next_deadline(self._deal)
        self._courier.add(events)
        self._tell(also_due=self._deadline is None)

    def _tell(self, *, also_due: bool) -> None:
        """Upsert what changed for searches, in one call."""
        told = self._run.typed_search_attributes
        due_at = self._deadline.at if self._deadline else None
        if updates := changes(told, self._deal, due_at, also_due=also_due):
            workflow.upsert_search_attributes(updates)

    async def _keep_card(self) -> None:
        """Keep the state card true, once a task however much happens in it; never returns."""
        while True:
            await workflow.wait_condition(lambda: self._shown != self._showable())
            self._shown = _, waiting, fault = self._showable()
            details = card(self._playbook, self._deal, self._deadline, waiting=waiting, fault=fault)
            workflow.set_current_details(details)

    def _showable(self) -> tuple[int, int, str | None]:
        """What the card tells: the deal by its seq, how many events wait, and why."""
        return self._deal.seq, self._courier.waiting, self._courier.fault

    def _now(self) -> datetime:
        """The task's instant; never before the last event, which another clock may have timed."""
        return max(workflow.now(), self._deal.at)

    def _may_have_forgotten(self, command: Sent) -> bool:
        answers = self._deal.answers
        return command.command_id not in answers and len(answers) >= REMEMBERED_COMMANDS

    def _is_over(self) -> bool:
        return self._deal.outcome is not None and self._courier.is_done

    def _may_end(self) -> bool:
        """Whether this run may complete or continue as new, cutting off no handler or activity."""
        if not workflow.all_handlers_finished() or not self._alarm.is_settled:
            return False
        if self._courier.in_flight and not self._courier.fault:
            return self._is_forced()
        return self._is_over() or self._wants_renewal()

    def _wants_renewal(self) -> bool:
        run = self._run
        suggested = run.is_continue_as_new_suggested()
        is_long = run.get_current_history_length() >= self._given.renew_after
        return self._renewal_asked or suggested or is_long

    def _ends_soon(self) -> bool:
        """Whether it is worth waiting for what is under way; a run forced to end takes it along."""
        return self._wants_renewal() and not self._is_forced()

    def _is_forced(self) -> bool:
        return self._run.get_current_history_length() >= self._given.renew_forced

    def _is_quiet(self) -> bool:
        """Whether this task ran no update, whose answer would go with it if it were discarded."""
        length = self._run.get_current_history_length()
        return length != self._length_at_update or self._is_forced()


def _update_id() -> str:
    info = workflow.current_update_info()
    return info.id if info else ""


def _raise_stopped(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        if task.done():
            raise TaskStoppedError(task.get_name()) from task.exception()
