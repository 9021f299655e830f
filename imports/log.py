"""The row source for event logs: one row is one thing that happened to a deal.

Decides how the rows of one deal become its past: their order, what each means, and who has the deal
after each. All rows are read before the first deal is told, since a log need not be sorted by deal.
Must never leave a row out: what means nothing here stays as a note.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pydantic import ValidationError

from deals.commands import ImportDeal, PastStep
from deals.playbook import Playbook
from imports.cells import Row
from imports.draft import DraftDeal, RowRefused, refused_row
from imports.mapping import Mapping
from imports.read import Damage
from imports.reader import RowReader
from imports.remarks import Rule
from imports.rows import Happening, LogRows
from imports.values import BadText, number


@dataclass(frozen=True, slots=True)
class _Event:
    """One row, read."""

    row: Row
    at: datetime
    what: str
    means: Happening
    actor: str | None


class Logs:
    """Makes a draft of the rows of each deal."""

    def __init__(self, mapping: Mapping, rows: LogRows, playbook: Playbook) -> None:
        self._rows = rows
        self._read = RowReader(mapping, playbook)

    def drafts(self, rows: Iterable[Row | Damage]) -> Iterator[DraftDeal]:
        """A draft for each deal, in the order in which the file first names them."""
        by_deal: dict[str, list[Row]] = {}
        for row in rows:
            if isinstance(row, Damage):
                yield refused_row(row)
            elif reference := row.cells[self._rows.reference]:
                by_deal.setdefault(reference, []).append(row)
            else:
                column = self._rows.reference
                why = RowRefused(Rule.MISSING_ID, column, f"{column}: the row's id is blank")
                yield refused_row(row, why)
        for reference in list(by_deal):
            yield self._draft(reference, by_deal.pop(reference))

    def _draft(self, reference: str, rows: list[Row]) -> DraftDeal:
        row = rows[0]
        try:
            events = self._in_order([self._event(row) for row in rows])
            return self._of(reference, events)
        except (RowRefused, ValidationError) as refused:
            return refused_row(row, refused)

    def _of(self, reference: str, events: list[_Event]) -> DraftDeal:
        row = events[0].row
        told = self._read.told(row, reference)
        story = _Story(self._read, self._rows, told["owner"], told["team"])
        for event in events:
            story.tell(event)
        if not story.has_stage:
            what = self._rows.what[0]
            raise RowRefused(Rule.UNKNOWN_STAGE, what, f"{reference}: nothing tells its stage")
        command = ImportDeal(
            amount_minor=self._read.amount(row),
            opened_at=events[0].at,
            past=tuple(story.steps),
            **told,
        )
        remarks = [one for event in events for one in event.row.remarks]
        of_deal = tuple(one._replace(deal_id=command.deal_id) for one in remarks)
        named = (command.owner, *(step.owner or step.actor for step in story.steps))
        people = {one: self._read.person(row, one, command.team) for one in named if one}
        return DraftDeal(row.line, command, tuple(filter(None, people.values())), of_deal)

    def _event(self, row: Row) -> _Event:
        column = self._rows.at
        at = self._read.instant(row, column)
        if at is None:
            raise RowRefused(Rule.BAD_DATE, column, f"line {row.line}: {column} is blank")
        what = " ".join(text for column in self._rows.what if (text := row.cells[column]))
        means = self._rows.events.get(what)
        if means is None:
            if self._rows.others == "refuse":
                message = f"line {row.line}: the mapping does not know `{what}`"
                raise RowRefused(Rule.UNKNOWN_EVENT, what, message)
            means = Happening()
        actor = self._read.text(row, self._rows.actor)
        return _Event(row, at, what, means, actor)

    def _in_order(self, events: list[_Event]) -> list[_Event]:
        column = self._rows.order
        if column:
            return sorted(events, key=lambda event: _number(event.row, column))
        if self._rows.equal == "file":
            return sorted(events, key=lambda event: event.at)
        return sorted(events, key=lambda event: (event.at, self._place(event.means)))

    def _place(self, means: Happening) -> int:
        """Stages in the playbook's order, the rest before them, ends after."""
        stages = self._read.stages
        if means.end:
            return len(stages)
        return stages.index(means.stage) if means.stage in stages else -1


class _Story:
    """A deal's past as its events tell it, one after the other.

    Attributes:
        steps: what they became.
    """

    def __init__(self, read: RowReader, rows: LogRows, owner: str | None, team: str | None) -> None:
        self.steps: list[PastStep] = []
        self._read = read
        self._rows = rows
        self._owner = owner
        self._team = team
        self._stage: str | None = None
        self._has_ended = False

    @property
    def has_stage(self) -> bool:
        """Whether any event told a stage."""
        return self._stage is not None

    def tell(self, event: _Event) -> None:
        """Take the next event."""
        self._take(event)
        means = event.means
        if means.stage and (means.stage != self._stage or self._has_ended):
            self._stage, self._has_ended = means.stage, False
            self._step(event, kind="stage", stage=means.stage)
        elif means.end:
            self._end(event)
        elif means.action or means.facts:
            self._do(event)
        else:
            self._step(event, kind="note", note=event.what)

    def _end(self, event: _Event) -> None:
        if self._has_ended or self._stage is None:
            rule = Rule.ENDED_ALREADY if self._has_ended else Rule.BEFORE_FIRST_STAGE
            self._only_noted(event, rule)
            return
        self._has_ended = True
        reason = self._read.text(event.row, self._rows.reason)
        amount = self._read.amount(event.row)
        kept = amount or (amount if event.means.end == "won" else None)
        self._step(event, kind="end", outcome=event.means.end, reason=reason, amount_minor=kept)

    def _do(self, event: _Event) -> None:
        """An action or facts, which a deal without a stage cannot have; facts it can."""
        means = event.means
        if means.facts:
            self._step(event, kind="facts", facts=means.facts)
        elif self._stage is None:
            self._only_noted(event, Rule.BEFORE_FIRST_STAGE)
        else:
            self._step(event, kind="action", action=means.action)

    def _only_noted(self, event: _Event, rule: Rule) -> None:
        event.row.note(rule, event.what, f"{event.what}: kept as a note")
        self._step(event, kind="note", note=event.what)

    def _take(self, event: _Event) -> None:
        """Whoever did it owns the deal from then on, if that is how it goes."""
        actor, takes = event.actor, event.means.takes or self._rows.takes
        if actor is None or actor == self._owner or self._read.is_automatic(actor):
            return
        unowned = self._owner is None or self._read.is_automatic(self._owner)
        if not self._has_ended and (takes == "always" or (takes == "from-automatic" and unowned)):
            self._owner = actor
            self._step(event, kind="owner", owner=actor, team=self._team)

    def _step(self, event: _Event, **told: object) -> None:
        actor = None if self._read.is_automatic(event.actor) else event.actor
        self.steps.append(PastStep.model_validate({"at": event.at, "actor": actor, **told}))


def _number(row: Row, column: str) -> Decimal:
    try:
        return number(row.cells[column] or "")
    except BadText as fault:
        raise RowRefused.because(Rule.BAD_VALUE, column, fault) from fault
