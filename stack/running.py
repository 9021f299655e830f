"""Remembers which children run, so that a start can end what a killed supervisor left behind.

A process is known by its id and the moment it began, never by its id or name alone: ids are given
again to strangers.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PATIENCE_S: Final = 5.0  # clock seconds between the polite and the forced end; a choice
_LOOK_AGAIN_S: Final = 0.02

_PROC: Final = Path("/proc")
_START_TICKS: Final = 22  # Source: proc_pid_stat(5), starttime; counted from 1
_STATE: Final = 3


def began(pid: int) -> str | None:
    """Names the moment a living process began, or None when it is gone (or only unreaped)."""
    if (_PROC / "self/stat").exists():
        return _began_by_proc(pid)
    return _began_by_ps(pid)


def _began_by_proc(pid: int) -> str | None:
    try:
        stat = (_PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field, the program's name in parentheses, may itself hold blanks and parentheses.
    fields = stat[stat.rindex(")") + 2 :].split()
    if fields[_STATE - 3] in "ZX":
        return None
    boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    return f"{boot} {fields[_START_TICKS - 3]}"


def _began_by_ps(pid: int) -> str | None:
    listing = subprocess.run(  # noqa: S603 - fixed program, our own number
        ("/bin/ps", "-o", "state=,lstart=", "-p", str(pid)),
        capture_output=True,
        text=True,
        check=False,
    )
    state, _, moment = listing.stdout.strip().partition(" ")
    return moment.strip() if moment and not state.startswith("Z") else None


@dataclass(frozen=True)
class Process:
    """One process that was started here."""

    name: str
    pid: int
    began: str

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        return began(self.pid) == self.began


class Record:
    """The file of the children that run. One supervisor writes it, under the folder's lock."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, pids: Mapping[str, int]) -> None:
        """Replaces the record by the living of these children."""
        living = [
            {"name": name, "pid": pid, "began": moment}
            for name, pid in pids.items()
            if (moment := began(pid))
        ]
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(living, indent=1))
        fresh.replace(self._path)

    def clear(self) -> None:
        """Forgets all: they were stopped."""
        self._path.unlink(missing_ok=True)

    def end_leftovers(self, patience: float = PATIENCE_S) -> tuple[str, ...]:
        """Ends every recorded child that still runs, and gives their names.

        Args:
            patience: Clock seconds they get to end by themselves before they are killed.
        """
        leftovers = tuple(child for child in self._read() if child.alive)
        for step in (signal.SIGTERM, signal.SIGKILL):
            for child in leftovers:
                if child.alive:
                    with suppress(ProcessLookupError):
                        os.kill(child.pid, step)
            _wait_for_end(leftovers, patience)
        self.clear()
        return tuple(child.name for child in leftovers)

    def _read(self) -> list[Process]:
        """A record that cannot be read says nothing: what it named is not known to be ours."""
        with suppress(FileNotFoundError, ValueError, TypeError):
            return [Process(**entry) for entry in json.loads(self._path.read_text())]
        return []


def _wait_for_end(children: tuple[Process, ...], patience: float) -> None:
    give_up = time.monotonic() + patience
    while any(child.alive for child in children) and time.monotonic() < give_up:
        time.sleep(_LOOK_AGAIN_S)
