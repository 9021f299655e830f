"""Which encoding a file is in: marked, valid UTF-8, or guessed.

Decides by a mark at the beginning (BOM), else by proof (UTF-16 is half zeros, anything that decodes
as UTF-8 is UTF-8), else by a guess, which is always reported as one. Must never read a whole file
into memory.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO, Final, Literal, NamedTuple

from charset_normalizer import from_bytes

Certainty = Literal["marked", "valid", "given", "guessed"]

_MARKS: Final = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark begins the same
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLOCK: Final = 1 << 16
_SAMPLE: Final = 1 << 16
"""Bytes a guess is made from. A choice: a thousand telling lines; more would say no more."""

_CANDIDATES: Final = (
    *("gb18030", "big5", "cp932", "euc_jp", "cp949"),
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "koi8_r"),
)
"""What spreadsheets and CRMs write where they do not write UTF-8. A choice: fewer candidates, fewer
wrong guesses on short files."""

_WESTERN: Final = "cp1252"
_CENTRAL_EUROPEAN: Final = "cp1250"


class Encoding(NamedTuple):
    """A Python codec's name, and how sure it is."""

    name: str
    certainty: Certainty


def encoding_of(stream: BinaryIO) -> Encoding | None:
    """The encoding of a file, read from its beginning; None if it is no text at all."""
    head = stream.read(_BLOCK)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return Encoding(name, "marked")
    if wide := _wide(head):
        return Encoding(wide, "valid")
    if not _utf8_fails(stream, head):
        return Encoding("utf-8", "valid")
    stream.seek(0)
    return _guessed(stream)


def is_known(name: str) -> bool:
    """Whether Python knows an encoding of that name that turns bytes into text."""
    try:
        b"?".decode(name)
    except UnicodeDecodeError:
        return True  # one byte is not enough for it
    except (LookupError, ValueError):
        return False
    return True


def _wide(head: bytes) -> str | None:
    """UTF-16 without a mark: of mostly Latin text every other byte is zero."""
    pairs = len(head) // 2
    if pairs == 0 or b"\0" not in head:
        return None
    first, second = head[0 : pairs * 2 : 2].count(0), head[1 : pairs * 2 : 2].count(0)
    if second > pairs / 2 > 2 * first:
        return "utf-16-le"
    return "utf-16-be" if first > pairs / 2 > 2 * second else None


def _utf8_fails(stream: BinaryIO, head: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in _blocks(stream, head):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return True
    return False


def _blocks(stream: BinaryIO, block: bytes) -> Iterator[bytes]:
    while block:
        yield block
        block = stream.read(_BLOCK)


def _guessed(stream: BinaryIO) -> Encoding | None:
    matches = from_bytes(_telling_lines(stream), cp_isolation=list(_CANDIDATES))
    best = matches.best()
    if best is None:
        return None
    name = best.encoding
    if name == _CENTRAL_EUROPEAN and any(
        _WESTERN in match.could_be_from_charset for match in matches if match.chaos <= best.chaos
    ):
        name = _WESTERN  # as plausible, and far more often true
    return Encoding(name, "guessed")


def _telling_lines(stream: BinaryIO) -> bytes:
    """The first whole lines that are not plain ASCII, about `_SAMPLE` bytes."""
    sample = bytearray()
    while (line := stream.readline(_BLOCK)) and len(sample) < _SAMPLE:
        if not line.isascii():
            sample += line
    return bytes(sample)
