"""`dealpace up`: brings the whole product up on one data folder, and down again.

Decides the order: the ledger's tables beside the Temporal server, then worker and API. With the
address of a cluster in the settings it starts no Temporal server of its own. It never touches data
itself; each part is started as the command a person could start alone.
"""

import asyncio
import signal
import sys
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

from settings import LOOPBACK, Settings
from stack import temporal
from stack.child import Child, Ready, answers_well
from stack.folder import DataFolder
from stack.ports import Listener, check_ports
from stack.running import Record
from stack.supervisor import Say, Supervisor

OnceReady = Callable[[], Coroutine[Any, Any, None]]

_ONE_CTRL_C_S: Final = 1.0  # some parents pass on the signal that the terminal sends as well

_ANY_HOST: Final = {"0.0.0.0": LOOPBACK, "::": "::1"}  # noqa: S104 - compared with, not bound


def up(settings: Settings, say: Say, once_ready: OnceReady | None = None) -> None:
    """Runs everything in the foreground until Ctrl-C, SIGTERM or a closed terminal.

    Args:
        settings: The installation; its environment variables are handed to every child.
        say: Gets one line at a time for the person at the terminal.
        once_ready: Run once when all parts serve; when it fails, everything stops.

    Raises:
        CannotStart: a port is taken, the folder is in use, or its data needs another Temporal.
        StackFault: a part could not be brought to readiness.
    """
    folder = DataFolder(settings.data_dir)
    folder.create()
    with folder.locked():
        for name in Record(folder.running).end_leftovers():
            say(f"ended a {name} that an earlier start had left behind")
        check_ports(listeners(settings))
        engine = _engine(settings, folder)
        asyncio.run(_run(settings, folder, engine, say, once_ready))


def listeners(settings: Settings) -> list[Listener]:
    """Every port the stack will listen on."""
    wanted = [Listener("web and API", settings.host, settings.port, "PORT")]
    if settings.embedded:
        wanted += [
            Listener("Temporal", LOOPBACK, settings.temporal_port, "TEMPORAL_PORT"),
            Listener("Temporal UI", LOOPBACK, settings.temporal_ui_port, "TEMPORAL_UI_PORT"),
        ]
    if settings.worker_metrics_port is not None:
        host, port = settings.worker_metrics_host, settings.worker_metrics_port
        wanted.append(Listener("worker metrics", host, port, "WORKER_METRICS_PORT"))
    return wanted


def _engine(settings: Settings, folder: DataFolder) -> list[Child]:
    """The embedded Temporal server, on a database of its own version, or none."""
    if not settings.embedded:
        return []
    binary = temporal.find_binary(settings.temporal_binary)
    temporal.pin_version(folder.temporal_db, temporal.version_of(binary))
    return [
        temporal.server(
            binary,
            folder,
            port=settings.temporal_port,
            ui_port=settings.temporal_ui_port,
            namespace=settings.temporal_namespace,
            codec=f"{_web_address(settings)}/codec",
        )
    ]


async def _run(
    settings: Settings,
    folder: DataFolder,
    engine: list[Child],
    say: Say,
    once_ready: OnceReady | None,
) -> None:
    began = time.monotonic()
    async with Supervisor(folder, say) as supervisor:
        interrupted = _stop_on_signal(supervisor)
        try:
            await supervisor.start(_own("migrate", settings), *engine)
            await supervisor.start(*_doors(settings))
            say(_welcome(settings, time.monotonic() - began))
            if once_ready is not None:
                await supervisor.hold(during=once_ready())
            await supervisor.hold()
        except asyncio.CancelledError:
            if not interrupted.is_set():
                raise
            say("Stopping ...")


def _stop_on_signal(supervisor: Supervisor) -> asyncio.Event:
    """Makes the first signal stop everything in order, and a later one stop it at once."""
    loop, main = asyncio.get_running_loop(), asyncio.current_task()
    interrupted = asyncio.Event()
    patient_until = 0.0

    def on_signal() -> None:
        nonlocal patient_until
        if loop.time() < patient_until:
            return
        if interrupted.is_set() or supervisor.stopping:
            supervisor.hurry()
        elif main is not None:
            patient_until = loop.time() + _ONE_CTRL_C_S
            interrupted.set()
            main.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number == signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
            continue  # started with nohup: meant to outlive the terminal
        loop.add_signal_handler(number, on_signal)
    return interrupted


def _doors(settings: Settings) -> tuple[Child, Child]:
    """Worker and API. The API is ready only with a living worker, so it speaks for both."""

    async def both_serve() -> bool:
        return await answers_well(_reachable(settings.host), settings.port, "/readyz")

    return _own("worker", settings, ready=both_serve), _own("api", settings, ready=both_serve)


def _own(command: str, settings: Settings, ready: Ready | None = None) -> Child:
    """One of our own commands; one without a readiness to ask for does its work and ends."""
    return Child(
        command,
        # -P: a settings.py in the folder the person happens to be in must not become ours.
        (sys.executable, "-P", "-m", "cli", command),
        ready=ready,
        env={**settings.as_environment(), "PYTHONUNBUFFERED": "1"},
        once=ready is None,
    )


def _reachable(host: str) -> str:
    """An address to connect to for an address listened on."""
    return _ANY_HOST.get(host, host)


def _web_address(settings: Settings) -> str:
    host = _reachable(settings.host)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _welcome(settings: Settings, took: float) -> str:
    """What a person wants to know when all is up."""
    places = {"web and API": _web_address(settings)}
    if settings.embedded:
        places["Temporal UI"] = f"http://{LOOPBACK}:{settings.temporal_ui_port}"
    places["Temporal"] = settings.temporal_target
    places["data"] = str(settings.data_dir)
    places["logs"] = str(DataFolder(settings.data_dir).logs)
    lines = [f"  {what:<12} {where}" for what, where in places.items()]
    return "\n".join([f"Dealpace is ready ({took:.1f} s). Ctrl-C stops it.", *lines])
