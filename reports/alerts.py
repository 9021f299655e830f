"""Are alerts acted on, or are they noise?

Question: of the alerts that a rule sends, how many are followed by an action in time? Population:
rungs that were reached; a request for an override is none, and one rung to three people is one
alert. Anchor: the instant at which the rung fired. Owner and team: those at the due instant.

Watched: the rule's `answer_within` (24 h where the playbook is silent) is over by `as_of`.
Followed: watched, and within it, before the clock's next rung fired, a person did something on the
deal that moves it, or the very action that the clock asks for, which need not be movement
(minutes). Acknowledged: watched, not followed, and acknowledged by `as_of`. `followed_ratio` is
followed of watched, with its Wilson interval; hours run from the alert to the action, of those
followed. A rule is ignored when 20 or more were watched and the interval's high end is below 0.2.
Deals count alike, open or closed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    RowMapping,
    ScalarSelect,
    Select,
    Subquery,
    and_,
    func,
    or_,
    select,
)

from deals.calendar import Calendar
from deals.clock import ClockKind
from deals.duration import Duration
from deals.model import Recorded
from deals.playbook import Measure, Playbook, Recipient
from deals.working_time import due
from ledger import tables
from ledger.session import Ledger
from ledger.types import Utc
from reports.cases import Find, cases
from reports.estimators import quantile, ratio
from reports.filters import Filters, check, of_deals, of_rule, version_at
from reports.rules import Rule, answer_within

IGNORED_FROM: Final = 20
IGNORED_BELOW: Final = 0.2
"""So many watched, and the interval's high end below that: nobody acts on it. Choices, those of the
definition."""


_rung, _deal, _owned, _done = tables.escalations, tables.deals, tables.owners, tables.actions


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert, and what came of it.

    Attributes:
        escalation: its id.
        place: of the rule's stage in the playbook, 0 for the first.
        at: when it fired; `due_at` is its clock's.
        owner: at the due instant; None: the pool.
        answer_by: the end of its window; None: never.
        watched: the window is over.
        followed_at: the action that followed in time, of a watched one.
        acknowledged: that alone, of a watched one.
    """

    deal_id: str
    title: str
    customer: str
    escalation: str
    rule: Rule
    place: int
    at: datetime
    due_at: datetime
    owner: str | None
    team: str | None
    answer_by: datetime | None
    watched: bool
    followed_at: datetime | None
    acknowledged: bool


class AlertFigures(Recorded):
    """What became of some alerts."""

    alerts_n: int
    watched_n: int
    followed_n: int
    followed_ratio: float | None
    followed_low: float | None
    followed_high: float | None
    followed_p50_hours: float | None
    acknowledged_n: int
    ignored: bool
    """Nobody acts on them."""
    complete: bool
    """The window asked for does not reach past `as_of`."""


class RuleFigures(AlertFigures):
    """What became of the alerts of one rule."""

    rule: str
    """Its parts in one, to ask for its alerts."""
    playbook: str
    stage: str
    kind: ClockKind
    subject: str
    do: Measure
    to: Recipient


@dataclass(frozen=True, slots=True)
class AlertReport:
    """All alerts, and those of each rule that sent any: stages in order, the rest by name."""

    total: AlertFigures
    rules: tuple[RuleFigures, ...]


async def report(ledger: Ledger, filters: Filters, find: Find) -> AlertReport:
    """The figures of all alerts, and of each rule that sent any.

    Raises:
        UnknownFilter: nobody has heard of what a filter asks for.
    """
    found = await alerts(ledger, filters, find)
    grouped: defaultdict[Rule, list[Alert]] = defaultdict(list)
    for one in found:
        grouped[one.rule].append(one)
    ordered = sorted(grouped.items(), key=_order)
    rules = (
        RuleFigures(rule=rule.id, **rule._asdict(), **_figures(some, filters))
        for rule, some in ordered
    )
    return AlertReport(AlertFigures(**_figures(found, filters)), tuple(rules))


async def alerts(ledger: Ledger, filters: Filters, find: Find) -> tuple[Alert, ...]:
    """The alerts of the window, in the order in which they fired.

    Raises:
        UnknownFilter: nobody has heard of what a filter asks for.
    """
    await ledger.read(check, filters)
    rows = await ledger.rows(statement(filters))
    books = {pinned: await find(*pinned) for pinned in set(map(_pinned, rows))}
    in_hours = {
        row["deal_id"] for row in rows if _window(books[_pinned(row)], row).is_working
    }  # only their windows ask whose hours they are
    found = await cases(ledger, in_hours, find)
    calendars = {deal_id: case.calendar for deal_id, case in found.items()}
    as_of = filters.window.as_of
    return tuple(_alert(row, books[_pinned(row)], calendars, as_of) for row in rows)


def statement(filters: Filters) -> Select[*tuple[Any, ...]]:
    """Every alert in the window, with the first action after it and the next rung of its clock."""
    as_of = filters.window.as_of
    following = func.lead(_rung.c.at, type_=Utc()).over(
        partition_by=(_rung.c.deal_id, _rung.c.clock), order_by=_rung.c.seq
    )
    rung = (
        select(*_rung.c, following.label("next_at"))
        .where(_rung.c.kind != "override", _rung.c.at <= as_of)
        .subquery("rung")
    )
    owner = and_(_owned.c.deal_id == rung.c.deal_id, _owned.c.seq == _owner_at_due(rung, as_of))
    of_deal = (_deal.c[name] for name in ("title", "customer", "playbook_id"))
    version = version_at(rung.c.seq).label("playbook_version")
    acted_at = _first_action(rung, as_of).label("acted_at")
    return (
        select(
            rung,
            *of_deal,
            version,
            _owned.c.owner.label("whose"),
            _owned.c.team.label("of"),
            acted_at,
        )
        .join(_deal, _deal.c.id == rung.c.deal_id)
        .join(_owned, owner)
        .where(*_conditions(rung, filters))
        .order_by(rung.c.at, rung.c.deal_id, rung.c.seq)
    )


def _owner_at_due(rung: Subquery, as_of: datetime) -> ScalarSelect[Any]:
    """Who owned the deal at the due instant: the place of that change of owner."""
    was = _owned.alias("was")
    known = or_(was.c.since.is_(None), and_(was.c.since <= rung.c.due_at, was.c.since <= as_of))
    latest = select(func.max(was.c.seq)).where(was.c.deal_id == rung.c.deal_id, known)
    return latest.scalar_subquery()


def _first_action(rung: Subquery, as_of: datetime) -> ScalarSelect[Any]:
    """When a person first did something after it that answers it."""
    asked = and_(rung.c.kind.in_(("action", "follow_on")), _done.c.action == rung.c.subject)
    return (
        select(func.min(_done.c.occurred_at))
        .where(_done.c.deal_id == rung.c.deal_id)
        .where(_done.c.occurred_at > rung.c.at, _done.c.occurred_at <= as_of)
        .where(or_(_done.c.moves, asked), _done.c.actor_role != "system", ~_done.c.after_close)
        .scalar_subquery()
    )


def _conditions(rung: Subquery, filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.window.since is not None:
        yield rung.c.at >= filters.window.since
    if filters.window.until is not None:
        yield rung.c.at < filters.window.until
    if filters.owner is not None:
        yield _owned.c.owner == filters.owner
    if filters.team is not None:
        yield _owned.c.team == filters.team
    if filters.rule is not None:
        yield from of_rule(filters.rule, rung)
    yield from of_deals(filters, rung.c.seq)


def _pinned(row: RowMapping) -> tuple[str, int]:
    return row["playbook_id"], row["playbook_version"]


def _rule(row: RowMapping) -> Rule:
    return Rule(row["playbook_id"], *(row[name] for name in Rule._fields[1:]))


def _window(playbook: Playbook, row: RowMapping) -> Duration:
    return answer_within(playbook, _rule(row))


def _alert(
    row: RowMapping, playbook: Playbook, calendars: Mapping[str, Calendar], as_of: datetime
) -> Alert:
    rule = _rule(row)
    calendar = calendars.get(row["deal_id"], playbook.calendar)
    answer_by = due(calendar, answer_within(playbook, rule), row["at"])
    watched = answer_by is not None and answer_by <= as_of
    acted_at = row["acted_at"] if watched else None
    if acted_at and not _is_in_time(acted_at, answer_by, row["next_at"]):
        acted_at = None
    known = row["acknowledged_at"] is not None and row["acknowledged_at"] <= as_of
    return Alert(
        **{name: row[name] for name in ("deal_id", "title", "customer", "at", "due_at")},
        escalation=row["id"],
        rule=rule,
        place=playbook.position(rule.stage),
        owner=row["whose"],
        team=row["of"],
        answer_by=answer_by,
        watched=watched,
        followed_at=acted_at,
        acknowledged=watched and acted_at is None and known,
    )


def _is_in_time(acted_at: datetime, answer_by: datetime | None, next_at: datetime | None) -> bool:
    """Whether it was done within the window and before the next rung fired."""
    within = answer_by is None or acted_at <= answer_by
    return within and (next_at is None or acted_at < next_at)


def _figures(found: Sequence[Alert], filters: Filters) -> dict[str, Any]:
    watched = [one for one in found if one.watched]
    spans = [one.followed_at - one.at for one in watched if one.followed_at]
    share = ratio(len(spans), len(watched))
    return {
        "alerts_n": len(found),
        "watched_n": len(watched),
        "followed_n": len(spans),
        "followed_ratio": share.ratio,
        "followed_low": share.low,
        "followed_high": share.high,
        "followed_p50_hours": quantile([span.total_seconds() / 3600 for span in spans], 0.5),
        "acknowledged_n": sum(one.acknowledged for one in found),
        "ignored": len(watched) >= IGNORED_FROM and (share.high or 0) < IGNORED_BELOW,
        "complete": filters.window.complete,
    }


def _order(group: tuple[Rule, Sequence[Alert]]) -> tuple[Any, ...]:
    """Stages as in the playbook of the latest alert, everything else by code point."""
    rule, some = group
    return (rule.playbook, some[-1].place, *rule[2:])
