"""One import from its files to deals: read, drafted, decided, recorded or started, and reported.

Decides in which order things become durable, so that a run that was cut off anywhere can simply be
run again: people first, then deals, and a row counts as taken over only when its deal is there.
Must never decide twice about a row whose deal is known, nor change a deal.
"""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Iterable,
    Iterator,
    Sequence,
)
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final, NamedTuple, Protocol

from deals.events import Event
from deals.playbook import Playbook
from imports.cells import Sheet
from imports.draft import DraftDeal, counted_by, decided, each_once, standing_end
from imports.log import Logs
from imports.mapping import Mapping
from imports.people import Owners
from imports.remarks import Remark, Rule, remark
from imports.report import Fate, ImportReport, Tally
from imports.rows import LogRows
from imports.snapshot import Snapshots
from imports.source import Files
from ledger.counting import Counting, counting
from ledger.imports import Source, known_sources, remember_sources
from ledger.record import Life, record_many
from ledger.session import Ledger

ROWS_AT_ONCE: Final = 2_000
"""Rows that are drafted, decided and made durable together. A choice: about 30 MB of deals, and
long enough that nothing waits for the last start of each turn."""


class Started(Protocol):
    """What a starter tells of a deal."""

    @property
    def deal_id(self) -> str:
        """Which deal."""

    @property
    def is_new(self) -> bool:
        """Whether it did not run before."""


class Starter(Protocol):
    """Whoever makes open deals live; `gateway.Gateway` does."""

    def start_many(
        self, deals: Iterable[tuple[Playbook, Sequence[Event]]]
    ) -> AsyncIterator[Started]:
        """Start deals with their first events; tells each as soon as it is durable."""


Progress = Callable[[Tally], Awaitable[None]]
"""Told what an import is about to have done, before every turn."""


async def in_silence(_: Tally) -> None:
    """Tell nobody how far it has come."""


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be imported.

    Attributes:
        files: from where.
        mapping: by which mapping; it has been checked against the playbook.
        playbook: the version the deals are pinned to; published.
        now: the instant of the import: what lies behind it is past.
    """

    files: Files
    mapping: Mapping
    playbook: Playbook
    now: datetime


class _Decided(NamedTuple):
    """A draft, and the events that make it a deal; none if it is refused or known."""

    draft: DraftDeal
    events: tuple[Event, ...]

    @property
    def is_open(self) -> bool:
        """Whether the deal goes on."""
        return self.draft.command is not None and standing_end(self.draft.command) is None


def try_import(task: Task) -> ImportReport:
    """What an import would do to an empty ledger. Writes nothing and needs nothing.

    Raises:
        BadFile: a file is not as the mapping says.
    """
    tally, remarks = Tally(), list[Remark]()
    with Sheet(task.mapping, task.files) as sheet:
        for draft in _drafts(task, sheet):
            one = _Decided(*decided(task.playbook, draft, now=task.now))
            remarks += one.draft.remarks
            tally.add(_fate(one))
        return ImportReport(tally, (*_of_files(task, sheet), *remarks))


def first_deals(task: Task, most: int) -> list[DraftDeal]:
    """What the first rows would become, so many at most.

    Raises:
        BadFile: a file is not as the mapping says.
    """
    with Sheet(task.mapping, task.files) as sheet:
        return list(islice(_drafts(task, sheet), most))


async def run_import(
    task: Task,
    *,
    ledger: Ledger,
    starter: Starter,
    progress: Progress = in_silence,
    done: Tally | None = None,
) -> ImportReport:
    """Take the rows over: closed deals into the ledger, open ones as running workflows.

    Args:
        task: what.
        ledger: where closed deals, people and the rows' identities are kept.
        starter: makes open deals live.
        progress: told before every turn.
        done: what an earlier run of the same import has counted; those rows keep that count.

    Raises:
        BadFile: a file is not as the mapping says; nothing was written.
    """
    run = _Run(task, ledger, starter, done or Tally())
    with await asyncio.to_thread(Sheet, task.mapping, task.files) as sheet:
        drafts = _drafts(task, sheet)
        while turn := await asyncio.to_thread(lambda: list(islice(drafts, ROWS_AT_ONCE))):
            await run.take(turn, progress)
        return ImportReport(run.tally, (*_of_files(task, sheet), *run.remarks))


class _Run:
    """The state of one run.

    Attributes:
        tally: what it has counted so far.
        remarks: what it has remarked so far, by line.
    """

    def __init__(self, task: Task, ledger: Ledger, starter: Starter, done: Tally) -> None:
        self.tally = done
        self.remarks: list[Remark] = []
        self._task = task
        self._ledger = ledger
        self._starter = starter
        self._owners = Owners(ledger)
        self._counted_before = done.rows
        self._counting: Counting | None = None

    async def take(self, drafts: Sequence[DraftDeal], progress: Progress) -> None:
        """Count some drafts, and make what is new among them durable.

        They are counted first: a run that is cut off knows what it was about to do.
        """
        key = self._task.mapping.mapping
        references = [draft.command.reference for draft in drafts if draft.command]
        known = await known_sources(self._ledger, key, references)
        if self._counting is None:
            self._counting = await counting(self._ledger, on=self._task.now.date())
        turn = await asyncio.to_thread(self._decide, drafts, known, self._counting)
        fresh = [one for one in turn if one.events]
        left_out = await self._owners.add(owner for one in fresh for owner in one.draft.people)
        counted_now = self._count(turn, left_out)
        await progress(self.tally)
        await record_many(self._ledger, (self._life(one) for one in fresh if not one.is_open))
        there_before = await self._start([one for one in fresh if one.is_open])
        self.tally.ran_before(len(there_before & counted_now))

    def _decide(
        self, drafts: Iterable[DraftDeal], known: Collection[str], by: Counting
    ) -> list[_Decided]:
        """What the core makes of the drafts; it is not asked about those that are known."""
        playbook, now = self._task.playbook, self._task.now
        return [
            _Decided(draft, ())
            if draft.command and draft.command.reference in known
            else _Decided(*decided(playbook, counted_by(by, playbook, draft), now=now))
            for draft in drafts
        ]

    def _life(self, one: _Decided) -> Life:
        deal_id, source = self._identity(one)
        return Life(deal_id, one.events, source)

    def _identity(self, one: _Decided) -> tuple[str, Source]:
        command = one.draft.command
        assert command is not None  # noqa: S101 - only a command has events
        return command.deal_id, Source(self._task.mapping.mapping, command.reference)

    async def _start(self, opened: Sequence[_Decided]) -> set[str]:
        """Start open deals; the ids of those that ran before.

        A deal counts as taken over once it runs. A run that is cut off in between finds it running.
        """
        sources = dict(map(self._identity, opened))
        deals = ((self._task.playbook, one.events) for one in opened)
        started: dict[str, bool] = {}
        try:
            async for deal in self._starter.start_many(deals):
                started[deal.deal_id] = deal.is_new
        finally:
            await remember_sources(self._ledger, {sources[deal]: deal for deal in started})
        return {deal for deal, is_new in started.items() if not is_new}

    def _count(self, turn: Sequence[_Decided], left_out: Sequence[Remark]) -> set[str]:
        """Count what an earlier run has not, and tell which deals these are."""
        counted = min(self._counted_before, len(turn))
        self._counted_before -= counted
        for one in turn[counted:]:
            self.tally.add(_fate(one))
        self.tally.people = max(self.tally.people, self._owners.added)
        self.remarks += left_out
        self.remarks += (told for one in turn for told in one.draft.remarks)
        return {one.draft.command.deal_id for one in turn[counted:] if one.draft.command}


def _fate(one: _Decided) -> Fate:
    if one.draft.command is None:
        return "refused"
    return one.draft.command if one.events else "unchanged"


def _drafts(task: Task, sheet: Sheet) -> Iterator[DraftDeal]:
    """A draft for each row, or for the rows of each deal."""
    rows = task.mapping.rows
    if isinstance(rows, LogRows):
        return Logs(task.mapping, rows, task.playbook).drafts(sheet.rows())
    return each_once(Snapshots(task.mapping, rows, task.playbook).drafts(sheet.rows()))


def _of_files(task: Task, sheet: Sheet) -> Iterator[Remark]:
    """What concerns the files; to be asked when all rows are read."""
    if task.mapping.rows.reference is None:
        message = "rows are told apart by their line: equal rows stay deals"
        yield remark(0, Rule.NO_ID_COLUMN, task.files.name, message)
    yield from sheet.remarks
    yield from sheet.unused()
