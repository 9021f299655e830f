"""The ledger's derived rows as columns of numbers, in memory, so that reports answer in a moment.

Decides the shape of the columns, and how changed deals take the place of what was known of them.
Instants are microseconds since 1970, texts are numbers of one
list, deals are places in one order; the rows of a deal stand together, oldest first. Must never
decide what a figure counts.

Why not SQL: a survival curve needs every duration, and a year of a large company has a third of a
million. PostgreSQL hands them out in seconds; from here they come in hundredths of one (ADR 0015).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    Connection,
)

from deals.playbook import Playbook
from ledger.playbooks import playbook_of

Places = NDArray[np.int64]
"""Rows, or deals, by their place."""

Instants = NDArray[np.int64]
"""Microseconds since 1970."""

Flags = NDArray[np.bool_]

LONG_AGO: Final = -(2**62)
"""An instant that nobody knows: before everything."""

FAR: Final = 2**62
"""An instant that has not come."""

BLANK: Final = -1
"""The number of no text."""

UNHEARD: Final = -2
"""The number of a text that nothing has."""

_COME: Final = frozenset(
    {
        *("known_from", "known_to", "advanced_at", "since", "until", "occurred_at"),
        *("started_at", "breached_at", "ended_at"),
    }
)
"""Columns of instants that lie in the past of whoever wrote them."""


class Texts:
    """Every text once, by number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.texts: list[str] = []

    def number(self, text: str | None) -> int:
        """The text's number, a new one if nobody named it before; `BLANK` of none."""
        if text is None:
            return BLANK
        number = self._numbers.get(text)
        if number is None:
            number = self._numbers[text] = len(self.texts)
            self.texts.append(text)
        return number

    def known(self, text: str) -> int:
        """The text's number; `UNHEARD` if nobody named it."""
        return self._numbers.get(text, UNHEARD)

    def text(self, number: int) -> str | None:
        """The text of a number."""
        return None if number == BLANK else self.texts[number]


@dataclass(frozen=True)
class Rows:
    """The rows of one table: for each its deal's place, and its columns."""

    deal: Places
    columns: Mapping[str, NDArray[Any]]

    def __getitem__(self, name: str) -> NDArray[Any]:
        """A column."""
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.deal)

    def where(self, chosen: Flags) -> Rows:
        """Some of the rows, in the same order."""
        return self if chosen.all() else self.at(np.flatnonzero(chosen))

    def only(self, *names: str) -> Rows:
        """The same rows with fewer columns: cheaper to choose among."""
        return Rows(self.deal, {name: self.columns[name] for name in names})

    def at(self, places: Places) -> Rows:
        """The rows at these places."""
        return Rows(self.deal[places], {n: one[places] for n, one in self.columns.items()})

    @cached_property
    def latest(self) -> int:
        """The last instant among those that have come when a row is written; `LONG_AGO` of none."""
        instants = (values for name, values in self.columns.items() if name in _COME)
        ends = [int(values[values < FAR].max(initial=LONG_AGO)) for values in instants]
        return max(ends, default=LONG_AGO)

    @cached_property
    def key(self) -> Places:
        """Deal and `seq` in one number, rising: where to look for what was so at an event."""
        return keys(self.deal, self.columns["seq"])

    def last_before(self, deal: Places, seq: Places) -> Places:
        """For each deal the last row before that event; -1 if there is none."""
        place = np.searchsorted(self.key, keys(deal, seq)) - 1
        found = (place >= 0) & (self.deal[np.maximum(place, 0)] == deal) if len(self) else place > 0
        return np.where(found, place, -1)


def groups(values: NDArray[Any]) -> Iterator[tuple[int, Places]]:
    """Each different value with the places where it stands, in their order; values ascending.

    Values are small numbers, such as those of texts: they are counted instead of compared.
    """
    if not len(values):
        return
    shifted = values.astype(np.int64) - int(values.min())
    counts = np.bincount(shifted)
    distinct = np.flatnonzero(counts)
    code = np.cumsum(counts > 0) - 1
    small = np.int16 if len(distinct) < np.iinfo(np.int16).max else np.int32
    order = np.argsort(code[shifted].astype(small), kind="stable")
    ends = np.cumsum(counts[distinct])
    for value, begin, end in zip(distinct, ends - counts[distinct], ends, strict=True):
        yield int(value) + int(values.min()), order[begin:end]


def distinct(rising: Places) -> Places:
    """The different ones of numbers that never fall."""
    if not len(rising):
        return rising
    return rising[np.concatenate(([True], rising[1:] != rising[:-1]))]


def keys(deal: Places, seq: NDArray[Any]) -> Places:
    """Deal and event in one number, in the order of both."""
    pairs: Places = deal.astype(np.int64) * (1 << 31) + seq
    return pairs


class Books:
    """Every playbook that a deal is pinned to once, by number."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, int], int] = {}
        self.books: list[Playbook] = []

    def number(self, connection: Connection, playbook_id: str, version: int) -> int:
        """The number of a version; it is read if no deal was pinned to it before.

        Raises:
            UnknownPlaybook: a deal is pinned to a version that was never published.
        """
        number = self._numbers.get((playbook_id, version))
        if number is None:
            book = playbook_of(connection, playbook_id, version)
            number = self._numbers[playbook_id, version] = len(self.books)
            self.books.append(book)
        return number


@dataclass
class Columns:
    """The ledger as it was at one moment. The registers only ever grow, so copies share them.

    Attributes:
        ids: the deals' ids, by place.
        texts: what the numbers of texts mean.
        books: the playbooks that deals are pinned to.
        deals: columns of the deals themselves, `book` among them.
        children: the other tables, by name.
        turn: from which turn on a later copy has to ask; the only one that ever changes.
    """

    ids: Texts = field(default_factory=Texts)
    texts: Texts = field(default_factory=Texts)
    books: Books = field(default_factory=Books)
    deals: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    children: Mapping[str, Rows] = field(default_factory=dict)
    turn: int = 0

    @cached_property
    def latest(self) -> int:
        """After this instant nothing more comes to be known."""
        begun = max(
            int(self.deals[name].max(initial=LONG_AGO)) for name in ("opened_at", "seen_at")
        )
        return max(begun, *(rows.latest for rows in self.children.values()), LONG_AGO)

    @property
    def n(self) -> int:
        """How many deals there are."""
        return len(self.deals["opened_at"]) if self.deals else 0

    def rows(self, name: str) -> Rows:
        """One of the other tables."""
        return self.children[name]

    def with_deals(self, ids: Sequence[str], deals: Mapping[str, NDArray[Any]]) -> Columns:
        """With these deals in the place of what was known of them, or at the end."""
        at = np.fromiter(map(self.ids.number, ids), np.int64, len(ids))
        n = max(self.n, int(at.max(initial=-1)) + 1)
        merged = {}
        for name, values in deals.items():
            column = np.zeros(n, values.dtype)
            if self.n:
                column[: self.n] = self.deals[name]
            column[at] = values
            merged[name] = column
        return replace(self, deals=merged)

    def with_rows(self, name: str, rows: Rows) -> Columns:
        """With these rows as one of the tables."""
        return replace(self, children={**self.children, name: rows})

    def merged(self, name: str, changed: Flags, fresh: Rows) -> Columns:
        """With the fresh rows of a table in the place of those of the changed deals."""
        old = self.children[name]
        kept = old.where(~changed[old.deal])
        deal = np.concatenate((kept.deal, fresh.deal))
        order = np.argsort(deal, kind="stable")  # two runs in order: they are only merged
        columns = {
            column: np.concatenate((values, fresh[column]))[order]
            for column, values in kept.columns.items()
        }
        return self.with_rows(name, Rows(deal[order], columns))
