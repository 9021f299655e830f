"""Going on by another version of the playbook: the visit stays, what is asked of it changes.

Decides what of the present visit the other version takes over. Must never end a visit or begin one:
stages of two versions are the same if they have the same id.
"""

from __future__ import annotations

from deals import events as e
from deals.clock import Clock
from deals.commands import Repin
from deals.deal import Deal, PlaybookRef
from deals.decisions.draft import Draft, clocks_of
from deals.decisions.stages import MANAGING
from deals.playbook import Measure, Playbook, Recipient, Rung, Stage
from deals.playbook_faults import faults
from deals.refusals import Code, Refused
from deals.working_time import NEVER, due


def repin(draft: Draft, command: Repin) -> None:
    """Pin the deal to another version; nothing happens if it is pinned to it.

    What a clock has missed stays missed; who was told is not told again, and what now lies behind
    is reached at once. A duty that the version does not know is one no more. No deal goes to the
    pool without the warning because of it.

    Raises:
        Refused: `not_allowed` unless the actor manages; `bad_command` for another playbook, or one
            that makes no sense; `unknown_stage` where the version lacks the deal's stage;
            `unarmed_sla`.
    """
    if command.actor.role not in MANAGING:
        raise Refused(Code.NOT_ALLOWED, needs="manager")
    deal, terms = draft.deal, command.terms
    _check(deal, command)
    stage = _stage_there(deal, terms)
    pinned = PlaybookRef(id=terms.id, version=terms.version, digest=terms.digest)
    if pinned == deal.playbook:
        return
    moved = deal.model_copy(update={"playbook": pinned, "calendar": command.calendar})
    there, shelved = _sorted_out(draft, terms, moved)
    warned_in = due(command.calendar or terms.calendar, terms.pool.warning, draft.now)
    draft.add(
        e.PlaybookChanged,
        reason=command.reason,
        before=deal.playbook,
        playbook=pinned,
        calendar=command.calendar,
        dropped=tuple(d.action for d in deal.duties if stage.duty(d.action) is None),
        clocks=there,
        shelved=shelved,
        protected_until=warned_in or NEVER,
    )
    draft.playbook = terms
    draft.set_clocks()


def _check(deal: Deal, command: Repin) -> None:
    terms = command.terms
    if (terms.id, terms.version) != (deal.playbook.id, command.version):
        wanted = f"version {command.version} of {deal.playbook.id}"
        raise Refused(Code.BAD_COMMAND, why=f"the terms are not those of {wanted}")
    if found := faults(terms):
        raise Refused(Code.BAD_COMMAND, why=found[0].message)


def _stage_there(deal: Deal, terms: Playbook) -> Stage:
    here = deal.visit.stage
    stage = terms.stage(here)
    if stage is None:
        raise Refused(Code.UNKNOWN_STAGE, stage=here, known=[one.id for one in terms.stages])
    return stage


def _sorted_out(
    draft: Draft, terms: Playbook, moved: Deal
) -> tuple[tuple[Clock, ...], tuple[Clock, ...]]:
    """The clocks that go on or come back, and those that the version does not ask for."""
    live = (_off_its_ladder(draft.playbook, one) for one in draft.deal.clocks if one.live)
    known = {clock.id: clock for clock in (*draft.deal.shelved, *live)}
    wanted = {clock.id: clock for clock in clocks_of(terms, moved)}
    there = (
        _on_its_ladder(terms, known[one], wanted[one].ladder) for one in wanted if one in known
    )
    return tuple(there), tuple(clock for clock in known.values() if clock.id not in wanted)


def _off_its_ladder(playbook: Playbook, clock: Clock) -> Clock:
    """The clock stopped; what it has told by measure, not by rung."""
    rungs = playbook.ladder(clock.ladder)
    told = (*clock.told, *(_measure(rungs[place]) for place in clock.reached))
    return clock.model_copy(update={"state": "stopped", "reached": (), "told": told})


def _on_its_ladder(playbook: Playbook, clock: Clock, ladder: str | None) -> Clock:
    """The clock with the rungs of that ladder reached that take a measure it has taken."""
    told = list(clock.told)
    rungs = enumerate(playbook.ladder(ladder))
    reached = tuple(place for place, rung in rungs if _taken(told, _measure(rung)))
    return clock.model_copy(update={"reached": reached, "told": tuple(told)})


def _measure(rung: Rung) -> tuple[Recipient, Measure]:
    return rung.to, rung.do


def _taken(told: list[tuple[Recipient, Measure]], measure: tuple[Recipient, Measure]) -> bool:
    """Whether that was told; then one of them is taken out."""
    if measure not in told:
        return False
    told.remove(measure)
    return True
