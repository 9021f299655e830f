"""Commands on a deal: the table of them.

Decides the address of every command, which refusals its documentation lists, and what the API adds
to it from the people it knows. Must never decide whether a command may happen.
"""

from datetime import UTC, datetime
from typing import Final

from fastapi import APIRouter

from api.addresses import PREFIX, target_deal
from api.backing import Backing
from api.codes import Fault
from api.payloads import JsonRoute
from api.problems import Problem
from api.reading import recorded
from api.sending import Call, Fields, present_person
from api.verbs import Verb, add_routes
from deals import commands as c
from deals.deal import Deal
from deals.refusals import Code
from ledger.claims import enter_claim
from ledger.people import Person

router: Final = APIRouter(prefix=PREFIX, tags=["commands"], route_class=JsonRoute)


async def _of_owner(backing: Backing, call: Call) -> Fields:
    owner = await present_person(backing, call.fields["owner"])
    return await _taken_by(backing, owner, call.deal_id)


async def _of_caller(backing: Backing, call: Call) -> Fields:
    if call.caller is None:
        raise Problem(Fault.UNKNOWN_CALLER, "Whoever claims a deal has to say who they are.")
    return await _taken_by(backing, call.caller, call.deal_id)


async def _taken_by(backing: Backing, person: Person, deal_id: str) -> Fields:
    """What a deal has to know of its new owner."""
    own = await backing.directory.own_time(person.id)
    held = await enter_claim(backing.ledger, person.id, deal_id, now=datetime.now(UTC))
    return {"team": person.team, "own": own, "held": held}


async def _calendars(backing: Backing, call: Call) -> Fields:
    """What is in force for the deal: the company's calendar, and its owner's own time."""
    deal = await _in_ledger(backing, call.deal_id)
    playbook = await backing.shelf.find(deal.playbook.id, deal.playbook.version)
    own = await backing.directory.own_time(deal.owner)
    calendar = await backing.shelf.calendar(playbook)
    return {"calendar": calendar, "own_of": deal.owner, "own": own}


async def _terms(backing: Backing, call: Call) -> Fields:
    """The version asked for, of the deal's own playbook, and the calendar in force for it."""
    deal = await _in_ledger(backing, call.deal_id)
    terms = await backing.shelf.find(deal.playbook.id, call.fields["version"])
    return {"terms": terms, "calendar": await backing.shelf.calendar(terms)}


async def _in_ledger(backing: Backing, deal_id: str) -> Deal:
    deal = await recorded(backing, deal_id)
    if deal is None:
        raise Problem(Fault.LEDGER_UNAVAILABLE, "The deal is too new to be in the ledger.")
    return deal


_OPEN: Final = (Code.DEAL_CLOSED, Code.UNARMED_SLA)
_CLAIMED: Final = (Code.CLAIM_LIMIT, Code.COOLING_DOWN)
_OWNED: Final = (*_OPEN, Code.IN_POOL)
_AT_WORK: Final = (*_OWNED, Code.ON_HOLD)

VERBS: Final = (
    Verb(
        "actions",
        c.RecordAction,
        "Record that an action of the stage, or a duty, was done",
        (
            *_AT_WORK,
            Code.ACTION_NOT_IN_STAGE,
            Code.ALREADY_DONE,
            Code.EVIDENCE_MISSING,
            Code.NEXT_STEP_IN_PAST,
            Code.OCCURRED_BEFORE_DEAL,
            Code.OCCURRED_IN_FUTURE,
            Code.OUT_OF_ORDER,
            Code.UNKNOWN_ACTION,
            Fault.UNKNOWN_FILE,
        ),
    ),
    Verb(
        "replies",
        c.RecordReply,
        "Record that the customer answered",
        (*_OWNED, Code.OCCURRED_BEFORE_DEAL, Code.OCCURRED_IN_FUTURE),
    ),
    Verb(
        "facts",
        c.RecordFacts,
        "Record facts: the body is `{fact: value}`",
        (*_OPEN, Code.BAD_FACT, Code.UNKNOWN_FACT, Fault.UNKNOWN_FILE),
    ),
    Verb(
        "advance",
        c.Advance,
        "Go on to the next stage",
        (*_AT_WORK, Code.GATE_UNMET, Code.LAST_STAGE),
    ),
    Verb(
        "return",
        c.Return,
        "Go back to an earlier stage",
        (*_AT_WORK, Code.NOT_AN_EARLIER_STAGE, Code.UNKNOWN_STAGE),
    ),
    Verb(
        "hold",
        c.PlaceHold,
        "Put a deal on hold; a date stands for the beginning of its working day",
        (*_AT_WORK, Code.HOLD_IN_PAST, Code.HOLD_TOO_LONG),
    ),
    Verb("resume", c.ReleaseHold, "End a hold", (*_OWNED, Code.NOT_ON_HOLD)),
    Verb(
        "assign",
        c.Assign,
        "Hand a deal to another owner",
        (*_OPEN, *_CLAIMED, Code.ALREADY_OWNER, Fault.PERSON_LEFT, Fault.UNKNOWN_PERSON),
        _of_owner,
    ),
    Verb(
        "claim",
        c.Claim,
        "Take a deal from the pool",
        (*_OPEN, *_CLAIMED, Code.NOT_IN_POOL),
        _of_caller,
    ),
    Verb(
        "recalendar",
        c.Recalendar,
        "Compute a deal's due instants again, by the calendars in force",
        (*_OPEN, Fault.LEDGER_UNAVAILABLE, Fault.UNKNOWN_PLAYBOOK),
        _calendars,
    ),
    Verb(
        "repin",
        c.Repin,
        "Go on by another version of the deal's playbook",
        (*_OPEN, Code.UNKNOWN_STAGE, Fault.LEDGER_UNAVAILABLE, Fault.UNKNOWN_PLAYBOOK),
        _terms,
    ),
    Verb("override", c.Override, "Pass a gate as it stands", (*_OWNED, Code.GATE_MET)),
    Verb(
        "close",
        c.Close,
        "End a deal: won from the last stage, lost or dropped from any",
        (*_OPEN, Code.GATE_UNMET, Code.NOT_LAST_STAGE, Code.ON_HOLD),
    ),
    Verb("reopen", c.Reopen, "Take a closing back", (Code.DEAL_OPEN, Code.UNARMED_SLA)),
)

add_routes(router, "/deals/{id}", target_deal, VERBS)
