"""Where pages begin: who is in front of them, in which language and theme; and what has no room.

Decides what the browser keeps about its reader, and that a form which nobody is known to have sent
waits, with what was typed, until somebody says who they are. Must never send it for them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from letters.words import LANGUAGES
from web.page import page
from web.reader import LANGUAGE, PERSON, THEME, Anybody, Looking, Reader, anybody

router: Final = APIRouter(include_in_schema=False)

_A_YEAR: Final = 365 * 86_400
"""Seconds that a browser remembers. A choice."""

_HOMES: Final = {"rep": "/today", "manager": "/escalations", "director": "/escalations"}
"""Where somebody's day begins; ops look at the board."""


@router.get("/")
async def start(reader: Looking) -> Response:
    """The page on which the reader's day begins."""
    return RedirectResponse(_HOMES.get(reader.person.role, "/board"), status_code=303)


@router.get("/who")
async def who(request: Request, reader: Anybody) -> Response:
    """Choose who you are."""
    following = own_address(request.query_params.get("next", ""))
    return await _ask(request, reader, following=following)


async def ask_first(request: Request) -> Response:
    """Ask who sends a form; what was typed is kept, but for files."""
    async with request.form() as form:
        typed = {name: value for name, value in form.items() if isinstance(value, str)}
        files = [one.filename for one in form.values() if not isinstance(one, str) and one.filename]
    return await _ask(
        request,
        await anybody(request),
        status=401,
        following=own_address(typed.get("back", "")),
        waiting=_waiting(request.url.path, typed),
        files=files,
    )


async def _ask(
    request: Request,
    reader: Reader,
    *,
    following: str,
    status: int = 200,
    waiting: Mapping[str, str] | None = None,
    files: list[str] | None = None,
) -> Response:
    people = sorted(reader.choices, key=lambda one: (one.team or "", one.name))
    return await page(
        request, reader, "who", status=status, following=following, waiting=waiting or {},
        files=files or [], people=people,
    )  # fmt: skip


@router.post("/who")
async def choose(request: Request, reader: Anybody) -> Response:
    """Keep what was chosen; a form that waited for it is shown, to be sent."""
    async with request.form() as form:
        given = {name: str(value) for name, value in form.items()}
    kept = {
        PERSON: given.get("person") if given.get("person") in reader.staff.people else None,
        LANGUAGE: given.get("language") if given.get("language") in LANGUAGES else None,
        THEME: given.get("theme") if given.get("theme") in {"auto", "light", "dark"} else None,
    }
    answer: Response = RedirectResponse(own_address(given.get("next", "")), status_code=303)
    if given.get(_TO) and kept[PERSON]:
        sender = replace(reader, person=reader.staff.people[kept[PERSON]])
        typed = {name.removeprefix(_TYPED): value for name, value in given.items()
                 if name.startswith(_TYPED)}  # fmt: skip
        answer = await page(request, sender, "again", to=own_address(given[_TO]), kept=typed)
    for name, value in kept.items():
        if value is not None:
            answer.set_cookie(name, value, max_age=_A_YEAR, httponly=True, samesite="lax")
    return answer


_TO: Final = "waiting.to"
_TYPED: Final = "waiting.field."
"""How a form that waits is kept in the one that asks who sends it."""


def _waiting(path: str, typed: Mapping[str, str]) -> dict[str, str]:
    return {_TO: path} | {f"{_TYPED}{name}": value for name, value in typed.items()}


@router.get("/more")
async def more(request: Request, reader: Looking) -> Response:
    """Every page, for narrow screens."""
    return await page(request, reader, "more", tab="more")


def own_address(given: str) -> str:
    """A path of ours; the beginning in the place of anything else."""
    parts = urlsplit(given)
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    if not is_ours or given.startswith(("//", "/\\")) or "\n" in given:
        return "/"
    return given
