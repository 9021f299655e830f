"""The one door to every rule: may this command happen to this deal now, and what follows from it?

Pure: the same arguments always give the same events. `decide` never changes a deal; `evolve` folds
its events.
"""

from __future__ import annotations

from datetime import datetime
from typing import assert_never

from deals import commands as c
from deals import events as e
from deals.clocks import next_deadline
from deals.deal import OPS, OWNER, SYSTEM, Actor, Deal
from deals.decisions.actions import record_action, record_facts, record_reply
from deals.decisions.calendars import recalendar
from deals.decisions.draft import Draft
from deals.decisions.escalations import acknowledge, comment
from deals.decisions.holds import place_hold, release_hold
from deals.decisions.opening import import_deal, open_deal
from deals.decisions.ownership import assign, claim
from deals.decisions.playbooks import repin
from deals.decisions.stages import advance, close, override, reopen, return_to
from deals.decisions.time import pass_time
from deals.evolve import fold
from deals.playbook import Playbook
from deals.refusals import Code, Refused

_WORKS_WHEN_CLOSED = (c.Reopen,)
_WORKS_IN_POOL = (
    c.Assign,
    c.Claim,
    c.Acknowledge,
    c.Comment,
    c.Close,
    c.Reopen,
    c.RecordFacts,
    c.Recalendar,
    c.Repin,
)


def decide(
    playbook: Playbook, deal: Deal | None, command: c.Command, *, now: datetime
) -> tuple[e.Event, ...]:
    """What time alone has done by now, and then what follows from the command.

    No command overtakes a deadline that lies behind: what was due is reached first, whether or not
    a timer has come round to it. A command that was left with the server long ago is decided as of
    then: what fell due after it was sent does not come before it. Empty for a command that the deal
    remembers, and for time in which nothing was due.

    Args:
        playbook: the version the deal is pinned to.
        deal: None for `OpenDeal` and `ImportDeal`.
        command: what is asked.
        now: when; an instant before the deal's latest event counts as that event's.

    Raises:
        Refused: the code says why; time will pass by itself. A remembered refusal is raised again;
            a remembered id with another fingerprint is `key_reused`.
    """
    now = instant_of(command, now)
    if deal is None:
        return _decided(playbook, None, command, now)
    if _is_repeat(deal, command):
        return ()
    reached = _reached(playbook, deal, now)
    if isinstance(command, c.PassTime):
        return reached
    deal = fold(deal, reached)
    command = signed(deal, command)
    _check_reachable(deal, command)
    return (*reached, *_decided(playbook, deal, command, now))


def instant_of(command: c.Command, now: datetime) -> datetime:
    """As of when the command is decided: when it was sent, as far as that is known; never later."""
    return min(now, command.sent_at) if command.sent_at else now


def signed(deal: Deal, command: c.Command) -> c.Command:
    """The command, with the owner's name where it says only that it is the owner's."""
    if command.actor != OWNER:
        return command
    owner = Actor(id=deal.owner, role="rep") if deal.owner else OPS
    return command.model_copy(update={"actor": owner})


def refusal(deal: Deal, command: c.Command, refused: Refused, *, now: datetime) -> e.CommandRefused:
    """The refusal as an event, for a command whose sender is not there any more to be told."""
    now = max(instant_of(command, now), deal.at)
    return e.CommandRefused(
        seq=deal.seq + 1,
        at=now,
        occurred_at=now,
        actor=signed(deal, command).actor,
        command_id=command.command_id,
        n=0,
        digest=command.digest,
        command=command.kind,
        code=refused.code.value,
        facts=refused.facts,
    )


def _decided(
    playbook: Playbook, deal: Deal | None, command: c.Command, now: datetime
) -> tuple[e.Event, ...]:
    draft = Draft(playbook, deal, command, now)
    try:
        _dispatch(draft, command)
    except OverflowError as fault:
        raise Refused(Code.BAD_COMMAND, why="an instant is out of range") from fault
    return tuple(draft.events)


def _dispatch(draft: Draft, command: c.Command) -> None:  # noqa: C901, PLR0912 - one line for each command
    match command:
        case c.OpenDeal():
            open_deal(draft, command)
        case c.ImportDeal():
            import_deal(draft, command)
        case c.RecordAction():
            record_action(draft, command)
        case c.RecordReply():
            record_reply(draft, command)
        case c.RecordFacts():
            record_facts(draft, command)
        case c.Advance():
            advance(draft, command)
        case c.Return():
            return_to(draft, command)
        case c.PlaceHold():
            place_hold(draft, command)
        case c.ReleaseHold():
            release_hold(draft, command)
        case c.Assign():
            assign(draft, command)
        case c.Claim():
            claim(draft, command)
        case c.Override():
            override(draft, command)
        case c.Close():
            close(draft, command)
        case c.Reopen():
            reopen(draft, command)
        case c.Acknowledge():
            acknowledge(draft, command)
        case c.Comment():
            comment(draft, command)
        case _:
            _regulate(draft, command)


def _regulate(draft: Draft, command: c.Recalendar | c.Repin | c.PassTime) -> None:
    match command:
        case c.Recalendar():
            recalendar(draft, command)
        case c.Repin():
            repin(draft, command)
        case c.PassTime():
            pass_time(draft, command)
        case _:
            assert_never(command)


def _is_repeat(deal: Deal, command: c.Command) -> bool:
    answer = deal.answers.get(command.command_id)
    if answer is None:
        return False
    if answer.digest != command.digest:
        raise Refused(Code.KEY_REUSED, command_id=command.command_id)
    if answer.refusal:
        raise Refused(Code(answer.refusal), **answer.facts)
    return True


def _reached(playbook: Playbook, deal: Deal, now: datetime) -> tuple[e.Event, ...]:
    """What time alone has done: the engine's own act, under an id that nobody can send."""
    deadline = next_deadline(deal)
    if deadline is None or deadline.at > max(now, deal.at):
        return ()
    command = c.PassTime(actor=SYSTEM).model_copy(update={"command_id": f"time {deal.seq + 1}"})
    return _decided(playbook, deal, command, now)


def _check_reachable(deal: Deal, command: c.Command) -> None:
    if deal.outcome and not isinstance(command, _WORKS_WHEN_CLOSED):
        raise Refused(Code.DEAL_CLOSED, status=deal.status, closed_at=deal.outcome.at.isoformat())
    wins = isinstance(command, c.Close) and command.outcome == "won"
    if deal.in_pool and (wins or not isinstance(command, _WORKS_IN_POOL)):
        raise Refused(Code.IN_POOL, claim="claim the deal first")
