"""People: who is there, and whom they report to.

Decides how a person is written over HTTP. Who may report to whom, the ledger decides.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, BackgroundTasks, Path
from pydantic import BaseModel, create_model

from api.addresses import PREFIX
from api.answers import WRITES, problems
from api.backing import Backing, Standing
from api.bodies import fields_of
from api.callers import Administrator
from api.codes import Fault
from api.payloads import JsonRoute
from api.problems import Problem
from api.recalendars import start_for
from deals.model import Authored, PersonId
from deals.refusals import Code
from ledger.people import ManagerCircle, Person, UnknownPerson, list_people, put_person

router: Final = APIRouter(prefix=PREFIX, tags=["people"], route_class=JsonRoute)


class People(BaseModel):
    """Everybody, by id."""

    items: tuple[Person, ...]


@router.get("/people", summary="List people", responses=problems(Fault.LEDGER_UNAVAILABLE))
async def show_people(backing: Standing) -> People:
    """Everybody, by id."""
    return People(items=await list_people(backing.ledger))


async def put(
    person_id: Annotated[PersonId, Path()],
    body: Authored,
    backing: Standing,
    administrator: Administrator,
    afterwards: BackgroundTasks,
) -> Person:
    """The whole person: what is left out is none. Open escalations find a new manager at once.

    With other hours of their own the person's deals are counted anew; in another time zone they are
    briefed at their own morning there.
    """
    person = Person(id=person_id, **fields_of(body))
    await save(backing, person, administrator.id, afterwards)
    return person


async def save(
    backing: Backing,
    person: Person,
    by: str,
    afterwards: BackgroundTasks,
    *,
    was: str | None = None,
) -> None:
    """Keep a person, and have counted anew and briefed anew what hangs on them.

    Args:
        backing: what the API stands on.
        person: as they are to be.
        by: who says so.
        afterwards: takes what need not be waited for.
        was: as `put_person` says.

    Raises:
        Problem: `bad_person`.
        PersonChanged: as `put_person` says.
    """
    try:
        before = await put_person(backing.ledger, person, was=was)
    except UnknownPerson as fault:
        raise Problem(
            Fault.BAD_PERSON, "The manager is nobody known.", facts={"manager": fault.person}
        ) from fault
    except ManagerCircle as fault:
        raise Problem(
            Fault.BAD_PERSON, "The person would report to themselves.", facts={"circle": fault.path}
        ) from fault
    backing.directory.forget()
    afterwards.add_task(backing.rounds.tried)
    if before and (before.hours, before.time_zone) != (person.hours, person.time_zone):
        await start_for(backing, person.id, reason=f"other hours of {person.id}", by=by)


def _body() -> type[Authored]:
    """A person without the id, which stands in the address."""
    fields: dict[str, Any] = {
        name: (field.annotation, field)
        for name, field in Person.model_fields.items()
        if name != "id"
    }
    return create_model("PersonBody", __base__=Authored, __doc__="A person.", **fields)


PersonBody: Final = _body()

put.__annotations__["body"] = PersonBody

router.add_api_route(
    "/people/{person_id}",
    put,
    methods=["PUT"],
    summary="Add a person, or change one",
    operation_id="PutPerson",
    responses=problems(
        *WRITES,
        Fault.BAD_PERSON,
        Fault.LEDGER_UNAVAILABLE,
        Code.NOT_ALLOWED,
    ),
)
