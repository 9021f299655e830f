"""Reads an exported log with pm4py, in a process of its own, and tells what it found as JSON.

In a process of its own, because the library changes how Python runs for all that come after.
"""

import json
import sys

import pm4py


def of_xes(file: str) -> dict[str, object]:
    log = pm4py.read_xes(file, return_legacy_log_object=False)
    by_deal = log.groupby("case:concept:name")
    return {
        "kinds": {deal: list(of["dealpace:kind"]) for deal, of in by_deal},
        "first": log["time:timestamp"].min().isoformat(),
        "resources": sorted(set(log["org:resource"].dropna())),
        "titles": sorted(set(log["case:dealpace:title"])),
    }


def of_ocel(file: str) -> dict[str, object]:
    log = pm4py.read_ocel2_json(file)
    related = log.relations[log.relations["ocel:type"] == "deal"]
    return {
        "events": len(log.events),
        "objects": {kind: sorted(of["ocel:oid"]) for kind, of in log.objects.groupby("ocel:type")},
        "qualifiers": sorted(set(log.o2o["ocel:qualifier"])),
        "with_deal": len(related),
    }


if __name__ == "__main__":
    form, path = sys.argv[1:3]
    found = of_xes(path) if form == "xes" else of_ocel(path)
    sys.stdout.write(f"FOUND {json.dumps(found)}\n")
