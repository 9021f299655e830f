"""From what somebody hands in (a file, bytes, text, JSON) to text that is safe to read.

Decides what is text at all: UTF-8, not too long, no control characters, no tabs to indent with.
Must never look at what the text says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

from deals.fault import MOST_FAULTS
from playbooks.fault import Fault, PlaybookFaults, printable

MOST_BYTES = 256 * 1024
"""Size of the largest playbook. A choice: about thirty times the largest one shipped."""

_TYPED = " -~\u00a0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff"
"""What people type: no control characters, line separators, turned directions, half characters."""

UNTYPED = re.compile(f"[^{_TYPED}]")
"""What no text of a playbook holds; line breaks and tabs included, since each is one line."""

_FORBIDDEN = re.compile(f"[^\t\n\r{_TYPED}]")

_INDENTING_TAB = re.compile(r"^ *\t", re.MULTILINE)


def text_of(source: str | bytes | Path | Mapping[str, object]) -> str:
    """The text of a playbook: a file's, bytes', the given one, or that of a JSON object.

    Raises:
        PlaybookFaults: it is no text that could be a playbook.
        OSError: the file cannot be read.
    """
    if isinstance(source, Mapping):
        return _of_json(source)
    if isinstance(source, Path):
        with source.open("rb") as file:
            source = file.read(MOST_BYTES + 1)
    text = _decoded(source) if isinstance(source, bytes) else source
    text = text.removeprefix("\ufeff")
    _refuse_long(len(text.encode(errors="surrogatepass")))
    if found := tuple(islice(_odd(text), MOST_FAULTS + 1)):
        raise PlaybookFaults(found)
    return text


def is_json(text: str) -> bool:
    """Whether the text can only be a JSON object, in which tabs are as good as spaces."""
    return text.lstrip().startswith("{")


def _decoded(raw: bytes) -> str:
    _refuse_long(len(raw))
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        fault = Fault(line, column, "", "this is not UTF-8", "save the file with encoding UTF-8")
        raise PlaybookFaults([fault]) from None


def _refuse_long(size: int) -> None:
    if size > MOST_BYTES:
        message = f"longer than {MOST_BYTES // 1024} KB"
        raise PlaybookFaults([Fault(None, None, "", message, "a playbook is a few pages of text")])


def _of_json(data: Mapping[str, object]) -> str:
    try:
        text = json.dumps(data, ensure_ascii=False, allow_nan=False, indent=2)
    except (TypeError, ValueError, RecursionError) as error:
        message = f"this is not JSON: {printable(str(error))}"
        raise PlaybookFaults([Fault(None, None, "", message, "send a JSON object")]) from None
    _refuse_long(len(text.encode(errors="surrogatepass")))
    return text


def _odd(text: str) -> Iterator[Fault]:
    """A fault for every character that no playbook holds, and for every tab to indent with."""
    for found in _FORBIDDEN.finditer(text):
        message = f"the character {found.group()!a} is not allowed"
        yield _at(text, found.start(), message, "remove it; a playbook is plain text")
    for found in () if is_json(text) else _INDENTING_TAB.finditer(text):
        yield _at(text, found.end() - 1, "a tab in the indentation", "indent with spaces")


def _at(text: str, place: int, message: str, hint: str) -> Fault:
    line = text.count("\n", 0, place) + 1
    return Fault(line, place - text.rfind("\n", 0, place), "", message, hint)
