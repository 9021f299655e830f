"""Commands to a deal on a real server: by update, by signal, by both, and by hand."""

import asyncio
import json
import sys
import uuid
from pathlib import Path
from typing import Any

from temporalio.client import WorkflowExecutionStatus

from deals.deal import REMEMBERED_COMMANDS
from tests.workflows.scene import MANAGER, Stage, eventually, sent
from workflows.messages import RECORD, RENEW, SUBMIT, UNSURE

MALFORMED: tuple[object, ...] = (
    *(None, 7, [], "advance"),
    *({"kind": 3}, {"kind": "advance", "command_id": "a b"}),
)

CLI = Path(sys.executable).with_name("temporal")


async def test_a_deal_goes_from_stage_to_stage(real: Stage) -> None:
    deal = await real.open()

    await deal.submit("record_action", action="call")
    await deal.submit("record_action", action="visit")
    view = await deal.submit("advance")

    assert view.stage.id == "quotation"
    assert view == await deal.view()
    await deal.drained()
    assert deal.book.kinds(deal.id)[0] == "deal_opened"


async def test_the_same_id_by_both_roads_and_many_times_is_applied_once(real: Stage) -> None:
    deal = await real.open()

    await deal.signal("record_action", "once", action="call")
    await asyncio.gather(*(deal.submit("record_action", "once", action="call") for _ in range(5)))
    await deal.signal("record_action", "once", action="call")

    await deal.drained()
    assert deal.book.command_ids(deal.id).count("once") == 1
    assert deal.book.kinds(deal.id).count("action_recorded") == 1


async def test_a_refusal_says_why_and_leaves_no_trace(real: Stage) -> None:
    deal = await real.open()
    await deal.drained()
    before = await deal.events()

    code, facts = await deal.refused("record_action", action="visit")
    assert (code, facts["after"]) == ("out_of_order", ["call"])
    code, facts = await deal.refused("advance")
    assert (code, [one["id"] for one in facts["unmet"]]) == ("gate_unmet", ["call", "visit"])
    code, facts = await deal.refused("record_action", action="call", mood="good")
    assert (code, facts["faults"][0]["field"]) == ("bad_command", "record_action.mood")
    assert (await deal.refused("open_deal"))[0] == "bad_command"

    assert await deal.events() == before


async def test_a_signalled_command_that_is_refused_stays_on_the_timeline(real: Stage) -> None:
    deal = await real.open()

    await deal.signal("record_action", "early", action="visit")

    told = await deal.outcome("early")
    assert (told["status"], told["answer"]["refusal"]) == ("refused", "out_of_order")
    assert (await deal.refused("record_action", "early", action="visit"))[0] == "out_of_order"
    await deal.signal("record_action", "early", action="visit")
    await deal.drained()
    assert deal.book.kinds(deal.id).count("command_refused") == 1


async def test_an_id_of_another_command_is_refused_and_keeps_its_answer(real: Stage) -> None:
    deal = await real.open()
    view = await deal.submit("record_action", "mine", action="call", digest="a")

    assert (await deal.refused("advance", "mine", digest="b"))[0] == "key_reused"
    await deal.signal("advance", "mine", digest="b")

    assert (await deal.outcome("mine"))["answer"]["refusal"] is None
    assert (await deal.outcome("mine"))["answer"]["seq"] <= view.seq
    await deal.drained()
    refused = real.book.deals[deal.id][-1]
    assert (refused.kind, refused.command_id == "mine") == ("command_refused", False)


async def test_no_signal_whatever_blocks_a_deal(real: Stage) -> None:
    deal = await real.open()
    handle = deal.handle
    for malformed in MALFORMED:
        await handle.signal(RECORD, malformed)
    await handle.signal(RECORD)
    await handle.signal(RECORD, args=[{"kind": "advance"}, {"kind": "advance"}])
    await handle.signal(RECORD, b"\xff\xfe")
    await handle.signal("no_such_signal", 1)

    await deal.submit("record_action", action="call")

    await deal.drained()
    assert deal.book.kinds(deal.id).count("command_refused") == 9
    assert "WORKFLOW_TASK_FAILED" not in await deal.events()


async def test_an_update_without_an_id_is_known_by_the_updates_id(real: Stage) -> None:
    deal = await real.open()

    await deal.handle.execute_update(
        SUBMIT, {"kind": "record_action", "action": "call"}, id="from-the-ui"
    )

    assert (await deal.outcome("from-the-ui"))["status"] == "applied"


async def test_a_deal_with_a_full_memory_says_when_it_cannot_be_sure(real: Stage) -> None:
    deal = await real.open()
    for n in range(REMEMBERED_COMMANDS):
        await deal.signal("record_action", f"mail-{n}", action="mail")
    await deal.drained()
    assert (await deal.outcome("mail-0"))["status"] == "applied"
    assert (await deal.outcome(f"open-{deal.id}"))["status"] == "unknown"

    code, _ = await deal.refused("record_action", "mail-x", unsure=True, action="mail")
    assert code == UNSURE
    view = await deal.submit("record_action", "mail-5", unsure=True, action="mail")
    assert view.seq == (await deal.state()).deal.seq


async def test_plain_json_by_the_command_line_is_enough(real: Stage, temporal_address: str) -> None:
    deal = await real.open()

    async def temporal(*arguments: str) -> Any:  # noqa: ANN401 - plain JSON
        process = await asyncio.create_subprocess_exec(
            *(str(CLI), "workflow", *arguments, "--workflow-id", deal.handle.id),
            *("--address", temporal_address, "--output", "json"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, fault = await process.communicate()
        assert process.returncode == 0, fault
        return json.loads(out) if out.strip() else None

    called = json.dumps({"kind": "record_action", "action": "call"})
    await temporal("signal", "--name", "record", "--input", called)
    visited = json.dumps({"kind": "record_action", "action": "visit"})
    await temporal("update", "execute", "--name", "submit", "--input", visited)
    shown = await temporal("query", "--name", "view")
    await temporal("signal", "--name", "renew")

    view = await deal.view()
    assert [done.action for done in view.done] == ["call", "visit"]
    assert {done.actor for done in view.done} == {"ops"}
    assert shown["queryResult"][0]["seq"] == view.seq


async def test_a_request_to_cancel_does_not_end_a_deal(real: Stage) -> None:
    deal = await real.open()

    await deal.handle.cancel()
    await deal.submit("record_action", action="call")
    await real.back()  # replays it, the request included
    await deal.submit("record_action", action="visit")
    await deal.submit("close", outcome="lost", reason="no budget", actor=MANAGER)

    assert await deal.handle.result() == "lost"
    described = await deal.handle.describe()
    assert described.status is WorkflowExecutionStatus.COMPLETED


async def test_a_renewal_asked_for_with_rubbish_is_a_renewal(real: Stage) -> None:
    deal = await real.open()
    await deal.drained()  # a renewal asked for in a run's first task would be none
    run = (await deal.handle.describe()).run_id

    await deal.handle.signal(RENEW, args=[1, uuid.uuid4().hex])
    await deal.submit("record_action", action="call")

    await eventually(deal.handle.describe, lambda described: described.run_id != run)


def test_what_is_sent_is_plain_json() -> None:
    assert json.loads(json.dumps(sent("advance")))["kind"] == "advance"
