"""What a letter with alarms speaks of: the most urgent first, and no more than can be read.

Decides order, how many are told one by one, and how ids become names. Must never decide who is
told, nor in which words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from deals.clock import ClockKind
from deals.deal import Deal, Unmet
from deals.events import DealAssigned, Event, GateOverridden, OverrideAsked, RungReached
from deals.model import Names
from deals.playbook import Playbook
from ledger.notices import Notice, NoticeKind
from letters.timing import STORM
from letters.words import Language

URGENCY: Final[tuple[NoticeKind, ...]] = (
    "warn",
    "escalate",
    "override_asked",
    "remind",
    "recycle",
    "assigned",
    "overridden",
)
"""From what is lost soonest to what only has to be known. A choice."""


class Known(Protocol):
    """Where names come from."""

    def playbook(self, playbook_id: str, version: int) -> Playbook | None:
        """A published playbook; without one, ids stand for names."""

    def deal(self, deal_id: str) -> Deal | None:
        """A deal as recorded."""

    def name(self, person: str) -> str:
        """What a person is called; the id of somebody unknown."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that a letter tells.

    Attributes:
        clock: of what kind the clock is; None where no clock is behind it.
        subject: the name of the action or the stage that the clock is about.
        due_at: by when; `late` is how long ago that was, None while it lies ahead.
        owner: who has the deal, or had it until it went to the pool.
        recycled_at: when it goes back to the pool, of a warning.
        by: who did it.
        unmet: names of what is missing, or was waived.
    """

    kind: NoticeKind
    deal_id: str
    title: str
    customer: str
    escalation: str | None
    clock: ClockKind | None
    subject: str
    due_at: datetime | None
    late: timedelta | None
    owner: str
    recycled_at: datetime | None
    by: str
    reason: str | None
    unmet: tuple[str, ...]
    next_due_at: datetime | None


def content(
    notices: Sequence[Notice], known: Known, *, language: Language, now: datetime
) -> dict[str, Any] | None:
    """What the template `alarms` speaks of; None if everything was answered meanwhile."""
    told = _matters(one for one in notices if not one.is_answered)
    if not told:
        return None
    counts = Counter(one.kind for one in told[STORM:])
    writer = _Writer(known, language, now)
    return {
        "alarms": tuple(map(writer.alarm, told[:STORM])),
        "total": len(told),
        "more": tuple((kind, counts[kind]) for kind in URGENCY if counts[kind]),
        "answered": sum(one.is_answered for one in notices),
    }


def _matters(notices: Iterable[Notice]) -> list[Notice]:
    """The most urgent first, and of the rungs of one clock only the one that says most."""
    matters: dict[tuple[str, str | int], Notice] = {}
    for one in sorted(notices, key=_urgency):
        clock = one.event.clock if isinstance(one.event, RungReached) else one.seq
        matters.setdefault((one.deal_id, clock), one)
    return list(matters.values())


def _urgency(notice: Notice) -> tuple[int, datetime, str, int]:
    return (
        URGENCY.index(notice.kind),
        notice.due_at or notice.at,
        notice.deal_id,
        -notice.seq,
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    """Makes alarms of notices for one reader."""

    known: Known
    language: Language
    now: datetime

    def alarm(self, notice: Notice) -> Alarm:
        event, playbook = notice.event, self._playbook(notice)
        late = self.now - notice.due_at if notice.due_at and notice.due_at <= self.now else None
        return Alarm(
            kind=notice.kind,
            deal_id=notice.deal_id,
            title=notice.title,
            customer=notice.customer,
            escalation=getattr(event, "escalation", None),
            clock=event.clock_kind if isinstance(event, RungReached) else None,
            subject=self._subject(playbook, event),
            due_at=notice.due_at,
            late=late,
            owner=self.known.name(notice.owner) if notice.owner else "",
            recycled_at=self._recycled_at(playbook, notice),
            by=self.known.name(event.actor.id),
            reason=_reason(event),
            unmet=tuple(self._missing(playbook, event)),
            next_due_at=notice.next_due_at,
        )

    def _playbook(self, notice: Notice) -> Playbook | None:
        return self.known.playbook(notice.playbook_id, notice.playbook_version)

    def _subject(self, playbook: Playbook | None, event: Event) -> str:
        """The name of what the clock asks for, or of the stage it is about."""
        if not isinstance(event, RungReached):
            return ""
        if event.clock_kind in {"stay", "idle"}:
            return self._stage(playbook, event.subject)
        return self._action(playbook, event.subject)

    def _stage(self, playbook: Playbook | None, stage_id: str) -> str:
        stage = playbook.stage(stage_id) if playbook else None
        return self._in_language(stage.name) if stage else stage_id

    def _action(self, playbook: Playbook | None, action_id: str) -> str:
        for stage in playbook.stages if playbook else ():
            found = stage.action(action_id) or stage.duty(action_id)
            if found:
                return self._in_language(found.name)
        return action_id

    def _missing(self, playbook: Playbook | None, event: Event) -> Iterator[str]:
        unmet: tuple[Unmet, ...] = ()
        if isinstance(event, OverrideAsked):
            unmet = event.unmet
        elif isinstance(event, GateOverridden):
            unmet = event.waived
        for one in unmet:
            fact = playbook.facts.get(one.id) if playbook and one.kind == "fact" else None
            yield self._in_language(fact.name) if fact else self._action(playbook, one.id)

    def _recycled_at(self, playbook: Playbook | None, notice: Notice) -> datetime | None:
        """When the clock that a warning is about recycles the deal, as it stands now."""
        event = notice.event
        if playbook is None or notice.kind != "warn" or not isinstance(event, RungReached):
            return None
        deal = self.known.deal(notice.deal_id)
        clock = deal.clock(event.clock) if deal else None
        rungs = zip(playbook.ladder(clock.ladder), clock.rungs, strict=False) if clock else ()
        return next((at for rung, at in rungs if rung.do == "recycle"), None)

    def _in_language(self, names: Names) -> str:
        return names.get(self.language) or names.get("en") or next(iter(names.values()))


def _reason(event: Event) -> str | None:
    match event:
        case OverrideAsked() | GateOverridden() | DealAssigned():
            return event.reason
        case _:
            return None
