"""What must be in the ledger: worked out by the pure core from the commands that people sent.

Two independent ways: every decision is made again, at the instants the engine gave; and time is
passed as it should have been, to the moment, to know which rungs were due.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from deals.clocks import next_deadline
from deals.commands import Command, PassTime
from deals.deal import Deal
from deals.decide import decide, refusal
from deals.events import Event, RungReached
from deals.evolve import fold
from deals.playbook import Playbook
from deals.refusals import Refused

Group = Sequence[Event]
"""The events of one command."""

CommandOf = Callable[[Group], Command]


class Rung(NamedTuple):
    """One rung that was reached: once for each of these."""

    deal: str
    visit: int
    clock: str
    rung: int


def groups(life: Sequence[Event]) -> list[Group]:
    """A deal's events, command by command."""
    return [tuple(group) for _, group in groupby(life, key=lambda event: event.command_id)]


def decided_again(playbook: Playbook, life: Sequence[Event], command_of: CommandOf) -> list[Event]:
    """The same commands at the same instants, decided anew."""
    deal: Deal | None = None
    events: list[Event] = []
    for group in groups(life):
        happened = _decided(playbook, deal, command_of(group), group)
        events += happened
        deal = fold(deal, group)
    return events


def overtaken(life: Sequence[Event]) -> list[tuple[str, str]]:
    """Deadlines that lay behind a command and had not been reached when it was decided."""
    deal: Deal | None = None
    found: list[tuple[str, str]] = []
    for group in groups(life):
        deadline = next_deadline(deal) if deal else None
        if deadline and deadline.at <= group[0].at and not _is_time(group):
            found.append((deadline.clock, group[0].kind))
        deal = fold(deal, group)
    return found


def rungs_due(playbook: Playbook, life: Sequence[Event], command_of: CommandOf) -> Counter[Rung]:
    """The rungs that these commands, at these instants, let come due; time passes to the moment."""
    deal: Deal | None = None
    found: Counter[Rung] = Counter()
    for group in groups(life):
        if _is_time(group):
            continue
        if deal:
            deal = _aged(playbook, deal, group, found)
        deal = fold(deal, _decided(playbook, deal, command_of(group), group))
    assert deal
    _aged(playbook, deal, None, found)
    return found


def rungs_reached(life: Sequence[Event]) -> Counter[Rung]:
    """The rungs that the ledger says were reached."""
    return Counter(_reached(None, life))


def _aged(playbook: Playbook, deal: Deal, until: Group | None, found: Counter[Rung]) -> Deal:
    """The deal after every deadline before that command, or after all there are."""
    while (due := next_deadline(deal)) and (until is None or due.at <= until[0].at):
        happened = decide(playbook, deal, PassTime(), now=due.at)
        found.update(_reached(deal, happened))
        deal = fold(deal, happened)
    return deal


def _reached(deal: Deal | None, happened: Sequence[Event]) -> Iterator[Rung]:
    for event in happened:
        if isinstance(event, RungReached) and deal:
            yield Rung(deal.id, deal.visit.number, event.clock, event.rung)
        deal = fold(deal, [event])


def _decided(
    playbook: Playbook, deal: Deal | None, command: Command, group: Group
) -> Sequence[Event]:
    now = group[0].at
    try:
        return decide(playbook, deal, command, now=now)
    except Refused as refused:
        if deal is None:
            raise
        return [refusal(deal, command, refused, now=now)]


def _is_time(group: Group) -> bool:
    return group[0].actor.role == "system"
