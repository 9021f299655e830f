"""The data folder of an embedded installation: one user at a time, known file names, fresh logs.

Holds ledger.db, temporal.db, the record of running children and logs/. It never deletes data; only
logs older than the last few starts go.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from stack.faults import CannotStart

KEPT_LOGS: Final = 3  # logs of former starts; a choice


@dataclass(frozen=True)
class DataFolder:
    """Where everything of one embedded installation lives."""

    path: Path

    @property
    def logs(self) -> Path:
        """Folder of the children's logs."""
        return self.path / "logs"

    @property
    def temporal_db(self) -> Path:
        """The embedded Temporal server's database; SQLite keeps -wal and -shm beside it."""
        return self.path / "temporal.db"

    @property
    def running(self) -> Path:
        """Record of the children that run, for the next start to read."""
        return self.path / "stack.json"

    def log_of(self, name: str) -> Path:
        """The log of the child of that name."""
        return self.logs / f"{name}.log"

    def create(self) -> None:
        """Makes the folder, readable by its owner only: deals and people are in it.

        Raises:
            CannotStart: it cannot be made or written.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.logs.mkdir(exist_ok=True)
        except OSError as problem:
            raise CannotStart(
                f"the data folder {self.path} cannot be used ({problem.strerror}); "
                "set DATA_DIR (or DEALPACE_DATA_DIR) to another"
            ) from problem

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the folder for this process; the kernel lets go when the process ends, however.

        Raises:
            CannotStart: another process holds it; the message names it.
        """
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(descriptor, 20, 0).decode(errors="replace") or "unknown"
                raise CannotStart(
                    f"the data folder {self.path} is in use by process {holder}; "
                    "stop it, or set DATA_DIR (or DEALPACE_DATA_DIR) to another"
                ) from None
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, str(os.getpid()).encode(), 0)
            yield
        finally:
            os.close(descriptor)

    def rotate_log(self, name: str) -> None:
        """Puts the log of the start before aside as name.log.1, older ones further back."""
        log = self.log_of(name)
        generations = [log, *(log.with_name(f"{log.name}.{n}") for n in range(1, KEPT_LOGS + 1))]
        for younger, older in reversed(list(pairwise(generations))):
            with suppress(FileNotFoundError):
                younger.replace(older)
