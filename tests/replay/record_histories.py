"""Record the histories of `test_replay.py`: `python -m tests.replay.record_histories [NAME]`.

Each scenario lives through one kind of situation on a real server, in a few seconds. A history says
what running deals of today look like: record a new one for a new road through the shell, and an old
one again only if no deal that took the old road can still be running.
"""

import asyncio
import gzip
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from temporalio.client import WorkflowHistory
from temporalio.exceptions import ApplicationError

from deals.deal import Actor
from deals.playbook import Playbook
from deals.view import DealView
from playbooks.load import load_playbook, shipped
from tests.workflows.conftest import free_port, reachable, serving
from tests.workflows.scene import (
    MANAGER,
    NEWER,
    PLAYBOOK,
    QUICK,
    Running,
    Stage,
    eventually,
)
from workflows import courier
from workflows.messages import RECORD, RENEW

HISTORIES: Final = Path(__file__).parent / "histories"
DOCUMENT: Final = {"kind": "document", "name": "Quote", "url": "https://example.com/quote.pdf"}
VALUES: Final[dict[str, Any]] = {
    "text": "a new line",
    "number": 3,
    "yes-no": True,
    "date": "2027-03-01",
    "money": {"amount_minor": 900_000_00, "currency": "CNY"},
    "contact": {"name": "Zhou Min", "role": "plant manager"},
    "document": DOCUMENT,
}

Scenario = Callable[[Stage], Awaitable[Running]]
SCENARIOS: Final[dict[str, Scenario]] = {}


def scenario(play: Scenario) -> Scenario:
    SCENARIOS[play.__name__.replace("_", "-")] = play
    return play


def equipment_sales() -> Playbook:
    file = next(file for file in shipped() if "equipment" in file.name)
    return load_playbook(file, year=2027).playbook


@scenario
async def walked_to_won(stage: Stage) -> Running:
    """One deal through all five stages by updates, each gate met."""
    playbook = equipment_sales()
    deal = await stage.open(playbook)
    view = await deal.view()
    while view.status == "open":
        while view.unmet:
            view = await met(playbook, deal, view)
        if playbook.next_stage(view.stage.id):
            view = await deal.submit("advance")
        else:
            view = await deal.submit("close", outcome="won", amount_minor=880_000_00)
    await deal.handle.result()
    return deal


async def met(playbook: Playbook, deal: Running, view: DealView) -> DealView:
    """The deal after one thing more of what its gate lacks."""
    lacking = view.unmet[-1]
    if lacking.kind == "fact":
        rule = playbook.facts[lacking.id]
        value = rule.choices[0].id if rule.choices else VALUES[rule.kind]
        return await deal.submit("record_facts", facts={lacking.id: value})
    wanted = {one.id for one in view.unmet if one.kind == "action"}
    action = next(one for one in view.next_actions if one.action in wanted)
    evidence = [DOCUMENT] if action.evidence else []
    return await deal.submit("record_action", action=action.action, evidence=evidence)


@scenario
async def every_other_command(stage: Stage) -> Running:
    """Hold, return, override, assign, next step, comment and acknowledgement, close and reopen."""
    deal = await stage.open(equipment_sales())
    soon = datetime.now(UTC) + timedelta(days=2)
    step = {"what": "send the brochure", "on": soon.isoformat()}
    await deal.submit("record_action", action="first-call", next_step=step, note="interested")
    await deal.submit("record_action", action="follow-up")
    await deal.submit("override", reason="known for years")
    await deal.submit("override", reason="known for years", actor=MANAGER)
    await deal.submit("advance")
    await deal.submit("return", to="first-contact", reason="another plant")
    await deal.submit("place_hold", until=soon.date().isoformat(), reason="trade fair")
    await deal.submit("release_hold")
    await deal.submit("assign", owner="mei", team="south", actor=MANAGER)
    stage.book.open.clear()
    await deal.submit("close", outcome="lost", reason="no budget")
    await deal.submit("reopen", reason="budget found", actor=MANAGER)
    stage.book.open.set()
    await deal.drained()
    return deal


@scenario
async def reminded_to_the_pool_and_claimed(stage: Stage) -> Running:
    """A whole ladder by the timer, an escalation answered on the way, then a new owner."""
    deal = await stage.open(QUICK)
    view = await eventually(deal.view, lambda view: len(view.escalations) == 1)
    asked = view.escalations[0].id
    await deal.submit("comment", escalation=asked, note="on holiday")
    await deal.submit("acknowledge", escalation=asked, note="I call today", actor=MANAGER)
    await eventually(deal.view, lambda view: view.in_pool)
    await deal.submit("claim", actor=Actor(id="mei", role="rep"))
    await deal.drained()
    return deal


@scenario
async def signals_good_and_bad(stage: Stage) -> Running:
    """Signals while no worker is there: applied, refused, repeated, malformed; a cancellation."""
    await stage.away()
    deal = await stage.open()
    for _ in range(2):
        await deal.signal("record_action", "call", action="call")
        await deal.signal("advance", "early")
    await deal.signal("advance", "call", digest="other")
    await deal.handle.signal(RECORD, "no command")
    await deal.handle.signal(RECORD)
    await deal.handle.cancel()
    await stage.back()
    await deal.submit("record_action", "visit", action="visit")
    await deal.drained()
    return deal


@scenario
async def a_ledger_that_was_away(stage: Stage) -> Running:
    """Batches retried, and a timed-out attempt."""
    stage.book.faults += [ConnectionError("the ledger is away")] * 2
    deal = await stage.open()
    for _ in range(3):
        await deal.submit("record_action", action="mail")
    await deal.drained()
    stage.book.open.clear()
    await deal.submit("record_action", action="call")
    await asyncio.sleep(courier.ATTEMPT.total_seconds() + 1)
    await deal.submit("record_action", action="visit")
    stage.book.open.set()
    await deal.drained()
    return deal


@scenario
async def a_ledger_that_refused(stage: Stage) -> Running:
    """An alarm, a rest of a minute, and a second attempt."""
    stage.book.faults.append(ApplicationError("event 1 is another", type="LedgerConflict"))
    deal = await stage.open()
    await eventually(deal.state, lambda state: state.fault is not None)
    await deal.submit("record_action", action="call")
    await deal.drained()
    return deal


@scenario
async def renewed_at_rest(stage: Stage) -> Running:
    """The run that ends by an ops signal; its successor is `after-a-renewal`."""
    deal = await stage.open()
    await deal.submit("record_action", action="call")
    await deal.drained()
    run = (await deal.handle.describe()).run_id
    await deal.handle.signal(RENEW)
    await eventually(deal.handle.describe, lambda described: described.run_id != run)
    return replacing(deal, run)


@scenario
async def after_a_renewal(stage: Stage) -> Running:
    """A run that began with a carried deal."""
    deal = replacing(await renewed_at_rest(stage), None)
    await deal.submit("record_action", action="visit")
    await deal.submit("advance")
    await deal.drained()
    return deal


@scenario
async def repinned(stage: Stage) -> Running:
    """Another version of the playbook, by update and by signal."""
    deal = await stage.open()
    for version, terms in ((2, NEWER), (1, PLAYBOOK)):
        plain = terms.model_dump(mode="json", by_alias=True)
        send = deal.submit if terms is NEWER else deal.signal
        await send("repin", actor=MANAGER, reason="a pilot", version=version, terms=plain)
        await deal.submit("record_action", action="call" if version == 1 else "qualify")
    await deal.drained()
    return deal


@scenario
async def renewed_by_force_with_an_outbox(stage: Stage) -> Running:
    """A ledger that hangs: renewed with an activity under way, the outbox carried."""
    deal = await stage.open(renew_after=20, renew_forced=40)
    await deal.drained()
    run = (await deal.handle.describe()).run_id
    stage.book.open.clear()
    while (await deal.handle.describe()).run_id == run:
        await deal.submit("record_action", action="mail")
    stage.book.open.set()
    await deal.drained()
    return replacing(deal, run)


@scenario
async def renewed_amid_updates(stage: Stage) -> Running:
    """Callers at once while the run is due for renewal: it looks again until a task is quiet."""
    deal = await stage.open(renew_after=30, renew_forced=400)
    run = (await deal.handle.describe()).run_id

    async def write() -> None:
        for _ in range(12):
            await deal.signal("record_action", action="mail")
            await deal.submit("record_action", action="mail")

    await asyncio.gather(write(), write(), write(), return_exceptions=True)
    await deal.drained()
    await eventually(deal.handle.describe, lambda described: described.run_id != run)
    return replacing(deal, run)


@scenario
async def idle(stage: Stage) -> Running:
    """Nothing has happened yet: most deals, most of the time."""
    deal = await stage.open(equipment_sales())
    await deal.drained()
    return deal


def replacing(deal: Running, run: str | None) -> Running:
    """The same deal, seen as one of its runs, or as the present one."""
    client = deal.handle._client  # noqa: SLF001 - a handle does not show its client
    return Running(deal.id, client.get_workflow_handle(deal.handle.id, run_id=run), deal.book)


async def record(name: str, address: str) -> None:
    async with Stage(await reachable(address)) as stage:
        deal = await SCENARIOS[name](stage)
        await asyncio.sleep(0.5)  # let the last task of the run close
        history: WorkflowHistory = await deal.handle.fetch_history()
    HISTORIES.mkdir(exist_ok=True)
    packed = gzip.compress(history.to_json().encode(), mtime=0)
    (HISTORIES / f"{name}.json.gz").write_bytes(packed)
    sys.stdout.write(f"{name}: {len(history.events)} events, {len(packed)} bytes\n")


async def main(names: list[str]) -> None:
    with serving(free_port()) as address:
        await reachable(address)
        for name in names or SCENARIOS:
            await record(name, address)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
