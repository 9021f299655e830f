"""How an import as a whole is refused, before anything is written.

Decides the closed list of reasons that concern a file. What is wrong with one row is a remark
(`remarks`), what is wrong with a mapping is a list of faults, like a playbook's.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any


class FileCode(StrEnum):
    """Every reason why a file cannot be read at all."""

    DUPLICATE_COLUMN = "duplicate_column"
    EMPTY_FILE = "empty_file"
    MISSING_COLUMN = "missing_column"
    MISSING_FILE = "missing_file"
    NOT_TEXT = "not_text"
    UNKNOWN_ENCODING = "unknown_encoding"


class BadFile(Exception):
    """A file that cannot be read as the mapping says; nothing was imported from it.

    Attributes:
        code: one of `FileCode`.
        facts: plain JSON values that explain it; always `file`, and `message` in one line.
    """

    def __init__(self, code: FileCode, *, file: str, message: str, **facts: Any) -> None:
        super().__init__(f"{file}: {message}")
        self.code = code
        self.facts: dict[str, Any] = {"file": file, "message": message, **facts}
