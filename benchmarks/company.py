"""A company's ledger of any size: lives that the core decided, and copies of them.

Decides how many deals there are and how they differ. The templates are lives of the demo's reps and
imported pasts, recorded as ever; each copy has its own ids, reps and teams, and every span of its
time is shorter by a little, so that no two durations are the same. The events of copies have no
bodies: no report reads them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Table, text

from deals.commands import ImportDeal, PastStep
from deals.deal import Actor, PlaybookRef
from deals.decide import decide
from deals.playbook import Playbook
from demo.lives import lives
from demo.team import REPS
from ledger import tables
from ledger.playbooks import publish_playbook
from ledger.record import Life, record_many
from ledger.registers import touched
from ledger.session import Ledger
from ledger.types import Utc

NOW: Final = datetime(2026, 10, 1, tzinfo=UTC)
"""The ledger's present."""

BEGAN_DAYS_AGO: Final = 1_095
"""Three years of deals. A choice."""

LIVED: Final = 0.04
"""Templates that were lived with clocks, of all; the others came by import. A choice: so a deal has
twelve to fifteen events."""

_SHRINK: Final = 1e-4
"""How much shorter the time of each copy is. A choice."""

_SUFFIXES: Final = {
    **dict.fromkeys(("id", "deal_id"), "k"),
    **dict.fromkeys(("owner", "person", "actor"), "(k % 25)"),
    **dict.fromkeys(("team", "person_team"), "(k % 10)"),
}
"""What a copy's names end with. Choices: some hundred reps in some twenty teams."""

_COPIED: Final = (
    *(tables.deals, tables.stage_visits, tables.owners, tables.amounts, tables.facts),
    *(tables.holds, tables.actions, tables.clocks, touched, tables.events),
)


async def found(ledger: Ledger, playbook: Playbook, templates: int, copies: int) -> None:
    """Fill a ledger with `templates` x `copies` deals.

    Args:
        ledger: an empty one.
        playbook: what the deals run on.
        templates: lives that the core decides.
        copies: how often each is there.
    """
    await publish_playbook(ledger, playbook, "benchmark", now=NOW)
    lived = round(templates * LIVED)
    of_reps = lives(7, lived, playbook, NOW, (0, BEGAN_DAYS_AGO))
    await record_many(ledger, [Life(one.deal.id, one.events) for one in of_reps])
    await record_many(ledger, list(_imported(playbook, templates - lived)))
    if copies > 1:
        await ledger.write(_copy, copies)
        await ledger.write(_analyze)


def _imported(playbook: Playbook, count: int) -> Iterator[Life]:
    dice = random.Random(11)
    ref = PlaybookRef(id=playbook.id, version=playbook.version, digest=playbook.digest)
    sources = [choice.id for choice in playbook.facts["source"].choices]
    for number in range(count):
        rep = dice.choice(REPS)
        opened = NOW - timedelta(days=dice.uniform(0, BEGAN_DAYS_AGO))
        command = ImportDeal(
            command_id="import",
            actor=Actor(id="import", role="ops"),
            deal_id=f"Dpast{number:06}",
            playbook=ref,
            title=f"Machine {number}",
            customer=f"Customer {number % 700}",
            owner=rep.id,
            team=rep.team,
            source=dice.choice(sources),
            amount_minor=dice.randrange(8, 480) * 1_000_000,
            opened_at=opened,
            reference=str(number),
            past=tuple(_past(playbook, dice, rep.id, opened)),
        )
        yield Life(command.deal_id, decide(playbook, None, command, now=NOW))


def _past(playbook: Playbook, dice: random.Random, owner: str, at: datetime) -> Iterator[PastStep]:
    """Through the stages with an action or two in each, until it ends or the present comes."""
    for stage in playbook.stages:
        yield PastStep(kind="stage", stage=stage.id, at=at)
        for action in stage.actions[: dice.randint(1, 3)]:
            at += timedelta(days=dice.lognormvariate(0.5, 0.8))
            if at >= NOW:
                return
            yield PastStep(kind="action", action=action.id, at=at, actor=owner)
        at += timedelta(days=dice.lognormvariate(1, 0.9))
        if at >= NOW:
            return
        if dice.random() < 0.2:  # noqa: PLR2004 - one in five ends in each stage
            outcome = dice.choice(("lost", "lost", "dropped"))
            yield PastStep.model_validate({"kind": "end", "outcome": outcome, "at": at})
            return
    yield PastStep(kind="end", outcome="won", at=at)


def _copy(connection: Connection, copies: int) -> None:
    """Every row of every table again for each further copy, written by the database itself."""
    is_postgres = connection.dialect.name == "postgresql"
    for table in _COPIED:
        numbers = f"generate_series(1, {copies - 1}) AS copy(k)" if is_postgres else "copy"
        with_numbers = "" if is_postgres else _counted(copies - 1)
        names = ", ".join(f'"{column.name}"' for column in table.c)
        values = ", ".join(_values(table, is_postgres=is_postgres))
        statement = (
            f"INSERT INTO {table.name} ({names}) {with_numbers} "  # noqa: S608 - names of ours
            f"SELECT {values} FROM {table.name} CROSS JOIN {numbers}"
        )
        connection.execute(text(statement))


def _counted(last: int) -> str:
    return (
        "WITH RECURSIVE copy(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM copy "  # noqa: S608 - a number
        f"WHERE k < {last})"
    )


def _values(table: Table, *, is_postgres: bool) -> Sequence[str]:
    return [_value(table, column.name, is_postgres=is_postgres) for column in table.c]


def _value(table: Table, name: str, *, is_postgres: bool) -> str:
    column = f'{table.name}."{name}"'
    if name in _SUFFIXES and not (name == "id" and table is tables.clocks):
        return f"{column} || '-' || {_SUFFIXES[name]}"
    if name == "data":
        return "'{}'"
    if isinstance(table.c[name].type, Utc):
        return _shorter(column, is_postgres=is_postgres)
    return column


def _shorter(column: str, *, is_postgres: bool) -> str:
    """The instant as far from the ledger's present as before, less a little."""
    began = NOW - timedelta(days=BEGAN_DAYS_AGO * 2)
    if is_postgres:
        base = f"timestamptz '{began.isoformat()}'"
        return f"{base} + ({column} - {base}) * (1 - k * {_SHRINK})"
    base = str(int(began.timestamp() * 1_000_000))
    return f"{base} + CAST(({column} - {base}) * (1 - k * {_SHRINK}) AS INTEGER)"


def _analyze(connection: Connection) -> None:
    connection.execute(text("ANALYZE"))
