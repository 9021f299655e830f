"""The bell rings often enough that nobody is forgotten, and seldom enough that nobody drowns."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from activities.bell import AT_ONCE, WAITED, Bell
from ledger.letters import Letter, put_letter
from ledger.preferences import DEFAULTS, Channel, put_notifications
from ledger.session import Ledger


@dataclass
class Inboxes:
    """Notes who was poked and woken.

    Attributes:
        faults: raised by the next calls, one each.
        open: while cleared, calls hang.
    """

    poked: list[str] = field(default_factory=list)
    woken: list[str] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0
    most: int = 0

    def __post_init__(self) -> None:
        self.open.set()

    async def poke(self, person: str) -> None:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await self.open.wait()
        self.under_way -= 1
        self.poked.append(person)
        if self.faults:
            raise self.faults.pop(0)

    async def wake(self, person: str) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.woken.append(person)


async def until(fits: Callable[[], bool]) -> None:
    while True:
        if fits():
            return
        await asyncio.sleep(0.001)


async def test_a_burst_for_one_person_is_two_rings_the_last_after_all_of_it(
    ledger: Ledger,
) -> None:
    inboxes = Inboxes()
    bell = Bell(ledger, inboxes, rest=0.2)
    bell.ring({"lin"})
    await until(lambda: inboxes.poked == ["lin"])
    for _ in range(1000):
        bell.ring({"lin"})
    assert inboxes.poked == ["lin"]
    await until(lambda: inboxes.poked == ["lin", "lin"])
    bell.ring({"lin"})
    await until(lambda: inboxes.poked == ["lin"] * 3)


async def test_a_ring_under_way_does_not_do_for_what_happens_after_it(ledger: Ledger) -> None:
    inboxes = Inboxes()
    bell = Bell(ledger, inboxes, rest=0)
    inboxes.open.clear()
    bell.ring({"lin"})
    await until(lambda: inboxes.under_way == 1)
    bell.ring({"lin"})
    inboxes.open.set()
    await until(lambda: inboxes.poked == ["lin", "lin"])


async def test_many_people_are_rung_for_some_at_a_time(ledger: Ledger) -> None:
    inboxes = Inboxes()
    bell = Bell(ledger, inboxes)
    inboxes.open.clear()
    people = {f"p{n}" for n in range(200)}
    bell.ring(people)
    await until(lambda: inboxes.under_way == AT_ONCE)
    inboxes.open.set()
    await until(lambda: set(inboxes.poked) == people)
    assert (inboxes.most, len(inboxes.poked)) == (AT_ONCE, 200)


async def test_a_ring_that_fails_holds_up_nobody(ledger: Ledger) -> None:
    inboxes = Inboxes(faults=[RuntimeError("the server is away")])
    bell = Bell(ledger, inboxes, rest=0)
    bell.ring({"lin"})
    await until(lambda: inboxes.poked == ["lin"])
    bell.ring({"chen"})
    await until(lambda: inboxes.poked == ["lin", "chen"])


async def going_round(bell: Bell, until_done: Callable[[], Awaitable[None]]) -> None:
    rounds = asyncio.create_task(bell.go_round(every=0.01))
    await until_done()
    rounds.cancel()


async def test_on_its_rounds_it_finds_whom_a_crash_left_waiting(ledger: Ledger) -> None:
    long_ago, just_now = datetime.now(UTC) - 2 * WAITED, datetime.now(UTC) + WAITED
    for person, at in (("lin", long_ago), ("chen", just_now)):
        channel = Channel(f"C{person}", "mail", "mail")
        await put_notifications(ledger, person, DEFAULTS, (channel,))
        letter = Letter(person, "test", f"test:{person}", "en", "S", "B")
        await ledger.write(put_letter, letter, at)
    inboxes = Inboxes(faults=[RuntimeError("the server is away")])
    await going_round(Bell(ledger, inboxes), lambda: until(lambda: inboxes.woken == ["lin", "lin"]))
    assert inboxes.poked == []


async def test_it_goes_on_when_the_ledger_is_away(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults: list[Exception] = [ConnectionError("the ledger is away")]

    async def people_waiting(_ledger: Ledger, *, since: datetime) -> set[str]:
        del since
        if faults:
            raise faults.pop()
        return {"lin"}

    monkeypatch.setattr("activities.bell.people_waiting", people_waiting)
    inboxes = Inboxes()
    await going_round(Bell(ledger, inboxes), lambda: until(lambda: "lin" in inboxes.woken))
