"""A sales process that lives in seconds, and the people who work by it."""

from datetime import UTC, datetime
from typing import Any, Final

from deals.playbook import Playbook
from playbooks.load import load_playbook

DIRECTOR: Final = "zhao"
MANAGER: Final = "wu"
REPS: Final = ("lin", "chen", "xu")

PEOPLE: Final[dict[str, dict[str, Any]]] = {
    DIRECTOR: {"name": "Zhao Jun", "role": "director"},
    MANAGER: {"name": "Wu Lan", "role": "manager", "team": "east", "manager": DIRECTOR},
    "lin": {"name": "Lin Yue", "role": "rep", "team": "east", "manager": MANAGER},
    "chen": {"name": "Chen Bo", "role": "rep", "team": "east", "manager": MANAGER},
    "xu": {"name": "Xu Hao", "role": "rep", "team": "east", "manager": MANAGER},
}
"""In an order in which nobody reports to a stranger."""

TEXT: Final = """
playbook: hasty
version: 1
name: Hasty
calendar: {time_zone: Asia/Shanghai, hours: around-the-clock}
currency: CNY
stages:
  - id: contact
    name: First contact
    facts: [source]
    actions:
      - {id: call, name: Call, due: 4s}
      - {id: visit, name: Visit, due: 6s, after: [call],
         then: {id: minutes, name: Minutes, within: 3s}}
      - {id: mail, name: Mail, required: false, repeat: true}
    stay: {limit: 25s, ladder: soft}
    idle: {limit: 4s}
  - id: quotation
    name: Quotation
    facts: [need]
    actions:
      - {id: quote, name: Quote, due: 5s}
      - {id: mail, name: Mail, required: false, repeat: true}
    stay: {limit: 25s, ladder: soft}
    idle: {limit: 4s}
pool: {warning: 1s, cool_down: 2s, protection: 2s}
facts:
  source: {kind: text, name: Source}
  need: {kind: text, name: Need}
ladders:
  soft:
    - {at: "0s", to: owner, do: remind}
    - {at: "+1s", to: manager, do: escalate}
  default:
    - {at: "-1s", to: owner, do: remind}
    - {at: "0s", to: owner, do: remind}
    - {at: "+1s", to: manager, do: escalate}
    - {at: "+2s", to: director, do: escalate}
    - {at: "+8s", to: pool, do: recycle}
"""


def playbook() -> Playbook:
    """What the text says."""
    return load_playbook(TEXT, year=datetime.now(UTC).year).playbook
