"""The state card: a deal as ops see it in the Temporal UI, in Markdown.

Decides words and order only. It is computed in the workflow's memory and answered by a query, so it
costs no history, and it may name the customer: a codec covers it, unlike search attributes.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from deals.clock import Clock
from deals.clocks import Deadline
from deals.deal import Deal
from deals.gates import unmet
from deals.playbook import Playbook

SUMMARY_BYTES: Final = 200
"""UTF-8 bytes of a one-line summary. Source: the server's limit for list views."""

_MOST_LINES: Final = 30
"""Escalations shown. A choice: the server takes 20 kB of details in all."""


def summary(deal: Deal) -> str:
    """One line for the list of workflows."""
    return clipped(f"{deal.title} · {deal.customer}")


def deadline_summary(deal: Deal, deadline: Deadline | None) -> str:
    """One line for the timer that waits for that deadline."""
    if deadline is None:
        return "nothing is due"
    if deadline.what == "hold_ends":
        return f"hold until {_at(deadline.at)}"
    clock = deal.clock(deadline.clock)
    name = f"{clock.kind} clock of {clock.subject}" if clock else deadline.clock
    what = "due" if deadline.what == "breach" else f"rung {deadline.rung + 1}"
    return clipped(f"{name}: {what} {_at(deadline.at)}")


def card(
    playbook: Playbook, deal: Deal, deadline: Deadline | None, *, waiting: int, fault: str | None
) -> str:
    """The whole card.

    Args:
        playbook: the version the deal is pinned to.
        deal: as it is now.
        deadline: its next one.
        waiting: events that are not yet in the ledger.
        fault: why the ledger refuses them.
    """
    return "\n".join(_lines(playbook, deal, deadline, waiting, fault))


def clipped(text: str) -> str:
    """The text on one line, in at most `SUMMARY_BYTES`."""
    line = " ".join(text.split())
    return line.encode()[:SUMMARY_BYTES].decode(errors="ignore")


def _lines(
    playbook: Playbook, deal: Deal, deadline: Deadline | None, waiting: int, fault: str | None
) -> Iterator[str]:
    if fault:
        yield f"> **The ledger refuses {waiting} events:** {_plain(fault)}\n"
    yield f"## {_plain(deal.title)} · {_plain(deal.customer)}"
    yield f"**{deal.status}** in `{deal.visit.stage}`, visit {deal.visit.number}, event {deal.seq}"
    yield ""
    yield f"- owner: {_plain(deal.owner or 'nobody, in the pool')}"
    yield f"- playbook: `{deal.playbook.id}` version {deal.playbook.version}"
    yield f"- next: {deadline_summary(deal, deadline)}"
    if lacking := ", ".join(f"{one.kind} `{one.id}`" for one in unmet(playbook, deal)):
        yield f"- gate lacks: {lacking}"
    if deal.hold:
        yield f"- on hold until {_at(deal.hold.until)}: {_plain(deal.hold.reason)}"
    if deal.protected_until:
        yield f"- not recycled before {_at(deal.protected_until)}"
    if deal.former and deal.in_pool:
        yield f"- came to the pool {_at(deal.former.since)} from {_plain(deal.former.owner)}"
    if waiting:
        yield f"- on the way to the ledger: {waiting} events"
    yield from _clock_table([clock for clock in deal.clocks if clock.live])
    yield from _open_escalations(deal)


def _clock_table(clocks: list[Clock]) -> Iterator[str]:
    if not clocks:
        return
    yield "\n| clock | of | due | state | rungs |\n|---|---|---|---|---|"
    for clock in clocks:
        due = _at(clock.due_at) if clock.due_at else "open"
        rungs = f"{len(clock.reached)}/{len(clock.rungs)}"
        yield f"| {clock.kind} | `{clock.subject}` | {due} | {clock.state} | {rungs} |"


def _open_escalations(deal: Deal) -> Iterator[str]:
    waiting = [one for one in deal.escalations if one.acknowledged_at is None]
    if waiting:
        yield "\n**Waiting for an answer**\n"
    for one in waiting[-_MOST_LINES:]:
        yield f"- {_at(one.at)} {one.do} {one.to}: {one.kind} `{one.subject}`"


def _at(instant: datetime) -> str:
    return f"{instant.replace(tzinfo=None).isoformat(' ', 'seconds')} UTC"


def _plain(text: str) -> str:
    """Text that cannot be read as Markdown or HTML."""
    line = " ".join(text.split())
    return "".join(f"\\{sign}" if sign in "\\`*_[]<>|#" else sign for sign in line)
