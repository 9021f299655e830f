"""Handing over many deals of one person, as when somebody leaves.

Decides that each deal is handed over once for each form, and that those that could not be are told
one by one. Whether a deal may be handed over, the core decides. Must never hand over a deal that
was not ticked, nor take one from somebody else who has it by now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from api.backing import Standing
from api.codes import Fault
from api.problems import Problem
from deals.refusals import Code, Refused
from gateway import EngineUnavailable
from web.acts import Act, act_on, sent, typed
from web.given import Form, assign
from web.people import MOST_DEALS, Stays, person_of, person_page
from web.reader import Looking

router: Final = APIRouter(include_in_schema=False)

AT_ONCE: Final = 8
"""Deals that are handed over at a time. A choice: two cores are busy with so many."""

TICKED: Final = "deal."
"""How the names of the boxes begin; the deal's id follows."""

MOVED: Final = "moved"
"""Why a deal stays: it went to somebody else since the form was shown."""


@router.post("/people/{person_id}/handover")
async def hand_over(
    request: Request, person_id: str, reader: Looking, backing: Standing
) -> Response:
    """Hand over the deals that are ticked; what stays is shown with the reason."""
    person = person_of(reader, person_id)
    form = await typed(request, backing, reader)
    wanted = [name.removeprefix(TICKED) for name in form if name.startswith(TICKED)][:MOST_DEALS]
    show = partial(person_page, request, reader, backing, person, form)
    if faults := _faults(form, wanted):
        return await show(faults, status=422)
    acts = [
        await act_on(request, reader, backing, deal_id, "assign", _of_deal(form, deal_id))
        for deal_id in wanted
    ]
    try:
        stays = await _handed(acts, person.id)
    except (ValidationError, Problem) as fault:
        return await show(_of_fault(fault), status=422)
    if stays:
        return await show(stays=stays, status=409)
    return RedirectResponse(f"/people/{person.id}?handed={len(wanted)}", status_code=303)


async def _handed(acts: Sequence[Act], person: str) -> tuple[Stays, ...]:
    """Hand over deals of a person; those that could not be, and why.

    What is wrong in all of them, the first one finds.

    Raises:
        ValidationError, Problem: a field does not fit; no deal was handed over.
    """
    turns = asyncio.Semaphore(AT_ONCE)

    async def why(act: Act) -> str:
        if act.deal.owner not in {person, act.form["owner"], None}:
            return MOVED
        async with turns:
            return await _why(act)

    found = [await why(acts[0]), *await asyncio.gather(*map(why, acts[1:]))]
    both: Iterable[tuple[Act, str]] = zip(acts, found, strict=True)
    return tuple(Stays(act.deal.id, act.deal.customer, code) for act, code in both if code)


async def _why(act: Act) -> str:
    """Hand over a deal; why that did not go, empty if it did."""
    try:
        await sent(act, assign(act.form, act.deal, act.playbook))
    except Refused as refused:
        return "" if refused.code == Code.ALREADY_OWNER else refused.code.value
    except EngineUnavailable:
        return Fault.ENGINE_UNAVAILABLE.value
    return ""


def _of_deal(form: Form, deal_id: str) -> Form:
    """What the form says of one deal, under a key of its own."""
    said = {name: form[name] for name in ("owner", "reason") if name in form}
    return {**said, "key": f"{form.get('key', '')}.{deal_id}"}


def _faults(form: Form, wanted: Sequence[str]) -> dict[str, str]:
    missing = [name for name in ("owner", "reason") if not form.get(name)]
    return dict.fromkeys(missing if wanted else [*missing, "deals"], "missing")


def _of_fault(fault: ValidationError | Problem) -> dict[str, str]:
    if isinstance(fault, ValidationError):
        where = fault.errors()[0]["loc"]
        return {"owner" if "owner" in where else "reason": "bad"}
    return {"owner": "gone" if fault.code == Fault.PERSON_LEFT else "bad"}
