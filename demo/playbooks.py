"""The demo's playbooks: the shipped ones, in a calendar where a day takes seconds.

Decides how fast the demo lives. The stages, actions and durations are those that ship.
"""

from __future__ import annotations

from typing import Any, Final

import yaml

from playbooks.load import Loaded, load_playbook
from playbooks.load import shipped as shipped_files

SECONDS_A_DAY: Final = 15
"""How long a day of the demo takes.

A choice: reminder, manager, director and pool follow each other
within two minutes, slowly enough to be watched."""

_NAMED: Final = {
    "equipment-sales": {"en": "Equipment sales, demo pace", "zh": "设备销售（演示节奏）"},
    "short-pipeline": {"en": "Short pipeline, demo pace", "zh": "简版流程（演示节奏）"},
}


def shipped(playbook_id: str, year: int) -> Loaded:
    """A shipped playbook at its real pace."""
    (file,) = (path for path in shipped_files() if path.stem == playbook_id)
    return load_playbook(file, year=year)


def hurried(playbook_id: str, year: int) -> Loaded:
    """A shipped playbook at the demo's pace, with an id of its own; every hour is worked."""
    body: dict[str, Any] = yaml.safe_load(shipped(playbook_id, year).source)
    calendar = {
        "time_zone": body["calendar"]["time_zone"],
        "hours": "around-the-clock",
        "scale": 86_400 / SECONDS_A_DAY,
    }
    names = {"playbook": f"{playbook_id}-demo", "name": _NAMED[playbook_id], "calendar": calendar}
    text = yaml.safe_dump(body | names, allow_unicode=True, sort_keys=False)
    return load_playbook(text, year=year)
