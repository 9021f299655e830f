"""The five figures: new leads, valid leads, opportunity conversion, average cycle, amount closed.

Question: how does each week or month compare with the one before? One row per ISO week (from
Monday) or month that touches the window and begins before `as_of`, whole as it is (28 to 31 days).

New leads: deals opened in it. Valid: of those, by `as_of`: left the first stage forward, or won, or
first seen beyond it, or all facts of a first stage that demands any are there. Opportunity: opened
in it and first seen before the opportunity stage; reached: of these, came to it or beyond by
`as_of`. Won, lost, dropped: ended in it; `win_ratio` is won of all closed. Cycle: opening to end of
the deals won in it, in days of clock time: of finished deals only, so it lags; `cycle` does not.
Amount: of the deals won in it. Owner and team: the first person who took the deal; of ends, the
owner then. `change` is now less before; none for the period in which everything began, and where
either is not known. A period that is not over is not complete. Figures by opening still move while
young.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from deals.model import Recorded
from deals.openings import microseconds
from reports.columns import FAR, LONG_AGO, Flags, Instants, Places
from reports.estimators import quantile, ratio
from reports.figures import Found, Money, behind, counts, money, shared, won_of
from reports.journeys import DROPPED, LOST, WON
from reports.known import MICROSECONDS_A_DAY
from reports.period import PeriodKind, Window, before
from reports.scope import Scope


class AmountChange(Recorded):
    """How much more, in minor units of one currency."""

    currency: str
    amount_minor: int


class Change(Recorded):
    """How much more than in the period before."""

    new_leads_n: int
    valid_leads_n: int
    opportunity_ratio: float | None
    win_ratio: float | None
    cycle_mean_days: float | None
    cycle_p50_days: float | None
    won_amount: tuple[AmountChange, ...]


class FiveFigures(Recorded):
    """The figures of one period."""

    period: str
    complete: bool
    new_leads_n: int
    valid_leads_n: int
    opportunity_n: int
    opportunity_reached_n: int
    opportunity_ratio: float | None
    opportunity_low: float | None
    opportunity_high: float | None
    won_n: int
    lost_n: int
    dropped_n: int
    closed_n: int
    win_ratio: float | None
    win_low: float | None
    win_high: float | None
    cycle_n: int
    cycle_mean_days: float | None
    cycle_p50_days: float | None
    won_amount: tuple[Money, ...]
    change: Change | None


def weeks(scope: Scope) -> list[Found[FiveFigures]]:
    """A row for each ISO week."""
    return _rows(scope, "week")


def months(scope: Scope) -> list[Found[FiveFigures]]:
    """A row for each month."""
    return _rows(scope, "month")


def beside(scope: Scope, earlier: Window) -> tuple[FiveFigures, FiveFigures]:
    """The figures of the whole window, and those of an earlier one."""
    figures = _Figures.of(scope)
    return figures.row("", scope.filters.window).row, figures.row("", earlier).row


def _rows(scope: Scope, kind: PeriodKind) -> list[Found[FiveFigures]]:
    listed = scope.each(kind)
    if not listed:
        return []
    figures = _Figures.of(scope)
    found = [figures.row(name, window) for name, window in listed]
    earlier = before(listed[0][1], kind, time_zone=scope.time_zone)
    is_first = not figures.anything_before(listed[0][1])
    previous: list[FiveFigures | None] = [None if is_first else figures.row("", earlier).row]
    previous += [one.row for one in found[:-1]]
    return [
        replace(one, row=one.row.model_copy(update={"change": _change(one.row, was)}))
        for one, was in zip(found, previous, strict=True)
    ]


@dataclass(frozen=True)
class _Figures:
    """What all periods share: which deals are asked for, by opening and by end."""

    scope: Scope
    opened: Places
    """By the instant of opening."""
    ended: Places
    """By the instant of the end."""
    is_valid: Flags
    is_lead: Flags
    """First seen before the opportunity stage."""
    is_reached: Flags

    @classmethod
    def of(cls, scope: Scope) -> _Figures:
        known, place = scope.known, scope.opportunity
        first = np.full(known.columns.n, -1, np.int16)
        first[known.exists] = known.visits["position"][known.first[known.exists]]
        left = first >= 0
        moved_on = left & (known.reached > np.maximum(first, 0))
        valid = moved_on | (known.end == WON) | (first > 0) | _all_facts(scope)
        return cls(
            scope,
            _by_instant(scope.owned(known.first_person), known.opened_at, scope),
            _by_instant(scope.owned(known.closing_owner), known.end_at, scope),
            valid,
            first < place,
            (known.reached >= place) | (known.end == WON),
        )

    def anything_before(self, window: Window) -> bool:
        """Whether any deal began before it."""
        earlier = replace(window, since=None, until=window.since)
        return len(self._in(self.opened, self.scope.known.opened_at, earlier)) > 0

    def _in(self, deals: Places, instants: Instants, window: Window) -> Places:
        """Those of the deals, which are in order of their instants, that lie in the window."""
        begin = microseconds(window.since) if window.since else LONG_AGO + 1
        until = microseconds(window.until) if window.until else FAR
        first, after = np.searchsorted(instants[deals], (begin, min(until, self.scope.as_of + 1)))
        return deals[first:after]

    def row(self, name: str, window: Window) -> Found[FiveFigures]:
        known = self.scope.known
        new = self._in(self.opened, known.opened_at, window)
        over = self._in(self.ended, known.end_at, window)
        lead, end = self.is_lead[new], known.end[over]
        won = over[end == WON]
        cycled = won[known.opened_at[won] > LONG_AGO]
        sets = {
            **behind(
                new,
                new_leads_n=np.ones(len(new), np.bool_),
                valid_leads_n=self.is_valid[new],
                opportunity_n=lead,
                opportunity_reached_n=lead & self.is_reached[new],
            ),
            **behind(
                over,
                won_n=end == WON,
                lost_n=end == LOST,
                dropped_n=end == DROPPED,
                closed_n=np.ones(len(over), np.bool_),
            ),
            "cycle_n": cycled,
        }
        n = counts(sets)
        days = np.maximum(known.end_at[cycled] - known.opened_at[cycled], 0) / MICROSECONDS_A_DAY
        row = FiveFigures(
            period=name,
            complete=window.complete,
            **n,
            **shared("opportunity", ratio(n["opportunity_reached_n"], n["opportunity_n"])),
            **won_of(n["won_n"], n["closed_n"]),
            cycle_mean_days=float(days.mean()) if len(days) else None,
            cycle_p50_days=quantile(days, 0.5),
            won_amount=self._amount(won),
            change=None,
        )
        return Found(row, sets)

    def _amount(self, won: Places) -> tuple[Money, ...]:
        known = self.scope.known
        currency = known.columns.deals["currency"][won]
        return money(self.scope.texts, currency, known.amount[won])


def _by_instant(owned: Flags, instants: Instants, scope: Scope) -> Places:
    """The deals asked for whose instant has come and is known, in its order."""
    chosen = owned & scope.deals_at(instants)
    deals = np.flatnonzero(chosen & (instants > LONG_AGO) & (instants < FAR))
    order = np.argsort(instants[deals], kind="stable")
    return deals[order]


def _all_facts(scope: Scope) -> Flags:
    """Deals with every fact of a first stage that demands any."""
    known, books = scope.known, scope.known.columns.books.books
    complete = np.zeros(known.columns.n, np.bool_)
    for number, book in enumerate(books):
        if demanded := book.stages[0].facts:
            of_book = known.columns.deals["book"] == number
            there = [known.has_fact(fact) for fact in demanded]
            complete |= of_book & np.logical_and.reduce(there)
    return complete


def _change(now: FiveFigures, was: FiveFigures | None) -> Change | None:
    if was is None:
        return None
    return Change(
        new_leads_n=now.new_leads_n - was.new_leads_n,
        valid_leads_n=now.valid_leads_n - was.valid_leads_n,
        opportunity_ratio=_less(now.opportunity_ratio, was.opportunity_ratio),
        win_ratio=_less(now.win_ratio, was.win_ratio),
        cycle_mean_days=_less(now.cycle_mean_days, was.cycle_mean_days),
        cycle_p50_days=_less(now.cycle_p50_days, was.cycle_p50_days),
        won_amount=_amount_change(now.won_amount, was.won_amount),
    )


def _less(now: float | None, was: float | None) -> float | None:
    return None if now is None or was is None else now - was


def _amount_change(now: Sequence[Money], was: Sequence[Money]) -> tuple[AmountChange, ...]:
    """A currency in which nothing was won brought nothing."""
    sums = {one.currency: -one.amount_minor for one in was}
    for one in now:
        sums[one.currency] = sums.get(one.currency, 0) + one.amount_minor
    return tuple(AmountChange(currency=one, amount_minor=sums[one]) for one in sorted(sums))
