"""The audit against workflows: what they say, say late, or never say."""

from collections.abc import Callable
from datetime import timedelta

from audit import audit
from deals.deal import Deal
from gateway import EngineUnavailable
from ledger.record import record
from ledger.session import Ledger
from tests.ledger.lives import random_life
from workflows.messages import DealState

AT_ONCE = timedelta(0)
WHILE = timedelta(seconds=60)


class Engine:
    """One deal's workflow, which answers as it is told."""

    def __init__(self, *answers: Callable[[], DealState | None]) -> None:
        self._answers = list(answers)

    async def running(self) -> set[str]:
        return {"D1"}

    async def state(self, _deal_id: str) -> DealState | None:
        return (self._answers.pop(0) if len(self._answers) > 1 else self._answers[0])()


def silence() -> DealState:
    raise EngineUnavailable("nobody answered in time")


def saying(deal: Deal, **changes: object) -> Callable[[], DealState]:
    told = deal.model_copy(update=changes)
    state = DealState(deal=told, outbox=2, outbox_since=None, fault=None, history_events=9)
    return lambda: state


async def recorded(ledger: Ledger) -> Deal:
    told = random_life(1)
    assert told.deal
    await record(ledger, "D1", told.events)
    return told.deal


async def test_a_deal_that_says_what_the_ledger_says_is_no_difference(ledger: Ledger) -> None:
    deal = await recorded(ledger)
    assert await audit(ledger, Engine(saying(deal)), patience=AT_ONCE) == []
    (found,) = await audit(ledger, Engine(saying(deal, title="Other")), patience=AT_ONCE)
    assert (found.where, found.expected, found.found) == ("title", "Other", deal.title)


async def test_a_command_that_only_one_of_them_remembers_is_a_difference(ledger: Ledger) -> None:
    deal = await recorded(ledger)
    (forgotten, *_), kept = deal.answers, dict(list(deal.answers.items())[1:])
    (found,) = await audit(ledger, Engine(saying(deal, answers=kept)), patience=AT_ONCE)
    assert found.where == f"answers.{forgotten}"


async def test_a_deal_that_answers_late_is_asked_again(ledger: Ledger) -> None:
    deal = await recorded(ledger)
    behind = saying(deal, seq=deal.seq + 1)
    engine = Engine(silence, behind, saying(deal))
    assert await audit(ledger, engine, patience=WHILE) == []


async def test_a_deal_that_stays_silent_is_named(ledger: Ledger) -> None:
    await recorded(ledger)
    (found,) = await audit(ledger, Engine(silence), patience=AT_ONCE)
    assert (found.deal_id, found.where, found.expected) == ("D1", "deal-D1", "an answer")
    assert found.found == "nobody answered in time"


async def test_an_outbox_that_does_not_drain_is_named(ledger: Ledger) -> None:
    deal = await recorded(ledger)
    engine = Engine(saying(deal, seq=deal.seq + 2))
    (found,) = await audit(ledger, engine, patience=AT_ONCE)
    assert (found.where, found.found) == ("outbox", deal.seq)
    assert found.expected == f"event {deal.seq + 2}: 2 events wait since None"


async def test_an_open_deal_without_a_workflow_is_a_difference(ledger: Ledger) -> None:
    deal = await recorded(ledger)
    assert deal.outcome is None
    (found,) = await audit(ledger, Engine(lambda: None), patience=AT_ONCE)
    assert (found.expected, found.found) == ("a workflow", None)
