"""Who calls, and in which role a command is given.

Decides that the header `Dealpace-Person` names the caller; without it a command is the owner's own
and everything else is done by ops. This names people, it does not authenticate them: a proxy in
front of a public installation has to. Must never decide what a role may do; the core does.
"""

from typing import Annotated, Any, Final
from urllib.parse import unquote

from fastapi import Depends, Header, Request

from api.backing import Backing, Standing, backing_of
from api.codes import Fault
from api.problems import Problem
from deals.deal import OPS, OWNER, Actor
from deals.refusals import Code
from ledger.people import Person

HEADER: Final = "Dealpace-Person"

_ABOUT: Final = (
    "Id of the person who calls, percent-encoded where it is not ASCII. Without it a command on a"
    " deal is its owner's, and everything else is done by ops."
)

PERSON_PARAMETER: Final[dict[str, Any]] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": _ABOUT,
    "schema": {"type": "string"},
}
"""The header for OpenAPI, of routes that read it by hand."""


async def _named(backing: Backing, given: str | None) -> Person | None:
    """The person whom the header names; None without a header."""
    if given is None:
        return None
    person = await backing.directory.find(_decoded(given))
    if person is None or backing.has_left(person):
        problem = Problem(Fault.UNKNOWN_CALLER, facts={"person": _decoded(given)})
        problem.headers = {"WWW-Authenticate": HEADER}
        raise problem
    return person


async def caller_of(request: Request) -> Person | None:
    """The person who makes the request; None where nobody is named.

    Raises:
        Problem: `unknown_caller`.
    """
    return await _named(backing_of(request), request.headers.get(HEADER))


async def _caller(
    backing: Standing,
    given: Annotated[str | None, Header(alias=HEADER, description=_ABOUT)] = None,
) -> Person | None:
    return await _named(backing, given)


Caller = Annotated[Person | None, Depends(_caller)]
"""The person who calls, None where nobody is named."""


async def _administrator(caller: Caller) -> Actor:
    if caller is None:
        return OPS
    if caller.role != "ops":
        raise Problem(Code.NOT_ALLOWED, "Administration is for ops.", facts={"needs": "ops"})
    return Actor(id=caller.id, role=caller.role)


Administrator = Annotated[Actor, Depends(_administrator)]
"""The caller of something that only ops may do."""


def check_own(person: str, caller: Person | None) -> None:
    """What is a person's own is for them, and for ops.

    Raises:
        Problem: `not_allowed`.
    """
    if caller and caller.id != person and caller.role != "ops":
        detail = "This is for the person themselves, or for ops."
        raise Problem(Code.NOT_ALLOWED, detail, facts={"needs": person})


def actor_of(caller: Person | None) -> Actor:
    """Who gives a command to a deal: the caller, else its owner."""
    return Actor(id=caller.id, role=caller.role) if caller else OWNER


def _decoded(header: str) -> str:
    """The header's text: UTF-8 as some clients send it, or percent-encoded as all can."""
    return unquote(header.encode("latin-1").decode("utf-8", errors="replace")).strip()
