"""A team of four, and the small process with Chinese names."""

from copy import deepcopy
from typing import Any

from deals.calendar import CalendarSpec, resolve
from deals.playbook import Playbook
from ledger.people import Person
from tests.deals.lives import BODY

TEAM = (
    Person(id="he", name="He Ping", role="director"),
    Person(id="wu", name="Wu Lei", role="manager", manager="he", time_zone="Europe/Berlin"),
    Person(
        id="lin",
        name="林悦",
        role="rep",
        manager="wu",
        email="lin@example.com",
        locale="zh-CN",
        time_zone="Asia/Shanghai",
    ),
    Person(id="chen", name="Chen Bo", role="rep", manager="wu", time_zone="Asia/Shanghai"),
)

CHINESE = {
    "Contact": "接触",
    "Call": "首次致电",
    "Visit": "拜访",
    "Minutes": "会议纪要",
    "Budget": "预算",
    "Source": "来源",
    "Quote": "报价",
}


def _named(value: object) -> Any:  # noqa: ANN401 - whatever stands in a playbook
    """The same with names in both languages, where there is a Chinese one."""
    if isinstance(value, list):
        return [_named(one) for one in value]
    if isinstance(value, dict):
        return {
            key: {"en": one, "zh": CHINESE[one]}
            if key == "name" and one in CHINESE
            else _named(one)
            for key, one in value.items()
        }
    return value


BOOK: Playbook = Playbook.model_validate(
    {
        **_named(deepcopy(BODY)),
        "calendar": resolve(
            CalendarSpec.model_validate({"time_zone": "Asia/Shanghai", "hours": "09:00-18:00"}),
            2026,
            2027,
        ),
    }
)
