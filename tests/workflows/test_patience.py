"""What is tried again, and what a failed call means."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import islice

import pytest
from temporalio.service import RPCError, RPCStatusCode

from workflows.patience import NoAnswer, NoWorkflow, Turns, patiently, pauses

Call = Callable[[], Awaitable[int]]
SOON = timedelta(seconds=5)


def failing(*faults: Exception) -> tuple[Call, list[Exception]]:
    """A call that fails so often and then answers 7; and the faults still to come."""
    left = list(faults)

    async def call() -> int:
        if left:
            raise left.pop(0)
        return 7

    return call, left


def rpc(status: RPCStatusCode, message: str = "") -> RPCError:
    return RPCError(message, status, b"")


THROWN_AWAY = rpc(
    RPCStatusCode.FAILED_PRECONDITION,
    "Unable to perform workflow execution update due to unexpected workflow task failure.",
)


@pytest.mark.parametrize(
    "fault",
    [
        rpc(RPCStatusCode.UNAVAILABLE),
        rpc(RPCStatusCode.RESOURCE_EXHAUSTED, "consistent query buffer is full"),
        THROWN_AWAY,
    ],
    ids=["unavailable", "exhausted", "thrown-away"],
)
async def test_what_passes_by_itself_is_tried_again(fault: RPCError) -> None:
    call, _ = failing(fault, fault, fault)

    assert await patiently(call, within=SOON, after=[0, 0, 0]) == 7


async def test_it_gives_up_after_the_last_repetition() -> None:
    call, left = failing(*[rpc(RPCStatusCode.UNAVAILABLE, "away")] * 5)

    with pytest.raises(NoAnswer, match="unavailable: away"):
        await patiently(call, within=SOON, after=[0, 0])
    assert len(left) == 2


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        (rpc(RPCStatusCode.NOT_FOUND), NoWorkflow),
        (rpc(RPCStatusCode.FAILED_PRECONDITION, "no poller seen"), NoAnswer),
        (rpc(RPCStatusCode.CANCELLED, "Timeout expired"), NoAnswer),
        (RuntimeError("Failed client connect: refused"), NoAnswer),
    ],
    ids=["not-found", "no-poller", "timeout", "no-connection"],
)
async def test_nothing_else_is_tried_again(fault: Exception, meaning: type[Exception]) -> None:
    call, left = failing(fault, fault)

    with pytest.raises(meaning):
        await patiently(call, within=SOON, after=[0, 0])
    assert len(left) == 1


async def test_it_never_takes_longer_than_it_may() -> None:
    call, _ = failing(*[rpc(RPCStatusCode.UNAVAILABLE)] * 5)

    with pytest.raises(NoAnswer, match="in time"):
        await patiently(call, within=timedelta(milliseconds=50), after=[60])


def test_pauses_grow_up_to_a_limit_and_differ() -> None:
    some = list(islice(pauses(first=0.025, longest=0.2), 8))

    assert all(0.1 <= pause <= 0.2 for pause in some[3:])
    assert 0.0125 <= some[0] <= 0.025
    assert len(set(some)) == len(some)


async def test_turns_are_taken_one_after_the_other_and_given_back() -> None:
    turns = Turns(1)
    async with turns.taken("D1", within=SOON) as left:
        assert left <= SOON
        with pytest.raises(NoAnswer, match="too many"):
            async with turns.taken("D1", within=timedelta(0)):
                pytest.fail("there was no turn left")
        async with turns.taken("D2", within=timedelta(0)):
            pass  # another deal's turns are its own
    async with turns.taken("D1", within=SOON) as left:
        assert timedelta(0) < left <= SOON


async def test_a_turn_rests_before_it_is_given_again() -> None:
    turns = Turns(1, rest=timedelta(hours=1))
    async with turns.taken("D1", within=SOON):
        pass
    with pytest.raises(NoAnswer, match="too many"):
        async with turns.taken("D1", within=timedelta(0)):
            pytest.fail("it has not rested yet")
