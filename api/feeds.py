"""An agenda as a calendar feed, behind a secret address.

Decides who may make such an address, and that a wrong one is told nothing. What the calendar says
is the agenda's.
"""

import hashlib
import secrets
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from activities.rounds import office
from api.addresses import PREFIX
from api.answers import problems
from api.backing import Backing, Standing
from api.callers import Caller, check_own
from api.codes import Fault
from api.problems import Problem
from api.sending import known_person
from deals.model import PersonId
from deals.refusals import Code
from ledger.feeds import close_feed, feed_owner, open_feed
from ledger.people import Person
from letters.feed import MEDIA_TYPE, Reader, feed
from reports.agenda import todo

router: Final = APIRouter(prefix=PREFIX, tags=["agenda"])

ADDRESS: Final = f"{PREFIX}/agenda.ics"

SECRET_BYTES: Final = 32
"""A choice: 256 bits, which nobody guesses."""

CACHED: Final = "private, max-age=60"
"""A choice: programs look every few minutes, and no proxy may keep what only one may read."""

Who = Annotated[PersonId, Path(alias="person_id")]

_WRITES: Final = (
    Code.NOT_ALLOWED,
    Fault.BAD_PARAMETER,
    Fault.LEDGER_UNAVAILABLE,
    Fault.UNKNOWN_CALLER,
    Fault.UNKNOWN_PERSON,
)


class FeedShown(BaseModel):
    """A secret address; it is shown once."""

    address: str = Field(description="For a calendar program; whoever knows it reads the agenda.")
    token: str


@router.post(
    "/people/{person_id}/feed",
    status_code=201,
    summary="Make a new secret address of a person's agenda as a calendar",
    responses=problems(*_WRITES),
)
async def make(request: Request, person: Who, backing: Standing, caller: Caller) -> FeedShown:
    """The address made before stops working. Only its hash is kept: it cannot be shown again."""
    await _allowed(backing, person, caller)
    token = secrets.token_urlsafe(SECRET_BYTES)
    await open_feed(backing.ledger, person, token, now=datetime.now(UTC))
    address = request.base_url.replace(path=ADDRESS, query=f"token={token}")
    return FeedShown(address=str(address), token=token)


@router.delete(
    "/people/{person_id}/feed",
    status_code=204,
    summary="End a person's calendar feed",
    responses=problems(*_WRITES, Fault.UNKNOWN_FEED),
)
async def end(person: Who, backing: Standing, caller: Caller) -> Response:
    """Its address stops working."""
    await _allowed(backing, person, caller)
    if not await close_feed(backing.ledger, person):
        raise Problem(Fault.UNKNOWN_FEED)
    return Response(status_code=204)


@router.get(
    "/agenda.ics",
    summary="Read an agenda as a calendar (iCalendar)",
    response_class=Response,
    responses={
        200: {"content": {"text/calendar": {}}},
        304: {"description": "It has not changed."},
        **problems(Fault.BAD_PARAMETER, Fault.LEDGER_UNAVAILABLE, Fault.UNKNOWN_FEED),
    },
)
async def show(
    request: Request,
    backing: Standing,
    token: Annotated[str, Query(description="The secret of the address.")],
) -> Response:
    """An event for each thing to do, at its due instant, for the person and whom they stand in for.

    Deals on hold, and clocks that rest, ask for nothing; what moves keeps its event.
    """
    person = await feed_owner(backing.ledger, token)
    if person is None or backing.has_left(person):
        raise Problem(Fault.UNKNOWN_FEED)
    content = await _calendar(backing, person)
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": CACHED}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=MEDIA_TYPE, headers=headers)


async def _calendar(backing: Backing, person: Person) -> bytes:
    home = backing.home
    here = await office(backing.ledger, home, now=datetime.now(UTC))
    owners = here.whose(person.id)
    find = backing.shelf.find
    lists = [await todo(backing.ledger, owner, find, here.staff) for owner in owners]
    away = {owner: here.staff.name(owner) for owner in owners[1:]}
    reader = Reader(person.name, home.language_of(person), home.zone_of(person))
    return feed(reader, (one for each in lists for one in each), away)


async def _allowed(backing: Backing, person: str, caller: Person | None) -> None:
    """An agenda is a person's own; only they, and ops, hand out its address.

    Raises:
        Problem: `not_allowed`, `unknown_person`.
    """
    check_own(person, caller)
    await known_person(backing, person)
