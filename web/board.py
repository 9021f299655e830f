"""The board: every open deal in the column of its stage, moved by dragging or by a menu.

Decides which columns and cards are shown. A move is a command like any other, and refused like one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from api.backing import Backing, Standing
from deals.model import Names
from deals.playbook import Playbook
from ledger.board import BoardFilter, Card, busiest_playbook, cards, standings, won
from ledger.board import Standing as Stood
from ledger.playbooks import list_playbooks
from web.clock_line import SOON, State
from web.names import action_name
from web.page import page
from web.reader import Looking, Reader

router: Final = APIRouter(include_in_schema=False)

EACH: Final = 12
"""Cards of a column. A choice: more than anybody reads at once."""

WHOLE: Final = 200
"""Cards of a column that somebody asked for whole. A choice."""

WON: Final = "_won"
"""The last column, as an address names it; the ids of stages begin with a letter or a digit."""

WON_SHOWN: Final = 8
"""Deals that its column shows. A choice: what was won lately."""

_FILTERS: Final = ("team", "owner", "source")


@dataclass(frozen=True, slots=True)
class CardShown:
    """A card.

    Attributes:
        day: how many days the deal has been in the stage; None: nobody knows.
        asked: what the clock asks for; None where any movement, or none, does.
    """

    card: Card
    state: State
    span: str
    asked: Names | None
    day: int | None


@dataclass(frozen=True, slots=True)
class Column:
    """A stage on the board."""

    id: str
    name: Names
    n: int
    amounts: tuple[tuple[int, str], ...]
    late: int
    mix: tuple[tuple[State, float, float], ...]
    """By state, from where to where it fills the bar, in percent."""
    cards: tuple[CardShown, ...]
    limit_days: int | None

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.n - len(self.cards)


@router.get("/board")
async def board(request: Request, reader: Looking, backing: Standing) -> Response:
    """The open deals of one playbook."""
    books = await latest_playbooks(backing)
    asked = request.query_params
    chosen = asked.get("playbook") or await busiest_playbook(backing.ledger)
    playbook = books.get(chosen or "") or next(iter(books.values()), None)
    columns: tuple[Column, ...] = ()
    closed = None
    if playbook:
        wanted = BoardFilter(
            playbook.id,
            **{name: asked.get(name) or None for name in _FILTERS},
            late=asked.get("late") == "1",
        )
        columns = tuple(
            await _columns(backing, reader, playbook, wanted, whole=asked.get("column"))
        )
        if not (wanted.late or asked.get("column")):
            since = quarter_of(reader)
            closed = await won(backing.ledger, wanted, since=since, limit=WON_SHOWN)
    return await page(
        request,
        reader,
        "board",
        tab="board",
        playbook=playbook,
        books=books.values(),
        columns=columns,
        closed=closed,
        pace=playbook.calendar.scale if playbook else 1,
        stage=_stage(columns, asked.get("stage", "")),
        teams=sorted({one.team for one in reader.staff.people.values() if one.team}),
        reps=sorted(reader.staff.people.values(), key=lambda one: one.name),
        sources=playbook.facts["source"].choices if playbook and "source" in playbook.facts else (),
        asked={
            name: asked.get(name, "") for name in (*_FILTERS, "late", "playbook", "column", "stage")
        },
        link=_link(asked),
    )


def _link(asked: Any) -> Any:  # noqa: ANN401 - a function for the template
    """Makes the board's address with one thing asked for differently."""

    def link(**other: str) -> str:
        kept = {name: asked.get(name, "") for name in (*_FILTERS, "late", "playbook", "stage")}
        said = {name: value for name, value in (kept | other).items() if value}
        return f"/board?{urlencode(said)}" if said else "/board"

    return link


def quarter_of(reader: Reader) -> datetime:
    """When the reader's present quarter of the calendar began."""
    today = reader.now.astimezone(reader.zone).date()
    first = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    return datetime.combine(first, time(), reader.zone)


def _stage(columns: tuple[Column, ...], asked: str) -> str:
    """The one that a narrow screen shows: the one asked for, else the first with deals."""
    if asked == WON or any(one.id == asked for one in columns):
        return asked
    found = next((one.id for one in columns if one.n), None)
    return found or next((one.id for one in columns), WON)


async def latest_playbooks(backing: Backing) -> dict[str, Playbook]:
    """The latest version of each playbook."""
    found: dict[str, Playbook] = {}
    for one in await list_playbooks(backing.ledger):
        found.setdefault(one.playbook.id, one.playbook)
    return found


async def _columns(
    backing: Backing, reader: Reader, playbook: Playbook, wanted: BoardFilter, *, whole: str | None
) -> list[Column]:
    scale = playbook.calendar.scale
    midnight = datetime.combine(
        reader.now.astimezone(reader.zone).date() + timedelta(days=1), time(), reader.zone
    )
    soon = max(reader.now + SOON / scale, midnight)
    stood = await standings(backing.ledger, wanted, today_until=midnight, soon_until=soon)
    stages = [one.id for one in playbook.stages if whole in {None, "", one.id}]
    each = WHOLE if whole in stages else EACH
    found = await cards(backing.ledger, wanted, stages=stages, each=each)
    return [
        _column(
            playbook,
            stage.id,
            [one for one in stood if one.stage == stage.id],
            tuple(_card(one, playbook, reader, midnight) for one in found if one.stage == stage.id),
        )
        for stage in playbook.stages
        if stage.id in stages
    ]


def _column(
    playbook: Playbook, stage_id: str, stood: list[Stood], shown: tuple[CardShown, ...]
) -> Column:
    stage = playbook.stages[playbook.position(stage_id)]
    n = sum(one.n for one in stood)
    limit = stage.stay.limit if stage.stay else None
    return Column(
        id=stage.id,
        name=stage.name,
        n=n,
        amounts=tuple((one.amount_minor, one.currency) for one in stood if one.amount_minor),
        late=sum(one.late for one in stood),
        mix=tuple(_mix(stood, n)),
        cards=shown,
        limit_days=limit.count if limit and limit.unit in {"d", "bd"} else None,
    )


def _mix(stood: list[Stood], n: int) -> Iterator[tuple[State, float, float]]:
    begin = 0.0
    late, today, soon = (
        sum(getattr(one, name) for one in stood) for name in ("late", "today", "soon")
    )
    parts: tuple[tuple[State, int], ...] = (
        ("late", late), ("today", today), ("soon", soon), ("ok", n - late - today - soon),
    )  # fmt: skip
    for state, count in parts:
        if count:
            end = begin + 100 * count / n
            yield state, begin, end
            begin = end


def _card(card: Card, playbook: Playbook, reader: Reader, midnight: datetime) -> CardShown:
    scale = playbook.calendar.scale
    entered, now = card.stage_entered_at, reader.now
    return CardShown(
        card=card,
        state=_state(card, now, midnight, scale),
        span=reader.speech.span(card.due_at - now, in_seconds=scale > 1) if card.due_at else "",
        asked=action_name(playbook, card.subject)
        if card.subject and card.clock in {"action", "follow_on"}
        else None,
        day=int((now - entered).total_seconds() * scale // 86_400) if entered else None,
    )


def _state(card: Card, now: datetime, midnight: datetime, scale: float) -> State:
    if card.status == "on_hold" or card.state == "paused" or card.due_at is None:
        return "paused"
    if card.state == "breached":
        return "late"
    if card.due_at < midnight:
        return "today"
    return "soon" if card.due_at - now <= SOON / scale else "ok"
