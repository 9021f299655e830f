"""Reads iCalendar line by line, as RFC 5545 says, without the library that writes it."""

import re
from typing import NamedTuple

LINE = re.compile(r"([A-Z-]+)((?:;[A-Z-]+=[^;:]*)*):(.*)", re.DOTALL)
LONGEST = 75  # octets, section 3.1

Event = dict[str, str]


class Parsed(NamedTuple):
    """A calendar: its own properties and those of each event, texts unescaped."""

    properties: dict[str, str]
    events: list[Event]


def parsed(content: bytes) -> Parsed:
    """The calendar, after every rule of a content line has been checked."""
    text = content.decode("utf-8")
    assert text.endswith("\r\n")
    physical = text.removesuffix("\r\n").split("\r\n")
    for line in physical:
        assert "\n" not in line
        assert "\r" not in line
        assert len(line.encode()) <= LONGEST, line
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f]", line), line
    lines = re.sub("\r\n[ \t]", "", text.removesuffix("\r\n")).split("\r\n")
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    properties: dict[str, str] = {}
    events: list[Event] = []
    into = properties
    for line in lines[1:-1]:
        match = LINE.fullmatch(line)
        assert match, line
        name, _parameters, value = match.groups()
        if line == "BEGIN:VEVENT":
            into = {}
        elif line == "END:VEVENT":
            events.append(into)
            into = properties
        else:
            assert name not in into, f"{name} twice"
            into[name] = unescaped(value)
    return Parsed(properties, events)


def unescaped(value: str) -> str:
    """What an escaped text says; a bare comma or semicolon would divide it (section 3.3.11)."""
    assert not re.search(r"(?<!\\)(?:\\\\)*[,;]", value) or value.startswith("-//"), value
    meant = {"n": "\n", "N": "\n", ",": ",", ";": ";", "\\": "\\"}
    return re.sub(r"\\(.)", lambda match: meant[match[1]], value)
