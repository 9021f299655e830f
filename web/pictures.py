"""What makes charts answer a pointer: the library of Vega, as one module of our own site.

Decides that it is read only when somebody points at a chart; pages show charts without it. Must
never draw: the page has, and the library draws the same again.
"""

from __future__ import annotations

import asyncio
from functools import cache
from typing import Final

import vl_convert
from fastapi import APIRouter, Response

router: Final = APIRouter(include_in_schema=False)

_ADDRESS: Final = "/charts/vega.js"

_OURS: Final = "export { vegaEmbed };"

_A_YEAR: Final = "public, max-age=31536000, immutable"
"""Its address changes with its version."""


def bundle_address() -> str:
    """Where it is; another one for each version."""
    return f"{_ADDRESS}?v={vl_convert.get_vega_version()}-{vl_convert.get_vega_embed_version()}"


@router.get(_ADDRESS)
async def bundle() -> Response:
    """The library, without anything from anywhere else."""
    text = await asyncio.to_thread(_bundle)
    headers = {"Cache-Control": _A_YEAR, "X-Content-Type-Options": "nosniff"}
    return Response(text, media_type="text/javascript", headers=headers)


@cache
def _bundle() -> str:
    return vl_convert.javascript_bundle(_OURS)
