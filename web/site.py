"""The pages on top of the API: one application, every page's routes, and errors as pages.

Decides who may look: until there is a sign-in, browsers on this machine alone. Must never hold a
page.
"""

from __future__ import annotations

import ipaddress
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.addresses import PREFIX
from api.app import create_app
from settings import LOOPBACK, Settings
from web import (
    acts,
    board,
    deal,
    escalations,
    handing_over,
    importing,
    lists,
    live,
    meetings,
    monthly,
    opening,
    people,
    person_forms,
    pictures,
    playbooks,
    reports,
    start,
    status,
    today,
)
from web.page import STATIC, page
from web.reader import NobodyChosen, anybody

ROOMS: Final = (
    *(start, live, today, board, escalations, reports, meetings, monthly, pictures, playbooks),
    *(lists, opening, importing, status, deal, acts, person_forms, handing_over, people),
)
"""Modules with routes; an address with a word of its own, as `/deals/new`, comes before any id."""

_NOT_PAGES: Final = (PREFIX, "/healthz", "/readyz", "/metrics", "/openapi.json", "/codec")
"""How addresses begin that machines ask for."""

Handler = Callable[[Request, Exception], Awaitable[Response]]

_log = logging.getLogger(__name__)


def create_site(settings: Settings) -> FastAPI:
    """The API of one installation, with its pages where they may be."""
    app = create_app(settings)
    if settings.embedded and _is_loopback(settings.host):
        namespace = f"http://{LOOPBACK}:{settings.temporal_ui_port}/namespaces"
        app.state.temporal_ui = f"{namespace}/{settings.temporal_namespace}/workflows/"
        add_pages(app)
    return app


def add_pages(app: FastAPI) -> None:
    """Serve the pages, too."""
    for room in ROOMS:
        app.include_router(room.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    for fault, told in list(app.exception_handlers.items()):
        app.add_exception_handler(fault, _as_page(told))
    app.add_exception_handler(NobodyChosen, _choose)
    app.add_middleware(Guarded)


class Guarded:
    """Lets in browsers on this machine, and forms of our own pages."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what a page of somebody else's makes a browser ask for."""
        if scope["type"] == "http" and is_page(scope["path"]):
            headers = Headers(scope=scope)
            host = headers.get("host", "").rpartition(":")[0] or headers.get("host", "")
            if not _is_loopback(host.strip("[]")):
                await PlainTextResponse("not here", status_code=421)(scope, receive, send)
                return
            if scope["method"] == "POST" and not _is_own(headers):
                await PlainTextResponse("not from there", status_code=403)(scope, receive, send)
                return
        await self._app(scope, receive, send)


def is_page(path: str) -> bool:
    """Whether an address is one of a page."""
    return not path.startswith(_NOT_PAGES)


def _is_own(headers: Headers) -> bool:
    """Whether a form was sent from one of our pages."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or origin.partition("://")[2] == headers.get("host")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _as_page(told: Any) -> Handler:  # noqa: ANN401 - Starlette does not say
    """What tells an error to machines, with a page for people."""

    async def tell(request: Request, error: Exception) -> Response:
        answer: Response = await told(request, error)
        if not is_page(request.url.path):
            return answer
        said = _said(answer)
        try:
            reader = await anybody(request)
            return await page(
                request, reader, "error", status=answer.status_code, code=said.get("code", ""),
                facts=said.get("facts", {}),
            )  # fmt: skip
        except Exception:  # noqa: BLE001 - whatever it is, somebody waits for an answer
            _log.exception("no page can be shown")
            return PlainTextResponse("Dealpace cannot answer just now.", answer.status_code)

    return tell


def _said(answer: Response) -> dict[str, Any]:
    try:
        said = json.loads(bytes(answer.body))
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


async def _choose(request: Request, _nobody: Exception) -> Response:
    if request.method == "POST":
        return await start.ask_first(request)
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/who?next={quote(address)}", status_code=303)
