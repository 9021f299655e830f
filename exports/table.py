"""The log as CSV: one row for each event.

Decides the columns; what differs from kind to kind stands in one of them, as JSON. The columns fit
`kind: log` of an import mapping. Written as a stream.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from typing import Final, TextIO

from exports.log import Case

COLUMNS: Final = (
    *("deal", "seq", "activity", "kind", "at", "dated", "actor", "role", "customer", "title"),
    *("source", "amount_minor", "currency", "playbook", "status", "attributes"),
)
_OF_DEALS: Final = (
    *("customer", "title", "source", "amount_minor", "currency", "playbook", "status"),
)


def write_csv(cases: Iterable[Case], out: TextIO) -> int:
    """Write the log; gives the number of events."""
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    written = 0
    for case in cases:
        of_deal = [case.attributes.get(name) for name in _OF_DEALS]
        for one in case.happenings:
            said = json.dumps(one.attributes, ensure_ascii=False)
            dated = str(one.is_dated).lower()
            own = (one.activity, one.kind, one.at.isoformat(), dated, one.actor, one.role)
            rows.writerow([case.deal_id, one.seq, *own, *of_deal, said])
            written += 1
    return written
