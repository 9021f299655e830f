"""One deal from stage to stage, on a real server."""

from tests.workflows.scene import Stage


async def test_a_deal_goes_from_stage_to_stage(real: Stage) -> None:
    deal = await real.open()

    await deal.submit("record_action", action="call")
    await deal.submit("record_action", action="visit")
    view = await deal.submit("advance")

    assert view.stage.id == "quotation"
    assert view == await deal.view()
    await deal.drained()
    assert deal.book.kinds(deal.id)[0] == "deal_opened"
