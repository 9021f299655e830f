"""What can be searched for among workflows, in the Temporal UI and by `temporal workflow list`.

The one registry: names, types and how each follows from a deal. Ids only, never a title, a customer
or a note: the server stores search attributes in the clear, also behind a payload codec.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, TypeVar

from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    SearchAttributeUpdate,
    TypedSearchAttributes,
)

from deals.deal import Deal
from deals.playbook import Measure

ValueT = TypeVar("ValueT", str, datetime)

Change = SearchAttributeUpdate[Any]

STAGE: Final = SearchAttributeKey.for_keyword("DealStage")
STATUS: Final = SearchAttributeKey.for_keyword("DealStatus")
OWNER: Final = SearchAttributeKey.for_keyword("DealOwner")
TEAM: Final = SearchAttributeKey.for_keyword("DealTeam")
PLAYBOOK: Final = SearchAttributeKey.for_keyword("DealPlaybook")
ESCALATION: Final = SearchAttributeKey.for_keyword("DealEscalation")
NEXT_DUE_AT: Final = SearchAttributeKey.for_datetime("DealNextDueAt")

KEYS: Final[tuple[SearchAttributeKey[Any], ...]] = (
    STAGE,
    STATUS,
    OWNER,
    TEAM,
    PLAYBOOK,
    ESCALATION,
    NEXT_DUE_AT,
)
"""To be registered with a server before the first deal: an unknown one would block the workflow."""

_LONGEST: Final = 255
"""Characters of a keyword. Source: VARCHAR(255) in the server's SQL visibility schema."""

_LOUDNESS: Final[dict[Measure, str]] = {
    "recycle": "recycled",
    "warn": "warned",
    "escalate": "escalated",
    "remind": "reminded",
}
"""From the loudest measure to the quietest, each with the word for a deal it was taken on."""


def start_attributes(deal: Deal, next_due_at: datetime | None) -> TypedSearchAttributes:
    """The attributes a workflow is started with; they cost no event then."""
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(key, value) for key, value in _keywords(deal) if value is not None
    ]
    if next_due_at is not None:
        pairs.append(SearchAttributePair(NEXT_DUE_AT, next_due_at))
    return TypedSearchAttributes(pairs)


def changes(
    told: TypedSearchAttributes, deal: Deal, next_due_at: datetime | None, *, also_due: bool
) -> list[Change]:
    """What has to be upserted, all in one call; empty when nothing has.

    Args:
        told: what the server knows.
        deal: as it is now.
        next_due_at: the deal's next deadline.
        also_due: whether a changed deadline alone is worth an event; with another change it is
            always told.
    """
    keywords = [_update(key, value) for key, value in _keywords(deal) if told.get(key) != value]
    if not keywords and not also_due:
        return []
    due = [] if told.get(NEXT_DUE_AT) == next_due_at else [_update(NEXT_DUE_AT, next_due_at)]
    return [*keywords, *due]


def escalation(deal: Deal) -> str:
    """The loudest measure that waits for an answer; `none` while none does."""
    if deal.in_pool:
        return "recycled"
    open_measures = {one.do for one in deal.escalations if one.acknowledged_at is None}
    return next((word for do, word in _LOUDNESS.items() if do in open_measures), "none")


def _keywords(deal: Deal) -> Iterator[tuple[SearchAttributeKey[str], str | None]]:
    values = {
        STAGE: deal.visit.stage,
        STATUS: deal.status,
        OWNER: deal.owner,
        TEAM: deal.team,
        PLAYBOOK: f"{deal.playbook.id}@{deal.playbook.version}",
        ESCALATION: escalation(deal),
    }
    return ((key, value[:_LONGEST] if value else None) for key, value in values.items())


def _update(key: SearchAttributeKey[ValueT], value: ValueT | None) -> SearchAttributeUpdate[ValueT]:
    return key.value_unset() if value is None else key.value_set(value)
