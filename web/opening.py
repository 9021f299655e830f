"""A new deal: one form, sent once, with what it begins with.

Decides what is asked of whom: a rep opens deals of their own, whoever manages may name another
owner. What a deal begins with and what is refused, `api.opening` and the core decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import ValidationError

from api.backing import Backing, Standing
from api.codes import Fault
from api.envelopes import Envelope
from api.opening import deal_id_of, opened
from api.payloads import digest_of
from api.problems import Problem
from deals.playbook import FactRule, Playbook
from deals.refusals import Code, Refused
from deals.view import DealView
from gateway import EngineUnavailable
from ledger.board import busiest_playbook
from ledger.deals import customers_like, wait_for_seq
from web.acts import typed
from web.board import latest_playbooks
from web.given import FACT, BadField, Fields, Form, facts_of, minor
from web.page import new_key, page
from web.reader import Looking, Reader

router: Final = APIRouter(include_in_schema=False)

HINTS: Final = 8
"""Customers that are offered while a name is typed. A choice: seen at a glance."""

ASKED_EARLY: Final = frozenset({"customer-type"})
"""Facts that a form asks at once though no stage waits for them: reports are filtered by them."""

_SOURCE: Final = "source"
_WHOLE: Final = ""
"""Where a fault is that is not one field's."""

_TYPED_AS: Final = {"amount_minor": "amount"}
"""Fields of the command that the form calls otherwise."""


class FactAsked(NamedTuple):
    """A fact that the form asks for; nothing is known of it yet."""

    id: str
    rule: FactRule
    value: None = None


@router.get("/deals/new")
async def new(request: Request, reader: Looking, backing: Standing) -> Response:
    """The form; what the address says is filled in, as when another playbook was chosen."""
    return await _form(request, reader, backing, dict(request.query_params))


@router.post("/deals")
async def begin(request: Request, reader: Looking, backing: Standing) -> Response:
    """Open the deal, once for each form; or show what does not fit beside what was typed."""
    form = await typed(request, backing, reader)
    envelope = _envelope(request, form)
    try:
        view = await _begun(backing, reader, form, envelope)
    except EngineUnavailable:
        return await _form(request, reader, backing, form, {_WHOLE: "engine"}, status=503)
    except Refused as refused:
        if refused.code is Code.KEY_REUSED:
            again = dict(form) | {"key": new_key(), "opened": deal_id_of(envelope)}
            return await _form(request, reader, backing, again, {_WHOLE: "sent"}, status=409)
        field = f"{FACT}{refused.facts.get('fact', '')}"
        told = {field if field in _names(form) else field.removeprefix(FACT): "bad"}
        return await _form(request, reader, backing, form, told, status=422)
    except (BadField, ValidationError, Problem) as fault:
        return await _form(request, reader, backing, form, _faults(fault, form), status=422)
    if await wait_for_seq(backing.ledger, view.id, view.seq):
        return RedirectResponse(f"/deals/{view.id}?done=1", status_code=303)
    return RedirectResponse("/board?taken=1", status_code=303)


@router.get("/customers")
async def customers(request: Request, _reader: Looking, backing: Standing) -> Response:
    """Names of customers that contain what was typed, so that one is not written in two ways."""
    q = request.query_params.get("q", "").strip()
    return JSONResponse(await customers_like(backing.ledger, q, limit=HINTS) if q else [])


async def _begun(backing: Backing, reader: Reader, form: Form, envelope: Envelope) -> DealView:
    playbook = (await latest_playbooks(backing)).get(form.get("playbook", ""))
    if playbook is None:
        raise BadField("playbook")
    return await opened(backing, _fields(form, reader, playbook), reader.person, envelope)


def _envelope(request: Request, form: Form) -> Envelope:
    """A form without its key is opened once all the same."""
    said = {name: value for name, value in form.items() if name not in {"key", "back"}}
    digest = digest_of(request.method, request.url.path, said)
    return Envelope(form.get("key") or new_key(), digest, respond_async=False, is_named=True)


def _fields(form: Form, reader: Reader, playbook: Playbook) -> Fields:
    currency = form.get("currency", "").upper() or playbook.currency
    named = form.get("owner") if reader.is_manager else None
    return {
        "customer": form.get("customer", ""),
        "title": form.get("title", ""),
        "owner": named or reader.person.id,
        "playbook": playbook.id,
        "amount_minor": minor(form, "amount", currency),
        "currency": currency,
        "source": form.get(_SOURCE) or None,
        "facts": facts_of(form, playbook, currency),
    }


def _faults(fault: BadField | ValidationError | Problem, form: Form) -> dict[str, str]:
    """By field of the form: whether it is missing or does not fit."""
    if isinstance(fault, BadField):
        return {fault.field: "bad"}
    if isinstance(fault, Problem):
        return {"owner" if fault.code == Fault.UNKNOWN_PERSON else _WHOLE: "bad"}
    places = (str(one["loc"][0]) if one["loc"] else "" for one in fault.errors())
    names = [_TYPED_AS.get(one, one) for one in places]
    return {name: "bad" if form.get(name) else "missing" for name in names}


def _names(form: Form) -> set[str]:
    """The fields of a form; the parts of one by what they are parts of."""
    return {*form, *(name.rpartition(".")[0] for name in form)}


async def _form(
    request: Request,
    reader: Reader,
    backing: Backing,
    kept: Mapping[str, str],
    faults: Mapping[str, str] = MappingProxyType({}),
    *,
    status: int = 200,
) -> Response:
    books = await latest_playbooks(backing)
    chosen = kept.get("playbook") or await busiest_playbook(backing.ledger)
    playbook = books.get(chosen or "") or next(iter(books.values()), None)
    at_once, later = _asked(playbook) if playbook else ([], [])
    source = playbook.facts.get(_SOURCE) if playbook else None
    return await page(
        request, reader, "deal_new", tab="board", status=status, kept=kept, faults=faults,
        books=books.values(), playbook=playbook, at_once=at_once, later=later,
        is_late_wrong=any(f"{FACT}{one.id}" in faults for one in later),
        sources=source.choices if source else (),
        owners=reader.choices,
    )  # fmt: skip


def _asked(playbook: Playbook) -> tuple[list[FactAsked], list[FactAsked]]:
    """What is asked at once, and what may be known already; documents come with their actions."""
    first = {*playbook.stages[0].facts, *ASKED_EARLY}
    asked = [
        FactAsked(fact, rule)
        for fact, rule in playbook.facts.items()
        if fact != _SOURCE and rule.kind != "document"
    ]
    return [one for one in asked if one.id in first], [one for one in asked if one.id not in first]
