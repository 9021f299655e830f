"""A sign of life from an activity that takes long.

Decides how often it is given. Must never say that there is progress; the ledger does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from temporalio import activity

EVERY_SECONDS: Final = 5.0
"""A choice: a sixth of what the workflows wait."""


@asynccontextmanager
async def alive() -> AsyncIterator[None]:
    """Say again and again that the activity lives, while the block runs."""
    beating = asyncio.create_task(_beat())
    try:
        yield
    finally:
        beating.cancel()


async def _beat() -> None:
    while True:
        activity.heartbeat()
        await asyncio.sleep(EVERY_SECONDS)
