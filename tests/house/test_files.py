"""Nothing committed ties the project to one machine or one package registry."""

import re

import pytest

from tests.house.tree import ROOT, files

# In pieces, so that this file does not find itself.
REGISTRY_HOST = re.compile(
    "|".join(["py" + r"pi\.org", "python" + "hosted", "npm" + r"js\.(?:org|com)"])
)
MACHINE_PATH = re.compile(r"(?<![\w.}*-])/(?:work|root|home|Users)/\w")


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param(REGISTRY_HOST, id="registry-host"),
        pytest.param(MACHINE_PATH, id="machine-path"),
    ],
)
def test_no_file_names_a_registry_or_a_place_on_one_machine(pattern: re.Pattern[str]) -> None:
    offences = [
        f"{path}:{number}"
        for path in files()
        for number, line in enumerate(
            (ROOT / path).read_text("utf-8", errors="replace").splitlines(), start=1
        )
        if pattern.search(line)
    ]
    assert not offences
