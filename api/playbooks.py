"""Playbooks: published versions, and publishing another.

Decides how a playbook comes in over HTTP and how its faults are told. What is a fault `playbooks`
decides; that a version never changes, the ledger.
"""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from api.addresses import PREFIX
from api.answers import JSON, problems
from api.backing import Backing, Standing
from api.bodies import MAX_VERSION
from api.callers import Administrator
from api.codes import Fault
from api.payloads import LimitedRoute, media_type_of
from api.problems import Problem
from deals.model import Instant, Names
from deals.playbook import Playbook
from deals.refusals import Code
from ledger.playbooks import (
    PlaybookPublished,
    PublishedPlaybook,
    find_playbook,
    list_playbooks,
    publish_playbook,
)
from playbooks.load import Loaded, PlaybookFaults, load_playbook

router: Final = APIRouter(prefix=PREFIX, tags=["playbooks"], route_class=LimitedRoute)

YAML_TYPES: Final = ("application/yaml", "application/x-yaml", "text/yaml", "text/plain")
TYPES: Final = (*YAML_TYPES, JSON)


class Listed(BaseModel):
    """A published version, in a list."""

    id: str
    version: int
    name: Names
    digest: str
    published_at: Instant


class Playbooks(BaseModel):
    """Every version of every playbook, by id, the latest version first."""

    items: tuple[Listed, ...]


class Published(Listed):
    """A published version, whole."""

    playbook: Playbook = Field(description="Its calendar resolved to plain data.")
    source: str = Field(description="As its author wrote it.")


@router.get("/playbooks", summary="List playbooks", responses=problems(Fault.LEDGER_UNAVAILABLE))
async def show_all(backing: Standing) -> Playbooks:
    """Every version of every playbook."""
    return Playbooks(items=tuple(map(_listed, await list_playbooks(backing.ledger))))


@router.get(
    "/playbooks/{playbook_id}/{version}",
    summary="Show a playbook version",
    response_model=Published,
    responses=problems(Fault.BAD_PARAMETER, Fault.LEDGER_UNAVAILABLE, Fault.UNKNOWN_PLAYBOOK),
)
async def show_one(
    playbook_id: str, version: Annotated[int, Path(ge=1, le=MAX_VERSION)], backing: Standing
) -> Response:
    """The playbook, and the text it was published from."""
    return _answer(await find_playbook(backing.ledger, playbook_id, version))


@router.post(
    "/playbooks",
    status_code=201,
    summary="Publish a playbook version",
    response_model=Published,
    responses={
        200: {"model": Published, "description": "It was published before, and is the same."},
        **problems(
            Code.NOT_ALLOWED,
            Fault.BAD_PLAYBOOK,
            Fault.LEDGER_UNAVAILABLE,
            Fault.PAYLOAD_TOO_LARGE,
            Fault.UNKNOWN_CALLER,
            Fault.UNSUPPORTED_MEDIA_TYPE,
            Fault.VERSION_EXISTS,
        ),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                **{name: {"schema": {"type": "string"}} for name in YAML_TYPES},
                JSON: {"schema": {"type": "object"}},
            },
        }
    },
)
async def publish(request: Request, backing: Standing, _administrator: Administrator) -> Response:
    """A version never changes: to improve a playbook, raise its version and publish that."""
    if (media_type := media_type_of(request)) not in TYPES:
        raise Problem(
            Fault.UNSUPPORTED_MEDIA_TYPE,
            "Send YAML with `Content-Type: application/yaml`, or JSON.",
            facts={"media_type": media_type},
        )
    loaded = await _loaded(await request.body())
    is_new = await _published(backing, loaded)
    playbook = loaded.playbook
    found = await find_playbook(backing.ledger, playbook.id, playbook.version)
    return _answer(found, is_new=is_new)


async def _loaded(content: bytes) -> Loaded:
    """The playbook; read in a thread, since a long one takes a while."""
    try:
        return await asyncio.to_thread(load_playbook, content, year=datetime.now(UTC).year)
    except PlaybookFaults as fault:
        faults = [one._asdict() for one in fault.faults]
        detail = f"The playbook has faults: {fault.faults[0].message}."
        raise Problem(Fault.BAD_PLAYBOOK, detail, facts={"faults": faults}) from fault


async def _published(backing: Backing, loaded: Loaded) -> bool:
    """Publish; the same text again is no news, even where another year's holidays come with it.

    Raises:
        Problem: `version_exists`.
    """
    playbook = loaded.playbook
    now = datetime.now(UTC)
    try:
        return await publish_playbook(backing.ledger, playbook, loaded.source, now=now)
    except PlaybookPublished as fault:
        found = await find_playbook(backing.ledger, playbook.id, playbook.version)
        if found.source == loaded.source:
            return False
        facts = {"playbook": playbook.id, "version": playbook.version, "digest": fault.digest}
        raise Problem(Fault.VERSION_EXISTS, facts=facts) from fault


def _listed(found: PublishedPlaybook) -> Listed:
    return Listed(**_shared(found))


def _answer(found: PublishedPlaybook, *, is_new: bool = False) -> Response:
    shown = Published(**_shared(found), playbook=found.playbook, source=found.source)
    content = shown.model_dump_json(by_alias=True)
    if not is_new:
        return Response(content, media_type=JSON)
    headers = {"Location": f"{PREFIX}/playbooks/{shown.id}/{shown.version}"}
    return Response(content, status_code=201, headers=headers, media_type=JSON)


def _shared(found: PublishedPlaybook) -> dict[str, Any]:
    playbook = found.playbook
    return {
        "id": playbook.id,
        "version": playbook.version,
        "name": playbook.name,
        "digest": found.digest,
        "published_at": found.published_at,
    }
