"""What the gate of the present stage still lacks.

Decides when a deal may leave its stage. Must never change anything.
"""

from __future__ import annotations

from deals.deal import Deal, Unmet
from deals.playbook import Playbook, Stage


def unmet(playbook: Playbook, deal: Deal) -> tuple[Unmet, ...]:
    """What is missing, actions first in the playbook's order, then open duties, then facts.

    Empty: the gate is open.
    """
    if deal.outcome:
        return ()
    stage = stage_of(playbook, deal)
    lacking = (
        *(Unmet(kind="action", id=action.id) for action in stage.actions if action.required),
        *(Unmet(kind="action", id=duty.action) for duty in deal.duties),
        *(Unmet(kind="fact", id=fact) for fact in stage.facts),
    )
    return tuple(one for one in dict.fromkeys(lacking) if not _met(deal, one))


def missing_before(stage: Stage, deal: Deal, action_id: str) -> tuple[str, ...]:
    """The actions that have to be done before that one and are not, in the playbook's order.

    A duty needs one of the actions that create it: nobody writes minutes of a visit that never was.
    """
    action = stage.action(action_id)
    if action:
        return tuple(before for before in action.after if not settled(deal, before))
    creators = tuple(a.id for a in stage.actions if a.then and a.then.id == action_id)
    return () if any(settled(deal, one) for one in creators) else creators


def settled(deal: Deal, action_id: str) -> bool:
    """Whether an action of the present visit is done or waived."""
    waived = Unmet(kind="action", id=action_id) in deal.visit.waived
    return waived or deal.done_in_visit(action_id) is not None


def stage_of(playbook: Playbook, deal: Deal) -> Stage:
    """The stage the deal is in.

    Raises:
        KeyError: the playbook has no such stage, which a pinned playbook rules out.
    """
    return playbook.stages[playbook.position(deal.visit.stage)]


def _met(deal: Deal, lacking: Unmet) -> bool:
    if lacking in deal.visit.waived:
        return True
    if lacking.kind == "fact":
        return deal.facts.get(lacking.id) is not None
    return deal.done_in_visit(lacking.id) is not None and deal.duty(lacking.id) is None
