"""What is imported: real opportunities where this machine has them, else invented ones.

The real ones are "CRM Sales Opportunities" of Maven Analytics, in the form that the shipped mapping
`maven-crm` reads; they are not part of this project. The invented ones are always the same.
"""

import csv
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

MAPPING: Final = "maven-crm"
REAL: Final = Path(__file__).parents[2] / "shared" / "data" / "maven_crm" / "sales_pipeline.csv"
CLOSED_FOR_ONE_OPEN: Final = 3  # about as in the real ones

_SEED: Final = 20_261
_AGENTS: Final = ("Anna Berg", "Lin Mei", "Omar Haddad")
_PRODUCTS: Final = ("GTX Basic", "GTX Pro", "MG Special")
_ACCOUNTS: Final = ("Northwind", "Contoso", "Fabrikam")

_COLUMNS: Final = (
    *("opportunity_id", "sales_agent", "product", "account"),
    *("deal_stage", "engage_date", "close_date", "close_value"),
)


def opportunities(folder: Path, most: int, *, invented: bool) -> Path:
    """The file to import.

    Args:
        folder: where invented ones are written.
        most: how many open ones are invented.
        invented: even where the real ones are.
    """
    if REAL.exists() and not invented:
        return REAL
    dice = random.Random(_SEED)
    rows = [_row(dice, number) for number in range(most * (1 + CLOSED_FOR_ONE_OPEN))]
    _write(folder / "accounts.csv", ("account", "sector", "office_location"), _accounts())
    _write(folder / "sales_teams.csv", ("sales_agent", "manager", "regional_office"), _teams())
    return _write(folder / REAL.name, _COLUMNS, rows)


def _row(dice: random.Random, number: int) -> Sequence[str]:
    who = (dice.choice(_AGENTS), dice.choice(_PRODUCTS), dice.choice(_ACCOUNTS))
    engaged = f"2017-{dice.randint(1, 9):02}-{dice.randint(1, 28):02}"
    if number % (1 + CLOSED_FOR_ONE_OPEN) == 0:
        return (f"OPEN{number:06}", *who, "Engaging", engaged, "", "")
    value = str(dice.randint(50, 5_000))
    return (f"WON{number:06}", *who, "Won", engaged, "2017-12-01", value)


def _accounts() -> list[Sequence[str]]:
    return [(account, "medical", "Norway") for account in _ACCOUNTS]


def _teams() -> list[Sequence[str]]:
    return [(agent, "Dora Vogel", "Central") for agent in _AGENTS]


def _write(path: Path, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows((columns, *rows))
    return path
