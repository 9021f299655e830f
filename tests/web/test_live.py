"""The live line: what changed comes soon, and nobody who only listens holds the server up."""

import asyncio

from tests.web.conftest import Site
from web.live import Pulse


def pulse_of(site: Site, closing: list[bool]) -> Pulse:
    return Pulse(site.backing.ledger, lambda: closing[0])


async def test_a_change_reaches_every_listener(site: Site) -> None:
    pulse = pulse_of(site, [False])
    lines = [pulse.listen() for _ in range(3)]
    told = [asyncio.ensure_future(anext(line)) for line in lines]
    await asyncio.sleep(0.5)  # the first look says from when on
    deal = await site.open()
    assert await asyncio.wait_for(asyncio.gather(*told), 5) == [[deal["id"]]] * 3
    for line in lines:
        await line.aclose()


async def test_lines_end_when_the_server_is_to_stop(site: Site) -> None:
    closing = [False]
    pulse = pulse_of(site, closing)

    async def heard() -> list[list[str]]:
        return [changed async for changed in pulse.listen()]

    listening = [asyncio.create_task(heard()) for _ in range(2)]
    await asyncio.sleep(0.1)
    closing[0] = True
    assert await asyncio.wait_for(asyncio.gather(*listening), 5) == [[], []]
    assert await asyncio.wait_for(heard(), 5) == []  # and for whoever comes now
