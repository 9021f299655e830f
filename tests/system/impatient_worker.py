"""A worker that gives deliveries up soon: `python -P -m tests.system.impatient_worker`.

Everything of it is the product's own, but that a connection may take half a second, and a delivery
two attempts.
"""

import asyncio
from typing import Final

import worker
from activities import post
from letters import addresses
from settings import Settings

MODULE: Final = "tests.system.impatient_worker"

if __name__ == "__main__":
    addresses.WAIT = 0.5  # type: ignore[misc]  # which is the point
    post.ATTEMPTS = 2  # type: ignore[misc]  # the same
    asyncio.run(worker.main(Settings()))
