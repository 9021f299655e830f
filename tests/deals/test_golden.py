"""The recorded transcripts still come true."""

import json

import pytest

from tests.deals.transcripts import FOLDER, all_told

TOLD = all_told()


@pytest.mark.parametrize("story", sorted(TOLD))
def test_the_core_still_decides_what_was_recorded(story: str) -> None:
    recorded = json.loads((FOLDER / f"{story}.json").read_text())

    assert json.loads(json.dumps(TOLD[story])) == recorded


def test_every_recording_has_a_story() -> None:
    assert {path.stem for path in FOLDER.glob("*.json")} == set(TOLD)
