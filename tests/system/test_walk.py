"""The walk of the documentation: a deal by curl, from the first contact to the contract."""

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from tests.system.installation import Installation

pytestmark = pytest.mark.asyncio(loop_scope="session")

SCRIPT = Path(__file__).parents[2] / "docs" / "walk.sh"


async def test_the_documented_walk_gets_every_answer_that_it_expects(
    installation: Installation,
) -> None:
    bash = shutil.which("bash")
    assert bash, "the walk is a bash script"
    walk = await asyncio.create_subprocess_exec(
        *(bash, str(SCRIPT)),
        env={**os.environ, "BASE_URL": installation.url},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await walk.communicate()

    assert walk.returncode == 0, said.decode()
    assert await installation.audited() == []
