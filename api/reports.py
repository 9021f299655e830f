"""Reports: every question about conversion, as JSON and CSV, and the deals behind each figure.

Decides how a report is asked for and written, one route for each. What a figure means, the report
says (`reports`). Must never list other deals than a figure counts: both come from one set.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, create_model

from api.addresses import PREFIX
from api.answers import problems
from api.asking import FAULTS, ReportQuery, as_csv, filters_of
from api.backing import Backing, Standing
from api.codes import Fault
from api.deals import Limit
from api.problems import Problem
from deals.model import Instant, Recorded
from ledger.deals import DealRow, listed_deals
from ledger.paging import DEFAULT_PAGE
from reports.ask import answered, scope_of
from reports.catalog import REPORTS, Report, Table
from reports.figures import Found
from reports.filters import HORIZON_DAYS
from reports.period import PeriodKind
from reports.scope import Scope

router: Final = APIRouter(prefix=PREFIX, tags=["reports"])

LONGEST_HORIZON: Final = 36_500
"""A hundred years, in days. A choice."""

_OPTIONS: Final[Mapping[str, Any]] = {
    "horizon_days": (
        Annotated[float, Field(gt=0, le=LONGEST_HORIZON)],
        Field(HORIZON_DAYS, description="For shares by a horizon, in days of clock time."),
    ),
    "period": (
        PeriodKind | None,
        Field(None, description="Divide the window into ISO weeks or months."),
    ),
    "segment": (
        Annotated[str, Field(max_length=100)] | None,
        Field(None, description="A fact, or `team`: by what deals are told apart. All choices."),
    ),
}
_DEALS: Final = "Address of the deals behind a figure of the row: put its name for `{figure}`."


class ReportHead(BaseModel):
    """What every report says first."""

    model_config = ConfigDict(validate_by_name=True)

    first_on: date | None = Field(alias="from")
    end_on: date | None = Field(alias="to")
    time_zone: str = Field(description="In which the days begin.")
    as_of: Instant


class DealsBehind(BaseModel):
    """Deals behind a figure, by id; as they are now."""

    items: tuple[DealRow, ...]
    next_cursor: str | None
    n: int = Field(description="How many deals there are.")


class Asked:
    """A report as it is asked for over HTTP."""

    def __init__(self, report: Report) -> None:
        self.report = report
        name = "".join(part.title() for part in report.name.split("-"))
        options: dict[str, Any] = {one: _OPTIONS[one] for one in report.asked_by}
        self.query = create_model(f"{name}Query", __base__=ReportQuery, **options)
        names = Literal[tuple(table.name for table in report.tables)]  # type: ignore[valid-type]
        table: Any = (names | None, Field(None, description="Which table; the first one."))
        self.csv_query = create_model(f"{name}CsvQuery", __base__=self.query, table=table)
        behind: dict[str, Any] = {
            "figure": (Annotated[str, Field(max_length=100)], Field(description="Its name.")),
            "row": (
                Annotated[str, Field(max_length=2_000)],
                Field("[]", description="The row's keys, as a JSON list."),
            ),
            "cursor": (Annotated[str, Field(pattern=r"^[0-9]{1,9}$")] | None, None),
            "limit": (Limit, DEFAULT_PAGE),
        }
        self.deals_query = create_model(f"{name}DealsQuery", __base__=self.csv_query, **behind)
        self._shown = {table.name: self._row(name, table) for table in report.tables}
        rows = {one: tuple.__class_getitem__((row, ...)) for one, row in self._shown.items()}
        tables: dict[str, Any] = {one: (of, ...) for one, of in rows.items()}
        self.answer = create_model(f"{name}Report", __base__=ReportHead, **tables)

    async def show(self, query: ReportQuery, backing: Backing) -> BaseModel:
        """Every table."""
        scope, found = await self._found(query, backing, self.report.tables)
        as_of = scope.filters.window.as_of
        tables = {
            table.name: tuple(
                self._shown[table.name](
                    **one.row.model_dump(), deals=self._link(query, as_of, table, one)
                )
                for one in found[table.name]
            )
            for table in self.report.tables
        }
        return self.answer(
            first_on=query.first_on,
            end_on=query.end_on,
            time_zone=backing.home.time_zone,
            as_of=as_of,
            **tables,
        )

    async def csv(self, query: ReportQuery, backing: Backing) -> Response:
        """One table."""
        table = self.report.table(getattr(query, "table", None))
        _, found = await self._found(query, backing, (table,))
        return as_csv(table.model, [one.row for one in found[table.name]])

    async def deals(self, query: Any, backing: Backing) -> DealsBehind:  # noqa: ANN401 - made above
        """The deals behind one figure of one row.

        Raises:
            Problem: `bad_parameter`, there is no such row, or it has no such figure.
        """
        table = self.report.table(query.table)
        scope, found = await self._found(query, backing, (table,))
        keys = _keys_given(query.row)
        one = next((one for one in found[table.name] if _keys_of(table, one) == keys), None)
        if one is None:
            raise Problem(Fault.BAD_PARAMETER, facts={"row": query.row})
        if query.figure not in one.behind:
            facts = {"figure": query.figure, "known": sorted(one.behind)}
            raise Problem(Fault.BAD_PARAMETER, facts=facts)
        ids = sorted({scope.known.columns.ids.texts[place] for place in one.behind[query.figure]})
        begin = int(query.cursor or 0)
        end = begin + query.limit
        return DealsBehind(
            items=await listed_deals(backing.ledger, ids[begin:end]),
            next_cursor=str(end) if end < len(ids) else None,
            n=len(ids),
        )

    async def _found(
        self, query: ReportQuery, backing: Backing, tables: Sequence[Table]
    ) -> tuple[Scope, dict[str, Sequence[Found[Recorded]]]]:
        filters = filters_of(query, backing)
        zone = backing.home.time_zone
        scope = await scope_of(backing.ledger, backing.copy, filters, self.report, time_zone=zone)
        return scope, await answered(backing.ledger, scope, tables, backing.shelf.find)

    def _row(self, report: str, table: Table) -> Any:  # noqa: ANN401 - a model made here
        """The table's row with the address of its deals; named for this report alone."""
        name = "".join(part.title() for part in table.name.split("_"))
        deals: Any = (str, Field(description=_DEALS))
        return create_model(f"{report}{name}Row", __base__=table.model, deals=deals)

    def _link(self, query: ReportQuery, as_of: datetime, table: Table, one: Found[Recorded]) -> str:
        said = query.model_dump(mode="json", by_alias=True, exclude_unset=True)
        said["as_of"] = as_of.isoformat()
        keys = json.dumps(_keys_of(table, one), ensure_ascii=False)
        more = {"table": table.name, "row": keys}
        address = f"{PREFIX}/reports/{self.report.name}/deals"
        return f"{address}?{urlencode(said | more)}&figure={{figure}}"


def _route(  # noqa: PLR0913, PLR0917 - all that tells one address from another
    asked: Asked,
    suffix: str,
    answer: Callable[..., Any],
    query: type[BaseModel],
    summary: str,
    description: str,
    gives: type[BaseModel] | dict[int | str, dict[str, Any]],
) -> None:
    """One address: it gives a model, or what its responses say."""
    report = asked.report
    answer.__annotations__["query"] = Annotated[query, Query()]
    faults = problems(*FAULTS, Fault.NO_DATES) if report.is_dated else problems(*FAULTS)
    responses: dict[int | str, dict[str, Any]] = dict(faults)
    if isinstance(gives, dict):
        responses |= gives
    router.add_api_route(
        f"/reports/{report.name}{suffix}",
        answer,
        name=f"{answer.__name__}_{report.name}",
        summary=summary,
        description=description,
        response_model=None if isinstance(gives, dict) else gives,
        response_class=Response if isinstance(gives, dict) else JSONResponse,
        responses=responses,
    )


def _keys_of(table: Table, one: Found[Recorded]) -> list[Any]:
    return [getattr(one.row, key) for key in table.keys]


def _keys_given(row: str) -> Any:  # noqa: ANN401 - any JSON; only what a row has fits
    try:
        return json.loads(row)
    except ValueError as fault:
        raise Problem(Fault.BAD_PARAMETER, facts={"row": row}) from fault


def _add(asked: Asked) -> None:
    """The three addresses of a report."""

    async def show(query: Any, backing: Standing) -> Any:  # noqa: ANN401 - told by the route
        return await asked.show(query, backing)

    async def csv(query: Any, backing: Standing) -> Response:  # noqa: ANN401
        return await asked.csv(query, backing)

    async def deals(query: Any, backing: Standing) -> DealsBehind:  # noqa: ANN401
        return await asked.deals(query, backing)

    name = asked.report.name
    defined = f"The report `{name}`; docs/reports.md defines its figures."
    told: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}}}
    _route(asked, "", show, asked.query, asked.report.asks, defined, asked.answer)
    _route(asked, ".csv", csv, asked.csv_query, f"The report `{name}` as CSV", "One table.", told)
    _route(
        *(asked, "/deals", deals, asked.deals_query),
        f"List the deals behind a figure of `{name}`",
        "With the same filters they are the deals that the figure counts.",
        DealsBehind,
    )


ASKED: Final[Mapping[str, Asked]] = {report.name: Asked(report) for report in REPORTS}
"""Every report as it is asked for, by its name."""

for _asked in ASKED.values():
    _add(_asked)
