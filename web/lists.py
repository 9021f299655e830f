"""Search, the pool, and every key: pages that are hardly more than a list.

Decides what a search looks through. Must never change anything.
"""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response

from api.backing import Standing
from ledger.deals import DealFilter, DealRow, list_deals
from web.page import page
from web.reader import Looking

router: Final = APIRouter(include_in_schema=False)

FOUND: Final = 30
"""Deals that a search shows. A choice: who wants more says more."""

FREE: Final = 100
"""Deals of the pool that are shown. A choice."""


@router.get("/search")
async def search(request: Request, reader: Looking, backing: Standing) -> Response:
    """Deals by customer, title or id, open ones first."""
    q = request.query_params.get("q", "").strip()
    found: tuple[DealRow, ...] = ()
    if q:
        wanted = DealFilter(q=q)
        page_of = await list_deals(backing.ledger, wanted, sort="-heard_at", limit=FOUND)
        found = tuple(sorted(page_of.items, key=lambda one: one.closed_at is not None))
    return await page(request, reader, "search", tab="search", q=q, found=found)


@router.get("/pool")
async def pool(request: Request, reader: Looking, backing: Standing) -> Response:
    """Deals that nobody has."""
    found = await list_deals(backing.ledger, DealFilter(in_pool=True), sort="-heard_at", limit=FREE)
    books = {
        one.id: await backing.shelf.find(one.playbook_id, one.playbook_version)
        for one in found.items
    }
    return await page(request, reader, "pool", tab="pool", found=found.items, books=books)


@router.get("/keys")
async def keys(request: Request, reader: Looking) -> Response:
    """Every key."""
    return await page(request, reader, "keys")
