"""Lives told by their instants, for tests whose figures are worked out by hand."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from deals.calendar import CalendarSpec, resolve
from deals.commands import ImportDeal, PastStep
from deals.deal import Actor, PlaybookRef
from deals.decide import decide
from deals.events import Event
from deals.evolve import fold
from deals.playbook import Playbook
from ledger.playbooks import publish_playbook
from ledger.record import Life, record_many
from ledger.session import Ledger
from reports.ask import scope_of
from reports.catalog import BY_NAME
from reports.copy import Copy
from reports.figures import Found
from reports.filters import Filters
from reports.period import window

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""Day 0: Monday noon, nothing special near."""

IMPORT = Actor(id="import", role="ops")
HEARD = datetime(2026, 12, 31, tzinfo=UTC)
"""When all lives were taken over."""


def process(*stages: str | dict[str, Any], version: int = 1, **more: Any) -> Playbook:
    """A playbook of these stages, in order, without any clock."""
    body = {
        "playbook": "plain",
        "version": version,
        "name": "Plain",
        "currency": "CNY",
        "calendar": {"time_zone": "UTC", "hours": "09:00-17:00"},
        "stages": [_stage(one) for one in stages],
    }
    body |= more
    body["calendar"] = resolve(CalendarSpec.model_validate(body["calendar"]), 2026, 2027)
    return Playbook.model_validate(body)


def _stage(given: str | dict[str, Any]) -> dict[str, Any]:
    return {"id": given, "name": given} if isinstance(given, str) else given


ABCD = process("a", "b", "c", "d")


def on(day: float) -> datetime:
    """The instant so many days of clock time after day 0."""
    return NOON + timedelta(days=day)


def stage(name: str, day: float | None) -> PastStep:
    return PastStep(kind="stage", stage=name, at=None if day is None else on(day))


def end(how: str, day: float | None, amount: int | None = None) -> PastStep:
    at = None if day is None else on(day)
    return PastStep.model_validate(
        {"kind": "end", "outcome": how, "at": at, "amount_minor": amount}
    )


def taken(owner: str, day: float, team: str | None = None) -> PastStep:
    return PastStep(kind="owner", owner=owner, team=team, at=on(day))


def did(action: str, day: float, by: str | None = "lin") -> PastStep:
    return PastStep(kind="action", action=action, at=on(day), actor=by)


def life(
    deal_id: str,
    *past: PastStep,
    book: Playbook = ABCD,
    **more: Any,
) -> tuple[Playbook, tuple[Event, ...]]:
    """A deal with this past; opened with its first step."""
    command = ImportDeal(
        command_id="import",
        actor=IMPORT,
        deal_id=deal_id,
        playbook=PlaybookRef(id=book.id, version=book.version, digest=book.digest),
        customer="Acme",
        reference=deal_id,
        past=past,
        **{"owner": "lin", "title": deal_id, "opened_at": past[0].at} | more,
    )
    return book, decide(book, None, command, now=HEARD)


async def record(ledger: Ledger, *lives: tuple[Playbook, Sequence[Event]]) -> None:
    """These lives, and their playbooks."""
    for book in {(book.id, book.version): book for book, _ in lives}.values():
        await publish_playbook(ledger, book, f"version {book.version}", now=HEARD)
    await record_many(ledger, (Life(fold(None, events).id, events) for _, events in lives))


async def found(
    ledger: Ledger,
    report: str,
    table: str | None = None,
    *,
    day: float = 300,
    days: tuple[date | None, date | None] = (None, None),
    zone: str = "UTC",
    **asked: Any,
) -> list[Found[Any]]:
    """The rows of a table of a report, as of the end of a day."""
    inside = window(*days, time_zone=zone, as_of=on(day))
    one = BY_NAME[report]
    scope = await scope_of(ledger, Copy(ledger), Filters(inside, **asked), one, time_zone=zone)
    return list(one.table(table).rows(scope))


async def row(ledger: Ledger, report: str, table: str | None = None, **asked: Any) -> Any:  # noqa: ANN401 - a row's model
    """The only row."""
    keys = {name: asked.pop(name) for name in ("stage", "key", "who") if name in asked}
    rows = [one.row for one in await found(ledger, report, table, **asked)]
    rows = [one for one in rows if all(_is(one, name, value) for name, value in keys.items())]
    assert len(rows) == 1, rows
    return rows[0]


def _is(one: Any, name: str, value: object) -> bool:  # noqa: ANN401
    return bool(getattr(one, "owner" if name == "who" else name) == value)
