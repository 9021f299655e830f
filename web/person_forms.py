"""What is entered about people: who they are, when they are away, how they want to be told.

Decides how a form becomes the body that the API takes, and at which field a refusal is shown. What
is allowed and what fits, the API decides; its own functions are called.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, get_args

from fastapi import APIRouter, BackgroundTasks, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api import leaves, notifications, people
from api.backing import Standing
from api.codes import Fault
from api.problems import Problem
from deals.hours import Weekday
from deals.refusals import Code
from ledger.people import Person, PersonChanged
from ledger.preferences import find_notifications
from web.acts import typed
from web.given import BadField, Fields, Form, day
from web.page import page
from web.people import person_of, person_page
from web.reader import Looking, Reader

router: Final = APIRouter(include_in_schema=False)

WEEKDAYS: Final = get_args(Weekday)
_TEXTS: Final = ("name", "email", "role", "manager", "team", "locale", "time_zone")
_FIELDS: Final = (*_TEXTS, "last_on", "hours", *(f"hours.{one}" for one in WEEKDAYS), "automatic")


@router.get("/people/new")
async def new(request: Request, reader: Looking) -> Response:
    """The form of somebody new."""
    _check_ops(reader)
    kept = {"id": request.query_params.get("id", ""), "role": "rep"}
    return await _form(request, reader, None, kept)


@router.post("/people")
async def add(
    request: Request, reader: Looking, backing: Standing, afterwards: BackgroundTasks
) -> Response:
    """Add somebody; whoever is there already is not changed by it."""
    form = await typed(request, backing, reader)
    if "/" in form.get("id", ""):
        return await _form(request, reader, None, form, {"id": "bad"}, status=422)
    return await _put(request, reader, backing, afterwards, form, None)


@router.get("/people/{person_id}/edit")
async def edit(request: Request, person_id: str, reader: Looking) -> Response:
    """The form of somebody who is there."""
    _check_ops(reader)
    person = person_of(reader, person_id)
    return await _form(request, reader, person, _as_typed(person))


@router.post("/people/{person_id}/edit")
async def change(
    request: Request,
    person_id: str,
    reader: Looking,
    backing: Standing,
    afterwards: BackgroundTasks,
) -> Response:
    """Change somebody."""
    person = person_of(reader, person_id)
    form = await typed(request, backing, reader)
    return await _put(request, reader, backing, afterwards, form, person)


@router.post("/people/{person_id}/leaves")
async def go(request: Request, person_id: str, reader: Looking, backing: Standing) -> Response:
    """Enter leave, once for each form."""
    person = person_of(reader, person_id)
    form = await typed(request, backing, reader)
    try:
        said: Fields = {
            "first_on": day(form, "first_on"),
            "last_on": day(form, "last_on"),
            "delegate": form.get("delegate") or None,
            "note": form.get("note") or None,
        }
        body, key = leaves.LeaveBody(**said), form.get("key")
        await leaves.entered(backing, person.id, body, reader.person, key=key)
    except (BadField, ValidationError, Problem) as fault:
        told = _of_leave(fault, form, person, reader)
        return await person_page(request, reader, backing, person, form, told, status=422)
    return _saved(person.id)


@router.post("/people/{person_id}/leaves/{leave_id}/end")
async def stay(person_id: str, leave_id: str, reader: Looking, backing: Standing) -> Response:
    """Take leave back; what is taken back already stays so."""
    person = person_of(reader, person_id)
    try:
        await leaves.take_back(person.id, leave_id, backing, reader.person)
    except Problem as fault:
        if fault.code != Fault.UNKNOWN_LEAVE:
            raise
    return _saved(person.id)


@router.post("/people/{person_id}/letters")
async def wish(
    request: Request,
    person_id: str,
    reader: Looking,
    backing: Standing,
    afterwards: BackgroundTasks,
) -> Response:
    """Say how the person is told."""
    person = person_of(reader, person_id)
    form = await typed(request, backing, reader)
    _, known = await find_notifications(backing.ledger, person.id)
    channels = [{"id": one.id} for one in known if form.get(f"channel.{one.id}")]
    if form.get("address"):
        channels.append({"address": form["address"]})
    said: Fields = {
        name: form.get(name) or None for name in ("agenda_at", "quiet_from", "quiet_to")
    }
    said |= {"digest_at": form["digest_at"]} if form.get("digest_at") else {}
    said |= {"digest": form.get("digest") == "yes", "channels": channels}
    try:
        body = notifications.NotificationsBody(**said)
        await notifications.put(person.id, body, backing, reader.person, afterwards)
    except (ValidationError, Problem) as fault:
        told = _of_wishes(fault)
        return await person_page(request, reader, backing, person, form, told, status=422)
    return _saved(person.id)


@router.post("/people/{person_id}/letters/test")
async def try_letter(
    request: Request, person_id: str, reader: Looking, backing: Standing
) -> Response:
    """Send a letter that tries the channels, once for each form."""
    form = await typed(request, backing, reader)
    person = person_of(reader, person_id)
    await notifications.tried(backing, person.id, reader.person, key=form.get("key"))
    return RedirectResponse(f"/people/{person.id}?tried=1", status_code=303)


async def _put(
    request: Request,
    reader: Reader,
    backing: Standing,
    afterwards: BackgroundTasks,
    form: Form,
    person: Person | None,
) -> Response:
    """Keep the person; or show what does not fit beside what was typed."""
    _check_ops(reader)
    try:
        wanted = Person(id=person.id if person else form.get("id", ""), **_fields(form))
        was = form.get("was") if person else ""
        await people.save(backing, wanted, reader.person.id, afterwards, was=was)
    except PersonChanged as fault:
        return await _faster(request, reader, form, fault.person if person else None)
    except (ValidationError, Problem) as fault:
        told = _of_person(fault, form)
        return await _form(request, reader, person, form, told, status=422)
    return _saved(wanted.id)


async def _faster(request: Request, reader: Reader, form: Form, now: Person | None) -> Response:
    """Show what was typed beside how the person is now; of somebody new, that the id is taken."""
    if now is None:
        return await _form(request, reader, None, form, {"id": "taken"}, status=422)
    stored = _as_typed(now)
    other = (one for one in _FIELDS if stored.get(one, "") != form.get(one, ""))
    told = {"": "changed"} | dict.fromkeys(other, "theirs")
    kept = {**form, "was": now.digest()}
    return await _form(request, reader, now, kept, told, stored, status=409)


async def _form(  # noqa: PLR0913 - a form that was refused brings what was typed
    request: Request,
    reader: Reader,
    person: Person | None,
    kept: Mapping[str, str],
    faults: Mapping[str, str] | None = None,
    stored: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> Response:
    known = reader.staff.people.values()
    return await page(
        request, reader, "person_form", tab="people", status=status,
        person=person, kept=kept, faults=faults or {}, stored=stored or {}, weekdays=WEEKDAYS,
        was=kept.get("was") or (person.digest() if person else ""),
        managers=[one for one in reader.choices if not person or one.id != person.id],
        teams=sorted({one.team for one in known if one.team}),
        zones=sorted({reader.staff.zone(one.id) for one in known} | {str(reader.zone)}),
    )  # fmt: skip


def _check_ops(reader: Reader) -> None:
    if reader.person.role != "ops":
        raise Problem(Code.NOT_ALLOWED, facts={"needs": "ops"})


def _saved(person_id: str) -> Response:
    return RedirectResponse(f"/people/{person_id}?saved=1", status_code=303)


def _fields(form: Form) -> Fields:
    """The whole person; an empty field is none."""
    days = {one: form[f"hours.{one}"] for one in WEEKDAYS if form.get(f"hours.{one}")}
    said: Fields = {name: form.get(name) or None for name in _TEXTS}
    hours = days or form.get("hours") or None
    last_on = form.get("last_on") or None
    return said | {"hours": hours, "last_on": last_on, "automatic": form.get("automatic") == "yes"}


def _as_typed(person: Person) -> dict[str, str]:
    """What somebody would have typed to make the person as they are."""
    kept = {name: getattr(person, name) or "" for name in _TEXTS}
    if isinstance(person.hours, Mapping):
        kept |= {f"hours.{one}": hours for one, hours in person.hours.items()}
    elif person.hours:
        kept["hours"] = person.hours
    kept |= {"last_on": person.last_on.isoformat()} if person.last_on else {}
    return kept | ({"automatic": "yes"} if person.automatic else {})


def _of_person(fault: ValidationError | Problem, form: Form) -> dict[str, str]:
    if isinstance(fault, Problem):
        return {"manager": "circle" if "circle" in fault.facts else "bad"}
    told: dict[str, str] = {}
    for one in fault.errors():
        place = [str(part) for part in one["loc"]]
        by_day = place[:1] == ["hours"] and place[-1] in WEEKDAYS
        field = f"hours.{place[-1]}" if by_day else place[0] if place else ""
        told[field] = "bad" if form.get(field) or field == "hours" else "missing"
    return told


def _of_leave(
    fault: BadField | ValidationError | Problem, form: Form, person: Person, reader: Reader
) -> dict[str, str]:
    if isinstance(fault, BadField):
        return {fault.field: "bad" if form.get(fault.field) else "missing"}
    if isinstance(fault, ValidationError):
        place = fault.errors()[0]["loc"]
        return {str(place[0]) if place else "last_on": "bad" if place else "order"}
    if fault.code == Code.NOT_ALLOWED:
        raise fault
    if fault.code == Fault.UNKNOWN_PERSON:
        return {"delegate": "bad"}
    delegate = reader.staff.people.get(form.get("delegate", ""))
    if delegate is None or (delegate.id != person.id and delegate.last_on is None):
        return {"last_on": "past"}
    return {"delegate": "self" if delegate.id == person.id else "leaves"}


def _of_wishes(fault: ValidationError | Problem) -> dict[str, str]:
    if isinstance(fault, ValidationError):
        place = fault.errors()[0]["loc"]
        return {str(place[0]): "bad"} if place else {"quiet_to": "quiet"}
    if fault.code != Fault.BAD_CHANNEL:
        raise fault
    return {"address": "bad"}
