"""From YAML text to plain data that knows its lines.

Decides what a text may say: one document of mappings, lists and plain values, in which every word
means what it looks like. Only `null`, `true`, `false` and numbers are more than text (the core
schema of YAML 1.2), so `no`, `on`, `18:00` and `2026-10-01` need no quotes. Must never know what a
playbook is, and never build an object from a tag.
"""

from __future__ import annotations

import re
from typing import NoReturn

import yaml

from deals.fault import Path, PlaybookFault
from playbooks.draft import Draft, Plain, Spot, placed
from playbooks.fault import PlaybookFaults
from playbooks.text import is_json

MOST_NESTING = 20
"""How deep values may lie in one another. A choice: a playbook needs seven."""

_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(r"[-+]?(\.[0-9]{1,18}|[0-9]{1,18}(\.[0-9]{0,18})?)([eE][-+]?[0-9]{1,3})?")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_HINTS = {
    "mapping values are not allowed here": "put a text that contains a colon in quotes",
    "cannot start any token": "put the text in quotes",
    "could not find expected ':'": "write `name: value`, with a space after the colon",
    "found unexpected end of stream": "close the quotes",
    "but got '<stream end>'": "close the bracket",
}
_LOOK = "check the indentation, quotes and brackets here and on the line above"


def read_yaml(text: str) -> Draft:
    """Reads one document; what is wrong with it but can be read past is noted in the draft.

    Raises:
        PlaybookFaults: it is no YAML, empty, more than one document, or nested too deep.
    """
    reader = _Reader(text.replace("\t", " ") if is_json(text) else text)
    try:
        return reader.document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or "this is no YAML"
        hint = next((hint for part, hint in _HINTS.items() if part in problem), _LOOK)
        reader.stop(Spot(mark.line + 1, mark.column + 1) if mark else Spot(1, 1), problem, hint)


class _Reader:
    """Builds data from YAML events, which name nothing and build nothing by themselves."""

    def __init__(self, text: str) -> None:
        self._events = yaml.parse(text, Loader=yaml.SafeLoader)
        self._draft = Draft(None)

    def document(self) -> Draft:
        """The only document of the text."""
        next(self._events)  # the stream starts
        if isinstance(next(self._events), yaml.StreamEndEvent):
            self.stop(Spot(1, 1), "there is nothing in it", "begin with `playbook: my-process`")
        self._draft.data, self._draft.spot = self._value(next(self._events), ())
        next(self._events)  # the document ends
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            self.stop(_spot(after), "a second document begins here", "keep one playbook to a file")
        return self._draft

    def stop(self, spot: Spot, message: str, hint: str) -> NoReturn:
        """Gives up here, with everything found so far."""
        raise PlaybookFaults([*self._draft.faults, placed(PlaybookFault((), message, hint), spot)])

    def _note(self, event: yaml.Event, path: Path, message: str, hint: str) -> None:
        self._draft.faults.append(placed(PlaybookFault(path, message, hint), _spot(event)))

    def _value(self, event: yaml.Event, path: Path) -> tuple[Plain, Spot]:
        spot = _spot(event)
        if len(path) > MOST_NESTING:
            self.stop(spot, f"nested more than {MOST_NESTING} deep", "a playbook is flatter")
        if isinstance(event, yaml.AliasEvent):
            self._note(event, path, "aliases are not allowed", "write the value out")
            self._draft.doubtful.append(path)
            return None, spot
        if isinstance(event, yaml.ScalarEvent):
            self._refuse_marks(event, path)
            return _scalar(event), spot
        if isinstance(event, yaml.CollectionStartEvent):
            self._refuse_marks(event, path)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(spot, path), spot
        return self._list(spot, path), spot

    def _refuse_marks(
        self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, path: Path
    ) -> None:
        if event.anchor is not None:
            self._note(event, path, f"the anchor &{event.anchor} is not allowed", "remove it")
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._note(event, path, f"the tag {tag} is not allowed", "remove it")

    def _list(self, spot: Spot, path: Path) -> list[Plain]:
        values: list[Plain] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            value, spot.inside[len(values)] = self._value(event, (*path, len(values)))
            values.append(value)
        return values

    def _mapping(self, spot: Spot, path: Path) -> dict[str, Plain]:
        values: dict[str, Plain] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, path)
            value, within = self._value(next(self._events), (*path, key or ""))
            if key is None:
                continue
            if key in values:
                first = spot.inside[key].line
                hint = f"it is on line {first} already; remove one"
                self._note(event, (*path, key), f"`{key}` is there twice", hint)
                continue
            values[key] = value
            spot.inside[key] = Spot(*_place(event), within.inside)
        return values

    def _key(self, event: yaml.Event, path: Path) -> str | None:
        """The text of a key, whatever it looks like; None of one that is no text."""
        if isinstance(event, yaml.ScalarEvent):
            self._refuse_marks(event, path)
            return str(event.value)
        self._note(event, path, "a name must be plain text", "write `name: value`")
        self._value(event, (*path, ""))
        return None


def _spot(event: yaml.Event) -> Spot:
    return Spot(*_place(event))


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _scalar(event: yaml.ScalarEvent) -> Plain:
    """A text, or what a word without quotes stands for."""
    text: str = event.value
    if not event.implicit[0]:
        # JSON writes what lies beyond 16 bits as two halves
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _NUMBER.fullmatch(text) else text
