"""By which version of its playbook a deal went at an instant.

Decides what a report sees of deals that went on by another version: until then the former one was
in force. Must never match stages, which are the same if they have the same id.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from reports.columns import LONG_AGO, Columns, Instants, Places, Rows
from reports.journeys import as_journeys

Books = NDArray[np.int32]
"""Playbooks by number."""


def as_it_was(columns: Columns, as_of: int) -> Columns:
    """The columns with each deal, and the ways of deals, by the version of an instant.

    Args:
        columns: the ledger as it is.
        as_of: the instant, in microseconds since 1970.
    """
    pins = columns.rows("pins")
    if not len(pins) or not (pins["until"] > as_of).any():
        return columns
    everyone = np.arange(columns.n)
    book = _before(pins, columns.deals["book"], everyone, np.full(columns.n, as_of))
    was = replace(columns, deals={**columns.deals, "book": book})
    return was.with_rows("visits", as_journeys(columns.rows("visits"), was))


def books_at(columns: Columns, pins: Rows, deal: Places, at: Instants) -> Books:
    """The version by which each of these deals went at its instant; `LONG_AGO`: its first one.

    Args:
        columns: where the deals are pinned to their last version.
        pins: those that are known.
        deal: the deals, by place.
        at: an instant for each of them.
    """
    return _before(pins, columns.deals["book"][deal], deal, at)


def _before(pins: Rows, book: Books, deal: Places, at: Instants) -> Books:
    """The book at an instant, looking back from the last one, one change of each deal at a time."""
    nth = np.arange(len(pins)) - np.searchsorted(pins.deal, pins.deal)
    for n in range(int(nth.max(initial=-1)), -1, -1):
        some = pins.where(nth == n)
        size = int(some.deal.max()) + 1
        until, was = np.full(size, LONG_AGO), np.zeros(size, np.int32)
        until[some.deal], was[some.deal] = some["until"], some["book"]
        known = np.minimum(deal, size - 1)
        earlier = (deal < size) & (at < until[known])
        book = np.where(earlier, was[known], book)
    return book
