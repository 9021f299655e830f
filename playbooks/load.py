"""Loads a playbook from a file, text or JSON: the one door for shipped and self-made ones.

Decides what a caller gets: a playbook to publish with the text it came from, or every fault at
once. Must never publish, and never let through what it could not read to the end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from deals.playbook import Playbook
from playbooks.draft import Draft
from playbooks.fault import Fault, PlaybookFaults, report
from playbooks.judge import judged
from playbooks.text import text_of
from playbooks.yaml_text import read_yaml

__all__ = ["Fault", "Loaded", "PlaybookFaults", "load_playbook", "report", "shipped"]


class Loaded(NamedTuple):
    """A playbook that may be published, and the text its author wrote."""

    playbook: Playbook
    source: str


def load_playbook(source: str | bytes | Path | Mapping[str, object], *, year: int) -> Loaded:
    """Reads and judges a playbook.

    Args:
        source: a file, its bytes, its text (YAML, of which JSON is a part), or a JSON object.
        year: the year of publication; holidays are pinned from the year before it to three after.

    Returns:
        The playbook, and its source as text; a JSON object is written out.

    Raises:
        PlaybookFaults: something is wrong with it. Every fault is listed, with its line unless the
            source is an object.
        OSError: the file cannot be read.
    """
    text = text_of(source)
    draft = Draft(json.loads(text)) if isinstance(source, Mapping) else read_yaml(text)
    return Loaded(judged(draft, year), text)


def shipped() -> tuple[Path, ...]:
    """The files of the playbooks that come with Dealpace, by name."""
    return tuple(sorted(Path(__file__).parent.glob("*.yaml")))
