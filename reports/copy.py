"""The copy of the ledger that a process keeps for its reports, as fresh as each question needs.

Decides when it is read: what a report needs, when it first asks; from then on, before every answer,
the deals that changed since (`ledger.touched`). Many questions at once wait for one reading. Must
never answer from an older copy than the question's own instant.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import numpy as np
from sqlalchemy import Connection

from ledger.session import Ledger
from ledger.touched import next_turn, touched_since
from reports.columns import Columns, Rows
from reports.journeys import as_journeys
from reports.known import Known
from reports.read import CHILDREN, read_deals, read_rows

_AFRESH_FROM: Final = 0.2
_AFRESH_NEVER_BELOW: Final = 1_000
"""Changed deals, as a share of all, from which on everything is read anew, and how many of them
there have to be. Choices."""


class Copy:
    """A copy of the ledger's rows, shared by all reports of a process."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._columns: Columns | None = None
        self._known: Known | None = None
        self._lock = asyncio.Lock()

    async def known(
        self, as_of: datetime, automatic: Collection[str], names: Collection[str]
    ) -> Known:
        """What is known at an instant; worked out again only if something happened since.

        Args:
            as_of: the instant.
            automatic: owners that are machines.
            names: the tables that are needed, besides the deals and their visits and owners.
        """
        columns = await self.latest(*names)
        kept = self._known
        known = Known(columns, as_of, automatic)
        if kept and kept.copied is columns and kept.automatic == known.automatic:
            if kept.as_of == known.as_of:
                return kept
            if kept.is_settled and known.is_settled:
                return kept.later(as_of)
        self._known = known
        return known

    async def latest(self, *names: str) -> Columns:
        """The columns as the ledger has them now.

        Args:
            names: the tables that are needed, besides the deals and their visits and owners.
        """
        wanted = {"visits", "owners", "pins", *names}
        async with self._lock:
            self._columns = await self._ledger.read_as_one(_brought_up, self._columns, wanted)
            return self._columns


def _brought_up(
    connection: Connection, columns: Columns | None, wanted: Collection[str]
) -> Columns:
    turn, known = next_turn(connection), columns
    if columns is not None:
        changed = touched_since(connection, columns.turn)
        if len(changed) > max(_AFRESH_FROM * columns.n, _AFRESH_NEVER_BELOW):
            columns = None
        elif changed:
            columns = _with_changed(connection, columns, changed)
    if columns is None:
        columns = read_deals(connection, Columns(), None)
    for name in CHILDREN:
        if name in wanted and name not in columns.children:
            columns = columns.with_rows(name, _read(connection, name, columns, None))
    if columns is known:
        columns.turn = turn  # nothing else is different, and what was worked out stays
        return columns
    return replace(columns, turn=turn)


def _with_changed(connection: Connection, columns: Columns, changed: Sequence[str]) -> Columns:
    """With these deals and their rows as they are now."""
    now = read_deals(connection, columns, changed)
    is_changed = np.zeros(now.n, np.bool_)
    is_changed[[now.ids.number(one) for one in changed]] = True
    for name in columns.children:
        now = now.merged(name, is_changed, _read(connection, name, now, changed))
    return now


def _read(connection: Connection, name: str, columns: Columns, ids: Sequence[str] | None) -> Rows:
    rows = read_rows(connection, name, columns, ids)
    return as_journeys(rows, columns) if name == "visits" else rows
