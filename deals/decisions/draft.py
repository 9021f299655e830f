"""A decision in the making: the events so far, and the deal as it is after them.

Decides the envelope of each event (seq, instants, actor) and keeps the clocks in step. Must never
hold a rule about who may do what.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from deals import events as e
from deals.calendar import Calendar
from deals.clock import Anchor, Clock, ClockState, Escalation
from deals.clocks import NEXT_STEP, armed, calendar_of
from deals.commands import Command
from deals.deal import Deal
from deals.evolve import evolve
from deals.playbook import Playbook
from deals.refusals import Code, Refused

EventT = TypeVar("EventT", bound=e.Base)


def clocks_of(playbook: Playbook, deal: Deal) -> tuple[Clock, ...]:
    """The clocks that the deal should have.

    Raises:
        Refused: `unarmed_sla` when a due instant cannot be computed.
    """
    try:
        return armed(playbook, deal)
    except (ValueError, OverflowError) as fault:
        raise Refused(Code.UNARMED_SLA, why=str(fault)) from fault


class Draft:
    """The events of one command, and the deal after them.

    Attributes:
        deal: the deal after the events so far.
        now: the instant of the command.
        events: what has been decided so far, in order.
    """

    def __init__(
        self, playbook: Playbook, deal: Deal | None, command: Command, now: datetime
    ) -> None:
        self.playbook = playbook
        self.command = command
        self.now = max(now, deal.at) if deal else now
        self.events: list[e.Event] = []
        self._deal = deal

    @property
    def deal(self) -> Deal:
        """The deal after the events so far; there is one as soon as it was opened."""
        if self._deal is None:
            raise LookupError("the deal is not open yet")
        return self._deal

    @property
    def calendar(self) -> Calendar:
        """By which the deal's time is counted."""
        return calendar_of(self.playbook, self.deal)

    def clock(self, clock_id: str) -> Clock:
        """The deal's clock of that id, which a deadline has just named."""
        return next(clock for clock in self.deal.clocks if clock.id == clock_id)

    @property
    def next_seq(self) -> int:
        """The number the next event will get."""
        return self._deal.seq + 1 if self._deal else 1

    def add(self, kind: type[EventT], **fields: Any) -> EventT:
        """Decide one event; `occurred_at` is now unless given, its actor the command's."""
        event = kind(
            seq=self.next_seq,
            at=self.now,
            occurred_at=fields.pop("occurred_at", self.now),
            actor=fields.pop("actor", self.command.actor),
            command_id=self.command.command_id,
            n=len(self.events),
            digest="" if self.events else self.command.digest,
            **fields,
        )
        self.events.append(event)  # type: ignore[arg-type]  # every subclass of Base is a member of Event
        self._deal = evolve(self._deal, event)  # type: ignore[arg-type]  # the same
        return event

    def set_clocks(self) -> None:
        """Bring the clocks in step with the deal, as one event if any of them changed.

        Raises:
            Refused: `unarmed_sla` when a due instant cannot be computed.
        """
        wanted = clocks_of(self.playbook, self.deal)
        ids = {clock.id for clock in wanted}
        ended = [
            self._ended(clock) for clock in self.deal.clocks if clock.live and clock.id not in ids
        ]
        changed = [clock for clock in wanted if clock != self.deal.clock(clock.id)]
        settled = tuple(one.id for one in self.deal.escalations if self._is_settled(one, ids))
        if ended or changed or settled:
            self.add(e.ClocksSet, clocks=(*ended, *changed), settled=settled)

    def set_clock(self, clock: Clock) -> None:
        """Change one clock that is already there."""
        self.add(e.ClocksSet, clocks=(clock,))

    def _ended(self, clock: Clock) -> Clock:
        met_at = self._met_at(clock)
        state: ClockState = "met" if met_at else "stopped"
        return clock.model_copy(update={"state": state, "ended_at": met_at or self.now})

    def _met_at(self, clock: Clock) -> datetime | None:
        """When the clock's demand was met; None if it merely does not matter any more."""
        deal = self.deal
        if clock.kind in {"action", "follow_on"}:
            kept = (
                d
                for d in deal.done
                if d.action == clock.subject and d.visit == clock.visit and d.seq > clock.seq
            )
            return next((done.occurred_at for done in kept), None)
        if deal.moved and deal.moved.seq > clock.seq and self._answers(deal.moved, clock):
            return deal.moved.at
        visit = next((one for one in deal.visits if one.number == clock.visit), None)
        went_on = visit and clock.subject != NEXT_STEP and visit.end in {"forward", "won"}
        return visit.ended_at if visit and went_on else None

    def _answers(self, moved: Anchor, clock: Clock) -> bool:
        """Whether that movement is what the clock asked for: a reply keeps no promise."""
        by_reply = moved.cause is not None and moved.cause.what == "reply"
        return clock.kind == "idle" or (clock.kind == "promise" and not by_reply)

    def _is_settled(self, escalation: Escalation, live_clocks: set[str]) -> bool:
        if self.deal.outcome or self.deal.in_pool:
            return True
        if escalation.clock is None:
            return escalation.subject != self.deal.visit.stage
        return escalation.clock not in live_clocks
