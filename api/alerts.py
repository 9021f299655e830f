"""The report on alerts: what came of each.

Decides how it is asked for and written as JSON. What a figure means, the report says.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.addresses import PREFIX
from api.answers import problems
from api.asking import FAULTS, ReportQuery, as_csv, filters_of
from api.backing import Standing
from api.deals import Limit
from deals.model import Instant
from ledger.paging import DEFAULT_PAGE
from reports.alerts import Alert, AlertFigures, RuleFigures, alerts, report

router: Final = APIRouter(prefix=PREFIX, tags=["reports"])

ADDRESS: Final = f"{PREFIX}/reports/alerts"


class AlertsQuery(ReportQuery):
    """The same, and which alerts."""

    rule: Annotated[str, Field(max_length=400)] | None = Field(
        None, description="`rule` of a row of the report."
    )
    figure: Literal["alerts", "watched", "followed", "acknowledged"] = Field(
        "alerts", description="Those that a figure counts."
    )
    cursor: Annotated[str, Field(pattern=r"^[0-9]{1,9}$")] | None = None
    limit: Limit = DEFAULT_PAGE


class TotalShown(AlertFigures):
    """The figures of all alerts."""

    deals: str = Field(description="Address of the alerts behind the figures.")


class RuleShown(RuleFigures):
    """The figures of the alerts of one rule."""

    deals: str = Field(description="Address of the alerts behind the figures.")


class AlertsReport(BaseModel):
    """Of the alerts sent, how many were followed by an action in time."""

    model_config = ConfigDict(validate_by_name=True)

    first_on: date | None = Field(alias="from")
    end_on: date | None = Field(alias="to")
    time_zone: str = Field(description="In which the days begin.")
    as_of: Instant
    total: TotalShown
    items: tuple[RuleShown, ...] = Field(description="Rules that sent an alert in the period.")


class AlertShown(BaseModel):
    """One alert, and what came of it."""

    deal_id: str
    title: str
    customer: str
    escalation: str
    rule: str
    at: Instant = Field(description="When it was sent.")
    due_at: Instant = Field(description="When its clock was due.")
    owner: str | None = Field(description="At the due instant; null: the pool.")
    team: str | None
    answer_by: Instant | None = Field(description="Until when an action follows it.")
    watched: bool = Field(description="That is over.")
    followed_at: Instant | None
    acknowledged: bool = Field(description="That alone.")


class AlertsPage(BaseModel):
    """Alerts, in the order in which they were sent."""

    items: tuple[AlertShown, ...]
    next_cursor: str | None


@router.get(
    "/reports/alerts",
    summary="Report whether alerts are acted on, rule by rule",
    responses=problems(*FAULTS),
)
async def show_alerts(query: Annotated[ReportQuery, Query()], backing: Standing) -> AlertsReport:
    """A rule that nobody acts on is marked `ignored`: it is noise."""
    filters = filters_of(query, backing)
    found = await report(backing.ledger, filters, backing.shelf.find)
    as_of = filters.window.as_of
    return AlertsReport(
        first_on=query.first_on,
        end_on=query.end_on,
        time_zone=backing.home.time_zone,
        as_of=as_of,
        total=TotalShown(**found.total.model_dump(), deals=_behind(query, as_of)),
        items=tuple(
            RuleShown(**one.model_dump(), deals=_behind(query, as_of, rule=one.rule))
            for one in found.rules
        ),
    )


@router.get(
    "/reports/alerts.csv",
    summary="Report whether alerts are acted on, as CSV",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}, **problems(*FAULTS)},
)
async def alerts_as_csv(query: Annotated[ReportQuery, Query()], backing: Standing) -> Response:
    """A row for each rule that sent an alert in the period."""
    found = await report(backing.ledger, filters_of(query, backing), backing.shelf.find)
    return as_csv(RuleFigures, found.rules)


@router.get(
    "/reports/alerts/deals",
    summary="List the alerts behind a figure of the report",
    responses=problems(*FAULTS),
)
async def show_alerts_behind(
    query: Annotated[AlertsQuery, Query()], backing: Standing
) -> AlertsPage:
    """Each with its deal, and with what followed it."""
    found = await alerts(backing.ledger, filters_of(query, backing), backing.shelf.find)
    counted = [one for one in found if _counts(one, query.figure)]
    begin = int(query.cursor or 0)
    end = begin + query.limit
    return AlertsPage(
        items=tuple(map(_shown, counted[begin:end])),
        next_cursor=str(end) if end < len(counted) else None,
    )


def _behind(query: ReportQuery, as_of: datetime, **more: str) -> str:
    """The address of the alerts behind a figure: the same filters, known up to the same instant."""
    said: Mapping[str, Any] = query.model_dump(mode="json", by_alias=True, exclude_none=True)
    return f"{ADDRESS}/deals?{urlencode({**said, 'as_of': as_of.isoformat(), **more})}"


def _counts(alert: Alert, figure: str) -> bool:
    counted = {
        "alerts": True,
        "watched": alert.watched,
        "followed": alert.followed_at is not None,
        "acknowledged": alert.acknowledged,
    }
    return counted[figure]


def _shown(alert: Alert) -> AlertShown:
    fields = {name: getattr(alert, name) for name in AlertShown.model_fields if name != "rule"}
    return AlertShown(rule=alert.rule.id, **fields)
