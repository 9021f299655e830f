"""The playbook as a picture: stages, actions, what must be known, who hears; and its versions.

Decides how a process is drawn, and that a refused text is shown with each fault at its line. What
is a fault `playbooks` decides.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse, RedirectResponse

from api.backing import Standing
from api.codes import Fault
from api.payloads import MAX_BODY
from api.problems import Problem
from deals.model import Names
from deals.playbook import Playbook
from deals.playbook_changes import changes
from deals.refusals import Code
from ledger.board import busiest_playbook
from ledger.deals import DealFilter, list_deals
from ledger.playbooks import (
    PlaybookPublished,
    PublishedPlaybook,
    find_playbook,
    list_playbooks,
    publish_playbook,
)
from playbooks.load import Fault as Flaw
from playbooks.load import PlaybookFaults, load_playbook
from web.page import page
from web.path import clock_days
from web.reader import Looking, Reader
from web.source_lines import written

router: Final = APIRouter(include_in_schema=False)

_TAKEN: Final = Flaw(
    None, None, "version", "this version is published and says something else", "raise `version`"
)


class Stretch(NamedTuple):
    """A stage on the usual road, in percent of it."""

    name: Names
    days: float
    begin: float
    width: float


@router.get("/playbooks")
async def first(_reader: Looking, backing: Standing) -> Response:
    """The playbook that most deals go by."""
    found = await list_playbooks(backing.ledger)
    busiest = await busiest_playbook(backing.ledger)
    mine = next((one for one in found if one.playbook.id == busiest), None) or next(
        iter(found), None
    )
    if mine is None:
        return RedirectResponse("/playbooks/new", status_code=303)
    return RedirectResponse(_address(mine.playbook), status_code=303)


@router.get("/playbooks/new")
async def new(request: Request, reader: Looking) -> Response:
    """Where a new version is published."""
    return await page(request, reader, "playbook_new", tab="playbook", lines=(), text="", flaws=())


@router.post("/playbooks/new")
async def publish(request: Request, reader: Looking, backing: Standing) -> Response:
    """Publish a version, or show what is wrong with it."""
    if reader.person.role != "ops":
        raise Problem(Code.NOT_ALLOWED, facts={"needs": "ops"})
    text = await _text(request)
    try:
        loaded = await asyncio.to_thread(load_playbook, text, year=reader.now.year)
        await publish_playbook(backing.ledger, loaded.playbook, loaded.source, now=reader.now)
    except PlaybookFaults as found:
        return await _refused(request, reader, text, found.faults)
    except PlaybookPublished:
        return await _refused(request, reader, text, (_TAKEN,))
    return RedirectResponse(_address(loaded.playbook), status_code=303)


@router.get("/playbooks/{playbook_id}/{version}")
async def show(
    request: Request, playbook_id: str, version: int, reader: Looking, backing: Standing
) -> Response:
    """A version, beside the one before it."""
    found = await find_playbook(backing.ledger, playbook_id, version)
    if "yaml" in request.query_params:
        return PlainTextResponse(found.source)
    every = await list_playbooks(backing.ledger)
    versions = [one for one in every if one.playbook.id == playbook_id]
    before = next((one for one in versions if one.playbook.version < version), None)
    open_ = await list_deals(backing.ledger, DealFilter(status=("open", "on_hold")), limit=1)
    return await page(
        request,
        reader,
        "playbook",
        tab="playbook",
        found=found,
        playbook=found.playbook,
        versions=versions,
        others=_others(every, playbook_id),
        before=before.playbook if before else None,
        changes=changes(before.playbook, found.playbook) if before else (),
        road=tuple(_road(found.playbook)),
        is_used=bool(open_.items),
    )


def _address(playbook: Playbook) -> str:
    return f"/playbooks/{playbook.id}/{playbook.version}"


def _others(every: Sequence[PublishedPlaybook], playbook_id: str) -> list[Playbook]:
    """The latest version of every other playbook."""
    found: dict[str, Playbook] = {}
    for one in every:
        found.setdefault(one.playbook.id, one.playbook)
    return [one for one in found.values() if one.id != playbook_id]


def _road(playbook: Playbook) -> Iterator[Stretch]:
    """The stages that say how long they usually take."""
    usual = [
        (stage.name, clock_days(stage.stay.expected))
        for stage in playbook.stages
        if stage.stay and stage.stay.expected
    ]
    whole, begin = sum(days for _, days in usual), 0.0
    for name, days in usual:
        yield Stretch(name, days, 100 * begin / whole, 100 * days / whole)
        begin += days


async def _text(request: Request) -> str:
    async with request.form(max_files=1, max_part_size=MAX_BODY) as form:
        file, typed = form.get("file"), form.get("text")
        content = await file.read() if file is not None and not isinstance(file, str) else b""
    text = content.decode("utf-8", errors="replace") or str(typed or "")
    if len(text.encode()) > MAX_BODY:
        raise Problem(Fault.PAYLOAD_TOO_LARGE, facts={"limit": MAX_BODY})
    return text.replace("\r\n", "\n")


async def _refused(request: Request, reader: Reader, text: str, flaws: Sequence[Flaw]) -> Response:
    return await page(
        request, reader, "playbook_new", tab="playbook", status=422,
        lines=tuple(written(text, flaws)), text=text, flaws=flaws,
    )  # fmt: skip
