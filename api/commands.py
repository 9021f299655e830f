"""Commands on a deal: the table of them.

Decides the address of every command, which refusals its documentation lists, and what the API adds
to it from the people it knows. Must never decide whether a command may happen.
"""

from typing import Final

from fastapi import APIRouter

from api.addresses import PREFIX, target_deal
from api.backing import Backing
from api.codes import Fault
from api.payloads import JsonRoute
from api.problems import Problem
from api.sending import Fields, known_person
from api.verbs import Verb, add_routes
from deals import commands as c
from deals.refusals import Code
from ledger.people import Person

router: Final = APIRouter(prefix=PREFIX, tags=["commands"], route_class=JsonRoute)


async def _team_of_owner(backing: Backing, fields: Fields, _caller: Person | None) -> Fields:
    owner = await known_person(backing, fields["owner"])
    return {"team": owner.team}


async def _team_of_caller(_backing: Backing, _fields: Fields, caller: Person | None) -> Fields:
    if caller is None:
        raise Problem(Fault.UNKNOWN_CALLER, "Whoever claims a deal has to say who they are.")
    return {"team": caller.team}


_OPEN: Final = (Code.DEAL_CLOSED, Code.UNARMED_SLA)
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
        (*_OPEN, Code.ALREADY_OWNER, Fault.UNKNOWN_PERSON),
        _team_of_owner,
    ),
    Verb(
        "claim", c.Claim, "Take a deal from the pool", (*_OPEN, Code.NOT_IN_POOL), _team_of_caller
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
