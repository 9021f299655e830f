"""The gateway on a real server and a real ledger, with and without anybody there."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import Client

from deals.deal import REMEMBERED_COMMANDS
from deals.refusals import Code, Refused
from deals.view import workflow_id
from gateway import AT_ONCE, EngineUnavailable, Gateway
from ledger.session import Ledger
from tests.workflows.conftest import free_port, reachable, serving
from tests.workflows.scene import (
    MANAGER,
    NEWER,
    PLAYBOOK,
    Office,
    Running,
    command,
    eventually,
    opened,
    sent,
)
from workflows import deal as shell
from workflows.became import Accepted, Applied
from workflows.calls import AlreadyOpen
from workflows.converter import data_converter

Refusal = Callable[[Code], pytest.RaisesExc[Refused]]


@pytest.fixture
def refused() -> Refusal:
    return lambda code: pytest.raises(Refused, match=f"^{code.value}$")


async def kinds(office: Office, deal_id: str) -> list[str]:
    return [event.kind for event in await office.recorded(deal_id)]


async def test_a_deal_is_opened_once(office: Office) -> None:
    deal = opened("D" + "a" * 12)
    begun = await office.gateway.open(PLAYBOOK, deal.outbox)

    assert await office.gateway.view(begun.id) == begun
    with pytest.raises(AlreadyOpen):
        await office.gateway.open(PLAYBOOK, deal.outbox)
    assert (await kinds(office, begun.id)).count("deal_opened") == 1
    with pytest.raises(AlreadyOpen):
        await office.gateway.open(PLAYBOOK, deal.outbox, repeatable=True)


async def test_a_command_is_applied_or_refused_at_once(office: Office, refused: Refusal) -> None:
    deal_id = await office.open()

    view = await office.applied(deal_id, "record_action", action="call")
    assert [done.action for done in view.done] == ["call"]
    with refused(Code.GATE_UNMET) as gate:
        await office.submit(deal_id, "advance")
    assert [one["id"] for one in gate.value.facts["unmet"]] == ["visit"]
    with refused(Code.UNKNOWN_DEAL):
        await office.submit("Dnobody", "advance")
    assert await office.gateway.view("Dnobody") is None
    assert await office.gateway.state("Dnobody") is None
    assert await office.gateway.outcome("Dnobody", "x") is None


async def test_a_deal_goes_on_by_another_version(office: Office) -> None:
    deal_id = await office.open()

    view = await office.applied(
        deal_id, "repin", actor=MANAGER, version=2, terms=NEWER, reason="pilots"
    )

    assert view.playbook.version == 2
    assert (await kinds(office, deal_id))[-2:] == ["playbook_changed", "clocks_set"]


async def test_a_repeat_gets_the_same_answer_and_another_body_does_not(
    office: Office, refused: Refusal
) -> None:
    deal_id = await office.open()
    call: dict[str, Any] = {"command_id": "k", "digest": "1", "action": "call"}

    first = await office.applied(deal_id, "record_action", keyed=True, **call)
    again = await office.applied(deal_id, "record_action", keyed=True, **call)

    assert again == first
    with refused(Code.KEY_REUSED):
        await office.submit(deal_id, "advance", keyed=True, command_id="k", digest="2")
    assert (await kinds(office, deal_id)).count("action_recorded") == 1


async def test_without_a_worker_a_command_is_accepted_and_applied_once_later(
    office: Office,
) -> None:
    deal_id = await office.open()
    await office.recorded(deal_id)
    await office.stage.away()

    answer = await office.submit(deal_id, "record_action", command_id="late", action="call")
    assert answer == Accepted("late")
    assert await office.gateway.view(deal_id) is None
    with pytest.raises(EngineUnavailable):
        await office.gateway.outcome(deal_id, "late")
    opening = await office.gateway.outcome(deal_id, f"open-{deal_id}")
    assert opening is not None

    await office.stage.back()
    told = await office.gateway.outcome(deal_id, "late")
    assert told is not None
    assert told.refusal is None
    assert (await kinds(office, deal_id)).count("action_recorded") == 1


async def test_a_deal_opened_without_a_worker_can_be_looked_at(office: Office) -> None:
    await office.stage.away()
    deal_id = await office.open()

    view = await office.gateway.view(deal_id)

    assert view is not None
    assert (view.id, view.stale) == (deal_id, True)
    assert await office.gateway.outcome(deal_id, f"open-{deal_id}") is not None
    with pytest.raises(EngineUnavailable):
        await office.gateway.outcome(deal_id, "unheard-of")
    with pytest.raises(EngineUnavailable):
        await office.gateway.state(deal_id)
    assert await office.gateway.ready()


async def test_a_sender_who_does_not_wait_is_told_later(office: Office) -> None:
    deal_id = await office.open()
    visit = sent("record_action", "async", action="visit")

    answer = await office.gateway.submit(deal_id, command(visit), respond_async=True)

    assert answer == Accepted("async")
    told = await office.gateway.outcome(deal_id, "async")
    assert told is not None
    assert told.refusal == "out_of_order"
    assert await office.gateway.outcome(deal_id, "unheard-of") is None


async def test_a_closed_deal_says_so_after_its_workflow_has_ended(
    office: Office, refused: Refusal
) -> None:
    deal_id = await office.open()
    end: dict[str, Any] = {"command_id": "end", "outcome": "lost", "reason": "no budget"}
    await office.applied(deal_id, "close", **end)
    await office.ended(deal_id)

    with refused(Code.DEAL_CLOSED):
        await office.submit(deal_id, "record_action", action="call")
    with refused(Code.DEAL_CLOSED):
        await office.gateway.submit(deal_id, command(sent("advance")), respond_async=True)
    again = await office.applied(deal_id, "close", **end)
    assert again.status == "lost"
    with refused(Code.KEY_REUSED):
        await office.submit(deal_id, "close", digest="other", **end)
    told = await office.gateway.outcome(deal_id, "end")
    assert told is not None
    with pytest.raises(AlreadyOpen):
        await office.gateway.open(PLAYBOOK, opened(deal_id).outbox)


async def test_a_closed_deal_is_reopened_and_goes_on(office: Office) -> None:
    deal_id = await office.open()
    await office.applied(deal_id, "close", outcome="lost", reason="no budget")
    await office.ended(deal_id)

    reason: dict[str, Any] = {"reason": "budget found", "actor": MANAGER}
    views = await asyncio.gather(
        *(office.applied(deal_id, "reopen", command_id="again", **reason) for _ in range(4))
    )

    assert {view.status for view in views} == {"open"}
    await office.applied(deal_id, "record_action", action="call")
    assert (await kinds(office, deal_id)).count("deal_reopened") == 1
    assert (await office.gateway.state(deal_id)) is not None


async def test_a_deal_whose_workflow_is_gone_lives_again_from_its_record(office: Office) -> None:
    deal_id = await office.open()
    await office.recorded(deal_id)
    await office.stage.client.get_workflow_handle(workflow_id(deal_id)).terminate("by mistake")

    view = await office.applied(deal_id, "record_action", action="call")

    assert [done.action for done in view.done] == ["call"]
    assert (await kinds(office, deal_id))[-1] == "clocks_set"


async def test_a_command_that_the_deal_has_forgotten_is_found_in_the_record(
    office: Office, refused: Refusal
) -> None:
    deal_id = await office.open()
    old: dict[str, Any] = {"command_id": "old", "digest": "1", "action": "mail"}
    await office.applied(deal_id, "record_action", keyed=True, **old)
    running = Running(
        deal_id,
        office.stage.client.get_workflow_handle(workflow_id(deal_id)),
        office.stage.book,
    )
    for n in range(REMEMBERED_COMMANDS):
        await running.signal("record_action", f"mail-{n}", action="mail")
    before = len(await office.recorded(deal_id))

    await office.applied(deal_id, "record_action", keyed=True, **old)
    assert len(await office.recorded(deal_id)) == before
    with refused(Code.KEY_REUSED):
        await office.submit(deal_id, "record_action", keyed=True, **(old | {"digest": "2"}))
    await office.applied(deal_id, "record_action", keyed=True, command_id="new", action="mail")
    assert len(await office.recorded(deal_id)) > before
    await office.stage.away()
    assert isinstance(await office.submit(deal_id, "record_action", keyed=True, **old), Applied)


async def test_many_callers_at_one_deal_are_all_served(office: Office) -> None:
    patient = Gateway(
        office.stage.client,
        office.ledger,
        task_queue=office.stage.task_queue,
        update_within=timedelta(seconds=20),
    )
    office = Office(patient, office.ledger, office.stage)
    deal_id = await office.open()
    callers = 3 * AT_ONCE

    await asyncio.gather(
        *(office.applied(deal_id, "record_action", action="mail") for _ in range(callers)),
        *(office.gateway.view(deal_id) for _ in range(callers)),
    )

    assert (await kinds(office, deal_id)).count("action_recorded") == callers


async def test_a_fault_of_ours_is_not_the_callers(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    deal_id = await office.open()
    await office.recorded(deal_id)

    def broken(*_: object, **__: object) -> None:
        raise KeyError("stage")

    with monkeypatch.context() as patched:
        patched.setattr(shell, "decide", broken)
        with pytest.raises(EngineUnavailable, match="KeyError"):
            await office.submit(deal_id, "advance", command_id="c")
    assert "cannot decide command c" in caplog.text
    await office.applied(deal_id, "record_action", command_id="c", action="call")


async def test_the_deals_of_an_import_start_some_at_a_time(office: Office) -> None:
    ids = [f"Dimport{n:05}" for n in range(60)]

    async def run() -> dict[str, bool]:
        deals = ((PLAYBOOK, opened(deal_id).outbox) for deal_id in ids)
        return {one.deal_id: one.is_new async for one in office.gateway.start_many(deals)}

    assert await run() == dict.fromkeys(ids, True)
    assert await run() == dict.fromkeys(ids, False)
    await eventually(office.gateway.running, lambda running: set(ids) <= running)


async def test_a_server_that_is_away_is_said_so_quickly_and_found_again(ledger: Ledger) -> None:
    port = free_port()
    client = await Client.connect(f"127.0.0.1:{port}", data_converter=data_converter, lazy=True)
    gateway = Gateway(client, ledger, task_queue="none", update_within=timedelta(seconds=1))
    advance = command(sent("advance"))

    async def all_say_so() -> None:
        assert not await gateway.ready()
        with pytest.raises(EngineUnavailable):
            await gateway.open(PLAYBOOK, opened("Daway").outbox)
        with pytest.raises(EngineUnavailable):
            await gateway.submit("Daway", advance)
        with pytest.raises(EngineUnavailable):
            await gateway.view("Daway")
        with pytest.raises(EngineUnavailable):
            await gateway.state("Daway")

    await all_say_so()
    with serving(port):
        await reachable(f"127.0.0.1:{port}")
        await eventually(gateway.ready, bool)
        await gateway.open(PLAYBOOK, opened("Dhere").outbox)
        assert isinstance(await gateway.submit("Dhere", advance), Accepted)
    await all_say_so()


async def test_nothing_is_claimed_before_it_is_durable(ledger: Ledger) -> None:
    nobody = await Client.connect("127.0.0.1:1", data_converter=data_converter, lazy=True)
    gateway = Gateway(nobody, ledger, task_queue="none")

    with pytest.raises(EngineUnavailable):
        await gateway.submit("D1", command(sent("advance")), respond_async=True)
