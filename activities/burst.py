"""Whether many deadlines are being decided at this worker just now.

Decides how long a record gives way to them: only a decision is waited for, and both take the same
processor. Must never hold a record up for long.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

CALM: Final = 0.2
"""Clock seconds without a timer that fires, after which a burst is over. A choice: some twenty
times what a decision takes."""

AT_MOST: Final = 3.5
"""Clock seconds that a record gives way. A choice: an attempt to record may take five."""

_LOOK_AGAIN: Final = 0.1


class Burst:
    """Timers of deals that fire at this worker."""

    def __init__(self) -> None:
        self._last = float("-inf")

    def note(self) -> None:
        """A timer has fired."""
        self._last = time.monotonic()

    async def over(self, at_most: float = AT_MOST) -> None:
        """Wait until no more fire, or for so many clock seconds."""
        until = time.monotonic() + at_most
        while (now := time.monotonic()) < until and now - self._last < CALM:  # noqa: ASYNC110 - they fire in threads
            await asyncio.sleep(_LOOK_AGAIN)
