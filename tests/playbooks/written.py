"""A small playbook as text, in which tests change one thing and look at what is said about it."""

from pathlib import Path
from typing import Any

from playbooks.load import Fault, PlaybookFaults, load_playbook
from playbooks.yaml_text import read_yaml

YEAR = 2026

GOOD = """\
playbook: small
version: 1
name: {en: Small process, zh: 小流程}
calendar: {time_zone: Asia/Shanghai, hours: 09:00-18:00}
currency: CNY
opportunity_stage: offer
follow_ups_from: offer
stages:
  - id: lead
    name: Lead
    facts: [source]
    actions:
      - id: call
        name: Call
        due: 3d
        ladder: firm
        then: {id: minutes, name: Minutes, within: 24h, resets_idle: false, answer_within: 24h}
      - {id: visit, name: Visit, after: [call], due: 2bd, due_from: call, answer_within: 4bh}
      - {id: chat, name: Chat, required: false, repeat: true, resets_idle: false, follow_up: true}
    stay: {expected: 5d, limit: 14d, ladder: firm, answer_within: 2d}
    idle: {limit: 3bd, replies: true, answer_within: 24h}
  - id: offer
    name: Offer
    facts: [quote, budget]
    actions:
      - {id: find, name: Find out who decides}
      - {id: send, name: Send the quote, after: [find], evidence: [document]}
      - {id: ask, name: Ask, after: [send]}
facts:
  source: {kind: choice, name: Source, choices: [web, {id: fair, name: Trade fair}]}
  quote: {kind: document, name: Quote}
  budget: {kind: money, name: Budget}
ladders:
  firm:
    - {at: -1d, to: owner, do: remind}
    - {at: 0d, to: owner, do: remind}
    - {at: +1d, to: manager, do: escalate}
    - {at: +3d, to: pool, do: recycle}
  default:
    - {at: 50%, to: owner, do: remind}
    - {at: +2bd, to: manager, do: escalate}
hold: {limit: 30d}
pool: {warning: 1d, cool_down: 7d, protection: 3d, claim_limit: 20}
placeholders: [to do, 已联系]
"""


GOOD_OBJECT: dict[str, Any] = read_yaml(GOOD).data
"""The same, as a JSON object."""


def changed(*changes: tuple[str, str]) -> str:
    """The good playbook after each change of a passage that is there once."""
    text = GOOD
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
        text = text.replace(old, new)
    return text


def faults_of(source: str | bytes | Path | dict[str, Any]) -> tuple[Fault, ...]:
    """What is said about a playbook; nothing if it is good."""
    try:
        load_playbook(source, year=YEAR)
    except PlaybookFaults as refused:
        return refused.faults
    return ()


def line_of(text: str, passage: str) -> int:
    """The line on which a passage is found first."""
    return text.count("\n", 0, text.index(passage)) + 1
