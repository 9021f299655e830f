"""One program the supervisor keeps: what it is, how it is started, when it counts as ready.

A child gets a session of its own, so that a Ctrl-C reaches the supervisor only, which then stops
the children in order; and a leash, so that none outlives a killed supervisor.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from stack.leash import leashed

Ready = Callable[[], Awaitable[bool]]

_ANSWER_WITHIN_S = 2.0  # clock seconds for one look at a child; a choice


@dataclass(frozen=True)
class Child:
    """What to run.

    Attributes:
        name: For people; also names the log.
        argv: The program, as an absolute path, and its arguments.
        ready: Asked again and again after the start until it says yes; None for at once.
        env: Put over our own environment.
        once: It does its work and ends well; that is when it is ready.
        grace: Clock seconds between the polite and the forced end.
    """

    name: str
    argv: tuple[str, ...]
    ready: Ready | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    once: bool = False
    grace: float = 10.0


async def spawn(child: Child, log: Path) -> asyncio.subprocess.Process:
    """Starts the child with everything it prints going to the end of `log`."""
    with log.open("ab") as sink:
        return await asyncio.create_subprocess_exec(
            *leashed(child.argv),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=sink,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **child.env},
            start_new_session=True,
        )


async def end(process: asyncio.subprocess.Process, grace: float, hurry: asyncio.Event) -> bool:
    """Ends a process, politely first.

    Returns:
        Whether it went by itself within `grace` clock seconds and before anyone was in a hurry.
    """
    with suppress(ProcessLookupError):
        process.terminate()
    gone, hurried = asyncio.create_task(process.wait()), asyncio.create_task(hurry.wait())
    await asyncio.wait((gone, hurried), timeout=grace, return_when=asyncio.FIRST_COMPLETED)
    hurried.cancel()
    politely = gone.done()
    if not politely:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    await gone
    return politely


def fate(code: int) -> str:
    """Says how a process ended: `exit 3`, or the name of the signal that ended it."""
    if code >= 0:
        return f"exit {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


async def accepts(host: str, port: int) -> bool:
    """Whether something accepts connections there."""
    with suppress(OSError):  # a TimeoutError is one too
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            _, writer = await asyncio.open_connection(host, port)
            writer.close()
            await writer.wait_closed()
            return True
    return False


async def answers_well(host: str, port: int, path: str) -> bool:
    """Whether GET `path` answers 200 there."""
    request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
    with suppress(OSError):
        async with asyncio.timeout(_ANSWER_WITHIN_S):
            reader, writer = await asyncio.open_connection(host, port)
            try:
                writer.write(request.encode())
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
    return False
