"""Serving the site from this process until it is told to stop.

Decides the server's settings, and that those who only listen do not hold its end up.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Final

import uvicorn
from fastapi import FastAPI

ENDS_WITHIN: Final = 5
"""Clock seconds that requests under way have when it ends. A choice: below the patience of `up`."""


def serve(site: FastAPI, host: str, port: int) -> bool:
    """Serve until a signal ends it; whether it ever began."""
    config = uvicorn.Config(
        site,
        host=host,
        port=port,
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=ENDS_WITHIN,
    )
    server = uvicorn.Server(config)
    site.state.is_closing = lambda: server.should_exit
    with suppress(KeyboardInterrupt):  # which it raises again when it has ended
        server.run()
    return server.started
