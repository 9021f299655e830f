"""Where pages begin: who is in front of them, in which language and theme; and what has no room.

Decides what the browser keeps about its reader.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from letters.words import LANGUAGES
from web.page import page
from web.reader import LANGUAGE, PERSON, THEME, Anybody, Looking

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
    people = sorted(reader.staff.people.values(), key=lambda one: (one.team or "", one.name))
    chosen = [one for one in people if not one.automatic]
    following = own_address(request.query_params.get("next", ""))
    return await page(request, reader, "who", people=chosen, following=following)


@router.post("/who")
async def choose(request: Request, reader: Anybody) -> Response:
    """Keep what was chosen."""
    async with request.form() as form:
        given = {name: str(value) for name, value in form.items()}
    answer = RedirectResponse(own_address(given.get("next", "")), status_code=303)
    kept = {
        PERSON: given.get("person") if given.get("person") in reader.staff.people else None,
        LANGUAGE: given.get("language") if given.get("language") in LANGUAGES else None,
        THEME: given.get("theme") if given.get("theme") in {"auto", "light", "dark"} else None,
    }
    for name, value in kept.items():
        if value is not None:
            answer.set_cookie(name, value, max_age=_A_YEAR, httponly=True, samesite="lax")
    return answer


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
