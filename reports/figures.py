"""What the rows of all reports share: intervals, spreads, money, and the deals behind a figure.

Decides how a figure that counts deals stays tied to them: it is the size of a set, and the set can
be asked for. Pure. Must never count one thing and list another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from deals.model import Recorded
from reports.columns import BLANK, Flags, Places, Texts, distinct
from reports.estimators import Ratio, ratio
from reports.survival import Competing, Spread

RowT_co = TypeVar("RowT_co", bound=Recorded, covariant=True)


Figures = dict[str, Any]
"""Some figures of a row, by name; the row's model says what each is."""


class Money(Recorded):
    """An amount in minor units of one currency, of n deals."""

    currency: str
    amount_minor: int
    n: int


@dataclass(frozen=True)
class Found(Generic[RowT_co]):
    """A row of a report, and by figure the deals that it counts."""

    row: RowT_co
    behind: Mapping[str, Places] = field(default_factory=dict)


def behind(deals: Places, **sets: Flags) -> dict[str, Places]:
    """By figure, those of the deals that belong to it."""
    return {name: deals[chosen] for name, chosen in sets.items()}


def tallied(rows: Places, **sets: Flags) -> tuple[Figures, dict[str, Places]]:
    """Of rows, by figure, how many belong to it, and the deals that these are of.

    Args:
        rows: the deal of each row, in order.
        sets: by figure, which rows belong to it.
    """
    n = {name: int(chosen.sum()) for name, chosen in sets.items()}
    return n, {name: distinct(rows[chosen]) for name, chosen in sets.items()}


def counts(sets: Mapping[str, Places]) -> Figures:
    """How many deals each figure counts."""
    return {name: len(deals) for name, deals in sets.items()}


def shared(name: str, share: Ratio) -> Figures:
    """A share under `name_ratio`, its interval under `name_low` and `name_high`."""
    return {f"{name}_ratio": share.ratio, f"{name}_low": share.low, f"{name}_high": share.high}


def won_of(won: int, n: int) -> Figures:
    """The share that was won, as `win_ratio` with its interval."""
    return shared("win", ratio(won, n))


def by_horizon(name: str, ends: Competing, cause: int, days: float) -> Figures:
    """The share that ended so by the horizon, with its interval."""
    share, low, high = ends.by(cause, days)
    field_name = f"{name}_by_horizon"
    return {field_name: share, f"{field_name}_low": low, f"{field_name}_high": high}


def in_days(spread: Spread) -> Figures:
    """Quantiles and the median's interval, as days."""
    return {f"{name}_days": value for name, value in spread._asdict().items()}


def money(texts: Texts, currencies: NDArray[Any], amounts: Places) -> tuple[Money, ...]:
    """The sum of each currency, by its name; what nobody knows is left out."""
    known = amounts != BLANK
    currencies, amounts = currencies[known], amounts[known]
    sums = [
        Money(
            currency=texts.text(int(one)) or "",
            amount_minor=int(amounts[currencies == one].sum()),
            n=int((currencies == one).sum()),
        )
        for one in np.unique(currencies)
    ]
    return tuple(sorted(sums, key=lambda one: one.currency))
