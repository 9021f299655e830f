"""Puts a question to a report: from filters to a `Scope`, from there to rows.

Decides what a question must name, and that counting leaves the event loop alone. Must never count
anything itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from deals.model import Recorded
from deals.playbook import Playbook
from ledger.people import list_people
from ledger.playbooks import UnknownPlaybook, find_playbook
from ledger.session import Ledger
from reports import segments
from reports.cases import Find, Staff
from reports.catalog import Report, Table
from reports.columns import LONG_AGO, Columns
from reports.copy import Copy
from reports.figures import Found
from reports.filters import Filters, UnknownFilter, check
from reports.scope import Scope


class NoDates(Exception):
    """A report about time is asked of deals of which nobody knows any date."""


async def answered(
    ledger: Ledger, scope: Scope, tables: Sequence[Table], find: Find
) -> dict[str, Sequence[Found[Recorded]]]:
    """The rows of some tables, by name; counted in a thread, since that can take a while."""

    def count() -> dict[str, Sequence[Found[Recorded]]]:
        return {table.name: table.rows(scope) for table in tables}

    found = await asyncio.to_thread(count)
    for table in tables:
        if table.completed:
            staff = Staff(await list_people(ledger), time_zone=scope.time_zone)
            found[table.name] = await table.completed(ledger, found[table.name], find, staff)
    return found


async def scope_of(
    ledger: Ledger, copy: Copy, filters: Filters, report: Report, *, time_zone: str
) -> Scope:
    """The question as a report reads it.

    Args:
        ledger: where people and playbooks are found.
        copy: of its rows.
        filters: what is asked.
        report: which report will read it.
        time_zone: the company's, in which days begin.

    Raises:
        UnknownFilter: nobody has heard of what a filter asks for.
        NoDates: the report is about time, and nobody knows any date of these deals.
    """
    await ledger.read(check, filters)
    automatic = [person.id for person in await list_people(ledger) if person.automatic]
    known = await copy.known(filters.window.as_of, automatic, report.needs)
    scope = Scope(known, filters, await _books(ledger, known.columns, filters), time_zone)
    _check_segment(scope)
    if report.is_dated and not _has_dates(scope):
        raise NoDates
    return scope


async def _books(ledger: Ledger, columns: Columns, filters: Filters) -> tuple[Playbook, ...]:
    """The playbooks of the deals, or those asked for; by id and version."""
    pinned = filters.pinned
    books = [book for book in columns.books.books if pinned is None or pinned.has(book)]
    if pinned and not books:
        try:
            books = [(await find_playbook(ledger, pinned.id, pinned.version)).playbook]
        except UnknownPlaybook as unknown:
            raise UnknownFilter("playbook", filters.playbook or "") from unknown
    return tuple(sorted(books, key=lambda book: (book.id, book.version)))


def _check_segment(scope: Scope) -> None:
    segment = scope.filters.segment
    if segment is None or segment == segments.TEAM:
        return
    if not any(segment in book.facts for book in scope.books):
        raise UnknownFilter("segment", segment)


def _has_dates(scope: Scope) -> bool:
    """Whether any deal has a date; of no deals at all there is nothing to miss."""
    opened = scope.known.opened_at[scope.deals]
    return not len(opened) or bool((opened > LONG_AGO).any())
