"""What is known at one instant: where every deal stands, how it ended, whose it is.

Decides what a report sees at `as_of`: events up to then, and nothing after it. An end that was
taken back by then is none. Attribution follows the definition of the figures: what stands now goes
by the owner now, an outcome by the owner at the end, a visit by the first person who had the deal
in it. Must never look at a filter.
"""

from __future__ import annotations

from collections.abc import Collection
from copy import copy
from datetime import datetime
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from deals.openings import microseconds
from reports.columns import BLANK, FAR, LONG_AGO, Columns, Flags, Instants, Places, Rows, groups
from reports.journeys import DROPPED, OPEN, WON
from reports.pins import as_it_was

_NEVER_SEQ: Final = 2**31 - 1
"""After every event of a deal."""

MICROSECONDS_A_DAY: Final = 86_400_000_000


class Known:
    """The ledger as a report sees it at `as_of`. Arrays of deals are by their place."""

    def __init__(self, columns: Columns, as_of: datetime, automatic: Collection[str] = ()) -> None:
        """Look at a copy of the ledger.

        Args:
            columns: the copy.
            as_of: up to when events are known, inclusive.
            automatic: owners that are machines.
        """
        self.copied = columns
        self.as_of = microseconds(as_of)
        self.columns = as_it_was(columns, self.as_of)
        self.automatic = frozenset(automatic)
        visits = self.columns.rows("visits")
        self.visits: Rows = visits.where(visits["known_from"] <= self.as_of)

    def later(self, as_of: datetime) -> Known:
        """The same at another instant, if nothing more comes to be known between the two."""
        other = copy(self)
        other.as_of = microseconds(as_of)
        return other

    @property
    def is_settled(self) -> bool:
        """Whether nothing more of this copy of the ledger comes to be known."""
        return self.as_of >= self.columns.latest

    def rows(self, name: str, instant: str) -> Rows:
        """A table's rows that are known: those whose instant has come, or is unknown."""
        rows = self.columns.rows(name)
        return rows.where(rows[instant] <= self.as_of)

    # Visits

    @cached_property
    def visit_cause(self) -> NDArray[np.int8]:
        """How each visit ended; `OPEN` if it has not."""
        ended = self.visits["known_to"] <= self.as_of
        return np.where(ended, self.visits["cause"], OPEN)

    @cached_property
    def visit_ended_seq(self) -> Places:
        """The event that ended each visit; after every event while it is open."""
        return np.where(self.visit_cause == OPEN, _NEVER_SEQ, self.visits["ended_seq"])

    @cached_property
    def visit_owner(self) -> Places:
        """By which row of `owners` each visit goes: the first person who had the deal in it.

        Who had it at the entry, if no person had it until the visit ended.
        """
        visits, persons = self.visits, self._persons
        at_entry = self.owners.last_before(visits.deal, visits["seq"])
        if not len(persons):
            return at_entry
        people_keys = self.owners.key[persons]
        following = np.searchsorted(people_keys, visits.deal * (1 << 31) + visits["seq"])
        following = persons[np.minimum(following, len(persons) - 1)]
        inside = (self.owners.deal[following] == visits.deal) & (
            self.owners["seq"][following] < self.visit_ended_seq
        )
        inside &= self.owners["seq"][following] > visits["seq"]
        had_by_person = (at_entry >= 0) & self._is_person[at_entry]
        return np.where(had_by_person | ~inside, at_entry, following)

    @cached_property
    def by_stage(self) -> dict[int, Places]:
        """The visits to each stage, by its text's number."""
        return dict(groups(self.visits["stage"]))

    # Actions

    @cached_property
    def actions(self) -> Rows:
        """The actions that are known."""
        return self.rows("actions", "occurred_at")

    @cached_property
    def is_after_end(self) -> Flags:
        """Which of them came after their deal's end, by its events' order: no work any more."""
        late: Flags = self.actions["seq"] > self.end_seq[self.actions.deal]
        return late

    @cached_property
    def action_visit(self) -> Places:
        """The visit, among `visits`, in which each action was done."""
        visits, actions = self.visits, self.actions
        keys = visits.deal * (1 << 31) + visits["number"]
        place = np.searchsorted(keys, actions.deal * (1 << 31) + actions["visit"])
        found: Places = np.minimum(place, len(visits) - 1)
        return found

    @cached_property
    def work(self) -> Rows:
        """The actions before the end of their deals."""
        return self.actions.where(~self.is_after_end)

    @cached_property
    def work_by_action(self) -> dict[int, Rows]:
        """When each action was done in which visit, by its text's number; before the end."""
        rows = self.work.only("visit", "occurred_at")
        return {action: rows.at(places) for action, places in groups(self.work["action"])}

    @cached_property
    def due_by_action(self) -> dict[int, Rows]:
        """When each action was due in which visit, by its text's number.

        Of several clocks for one action, such as before and after the pool, the latest comes first.
        """
        clocks = self.rows("clocks", "started_at")
        asked = clocks["kind"] == self.columns.texts.known("action")
        asked &= clocks["due_at"] > LONG_AGO
        clocks = clocks.only("subject", "visit", "started_at", "due_at").where(asked)
        clocks = clocks.at(np.lexsort((-clocks["started_at"], clocks["visit"], clocks.deal)))
        return {action: clocks.at(places) for action, places in groups(clocks["subject"])}

    # Deals

    @cached_property
    def exists(self) -> Flags:
        """Whether a deal was known of."""
        return self.last >= 0

    @cached_property
    def first(self) -> Places:
        """Each deal's first visit, by place among `visits`; -1 of one that does not exist yet."""
        first = np.full(self.columns.n, -1)
        first[self.visits.deal[::-1]] = np.arange(len(self.visits))[::-1]
        return first

    @cached_property
    def last(self) -> Places:
        """Each deal's last visit; -1 of one that does not exist yet."""
        last = np.full(self.columns.n, -1)
        last[self.visits.deal] = np.arange(len(self.visits))
        return last

    @cached_property
    def end(self) -> NDArray[np.int8]:
        """How each deal ended; `OPEN` if it has not, or was opened again."""
        if not len(self.visits):
            return np.zeros(self.columns.n, np.int8)
        cause = self.visit_cause[self.last]
        return np.where((self.last >= 0) & (cause >= WON) & (cause <= DROPPED), cause, OPEN)

    @cached_property
    def end_at(self) -> Instants:
        """When; `FAR` of one that has not, `LONG_AGO` where nobody knows."""
        if not len(self.visits):
            return np.full(self.columns.n, FAR)
        return np.where(self.end == OPEN, FAR, self.visits["ended_at"][self.last])

    @cached_property
    def end_seq(self) -> Places:
        """The event that closed each deal; after every event of one that is open."""
        if not len(self.visits):
            return np.full(self.columns.n, _NEVER_SEQ)
        return np.where(self.end == OPEN, _NEVER_SEQ, self.visits["ended_seq"][self.last])

    @cached_property
    def opened_at(self) -> Instants:
        """When each deal began; `LONG_AGO` where nobody knows."""
        opened: Instants = self.columns.deals["opened_at"]
        return opened

    @cached_property
    def reached(self) -> NDArray[np.int16]:
        """The farthest place each deal came to; that after the last stage when it was won."""
        reached = np.full(self.columns.n, -1, np.int16)
        np.maximum.at(reached, self.visits.deal, self.visits["position"])
        return np.where(self.end == WON, np.int16(np.iinfo(np.int16).max), reached)

    @cached_property
    def closing_owner(self) -> Places:
        """By which row of `owners` each outcome goes: the owner at the end, or now."""
        everyone = np.arange(self.columns.n)
        return self.owners.last_before(everyone, self.end_seq)

    @cached_property
    def first_person(self) -> Places:
        """The row of `owners` with which the first person took each deal; -1: nobody has."""
        first = np.full(self.columns.n, -1)
        first[self.owners.deal[self._persons][::-1]] = self._persons[::-1]
        return first

    @cached_property
    def amount(self) -> Places:
        """Minor units; `BLANK` of a deal whose amount nobody knows."""
        amounts = self.rows("amounts", "since")
        known = np.full(self.columns.n, BLANK)
        known[amounts.deal] = amounts["amount_minor"]
        return known

    @cached_property
    def is_overdue(self) -> Flags:
        """Whether a due instant was missed that is not answered."""
        clocks = self.rows("clocks", "started_at")
        missed = (clocks["breached_at"] != LONG_AGO) & (clocks["breached_at"] <= self.as_of)
        ended = (clocks["ended_at"] != LONG_AGO) & (clocks["ended_at"] <= self.as_of)
        return self._any(clocks.deal[missed & ~ended])

    @cached_property
    def is_on_hold(self) -> Flags:
        """Whether it rests on purpose."""
        holds = self.rows("holds", "since")
        ended = (holds["ended_at"] != LONG_AGO) & (holds["ended_at"] <= self.as_of)
        return self._any(holds.deal[~ended])

    def fact(self, fact: str) -> NDArray[np.int32]:
        """The text of a fact of each deal; `BLANK` where it is not known, or no short text."""
        named = self._named(fact)
        values = np.full(self.columns.n, BLANK, np.int32)
        values[named.deal] = np.where(named["present"], named["value"], BLANK)
        return values

    def has_fact(self, fact: str) -> Flags:
        """Whether a fact of each deal is known, whatever it says."""
        named = self._named(fact)
        has = np.zeros(self.columns.n, np.bool_)
        has[named.deal] = named["present"]
        return has

    def _named(self, fact: str) -> Rows:
        facts = self.rows("facts", "since")
        return facts.where(facts["fact"] == self.columns.texts.known(fact))

    # Owners

    @cached_property
    def owners(self) -> Rows:
        """Who had a deal, from each event on."""
        return self.rows("owners", "since")

    def owner(self, rows: Places) -> NDArray[Any]:
        """The owners by these rows of `owners`; `BLANK`: nobody, or the pool."""
        return self._of(rows, "owner")

    def team(self, rows: Places) -> NDArray[Any]:
        """The team that the owner had then."""
        return self._of(rows, "team")

    @cached_property
    def automatic_numbers(self) -> NDArray[Any]:
        """The owners that are machines, by their texts' numbers."""
        return np.array([self.columns.texts.known(one) for one in self.automatic], np.int32)

    @cached_property
    def _is_person(self) -> Flags:
        owner = self.owners["owner"]
        person: Flags = (owner != BLANK) & ~np.isin(owner, self.automatic_numbers)
        return person

    @cached_property
    def _persons(self) -> Places:
        """The rows of `owners` that name a person."""
        return np.flatnonzero(self._is_person)

    def _of(self, rows: Places, column: str) -> NDArray[Any]:
        if not len(self.owners):
            return np.full(len(rows), BLANK, np.int32)
        return np.where(rows >= 0, self.owners[column][rows], BLANK)

    def _any(self, deals: Places) -> Flags:
        found = np.zeros(self.columns.n, np.bool_)
        found[deals] = True
        return found
