"""Reading one deal: from its workflow, else from the ledger.

Decides when the ledger's word is good enough, and when it is called stale. Must never change a
deal.
"""

from api.backing import Backing
from deals.deal import Deal
from deals.refusals import Code, Refused
from deals.view import DealView, view
from ledger.deals import deal_state, wait_for_seq


async def deal_as_it_is(backing: Backing, deal_id: str) -> DealView:
    """The deal by its workflow; by the ledger where no workflow answers.

    A deal that the ledger holds as closed has no workflow any more, and what it says is final;
    everything else from there is marked stale.

    Raises:
        Refused: `unknown_deal`.
        EngineUnavailable: nobody answers, and the ledger has not heard of it.
    """
    shown = await backing.engine.view(deal_id)
    if shown is not None:
        return shown
    deal = await deal_state(backing.ledger, deal_id)
    if deal is None:
        raise Refused(Code.UNKNOWN_DEAL, deal=deal_id)
    playbook = await backing.shelf.find(deal.playbook.id, deal.playbook.version)
    return view(playbook, deal, stale=deal.outcome is None)


async def recorded(backing: Backing, deal_id: str) -> Deal | None:
    """The deal as recorded, after a short wait for what its workflow has decided already.

    Returns:
        None if the deal runs, but nothing of it is recorded yet.

    Raises:
        Refused: `unknown_deal`.
        EngineUnavailable: nobody answers, and the ledger has not heard of it.
    """
    shown = await backing.engine.view(deal_id)
    if shown is not None:
        await wait_for_seq(backing.ledger, deal_id, shown.seq)
    deal = await deal_state(backing.ledger, deal_id)
    if deal is None and shown is None:
        raise Refused(Code.UNKNOWN_DEAL, deal=deal_id)
    return deal
