"""One question put to the ledger: which deals, which window, and what is known.

Decides how filters choose: playbook and source by the deal (a version as of the instant a figure
goes by), owner and team by whoever the figure
goes by, the window by one instant that the report states. Must never decide which instant or whose
owner that is; the reports do.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from deals.calendar import Calendar
from deals.openings import microseconds, moment
from deals.playbook import Playbook
from reports.columns import BLANK, LONG_AGO, Flags, Instants, Places, Texts
from reports.filters import Filters
from reports.journeys import NOWHERE
from reports.known import Known
from reports.period import PeriodKind, Window, periods
from reports.pins import Books, books_at

FoundT = TypeVar("FoundT")

ALL = "all"
"""The name of a window that is not divided."""


class Stage(NamedTuple):
    """A stage of a playbook, and its numbers in the columns."""

    playbook: str
    id: str
    next: str
    """The stage that follows; `won` after the last."""
    line: int
    """The playbook, among those of the question."""
    number: int
    """Of its text."""
    place: int
    """In the latest version."""


@dataclass(frozen=True)
class Scope:
    """A question.

    Attributes:
        known: what is known at its instant.
        filters: what it asks for.
        books: the playbooks asked for, every version, the latest last.
        time_zone: the company's, in which days begin.
    """

    known: Known
    filters: Filters
    books: tuple[Playbook, ...]
    time_zone: str
    _kept: dict[Hashable, Any] = field(default_factory=dict, compare=False)

    def once(self, what: Callable[[Scope], FoundT]) -> FoundT:
        """What a function of this question finds; the tables of a report share it."""
        if what not in self._kept:
            self._kept[what] = what(self)
        found: FoundT = self._kept[what]
        return found

    @property
    def texts(self) -> Texts:
        """What the numbers of texts mean."""
        return self.known.columns.texts

    @property
    def as_of(self) -> int:
        """What is known, in microseconds since 1970."""
        return self.known.as_of

    # Which deals

    @cached_property
    def deals(self) -> Flags:
        """The deals of the playbook, as they go now, and the source asked for that exist."""
        return self._of_source & np.isin(self.known.columns.deals["book"], self._book_numbers)

    def deals_at(self, instants: Instants) -> Flags:
        """The same, by the version that was in force at an instant of each deal."""
        return self.at(np.arange(len(instants)), instants)

    def at(self, deals: Places, instants: Instants) -> Flags:
        """Which of these deals are asked for, by the version in force at the instant of each."""
        pinned = self.filters.pinned
        if pinned is None or pinned.version is None or not len(self.known.columns.rows("pins")):
            return self.deals[deals]
        books = self.books_at(deals, instants)
        return self._of_source[deals] & np.isin(books, self._book_numbers)

    def books_at(self, deals: Places, instants: Instants) -> Books:
        """The playbook, by number, by which each of these deals went at its instant."""
        return books_at(self.known.columns, self.known.rows("pins", "until"), deals, instants)

    @cached_property
    def _of_source(self) -> Flags:
        if self.filters.source is None:
            return self.known.exists
        wanted = self.texts.known(self.filters.source)
        found: Flags = self.known.exists & (self.known.columns.deals["source"] == wanted)
        return found

    @cached_property
    def _book_numbers(self) -> list[int]:
        pinned = self.filters.pinned
        books = enumerate(self.known.columns.books.books)
        return [number for number, book in books if pinned is None or pinned.has(book)]

    def owned(self, owners: Places) -> Flags:
        """Which of these rows of `owners` are the owner and the team asked for."""
        return self.is_asked_for(self.known.owner(owners), self.known.team(owners))

    def is_asked_for(self, owner: NDArray[Any], team: NDArray[Any]) -> Flags:
        """Which of these owners and teams are asked for."""
        chosen = np.ones(len(owner), np.bool_)
        if self.filters.owner is not None:
            chosen &= owner == self.texts.known(self.filters.owner)
        if self.filters.team is not None:
            chosen &= team == self.texts.known(self.filters.team)
        return chosen

    def inside(self, instants: Instants) -> Flags:
        """Which of these instants the window asks for: all of them where there is no window."""
        window = self.filters.window
        if window.since is None and window.until is None:
            return np.ones(len(instants), np.bool_)
        return self.within(instants)

    def within(self, instants: Instants, window: Window | None = None) -> Flags:
        """Which of these instants are known, have come, and lie in the window."""
        return self.within_any(instants, window) & (instants <= self.as_of)

    def within_any(self, instants: Instants, window: Window | None = None) -> Flags:
        """Which of these instants are known and lie in the window, come or not."""
        window = window or self.filters.window
        inside = instants > LONG_AGO
        if window.since is not None:
            inside &= instants >= microseconds(window.since)
        if window.until is not None:
            inside &= instants < microseconds(window.until)
        return inside

    def without(self, name: Literal["owner", "source"]) -> Scope:
        """The same question, but for one filter: that of everybody to compare with."""
        filters = self.filters
        if name == "owner":
            return self._with(replace(filters, owner=None)) if filters.owner else self
        return self._with(replace(filters, source=None)) if filters.source else self

    def _with(self, filters: Filters) -> Scope:
        if filters not in self._kept:
            self._kept[filters] = Scope(self.known, filters, self.books, self.time_zone)
        scope: Scope = self._kept[filters]
        return scope

    # Stages

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The playbooks by id, in order: those asked for, or those of the deals."""
        if self.filters.playbook is not None:
            return tuple(sorted({book.id for book in self.books}))
        used = np.unique(self.known.columns.deals["book"][self.deals])
        return tuple(sorted({self.known.columns.books.books[one].id for one in used}))

    @cached_property
    def line_of(self) -> NDArray[np.int16]:
        """The playbook of each deal, among `lines`; -1: none of them."""
        books = self.known.columns.books.books
        return self._of_book(
            [self.lines.index(one.id) if one.id in self.lines else NOWHERE for one in books]
        )

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """Every stage of the playbooks, in the order of the latest version that has it."""
        return tuple(self._stages())

    def _stages(self) -> Iterator[Stage]:
        for line, playbook in enumerate(self.lines):
            versions = [book for book in self.books if book.id == playbook]
            latest = [stage.id for stage in versions[-1].stages]
            older = {stage.id: None for book in versions for stage in book.stages}
            ids = [*latest, *(one for one in older if one not in latest)]
            for place, stage in enumerate(ids):
                following = latest[place + 1] if place + 1 < len(latest) else "won"
                number = self.texts.known(stage)
                yield Stage(playbook, stage, following, line, number, place)

    @cached_property
    def opportunity(self) -> NDArray[np.int16]:
        """The place of each deal's opportunity stage: that named by its playbook, or the second."""
        return self._of_book([_opportunity(book) for book in self.known.columns.books.books])

    def place_of(self, stage: Stage) -> NDArray[np.int16]:
        """The place of a stage in each deal's own playbook; `NOWHERE` if it has none such."""
        places = []
        for book in self.known.columns.books.books:
            is_there = book.id == stage.playbook and book.stage(stage.id) is not None
            places.append(book.position(stage.id) if is_there else NOWHERE)
        return self._of_book(places)

    def _of_book(self, values: Sequence[int]) -> NDArray[np.int16]:
        """For each deal the value of the playbook that it is pinned to."""
        books = self.known.columns.deals["book"]
        of_deal: NDArray[np.int16] = np.array([*values, NOWHERE], np.int16)[books]
        return of_deal

    def calendar(self) -> Calendar | None:
        """By which working time is counted: that of the latest playbook; None without any."""
        return self.books[-1].calendar if self.books else None

    # Windows

    def divided(self) -> list[tuple[str, Window]]:
        """The window, or the weeks or months it is divided into."""
        if self.filters.period is None:
            return [(ALL, self.filters.window)]
        return self.each(self.filters.period)

    def each(self, kind: PeriodKind) -> list[tuple[str, Window]]:
        """The weeks or months of the window; without a beginning, from the first opening on."""
        window = self.filters.window
        if window.since is None:
            opened = self.known.opened_at[self.deals & (self.known.opened_at > LONG_AGO)]
            if not len(opened):
                return []
            window = replace(window, since=moment(int(opened.min())))
        return list(periods(window, kind, time_zone=self.time_zone))

    # Words

    def text(self, number: int) -> str | None:
        """What a number of a text means."""
        return self.texts.text(int(number))

    def is_automatic(self, owner: int) -> bool:
        """Whether an owner is the pool, or a machine: it has rows, and no rank."""
        return owner == BLANK or owner in self.known.automatic_numbers


def _opportunity(book: Playbook) -> int:
    if book.opportunity_stage is not None:
        return book.position(book.opportunity_stage)
    return min(1, len(book.stages) - 1)
