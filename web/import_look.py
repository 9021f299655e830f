"""What a page shows of an import before it begins: columns, first rows, and what is wrong.

Decides how a chosen file and a chosen mapping are named in an address, so that every look can be
opened again. Must never begin anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping as Given
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Final, NamedTuple
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.datastructures import QueryParams

from api.backing import Backing
from api.import_begin import Upload
from deals.commands import ImportDeal
from deals.playbook import Playbook
from imports.columns import Place, places
from imports.draft import DraftDeal, standing_end
from imports.faults import BadFile
from imports.glance import Columns, Glance, columns_of, glance
from imports.load import (
    BadMapping,
    FoundMapping,
    UnknownMapping,
    find_mapping,
    given_mapping,
    read_mapping,
    shipped,
)
from imports.mapping import Mapping
from imports.prepare import Prepared, prepared
from imports.read import Layout
from imports.remarks import Found, summary
from imports.run import Task
from imports.source import Uploaded
from ledger.files import file_content, find_file
from ledger.imports import known_sources
from ledger.session import Ledger
from playbooks.fault import Fault, PlaybookFaults

MOST_SHOWN: Final = 10
"""First rows that are shown as deals. A choice: as many as a glance takes in."""


class Pick(NamedTuple):
    """What was chosen, as an address says it.

    Attributes:
        file: the id of the stored main file.
        beside: those of side files.
        mapping: a shipped mapping's name; empty where a text is meant.
        text: the id of a stored mapping.
    """

    file: str
    beside: tuple[str, ...] = ()
    mapping: str = ""
    text: str = ""

    @classmethod
    def of(cls, query: QueryParams | Given[str, str]) -> Pick:
        """What an address or a form says."""
        beside = query.getlist("beside") if isinstance(query, QueryParams) else ()
        return cls(
            query.get("file", ""), tuple(beside), query.get("mapping", ""), query.get("text", "")
        )

    def address(self) -> str:
        """Where it is shown."""
        named = [("text", self.text)] if self.text else [("mapping", self.mapping)]
        beside = [("beside", one) for one in self.beside]
        return f"/imports/preview?{urlencode([('file', self.file), *beside, *named])}"


class Row(NamedTuple):
    """A row as a deal: where it stands, how it ended, and its first day where the file is from."""

    draft: DraftDeal
    stage: str = ""
    outcome: str | None = None
    amount_minor: int | None = None
    opened_on: date | None = None

    @property
    def command(self) -> ImportDeal | None:
        """The deal; None of a refused row."""
        return self.draft.command


@dataclass(slots=True)
class Look:
    """Everything there is to say about an import before it begins.

    Attributes:
        text: the mapping's.
        flaws: what is wrong with the mapping, and nothing more is known then.
        fault: what is wrong with a file as a whole.
        sides: the columns of uploaded side files, as the mapping names them.
        lacking: side files that the mapping needs, and that are not there.
        known: rows looked at whose deal is there already.
    """

    files: Uploaded
    text: str = ""
    mapping: Mapping | None = None
    playbook: Playbook | None = None
    flaws: tuple[Fault, ...] = ()
    fault: BadFile | None = None
    columns: Columns | None = None
    sides: dict[str, str] = field(default_factory=dict)
    lacking: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    glance: Glance | None = None
    known: int = 0

    @property
    def is_ready(self) -> bool:
        """Whether it can begin."""
        return self.glance is not None

    @property
    def options(self) -> tuple[str, ...]:
        """Every column that there is to choose."""
        return (*filter(None, self.columns.names if self.columns else ()), *self.sides)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The first rows, as deals."""
        if self.glance is None or self.mapping is None:
            return ()
        zone = ZoneInfo(self.mapping.time_zone)
        return tuple(_row(draft, zone) for draft in self.glance.drafts[:MOST_SHOWN])

    @property
    def found(self) -> tuple[Found, ...]:
        """What was remarked, by rule."""
        return summary(self.glance.remarks) if self.glance else ()


@cache
def offered() -> dict[str, str]:
    """The shipped mappings: what each is called."""
    return {one: read_mapping(find_mapping(one, files=False).text).name for one in shipped()}


async def upload_of(ledger: Ledger, pick: Pick) -> Upload:
    """What was picked, from where it is kept.

    Raises:
        UnknownFile: a file is not there.
    """
    main = await find_file(ledger, pick.file)
    sides = {
        (await find_file(ledger, one)).name: await file_content(ledger, one) for one in pick.beside
    }
    files = Uploaded(main.name, await file_content(ledger, pick.file), sides)
    if not pick.text:
        return Upload(files, pick.mapping)
    return Upload(files, (await file_content(ledger, pick.text)).decode(errors="replace"))


async def look_at(backing: Backing, upload: Upload, now: datetime) -> Look:
    """What the import would be; whatever is wrong with it stands in the answer."""
    look = Look(upload.files)
    try:
        found = _found(upload.mapping)
        look.text = found.text
        ready = await prepared(found, backing.ledger, now=now, publish=False)
    except (BadMapping, PlaybookFaults) as refused:
        look.flaws = refused.faults
        return look
    look.mapping, look.playbook = ready
    try:
        await asyncio.to_thread(_look_into, look, ready, now)
    except BadFile as fault:
        look.fault = fault
    if look.glance:
        references = [one.command.reference for one in look.glance.drafts if one.command]
        known = await known_sources(backing.ledger, ready.mapping.mapping, references)
        look.known = len(known)
    return look


def _found(given: str) -> FoundMapping:
    """The mapping of that name, or the text itself.

    Raises:
        BadMapping: it is neither.
    """
    try:
        return given_mapping(given)
    except UnknownMapping as unknown:
        raise BadMapping((Fault(None, None, "", str(unknown), ""),)) from None


def _look_into(look: Look, ready: Prepared, now: datetime) -> None:
    mapping, playbook = ready
    layout = Layout(mapping.file.encoding, mapping.file.delimiter)
    look.columns = columns_of(look.files, layout)
    look.lacking = tuple(
        join.file for join in mapping.joins.values() if join.file not in look.files.sides
    )
    for name, join in mapping.joins.items():
        if join.file in look.files.sides:
            side = columns_of(look.files, side=join.file)
            look.sides |= {f"{name}.{one}": side.first.get(one, "") for one in side.names if one}
    look.places = places(look.text, playbook.facts)
    look.glance = glance(Task(look.files, mapping, playbook, now))


def _row(draft: DraftDeal, zone: ZoneInfo) -> Row:
    command = draft.command
    if command is None:
        return Row(draft)
    stages = [step.stage for step in command.past if step.kind == "stage"]
    end = standing_end(command)
    amount = command.amount_minor if end is None else end.amount_minor
    opened_on = command.opened_at.astimezone(zone).date() if command.opened_at else None
    return Row(draft, stages[-1] or "", end.outcome if end else None, amount, opened_on)
