"""Where the files of an import come from: a folder, or an upload.

Decides how a side file is found beside the main one. Must never look into a file.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from imports.faults import BadFile, FileCode


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
    """A file on disk; its side files are named relative to it."""

    path: Path

    @property
    def name(self) -> str:
        """The main file's name."""
        return self.path.name

    def main(self) -> BinaryIO:
        """The main file."""
        return _opened(self.path, self.name)

    def side(self, name: str) -> BinaryIO:
        """A file beside it."""
        return _opened(self.path.parent / name, name)


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
        return path.open("rb")
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or "this is no file name"
        message = f"it cannot be read: {reason}"
        raise BadFile(FileCode.MISSING_FILE, file=name, message=message) from fault
