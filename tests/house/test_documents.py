"""Documents lead somewhere, and say what the code says."""

import ast
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT, files

DOCUMENTS = [path for path in files() if path.suffix == ".md"]
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@pytest.mark.parametrize("path", DOCUMENTS, ids=str)
def test_every_link_to_our_own_files_leads_there(path: Path) -> None:
    lost = [link for link in LINK.findall((ROOT / path).read_text("utf-8")) if _is_lost(path, link)]
    assert not lost


def _is_lost(path: Path, link: str) -> bool:
    if re.match(r"\w+:", link):
        return False
    name, _, anchor = link.partition("#")
    target = (ROOT / path.parent / name) if name else ROOT / path
    if not target.exists():
        return True
    return bool(anchor) and anchor not in _anchors(target)


def _anchors(target: Path) -> set[str]:
    """As the usual hosts make them: lower case, no punctuation, hyphens for spaces."""
    headings = HEADING.findall(target.read_text("utf-8"))
    return {re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings}


REPORTS = (
    *("pipeline", "stuck_report", "conversion", "cycle", "reps", "health", "actions", "standard"),
    *("segments", "outcomes", "follow_ups", "metrics", "sla", "alerts"),
)


@pytest.mark.parametrize("name", REPORTS)
def test_the_guide_says_of_each_report_what_its_code_says(name: str) -> None:
    code = (ROOT / "reports" / f"{name}.py").read_text("utf-8")
    said = ast.get_docstring(ast.parse(code))
    assert said
    assert said in (ROOT / "docs" / "reports.md").read_text("utf-8")
