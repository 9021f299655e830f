"""What the guide to playbooks shows is true: it loads, its faults are told, no field is missing."""

import re
from pathlib import Path

import pytest

from deals.fault import Path as Place
from playbooks.draft import Plain
from playbooks.load import load_playbook, report
from playbooks.shape import fields_at
from playbooks.yaml_text import read_yaml
from tests.playbooks.written import YEAR, faults_of

GUIDE = (Path(__file__).parents[2] / "docs" / "playbook.md").read_text(encoding="utf-8")

REFERENCE: dict[str, tuple[Place, ...]] = {
    "The playbook": ((),),
    "`calendar`": (("calendar",),),
    "A stage": (("stages", 0),),
    "An action": (("stages", 0, "actions", 0),),
    "`then`": (("stages", 0, "actions", 0, "then"),),
    "`stay` and `idle`": (("stages", 0, "stay"), ("stages", 0, "idle")),
    "A fact": (("facts", "any"),),
    "A rung": (("ladders", "any", 0),),
    "`hold`": (("hold",),),
    "`pool`": (("pool",),),
}


def examples(kind: str) -> list[str]:
    """The examples that the guide marks so; the word after `yaml` says how one is to be read."""
    found = re.findall(rf"^```yaml {kind}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    assert found
    return found


def assembled(stage: Plain = None) -> Plain:
    """The first example with every part that the guide adds to it, and perhaps another stage."""
    whole = read_yaml(examples("playbook")[0]).data
    for part in examples("part"):
        whole |= read_yaml(part).data
    if stage:
        whole["stages"] = [stage if one["id"] == stage["id"] else one for one in whole["stages"]]
    return whole


@pytest.mark.parametrize("text", examples("playbook"), ids=range(2))
def test_its_playbooks_can_be_published(text: str) -> None:
    assert load_playbook(text, year=YEAR).source == text


def test_its_parts_fit_together() -> None:
    assert faults_of(assembled()) == ()


@pytest.mark.parametrize("text", examples("stage"), ids=range(2))
def test_its_stages_fit_in(text: str) -> None:
    stage = read_yaml(text).data
    whole = assembled(stage)
    assert stage in whole["stages"]
    assert faults_of(whole) == ()


def test_its_bad_playbook_is_refused_as_it_says() -> None:
    (text,) = examples("wrong")
    (shown,) = re.findall(r"^```text\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    assert "\n".join(report(faults_of(text), "office-coffee.yaml")) + "\n" == shown


def test_every_yaml_example_is_checked() -> None:
    assert set(re.findall(r"^```yaml ?(.*)$", GUIDE, re.MULTILINE)) == {
        "playbook",
        "part",
        "stage",
        "wrong",
    }


@pytest.mark.parametrize("heading", REFERENCE)
def test_it_explains_every_field(heading: str) -> None:
    section = GUIDE.split(f"### {heading}\n")[1].split("\n#")[0]
    explained = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    assert explained == {name for place in REFERENCE[heading] for name in fields_at(place)}
