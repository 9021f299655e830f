"""What all reports share over HTTP: how they are asked for, and how rows become CSV.

Decides which filters there are, and that a cell never begins a formula. What a figure means, the
report says.
"""

import csv
import io
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any, Final

from fastapi import Response
from pydantic import Field

from api.answers import LISTS
from api.backing import Backing
from api.codes import Fault
from api.deals import Text
from deals.model import Authored, Instant, Recorded
from reports.filters import Filters
from reports.period import window

FAULTS: Final = (*LISTS, Fault.BAD_PERIOD, Fault.UNKNOWN_FILTER, Fault.UNKNOWN_PLAYBOOK)
CSV: Final = "text/csv; charset=utf-8"

_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
"""How a text begins that a spreadsheet would run."""


class ReportQuery(Authored):
    """Which period, known up to when, and of whom. What is left out is not asked."""

    first_on: date | None = Field(None, alias="from", description="First day of the period.")
    end_on: date | None = Field(None, alias="to", description="The day after its last one.")
    as_of: Instant | None = Field(None, description="What is known: all up to then. Now.")
    team: Text | None = None
    owner: Text | None = None
    playbook: Text | None = Field(None, description="`id` or `id@version`.")
    source: Text | None = None


def filters_of(query: ReportQuery, backing: Backing) -> Filters:
    """What the query asks for.

    Raises:
        BadPeriod: the period ends before it begins.
    """
    as_of = query.as_of or datetime.now(UTC)
    period = window(query.first_on, query.end_on, time_zone=backing.home.time_zone, as_of=as_of)
    asked = ("team", "owner", "playbook", "source", "rule", "segment", "period", "horizon_days")
    given = {name: getattr(query, name) for name in asked if hasattr(query, name)}
    return Filters(period, **given)


def as_csv(model: type[Recorded], rows: Iterable[Recorded]) -> Response:
    """Rows as CSV, a column for each field; what is not known is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(model.model_fields))
    writer.writeheader()
    writer.writerows(_cells(row) for row in rows)
    return Response(text.getvalue(), media_type=CSV)


def _cells(row: Recorded) -> dict[str, Any]:
    return {name: safe_cell(value) for name, value in row.model_dump(mode="json").items()}


def safe_cell(value: object) -> object:
    """A value as JSON would say it; a text that would be a formula has a quote before it."""
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(_FORMULAS):
        return f"'{value}"
    return value
