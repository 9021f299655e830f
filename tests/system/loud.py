"""A sales process whose alarms come within seconds, and teams of three who are told of them."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import httpx

TEXT: Final = """
playbook: loud
version: 1
name: Loud
calendar: {time_zone: Asia/Shanghai, hours: around-the-clock}
currency: CNY
stages:
  - id: contact
    name: {en: First contact, zh: 初次接触}
    actions:
      - {id: call, name: {en: First call, zh: 首次致电}, due: 3s}
      - {id: visit, name: Visit}
ladders:
  default:
    - {at: "0s", to: owner, do: remind}
    - {at: "+1s", to: manager, do: escalate}
"""


PUNCTUAL: Final = """
playbook: punctual
version: 1
name: Punctual
calendar: {time_zone: Asia/Shanghai, hours: around-the-clock}
currency: CNY
stages:
  - id: contact
    name: First contact
    actions:
      - {id: visit, name: Visit, repeat: true}
ladders:
  default:
    - {at: "0s", to: owner, do: remind}
    - {at: "+1s", to: manager, do: escalate}
"""
"""Nothing is due but what the owner promises."""


async def publish(http: httpx.AsyncClient) -> None:
    """The playbooks."""
    for text in (TEXT, PUNCTUAL):
        headers = {"Content-Type": "application/yaml"}
        published = await http.post("/v1/playbooks", content=text, headers=headers)
        assert published.is_success, published.text


@dataclass(frozen=True)
class Team:
    """Ids of a manager and two reps, one of whom reads Chinese; each mails at example.com."""

    manager: str
    chinese: str
    english: str


async def hire(http: httpx.AsyncClient) -> Team:
    """People nobody has heard of before."""
    team = Team(*(f"{name}-{uuid4().hex[:8]}" for name in ("gu", "mei", "tom")))
    manager = {"name": "Gu Wei", "role": "manager"}
    rep = {"role": "rep", "manager": team.manager}
    chinese = rep | {"name": "梅琳", "locale": "zh-CN", "time_zone": "Asia/Shanghai"}
    english = rep | {"name": "Tom Reed"}
    described = {team.manager: manager, team.chinese: chinese, team.english: english}
    for person, what in described.items():
        body = what | {"email": mail_of(person)}
        response = await http.put(f"/v1/people/{person}", json=body)
        assert response.is_success, response.text
        await wish(http, person)
    return team


def mail_of(person: str) -> str:
    """The mail address of somebody in a team."""
    return f"{person}@example.com"


async def wish(http: httpx.AsyncClient, person: str, *addresses: str, **wishes: Any) -> None:
    """Say how a person is told: on these channels, without a morning list."""
    channels = [{"address": address} for address in addresses]
    body = {"channels": channels, "agenda_at": None, **wishes}
    response = await http.put(f"/v1/people/{person}/notifications", json=body)
    assert response.is_success, response.text
