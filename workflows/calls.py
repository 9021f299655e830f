"""Calls to the workflow of one deal, each bounded in time.

Decides what is asked and what a refused or failed call means; the gateway decides what to do then.
Updates and queries go to the raw service: the client's own retries wait a second and more where
milliseconds are enough. Must never claim that a call without an answer had no effect.
"""

from datetime import timedelta
from itertools import islice
from typing import Any, Final, TypeVar

from temporalio.api.common.v1 import Payloads, WorkflowExecution
from temporalio.api.enums.v1 import UpdateWorkflowExecutionLifecycleStage as Lifecycle
from temporalio.api.failure.v1 import Failure
from temporalio.api.query.v1 import WorkflowQuery
from temporalio.api.update.v1 import Input, Meta, Request, WaitPolicy
from temporalio.api.workflowservice.v1 import (
    QueryWorkflowRequest,
    QueryWorkflowResponse,
    UpdateWorkflowExecutionRequest,
    UpdateWorkflowExecutionResponse,
)
from temporalio.client import Client
from temporalio.common import RawValue, WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError

from deals.clocks import next_deadline
from deals.commands import Sent
from deals.evolve import fold
from deals.refusals import Code, Refused
from deals.view import workflow_id
from workflows.card import summary
from workflows.converter import Packed, plain
from workflows.messages import DEAL, RECORD, SUBMIT, UNSURE, DealInput, Manner
from workflows.patience import NoAnswer, NoWorkflow, patiently, pauses
from workflows.search_attributes import start_attributes

AnswerT = TypeVar("AnswerT")

RESENDS: Final = 4
"""How often an update is sent again. Source: measured; once is enough nearly always."""


class AlreadyOpen(Exception):
    """A workflow of that deal was started before.

    Attributes:
        deal_id: the deal.
    """

    def __init__(self, deal_id: str) -> None:
        super().__init__(f"deal {deal_id} has been opened before")
        self.deal_id = deal_id


class Unsure(Exception):
    """The deal cannot tell whether the command repeats one that it has forgotten."""


class Failed(Exception):
    """The workflow could not decide: a fault of ours, not a refusal. Nothing was changed."""


class Calls:
    """The calls, over one client."""

    def __init__(self, client: Client, *, task_queue: str) -> None:
        self._client = client
        self._task_queue = task_queue

    async def start(
        self, given: DealInput, *, within: timedelta, first: Sent | None = None
    ) -> None:
        """Start a deal's workflow.

        Args:
            given: with what.
            within: clock time to try.
            first: a command for a deal that had ended; it is delivered in one with the start, also
                when somebody else was faster. None: the deal is new, and may never have run.

        Raises:
            AlreadyOpen: a new deal's workflow was started before.
            NoAnswer: it is not known whether it started.
        """
        deal = given.deal or fold(None, given.outbox)
        deadline = next_deadline(deal)
        policy = (
            {"id_reuse_policy": WorkflowIDReusePolicy.REJECT_DUPLICATE}
            if first is None
            else {
                "id_reuse_policy": WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                "id_conflict_policy": WorkflowIDConflictPolicy.USE_EXISTING,
                "start_signal": RECORD,
                "start_signal_args": [first],
            }
        )

        async def call() -> None:
            await self._client.start_workflow(
                DEAL,
                Packed(given),
                id=workflow_id(deal.id),
                task_queue=self._task_queue,
                search_attributes=start_attributes(deal, deadline.at if deadline else None),
                static_summary=summary(deal),
                **policy,
            )

        try:
            await patiently(call, within=within)
        except WorkflowAlreadyStartedError:
            raise AlreadyOpen(deal.id) from None
        except NoWorkflow as fault:  # there is no such namespace
            raise NoAnswer(str(fault)) from fault

    async def update(
        self, deal_id: str, command: Sent, *, is_new: bool, within: timedelta
    ) -> bytes:
        """Apply a command now; sent again with the same id, it is applied once.

        Args:
            deal_id: to which deal.
            command: what.
            is_new: False when it may repeat an old one.
            within: clock time to try.

        Returns:
            The deal as it is then, a `DealView` in JSON.

        Raises:
            Refused: the process does not allow it.
            Unsure: only if not `is_new`.
            NoWorkflow, NoAnswer, Failed: as they say.
        """
        manner = Manner(is_new=is_new, packed=True)
        request = UpdateWorkflowExecutionRequest(
            namespace=self._client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id(deal_id)),
            wait_policy=WaitPolicy(
                lifecycle_stage=Lifecycle.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED
            ),
            request=Request(
                meta=Meta(update_id=update_id(command), identity=self._client.identity),
                input=Input(name=SUBMIT, args=await self._encoded(command, manner)),
            ),
        )

        async def call() -> UpdateWorkflowExecutionResponse:
            return await self._client.workflow_service.update_workflow_execution(
                request, retry=False, timeout=within
            )

        spaced = islice(pauses(first=0.025, longest=0.2), RESENDS)
        answer = await patiently(call, within=within, after=spaced)
        if not answer.HasField("outcome"):
            raise NoAnswer("the update was not completed in time")
        if answer.outcome.HasField("failure"):
            raise await self._fault(answer.outcome.failure)
        return plain((await self._decoded(answer.outcome.success, RawValue)).payload).data

    async def signal(self, deal_id: str, command: Sent, *, within: timedelta) -> None:
        """Leave a command with the server: durable from then on, applied once.

        Raises:
            NoWorkflow, NoAnswer: as they say.
        """
        handle = self._client.get_workflow_handle(workflow_id(deal_id))
        await patiently(lambda: handle.signal(RECORD, command), within=within)

    async def query(
        self, deal_id: str, name: str, answer: type[AnswerT], *args: Any, within: timedelta
    ) -> AnswerT:
        """Ask a deal; a busy one is asked again within milliseconds.

        Raises:
            NoWorkflow, NoAnswer: as they say.
        """
        request = QueryWorkflowRequest(
            namespace=self._client.namespace,
            execution=WorkflowExecution(workflow_id=workflow_id(deal_id)),
            query=WorkflowQuery(query_type=name, query_args=await self._encoded(*args)),
        )

        async def call() -> QueryWorkflowResponse:
            return await self._client.workflow_service.query_workflow(
                request, retry=False, timeout=within
            )

        found = await patiently(call, within=within, after=pauses(first=0.004, longest=0.05))
        return await self._decoded(found.query_result, answer)

    async def beginning(self, deal_id: str, *, within: timedelta) -> DealInput:
        """With what the deal's present run began; needs no worker.

        Raises:
            NoWorkflow, NoAnswer: as they say.
        """
        handle = self._client.get_workflow_handle(workflow_id(deal_id))

        async def call() -> Payloads:
            async for event in handle.fetch_history_events(page_size=1):
                return event.workflow_execution_started_event_attributes.input
            raise NoWorkflow(deal_id)

        return await self._decoded(await patiently(call, within=within), DealInput)

    async def running(self) -> set[str]:
        """The ids of the deals whose workflows run, as the server's index lists them.

        Raises:
            NoAnswer: the server is away.
        """
        prefix = workflow_id("")
        query = f'WorkflowType = "{DEAL}" AND ExecutionStatus = "Running"'
        try:
            found = self._client.list_workflows(query, page_size=1000)
            return {one.id.removeprefix(prefix) async for one in found}
        except (RPCError, RuntimeError) as fault:
            raise NoAnswer(str(fault)) from fault

    async def is_healthy(self, *, within: timedelta) -> bool:
        """Whether the server serves."""
        call = self._client.service_client.check_health
        try:
            return await patiently(lambda: call(timeout=within), within=within)
        except NoAnswer:
            return False

    async def _encoded(self, *values: Any) -> Payloads:
        return Payloads(payloads=await self._client.data_converter.encode(values))

    async def _decoded(self, payloads: Payloads, wanted: type[AnswerT]) -> AnswerT:
        value: AnswerT
        (value,) = await self._client.data_converter.decode(payloads.payloads, [wanted])
        return value

    async def _fault(self, failure: Failure) -> Exception:
        """The refusal that a failed update carries, or what else it means."""
        error = await self._client.data_converter.decode_failure(failure)
        if not isinstance(error, ApplicationError):
            return Failed(str(error))
        if error.type == UNSURE:
            return Unsure()
        if error.type in set(Code):
            facts = error.details[0] if error.details else {}
            return Refused(Code(error.type), **facts)
        return Failed(f"{error.type}: {error.message}")


def update_id(command: Sent) -> str:
    """The id the server tells repeats by: it answers them itself, so another body is another id."""
    return f"{command.command_id} {command.digest}".rstrip()
