"""Imports: what each brought in, refused and repaired; and which deal each imported row became.

Decides that a row of a source becomes a deal once. Must never read a file; the importer does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from ledger.paging import DEFAULT_PAGE, MAX_PAGE
from ledger.registers import import_rows, import_sources, imports
from ledger.rows import Put, Rows
from ledger.session import Ledger

ImportStatus = Literal["running", "done", "failed"]
Severity = Literal["refused", "repaired", "noted"]

_REFERENCES_AT_ONCE = 5_000
"""How many references one statement asks for. Source: SQLite takes 32,766 parameters at most."""


class UnknownImport(Exception):
    """No import has that id.

    Attributes:
        import_id: the id.
    """

    def __init__(self, import_id: str) -> None:
        super().__init__(f"no import has the id {import_id!r}")
        self.import_id = import_id


class Source(NamedTuple):
    """Where an imported deal came from: a key that names the source, and the row's id in it."""

    key: str
    reference: str


@dataclass(frozen=True, slots=True)
class Import:
    """One run of an import.

    Attributes:
        file_digest: SHA-256 of the file, as hex.
        mapping: the mapping as it was used.
        counts: rows and deals by what became of them.
        fault: why it failed, where it did.
    """

    id: str
    status: ImportStatus
    format: str
    file_name: str
    file_digest: str
    mapping: dict[str, Any]
    counts: dict[str, int]
    started_at: datetime
    fault: str | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A line of an import's report.

    Attributes:
        row_number: the row in the file, 1 for the first after the heading.
        rule: the stable name of what was found.
        message: the same for people.
    """

    row_number: int
    severity: Severity
    rule: str
    message: str
    deal_id: str | None = None


async def save_import(ledger: Ledger, run: Import) -> None:
    """Keep how far an import has come; the same id replaces what was there."""
    await ledger.write(Rows([Put(imports, asdict(run))]).write)


async def report_rows(ledger: Ledger, import_id: str, rows: Iterable[ImportRow]) -> None:
    """Add lines to an import's report, after those already there."""
    await ledger.write(_report, import_id, tuple(rows))


async def find_import(ledger: Ledger, import_id: str) -> Import:
    """The import of that id.

    Raises:
        UnknownImport: there is none.
    """
    found = await ledger.rows(select(imports).where(imports.c.id == import_id))
    if not found:
        raise UnknownImport(import_id)
    return Import(**found[0])


async def list_imports(ledger: Ledger, *, limit: int = DEFAULT_PAGE) -> tuple[Import, ...]:
    """The latest imports, the last one first."""
    statement = select(imports).order_by(imports.c.started_at.desc(), imports.c.id).limit(limit)
    return tuple(Import(**row) for row in await ledger.rows(statement))


async def report(
    ledger: Ledger,
    import_id: str,
    *,
    severity: Severity | None = None,
    after: int = 0,
    limit: int = MAX_PAGE,
) -> tuple[ImportRow, ...]:
    """Lines of an import's report, in their order, without the first `after` ones.

    Args:
        ledger: where they are kept.
        import_id: of which import.
        severity: only those; None: all.
        after: so many are passed over.
        limit: so many at most.
    """
    statement = (
        select(*(column for column in import_rows.c if column.name not in {"import_id", "n"}))
        .where(import_rows.c.import_id == import_id)
        .order_by(import_rows.c.n)
        .offset(after)
        .limit(limit)
    )
    if severity is not None:
        statement = statement.where(import_rows.c.severity == severity)
    return tuple(ImportRow(**row) for row in await ledger.rows(statement))


async def known_sources(ledger: Ledger, key: str, references: Sequence[str]) -> dict[str, str]:
    """The deals that rows of a source became already, by the row's reference."""
    known: dict[str, str] = {}
    sources = import_sources.c
    for start in range(0, len(references), _REFERENCES_AT_ONCE):
        some = references[start : start + _REFERENCES_AT_ONCE]
        statement = select(sources.reference, sources.deal_id).where(
            sources.source == key, sources.reference.in_(some)
        )
        known |= {row["reference"]: row["deal_id"] for row in await ledger.rows(statement)}
    return known


async def deals_of(ledger: Ledger, key: str, *, limit: int) -> tuple[str, ...]:
    """Some deals that rows of a source became, by reference."""
    sources = import_sources.c
    statement = select(sources.deal_id).where(sources.source == key)
    rows = await ledger.rows(statement.order_by(sources.reference).limit(limit))
    return tuple(row["deal_id"] for row in rows)


async def remember_sources(ledger: Ledger, sources: Mapping[Source, str]) -> None:
    """Keep which deal each row became; a row that became a deal before keeps that one."""
    await ledger.write(claim, sources)


def claim(connection: Connection, sources: Mapping[Source, str]) -> None:
    """Like `remember_sources`, within work that somebody else began."""
    if not sources:
        return
    is_postgresql = connection.dialect.name == "postgresql"
    statement = (postgresql.insert if is_postgresql else sqlite.insert)(import_sources)
    rows = [
        {"source": source.key, "reference": source.reference, "deal_id": deal_id}
        for source, deal_id in sources.items()
    ]
    connection.execute(statement.on_conflict_do_nothing(), rows)


def _report(connection: Connection, import_id: str, rows: Sequence[ImportRow]) -> None:
    last = select(func.max(import_rows.c.n)).where(import_rows.c.import_id == import_id)
    first = (connection.scalar(last) or 0) + 1
    lines = [{"import_id": import_id, "n": n, **asdict(row)} for n, row in enumerate(rows, first)]
    if lines:
        connection.execute(insert(import_rows), lines)
