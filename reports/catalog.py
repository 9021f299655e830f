"""Every report by name: what it asks, its tables, and what it needs to be known.

Decides which tables a report has. What a figure means, each report says. Must never count anything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from deals.model import Recorded
from ledger.session import Ledger
from reports import (
    actions,
    conversion,
    cycle,
    follow_ups,
    health,
    metrics,
    outcomes,
    pipeline,
    reps,
    segments,
    sla,
    standard,
    stuck_report,
)
from reports.cases import Find, Staff
from reports.figures import Found
from reports.scope import Scope

Complete = Callable[[Ledger, Sequence[Found[Any]], Find, Staff], Awaitable[Sequence[Found[Any]]]]
"""Completes rows, by the ledger, published playbooks and everybody's names."""


@dataclass(frozen=True)
class Table:
    """A table of a report.

    Attributes:
        rows: computes it.
        model: what a row is.
        keys: the fields that tell one row from the others.
        completed: adds what only the ledger knows to the rows.
    """

    name: str
    rows: Callable[[Scope], Sequence[Found[Recorded]]]
    model: type[Recorded]
    keys: tuple[str, ...] = ()
    completed: Complete | None = None


@dataclass(frozen=True)
class Report:
    """A question, and the tables that answer it; the first is the main one.

    Attributes:
        asks: the question, in one line.
        needs: tables of the ledger, besides deals, visits and owners.
        is_dated: whether it says nothing of deals without dates.
        asked_by: what can be asked of it besides the filters that all have.
    """

    name: str
    asks: str
    tables: tuple[Table, ...]
    needs: tuple[str, ...] = ()
    is_dated: bool = True
    asked_by: tuple[Literal["horizon_days", "period", "segment"], ...] = ()

    def table(self, name: str | None) -> Table:
        """The table of that name, or the main one.

        Raises:
            KeyError: there is none.
        """
        if name is None:
            return self.tables[0]
        return {table.name: table for table in self.tables}[name]


_STAGE: Final = ("playbook", "stage")

REPORTS: Final[tuple[Report, ...]] = (
    Report(
        "pipeline",
        "What stands where, now?",
        (
            Table("by_stage", pipeline.by_stage, pipeline.StageStanding, _STAGE),
            Table("total", pipeline.total, pipeline.Standing),
            Table("by_owner", pipeline.by_owner, pipeline.OwnerStanding, ("owner", *_STAGE)),
            Table("by_team", pipeline.by_team, pipeline.TeamStanding, ("team", *_STAGE)),
            Table("by_source", pipeline.by_source, pipeline.SourceStanding, ("source", *_STAGE)),
        ),
        ("amounts", "clocks", "holds"),
        is_dated=False,
    ),
    Report(
        "stuck",
        "Which deals are stuck, for how long, why, and whose?",
        (
            Table(
                "deals",
                stuck_report.stuck_deals,
                stuck_report.StuckDealRow,
                ("deal",),
                stuck_report.with_reasons,
            ),
            Table("stages", stuck_report.stuck_stages, stuck_report.StuckStageRow, _STAGE),
            Table("owners", stuck_report.stuck_owners, stuck_report.StuckOwnerRow, ("owner",)),
        ),
        ("amounts", "clocks", "holds"),
        is_dated=False,
    ),
    Report(
        "conversion",
        "Of those who entered a stage, how many went on?",
        (Table("stages", conversion.conversion, conversion.StageConversion, ("period", *_STAGE)),),
        asked_by=("horizon_days", "period"),
    ),
    Report(
        "cycle",
        "How long does it take?",
        (
            Table("in_stage", cycle.in_stage, cycle.StageCycle, _STAGE),
            Table("to_close", cycle.to_close, cycle.Cycle),
            Table("to_end", cycle.to_end, cycle.Ends),
        ),
        ("holds",),
        asked_by=("horizon_days",),
    ),
    Report(
        "reps",
        "How does each rep stand beside the team?",
        (
            Table("closed", reps.reps_closed, outcomes.Closed, ("key",)),
            Table("all_closed", reps.reps_all, outcomes.AllClosed),
            Table("to_close", reps.reps_to_close, reps.RepCycle, ("owner",)),
            Table("stages", reps.reps_stages, reps.RepStage, ("owner", *_STAGE)),
            Table("coach", reps.reps_coach, reps.Coaching, ("owner",)),
            Table("health", health.reps_health, health.Health, ("owner",)),
        ),
        ("amounts", "clocks", "holds"),
        is_dated=False,
    ),
    Report(
        "actions",
        "Which standard actions are done, and do they go together with winning?",
        (
            Table("recorded", actions.recorded, actions.RecordedAction, (*_STAGE, "action")),
            Table("standard", standard.standard, standard.StandardAction, (*_STAGE, "action")),
            Table("summary", actions.summary, actions.RecordedSummary),
            Table("evidence", actions.evidence, actions.Evidence, (*_STAGE, "action")),
        ),
        ("actions", "clocks"),
        is_dated=False,
    ),
    Report(
        "channels",
        "Which sources bring deals that are won?",
        (
            Table("closed", segments.channels_closed, outcomes.Closed, ("key",)),
            Table("all_closed", segments.channels_all, outcomes.AllClosed),
            Table("cohort", segments.channels_cohort, outcomes.Cohort, ("key",)),
        ),
        ("amounts",),
        is_dated=False,
        asked_by=("horizon_days",),
    ),
    Report(
        "segments",
        "Which customers buy?",
        (
            Table("closed", segments.segments_closed, segments.SegmentClosed, ("segment", "key")),
            Table("all_closed", segments.segments_all, segments.AllSegmentClosed, ("segment",)),
            Table("cohort", segments.segments_cohort, segments.SegmentCohort, ("segment", "key")),
        ),
        ("amounts", "facts"),
        is_dated=False,
        asked_by=("horizon_days", "segment"),
    ),
    Report(
        "follow-ups",
        "What happens after the k-th follow-up?",
        (
            Table("after", follow_ups.follow_ups, follow_ups.FollowUps, ("k",)),
            Table(
                "by_segment",
                follow_ups.follow_ups_by_segment,
                follow_ups.SegmentFollowUps,
                ("segment", "key"),
            ),
        ),
        ("actions", "facts"),
        asked_by=("horizon_days", "segment"),
    ),
    Report(
        "metrics",
        "How does each week or month compare with the one before?",
        (
            Table("month", metrics.months, metrics.FiveFigures, ("period",)),
            Table("week", metrics.weeks, metrics.FiveFigures, ("period",)),
        ),
        ("amounts", "facts"),
    ),
    Report(
        "sla",
        "Were the clocks kept, and how soon does anybody act?",
        (
            Table("by_rule", sla.by_rule, sla.RuleKept, (*_STAGE, "kind", "subject")),
            Table("by_stage", sla.by_stage, sla.StageKept, _STAGE),
            Table("by_rep", sla.by_rep, sla.RepKept, ("owner",)),
            Table("first_action", sla.first_action, sla.FirstAction),
        ),
        ("clocks", "actions"),
        is_dated=False,
    ),
)
"""Every report."""

BY_NAME: Final = {report.name: report for report in REPORTS}
