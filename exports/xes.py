"""The log as XES, the IEEE standard for event logs (1849-2016).

Decides how a deal becomes a trace and an event its attributes. Written as a stream. Must never
write a character that XML cannot hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import TextIOBase
from typing import Final, TextIO, cast
from xml.sax.saxutils import XMLGenerator
from xml.sax.xmlreader import AttributesImpl

from exports.log import Case, Happening, Value

_EXTENSIONS: Final = (
    ("Concept", "concept", "http://www.xes-standard.org/concept.xesext"),
    ("Time", "time", "http://www.xes-standard.org/time.xesext"),
    ("Organizational", "org", "http://www.xes-standard.org/org.xesext"),
    ("Lifecycle", "lifecycle", "http://www.xes-standard.org/lifecycle.xesext"),
)
_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Source: XML 1.0, production 2."""


def write_xes(cases: Iterable[Case], out: TextIO) -> int:
    """Write the log; gives the number of events."""
    xml = XMLGenerator(cast("TextIOBase", out), "utf-8", short_empty_elements=True)
    xml.startDocument()
    xml.startElement("log", AttributesImpl({"xes.version": "1849-2016", "xes.features": ""}))
    for name, prefix, uri in _EXTENSIONS:
        _empty(xml, "extension", {"name": name, "prefix": prefix, "uri": uri})
    _empty(xml, "classifier", {"name": "Activity", "keys": "concept:name"})
    written = 0
    for case in cases:
        xml.characters("\n")
        written += _trace(xml, case)
    xml.characters("\n")
    xml.endElement("log")
    xml.endDocument()
    return written


def _trace(xml: XMLGenerator, case: Case) -> int:
    xml.startElement("trace", AttributesImpl({}))
    _attribute(xml, "concept:name", case.deal_id)
    for name, value in case.attributes.items():
        _attribute(xml, f"dealpace:{name}", value)
    for happening in case.happenings:
        _event(xml, happening)
    xml.endElement("trace")
    return len(case.happenings)


def _event(xml: XMLGenerator, happening: Happening) -> None:
    xml.startElement("event", AttributesImpl({}))
    _attribute(xml, "concept:name", happening.activity)
    _attribute(xml, "lifecycle:transition", "complete")
    _empty(xml, "date", {"key": "time:timestamp", "value": happening.at.isoformat()})
    if happening.actor:
        _attribute(xml, "org:resource", happening.actor)
    _attribute(xml, "org:role", happening.role)
    _attribute(xml, "dealpace:seq", happening.seq)
    _attribute(xml, "dealpace:kind", happening.kind)
    if not happening.is_dated:
        _empty(xml, "boolean", {"key": "dealpace:undated", "value": "true"})
    for name, value in happening.attributes.items():
        _attribute(xml, f"dealpace:{name}", value)
    xml.endElement("event")


def _attribute(xml: XMLGenerator, key: str, value: Value) -> None:
    kinds = {bool: "boolean", int: "int", float: "float"}
    text = str(value).lower() if isinstance(value, bool) else str(value)
    _empty(xml, kinds.get(type(value), "string"), {"key": key, "value": text})


def _empty(xml: XMLGenerator, name: str, attributes: dict[str, str]) -> None:
    clean = {key: _FORBIDDEN.sub("\ufffd", value) for key, value in attributes.items()}
    xml.startElement(name, AttributesImpl(clean))
    xml.endElement(name)
