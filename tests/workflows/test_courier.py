"""The way to the ledger: in order, whole, and loud when it is blocked; on a real server."""

import pytest
from temporalio.exceptions import ApplicationError

from activities.messages import MAX_BATCH
from ledger.record import LedgerConflict, LedgerGap
from tests.workflows.scene import Running, Stage, eventually, opened
from workflows import courier
from workflows.courier import ALARMS, MOST_BYTES, batch_of


async def test_a_ledger_that_hangs_delays_no_answer(real: Stage) -> None:
    deal = await real.open()
    await deal.drained()
    real.book.open.clear()

    for n in range(5):
        await deal.submit("record_action", f"mail-{n}", action="mail")
        assert len((await deal.view()).done) == 1
    state = await deal.state()
    assert state.outbox == 10
    assert state.outbox_since is not None
    assert state.outbox_since <= state.deal.at
    assert real.book.command_ids(deal.id) == [f"open-{deal.id}"]

    real.book.open.set()
    await deal.drained()
    assert real.book.command_ids(deal.id)[1:] == [f"mail-{n}" for n in range(5)]


async def test_a_ledger_that_was_away_gets_everything_in_order(real: Stage) -> None:
    real.book.faults += [ConnectionError("the ledger is away")] * 2
    deal = await real.open()
    for n in range(3):
        await deal.submit("record_action", f"mail-{n}", action="mail")

    await deal.drained()

    assert real.book.command_ids(deal.id) == [f"open-{deal.id}", "mail-0", "mail-1", "mail-2"]
    assert real.book.attempts >= 3


async def test_a_conflict_is_loud_and_costs_no_more_history(
    real: Stage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(courier, "REST", courier.ATTEMPT / 25)
    real.book.faults.append(ApplicationError("event 1 is another", type="LedgerConflict"))
    deal = await real.open()

    state = await eventually(deal.state, lambda state: state.fault is not None)

    assert state.fault == "LedgerConflict: event 1 is another"
    assert "the ledger refuses events" in caplog.text
    assert "The ledger refuses 4 events" in await deal.card()
    await deal.submit("record_action", action="call")
    state = await deal.drained()
    assert state.fault is None
    assert (await deal.events()).count("ACTIVITY_TASK_SCHEDULED") <= 3


async def test_an_ops_renewal_does_not_wait_for_a_ledger_that_refuses(
    real: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courier, "REST", courier.ATTEMPT * 100)
    real.book.faults.append(ApplicationError("event 1 is another", type="LedgerConflict"))
    deal = await real.open()
    await eventually(deal.state, lambda state: state.fault is not None)

    await deal.handle.signal("renew")

    await deal.drained()  # the new run tries at once
    assert real.book.kinds(deal.id)[0] == "deal_opened"


async def test_a_courier_that_dies_fails_visibly_and_loses_nothing(
    real: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    deal = await real.open()
    await deal.drained()

    def broken(_outbox: object) -> None:
        raise ValueError("no batch")

    with monkeypatch.context() as patched:
        patched.setattr(courier, "batch_of", broken)
        await deal.signal("record_action", "kept", action="mail")
        events = await eventually(deal.events, lambda events: "WORKFLOW_TASK_FAILED" in events)
    assert "WORKFLOW_EXECUTION_FAILED" not in events

    await deal.drained()
    assert real.book.command_ids(deal.id)[-1] == "kept"


async def test_nothing_is_lost_when_the_worker_goes_away_in_between(real: Stage) -> None:
    deal = await real.open()
    await deal.drained()
    real.book.open.clear()
    await deal.submit("record_action", "before", action="mail")
    await real.away()
    await deal.signal("record_action", "meanwhile", action="mail")
    real.book.open.set()
    await real.back()
    await deal.submit("record_action", "after", action="mail")

    await deal.drained()

    assert real.book.command_ids(deal.id)[1:] == ["before", "meanwhile", "after"]


def test_a_batch_holds_so_many_events_and_so_many_bytes() -> None:
    event = opened("D1").outbox[0]
    assert len(batch_of([event] * 1000)) == MAX_BATCH

    huge = event.model_copy(update={"title": "x" * (MOST_BYTES // 3)})
    assert len(batch_of([huge] * 10)) == 2
    assert len(batch_of([huge.model_copy(update={"title": "x" * 2 * MOST_BYTES})] * 2)) == 1


def test_the_alarms_are_those_of_the_ledger() -> None:
    assert {LedgerConflict.__name__, LedgerGap.__name__} == set(ALARMS)


async def test_a_running_deal_is_found_by_its_id(real: Stage) -> None:
    deal: Running = await real.open()

    assert (await deal.state()).deal.id == deal.id
