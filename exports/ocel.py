"""The log as OCEL 2.0 (JSON), the object-centric event log.

Decides which objects there are (deals, customers, persons) and how events relate to them. Written
as a stream: objects first, then events, and last the types that were met. Must never hold the log.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TextIO

from exports.log import Case, Happening, Value

_TYPES: Final = {bool: "boolean", int: "integer", float: "float", str: "string"}
_OF_DEALS: Final = {
    **dict.fromkeys(("title", "source", "currency", "playbook", "status", "team"), "string"),
    "amount_minor": "integer",
}

_WITH_CUSTOMER: Final = frozenset(
    {
        *(
            "deal_opened",
            "reply_recorded",
            "deal_won",
            "deal_lost",
            "deal_dropped",
            "deal_reopened",
        ),
    }
)
"""Kinds of events in which the customer takes part."""


def write_ocel(read: Callable[[], Iterable[Case]], out: TextIO) -> int:
    """Write the log; gives the number of events.

    Args:
        read: begins to read the deals; called twice.
        out: where to.
    """
    object_types = [
        {"name": "deal", "attributes": _described(_OF_DEALS)},
        {"name": "customer", "attributes": []},
        {"name": "person", "attributes": []},
    ]
    types: dict[str, dict[str, str]] = {}
    out.write(f'{{"objectTypes": {_json(object_types)},\n"objects": [')
    _write_list(out, _objects(read()))
    out.write('],\n"events": [')
    written = _write_list(out, _events(read(), types))
    event_types = [{"name": name, "attributes": _described(of)} for name, of in types.items()]
    out.write(f'],\n"eventTypes": {_json(event_types)}}}\n')
    return written


def _objects(cases: Iterable[Case]) -> Iterator[dict[str, Any]]:
    met: set[str] = set()

    def once(kind: str, name: str) -> Iterator[dict[str, Any]]:
        if (key := f"{kind}:{name}") not in met:
            met.add(key)
            yield {"id": key, "type": kind, "attributes": [], "relationships": []}

    for case in cases:
        customer = str(case.attributes["customer"])
        yield from once("customer", customer)
        for actor in {one.actor: None for one in case.happenings if one.actor}:
            yield from once("person", actor)
        owner = case.attributes.get("owner")
        relations = [_relation(f"customer:{customer}", "customer")]
        if owner:
            yield from once("person", str(owner))
            relations.append(_relation(f"person:{owner}", "owner"))
        since = case.happenings[0].at.isoformat()
        told = ((name, case.attributes[name]) for name in _OF_DEALS if name in case.attributes)
        yield {
            "id": case.deal_id,
            "type": "deal",
            "attributes": [{"name": name, "time": since, "value": one} for name, one in told],
            "relationships": relations,
        }


def _events(cases: Iterable[Case], types: dict[str, dict[str, str]]) -> Iterator[dict[str, Any]]:
    for case in cases:
        for happening in case.happenings:
            told = _told(happening)
            met = types.setdefault(happening.activity, {})
            for name, value in told.items():
                met.setdefault(name, _TYPES[type(value)])
            relations = [_relation(case.deal_id, "deal")]
            if happening.kind in _WITH_CUSTOMER:
                relations.append(_relation(f"customer:{case.attributes['customer']}", "customer"))
            if happening.actor:
                relations.append(_relation(f"person:{happening.actor}", "actor"))
            yield {
                "id": f"{case.deal_id}/{happening.seq}",
                "type": happening.activity,
                "time": happening.at.isoformat(),
                "attributes": [{"name": name, "value": value} for name, value in told.items()],
                "relationships": relations,
            }


def _told(happening: Happening) -> dict[str, Value]:
    undated: dict[str, Value] = {} if happening.is_dated else {"undated": True}
    return {"kind": happening.kind, "role": happening.role, **undated, **happening.attributes}


def _relation(object_id: str, qualifier: str) -> dict[str, str]:
    return {"objectId": object_id, "qualifier": qualifier}


def _described(attributes: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in attributes.items()]


def _write_list(out: TextIO, items: Iterable[dict[str, Any]]) -> int:
    written = 0
    for item in items:
        out.write(f"{',' if written else ''}\n{_json(item)}")
        written += 1
    return written


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
