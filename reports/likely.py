"""Which of somebody's open deals are likely to close, and what says so?

Population: open deals of one owner, not on hold, without a missed clock. Likely: the deal stands in
a stage from which most went on to be won, and no longer than is usual there. From which most were
won: of the deals that entered the stage in the last year (each once, by its first entry) and are
over by now, twenty or more are known, and the low end of the 95 % interval (Wilson) of the won ones
is above one half. Usual: up to the p90 of the visits to that stage in the same year (see `cycle`);
where so few have left that nobody knows it, nothing is said. The year ends with yesterday, so that
a day has one answer. No deal is given a number of its own: what is told is the stage's share, its
n, and the deal's own days. Those with the highest low end come first, then those that came lately.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ledger.deals import DealRow
from reports.conversion import Entries
from reports.cycle import stays
from reports.estimators import ratio
from reports.journeys import OPEN, WON
from reports.scope import Scope

KNOWN_FROM: Final = 20
"""Ended deals from which on a stage's share is told. A choice, that of every comparison here."""

MOST: Final = 0.5
"""What the low end of a share has to be above."""

USUAL: Final = 0.9
"""Share of the visits to a stage that are over after its usual stay. A choice, as in `stuck`."""

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Chance:
    """What became of those who entered a stage: won of n that are over, and its interval.

    Attributes:
        usual_days: after how many days nine of ten have left the stage.
    """

    won_n: int
    n: int
    ratio: float
    low: float
    high: float
    usual_days: float


Chances = Mapping[tuple[str, str], Chance]
"""By playbook and stage: those from which most were won."""


@dataclass(frozen=True, slots=True)
class Likely:
    """A deal that is likely to close, with what says so; `days` it has been in its stage."""

    deal: DealRow
    chance: Chance
    days: float


def counted(scope: Scope) -> Chances:
    """The stages from which most were won, of the deals that a question is about."""
    entries, visits = scope.once(Entries), scope.known.visits
    found: dict[tuple[str, str], Chance] = {}
    for stage, stay in zip(scope.stages, scope.once(stays), strict=True):
        every = entries.visits(stage)
        first = entries.first(every[scope.within(visits["entered_at"][every])])
        end = scope.known.end[visits.deal[first]]
        won, n = int((end == WON).sum()), int((end != OPEN).sum())
        share, usual = ratio(won, n), stay.curve.quantile(USUAL)
        if share.ratio is None or share.low is None or share.high is None or usual is None:
            continue
        if n < KNOWN_FROM or share.low <= MOST:
            continue
        told = Chance(won, n, share.ratio, share.low, share.high, usual)
        found[stage.playbook, stage.id] = told
    return found


def likely(deals: Iterable[DealRow], known: Chances, now: datetime) -> tuple[Likely, ...]:
    """Those of some open deals that are likely to close, the likeliest first."""
    found = []
    for deal in deals:
        chance = known.get((deal.playbook_id, deal.stage or ""))
        if chance is None or deal.status != "open" or deal.overdue or not deal.stage_entered_at:
            continue
        days = (now - deal.stage_entered_at) / _DAY
        if days <= chance.usual_days:
            found.append(Likely(deal, chance, days))
    return tuple(sorted(found, key=lambda one: (-one.chance.low, one.days, one.deal.id)))
