"""The log, read back by the process miners' own library."""

import asyncio
import csv
import io
import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from exports.command import Form, export, export_to
from exports.log import cases
from ledger.session import Ledger
from tests.deals.lives import MONDAY
from tests.ledger.lives import Told, random_life
from tests.reports.scene import furnish

MINER = Path(__file__).parent / "miner.py"

LIVES = [random_life(seed, steps=30) for seed in range(12)]


async def written(ledger: Ledger, form: Form) -> str:
    out = io.StringIO(newline="")
    await export(ledger, form, out)
    return out.getvalue()


async def mined(ledger: Ledger, form: Form, folder: Path) -> dict[str, Any]:
    """What the library reads in the exported file."""
    file = folder / f"log.{form}"
    await export_to(ledger, form, file)
    miner = await asyncio.create_subprocess_exec(
        *(sys.executable, MINER, form, file),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    said, why = await miner.communicate()
    told = [line for line in said.decode().splitlines() if line.startswith("FOUND ")]
    assert told, why.decode()
    found: dict[str, Any] = json.loads(told[0].removeprefix("FOUND "))
    return found


def exported(life: Told) -> list[str]:
    return [one.kind for one in life.events if one.kind != "clocks_set"]


async def test_a_process_miner_reads_every_event_of_the_xes(ledger: Ledger, tmp_path: Path) -> None:
    await furnish(ledger, *LIVES)
    found = await mined(ledger, "xes", tmp_path)
    assert found["kinds"] == {life.deal.id: exported(life) for life in LIVES if life.deal}
    assert datetime.fromisoformat(found["first"]) >= MONDAY - timedelta(days=61)
    assert {"lin", "chen"} <= set(found["resources"])


async def test_a_process_miner_reads_every_event_and_object_of_the_ocel(
    ledger: Ledger, tmp_path: Path
) -> None:
    await furnish(ledger, *LIVES)
    found = await mined(ledger, "ocel", tmp_path)
    assert found["events"] == found["with_deal"] == sum(len(exported(life)) for life in LIVES)
    objects = found["objects"]
    assert objects["deal"] == sorted(life.deal.id for life in LIVES if life.deal)
    assert objects["customer"] == ["customer:Acme", "customer:客户"]
    assert {"person:lin", "person:chen"} <= set(objects["person"])
    assert found["qualifiers"] == ["customer", "owner"]


async def test_the_table_has_the_same_rows_in_the_order_of_each_deal(ledger: Ledger) -> None:
    await furnish(ledger, *LIVES)
    rows = list(csv.DictReader(io.StringIO(await written(ledger, "csv"))))
    by_deal: dict[str, list[str]] = {}
    for row in rows:
        by_deal.setdefault(row["deal"], []).append(row["kind"])
    assert by_deal == {life.deal.id: exported(life) for life in LIVES if life.deal}


async def test_what_nobody_knows_the_instant_of_says_so_and_keeps_its_place(
    ledger: Ledger,
) -> None:
    life = random_life(5)  # an import, of which one entry is not dated
    await furnish(ledger, life)

    def read(connection: Connection) -> list[tuple[bool, datetime]]:
        return [(one.is_dated, one.at) for case in cases(connection) for one in case.happenings]

    instants = await ledger.read(read)
    assert {dated for dated, _ in instants} == {True, False}
    assert [at for _, at in instants][:4] == sorted(at for _, at in instants)[:4]


async def test_no_character_that_xml_cannot_hold_breaks_the_file(
    ledger: Ledger, tmp_path: Path
) -> None:
    told = Told()
    told.open("D1", title='Pump \x07 <&"> \x1b', customer="A\x01cme")
    await furnish(ledger, told)
    found = await mined(ledger, "xes", tmp_path)
    assert found["titles"] == ['Pump \ufffd <&"> \ufffd']


@pytest.mark.parametrize("form", ["xes", "ocel", "csv"])
async def test_an_empty_ledger_is_an_empty_log(ledger: Ledger, form: Form) -> None:
    out = io.StringIO(newline="")
    assert await export(ledger, form, out) == 0
    assert out.getvalue()
