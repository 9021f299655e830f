"""Where the files of an import come from: a folder, or an upload.

Decides how a side file is found beside the main one, and that a packed one on disk (`.gz`) is read
as what is in it. Must never look into a file further than that.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, Protocol, cast

from imports.faults import BadFile, FileCode

_BLOCK: Final = 1 << 20


class Files(Protocol):
    """The main file of an import and those beside it."""

    @property
    def name(self) -> str:
        """The main file's name."""

    def main(self) -> BinaryIO:
        """The main file, at its beginning.

        Raises:
            BadFile: `missing_file`.
        """

    def side(self, name: str) -> BinaryIO:
        """A file beside it, at its beginning.

        Raises:
            BadFile: `missing_file`.
        """


@dataclass(frozen=True, slots=True)
class OnDisk:
    """A file on disk, or the one of that name in a folder; its side files lie beside it."""

    path: Path
    main_name: str | None = None

    @property
    def name(self) -> str:
        """The main file's name."""
        return self._main.name

    @property
    def _main(self) -> Path:
        return self.path / self.main_name if self.main_name and self.path.is_dir() else self.path

    def main(self) -> BinaryIO:
        """The main file."""
        return _opened(self._main, self.name)

    def side(self, name: str) -> BinaryIO:
        """A file beside it."""
        return _opened(self._main.parent / name, name)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """Files that were uploaded together; side files are found by name."""

    name: str
    content: bytes
    sides: Mapping[str, bytes] = field(default_factory=dict)

    def main(self) -> BinaryIO:
        """The main file."""
        return io.BytesIO(self.content)

    def side(self, name: str) -> BinaryIO:
        """A file that was uploaded with it."""
        if name not in self.sides:
            message = "the mapping needs this file; upload it as well"
            raise BadFile(FileCode.MISSING_FILE, file=name, message=message)
        return io.BytesIO(self.sides[name])


def _opened(path: Path, name: str) -> BinaryIO:
    try:
        return _unpacked(path, name) if path.suffix == ".gz" else path.open("rb")
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or "this is no file name"
        message = f"it cannot be read: {reason}"
        raise BadFile(FileCode.MISSING_FILE, file=name, message=message) from fault


def _unpacked(path: Path, name: str) -> BinaryIO:
    """What is in a packed file; read through once, so that damage shows before the first row."""
    try:
        with gzip.open(path) as packed:
            while packed.read(_BLOCK):
                pass
    except (gzip.BadGzipFile, EOFError, zlib.error) as fault:
        message = f"the packed file is damaged: {fault}"
        raise BadFile(FileCode.NOT_TEXT, file=name, message=message) from fault
    return cast("BinaryIO", gzip.open(path))
