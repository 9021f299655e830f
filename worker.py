"""The worker: runs deals and what they ask of the ledger, until it is told to stop.

Wiring only. One process per core that is free for it; more than one may serve a task queue. It
waits for a Temporal server that is not there yet, and finishes what it began before it ends.
"""

import asyncio
import gc
import logging
import os
import signal
import socket
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import timedelta
from functools import partial
from itertools import chain, repeat
from typing import Any, Final

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.worker import (
    UnsandboxedWorkflowRunner,
    Worker,
    WorkflowInstance,
    WorkflowInstanceDetails,
    WorkflowRunner,
)
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.bell import Bell
from activities.briefings import BriefingActivities
from activities.burst import Burst
from activities.imports import ImportActivities
from activities.post import PostActivities
from activities.post_messages import post_queue
from activities.recalendars import RecalendarActivities, take_up
from activities.record import GATHERING, LedgerActivities, keep_beating
from activities.rounds import wanted_rounds
from gateway import Gateway
from ledger.session import Ledger
from letters.addresses import Addresses
from letters.compose import Home
from letters.sending import Sender
from settings import Settings
from workflows.briefings import BriefingWorkflow
from workflows.client import connect, register_search_attributes
from workflows.deal import DealWorkflow
from workflows.imports import ImportWorkflow
from workflows.inbox import InboxWorkflow
from workflows.inbox_calls import InboxCalls
from workflows.recalendars import RecalendarWorkflow
from workflows.round_keeper import RoundKeeper
from workflows.schedules import Schedules

OURS: Final = ("activities", "deals", "workflows")
"""Packages that workflows share with the process: pure, or guarded by replay tests."""

GRACE: Final = timedelta(seconds=5)
"""Clock time for what is under way when told to stop. A choice: one attempt to record."""

POLLS: Final = 20
"""Polls for workflow tasks that wait at the server. Source: measured; of five all are taken at
times, then the server writes the task down and reads it again, which costs a command 4 % more."""

RECORDS_AT_ONCE: Final = 40
"""Activities of deals under way at this worker. Source: measured (ADR 0012); more of them, at once
in a burst, take from the decisions to come."""

LETTERS_AT_ONCE: Final = 2_000
"""Deliveries under way at this worker. A choice: most of them wait, for a turn at their server."""

COLLECTIONS: Final = (50_000, 20, 100)
"""Thresholds of Python's garbage collector. Source: measured; by its own a full collection stops
every deal for 0.1 s at times, since it looks at all deals in memory."""

PAUSES: Final = (0.1, 0.25, 0.5, 1.0, 2.0)
"""Clock seconds between attempts to connect; the last one for ever. Choices."""

_log = logging.getLogger(__name__)


def make_worker(  # noqa: PLR0913 - a worker is what it is told
    client: Client,
    activities: Sequence[Callable[..., Any]],
    *,
    task_queue: str,
    sandboxed: bool,
    max_cached_workflows: int,
    sticky_timeout: timedelta,
    burst: Burst | None = None,
) -> Worker:
    """A worker for deals; it runs inside `async with`, or by `run`.

    Args:
        client: connected, not lazy.
        activities: what the workflows ask for.
        task_queue: whose work it takes.
        sandboxed: run workflows in the SDK's sandbox, which finds faults and costs 5 to 25 %.
        max_cached_workflows: deals kept in memory; the others are replayed when they are needed.
        sticky_timeout: clock time until another worker takes over the deals of a killed one.
        burst: notes timers that fire; a sandboxed worker notes none.
    """
    return Worker(
        client,
        task_queue=task_queue,
        workflows=[DealWorkflow, ImportWorkflow, RecalendarWorkflow],
        activities=activities,
        workflow_runner=sandbox() if sandboxed else Noting(burst or Burst()),
        max_concurrent_activities=RECORDS_AT_ONCE,
        max_cached_workflows=max_cached_workflows,
        sticky_queue_schedule_to_start_timeout=sticky_timeout,
        graceful_shutdown_timeout=GRACE,
        max_concurrent_workflow_task_polls=POLLS,
        # Eager activities stay on: without them an answer takes 45 ms instead of 12 (measured).
        disable_eager_activity_execution=False,
    )


def make_post_worker(
    client: Client, activities: Sequence[Callable[..., Any]], *, task_queue: str, sandboxed: bool
) -> Worker:
    """A worker for letters and briefings, on a queue of their own: it holds up no deal.

    Args:
        client: connected, not lazy.
        activities: those of letters and briefings.
        task_queue: the installation's, from which that of letters follows.
        sandboxed: run workflows in the SDK's sandbox.
    """
    return Worker(
        client,
        task_queue=post_queue(task_queue),
        workflows=[InboxWorkflow, BriefingWorkflow],
        activities=activities,
        workflow_runner=sandbox() if sandboxed else UnsandboxedWorkflowRunner(),
        graceful_shutdown_timeout=GRACE,
        max_concurrent_activities=LETTERS_AT_ONCE,
    )


class Noting(UnsandboxedWorkflowRunner):
    """Runs workflows as they are, and notes when a timer of one fires."""

    def __init__(self, burst: Burst) -> None:
        self._burst = burst

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """A workflow's instance."""
        instance = super().create_instance(det)
        activate = instance.activate

        def noting(act: WorkflowActivation) -> WorkflowActivationCompletion:
            if any(job.HasField("fire_timer") for job in act.jobs):
                self._burst.note()
            return activate(act)

        instance.activate = noting  # type: ignore[method-assign] # its own, around the same method
        return instance


def sandbox() -> WorkflowRunner:
    """The SDK's sandbox, with our modules passed through."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*OURS)
    return SandboxedWorkflowRunner(restrictions=restrictions)


def collect_seldom() -> None:
    """Let the garbage collector pass over what is there for good, and rarely look at the rest."""
    gc.freeze()
    gc.set_threshold(*COLLECTIONS)


async def main(settings: Settings) -> None:
    """Run a worker until SIGTERM or SIGINT, then let it finish what is under way."""
    collect_seldom()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    client = await _connected(settings, stop)
    if client is None:
        return
    ledger = Ledger.open(settings.database_url, time_zone=settings.time_zone)
    try:
        await register_search_attributes(client)
        home = _home(settings)
        inboxes = InboxCalls(client, task_queue=settings.task_queue)
        bell = Bell(ledger, inboxes)
        gateway = Gateway(client, ledger, task_queue=settings.task_queue)
        workers = (
            _deals(settings, client, ledger, gateway, bell),
            _letters(settings, client, ledger, inboxes, home),
        )
        schedules = Schedules(client, task_queue=settings.task_queue)
        rounds = RoundKeeper(schedules, partial(wanted_rounds, ledger, home))
        name = f"{socket.gethostname()}:{os.getpid()}"
        chores = (
            keep_beating(ledger, name),
            bell.go_round(),
            rounds.keep(),
            take_up(ledger, gateway),
        )
        await _run(name, workers, chores, stop)
    finally:
        await ledger.close()


def _home(settings: Settings) -> Home:
    """What holds for people who say nothing themselves."""
    gather = timedelta(seconds=settings.gather_seconds)
    return Home(settings.time_zone, settings.locale, gather)


def _deals(
    settings: Settings, client: Client, ledger: Ledger, gateway: Gateway, bell: Bell
) -> Worker:
    """The worker for deals."""
    burst = Burst()
    return make_worker(
        client,
        [
            LedgerActivities(ledger, GATHERING, bell, burst).record,
            ImportActivities(ledger, gateway).run_import,
            RecalendarActivities(ledger, gateway).run_recalendar,
        ],
        task_queue=settings.task_queue,
        sandboxed=settings.sandboxed_workflows,
        max_cached_workflows=settings.max_cached_workflows,
        sticky_timeout=timedelta(seconds=settings.sticky_timeout),
        burst=burst,
    )


def _letters(
    settings: Settings, client: Client, ledger: Ledger, inboxes: InboxCalls, home: Home
) -> Worker:
    """The worker for letters and briefings."""
    mail_url = settings.mail_url.get_secret_value() if settings.mail_url else None
    post = PostActivities(ledger, Sender(Addresses(mail_url)), home)
    briefings = BriefingActivities(ledger, home, inboxes.poke)
    return make_post_worker(
        client,
        [post.plan, post.compose, post.deliver, briefings.brief],
        task_queue=settings.task_queue,
        sandboxed=settings.sandboxed_workflows,
    )


async def _run(
    name: str,
    workers: Sequence[Worker],
    chores: Sequence[Coroutine[Any, Any, None]],
    stop: asyncio.Event,
) -> None:
    """Run until told to stop, or until a worker or a chore fails."""
    running = [asyncio.create_task(worker.run()) for worker in workers]
    going_on = [asyncio.create_task(chore) for chore in chores]
    stopping = asyncio.create_task(stop.wait())
    _log.info("worker %s serves task queue %s", name, workers[0].task_queue)
    try:
        tasks = (*running, *going_on, stopping)
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(*(worker.shutdown() for worker in workers))
        await asyncio.gather(*running)
        for done in filter(asyncio.Task.done, going_on):
            await done
    finally:
        for task in (*going_on, stopping):
            task.cancel()
    _log.info("worker %s has stopped", name)


async def _connected(settings: Settings, stop: asyncio.Event) -> Client | None:
    """A client, as soon as the server answers; None if told to stop before."""
    runtime = _runtime(settings)
    pauses = chain(PAUSES, repeat(PAUSES[-1]))
    while not stop.is_set():
        try:
            return await connect(settings, runtime=runtime)
        except RuntimeError as fault:  # the SDK's way to say that it could not connect
            _log.warning("no Temporal server at %s yet: %s", settings.temporal_target, fault)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), next(pauses))
    return None


def _runtime(settings: Settings) -> Runtime | None:
    """The SDK's runtime, with a page of its metrics if one is wanted."""
    if settings.worker_metrics_port is None:
        return None
    address = f"{settings.worker_metrics_host}:{settings.worker_metrics_port}"
    metrics = PrometheusConfig(
        bind_address=address, counters_total_suffix=True, durations_as_seconds=True
    )
    return Runtime(telemetry=TelemetryConfig(metrics=metrics))
