"""From content to a page: the templates, in the reader's language, with what every page shows.

Decides how templates are read and what they may call. Every value is escaped; markup comes from
templates alone. Must never decide what a page says.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from api.backing import Backing, backing_of
from letters.words import Language
from reports import charts
from web.counts import Counts, counts_of
from web.names import GLOBALS, whole
from web.reader import Reader
from web.speech import SPOKEN
from web.words import catalog

FOLDER: Final = Path(__file__).parent
STATIC: Final = FOLDER / "static"

_NO_ID: Final = re.compile("[^A-Za-z0-9_-]+")

_SAFE: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""What a browser is told about every page: nothing runs but our own modules."""


async def page(
    request: Request,
    reader: Reader,
    template: str,
    *,
    tab: str = "",
    status: int = 200,
    **content: Any,
) -> Response:
    """A page.

    Args:
        request: what was asked for.
        reader: who looks.
        template: its file, without `.html`.
        tab: the entry of the bar that it belongs to.
        status: of the answer.
        content: what the template speaks of.
    """
    content |= await _shared(request, reader, tab)
    written = _environment(reader.language).get_template(f"{template}.html")
    text = await asyncio.to_thread(written.render, content)  # a long page holds nobody up
    return HTMLResponse(text, status_code=status, headers=_SAFE)


async def _shared(request: Request, reader: Reader, tab: str) -> dict[str, Any]:
    backing = backing_of(request)
    return {
        "reader": reader,
        "here": request.url.path,
        "address": str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""),
        "query": request.query_params,
        "tab": tab,
        "counts": await _counts(backing, reader),
        "temporal_ui": getattr(request.app.state, "temporal_ui", None),
    }


async def _counts(backing: Backing, reader: Reader) -> Counts | None:
    return await counts_of(backing.ledger, reader) if reader.person.id else None


def new_key() -> str:
    """A key that makes a form happen once, however often it is sent."""
    return f"web-{secrets.token_urlsafe(12)}"


@cache
def static(name: str) -> str:
    """The address of a file of ours, which changes with its content."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"


def _spoken(name: str) -> Callable[..., Any]:
    """A form of the reader's speech, as templates call it."""

    @pass_context
    def spoken(context: Context, value: Any, *more: Any) -> Any:  # noqa: ANN401 - as the form has it
        return getattr(context["reader"].speech, name)(value, *more)

    return spoken


def _initials(name: str) -> str:
    """Two letters that stand for a person; of a Chinese name its first."""
    words = name.split()
    return "".join(word[0] for word in words[:2]).upper() if words[1:] else name[:1]


def _drawing(spec: charts.Spec) -> Markup:
    """A chart as part of a page; what its words say is escaped by what draws it."""
    return Markup(charts.svg(spec))  # noqa: S704 - it is markup, and no value's


def _slug(text: str) -> str:
    """A text as an id within a page."""
    return _NO_ID.sub("-", text)


@cache
def _environment(language: Language) -> Environment:
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        extensions=["jinja2.ext.i18n"],
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    made.globals |= {"static": static, "new_key": new_key, **GLOBALS}
    made.filters |= {name: _spoken(name) for name in SPOKEN}
    made.filters |= {
        "initials": _initials,
        "slug": _slug,
        "whole": whole,
        "svg": _drawing,
        "tuple": tuple,
    }
    install = getattr(made, "install_gettext_translations")  # noqa: B009 - the extension adds it
    install(catalog(language), newstyle=True)
    return made
