"""`make` passes on what it was given and nothing else, and a skipped test fails a strict run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

OUR_VARIABLES = ("PORT", "TEMPORAL_PORT", "TEMPORAL_UI_PORT", "DATA_DIR")


def _run(*command: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Runs a command without anything this run was itself started with."""
    strangers = ("DEALPACE_", "MAKE", "MFLAGS", "PYTEST_", *OUR_VARIABLES)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(strangers)}
    return subprocess.run(
        command, cwd=cwd, env=clean, capture_output=True, text=True, check=False, timeout=60
    )


def _make(*arguments: str) -> str:
    make = shutil.which("make")
    assert make
    ran = _run(make, "--old-file=.venv/.installed", *arguments)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture
def stand_in(tmp_path: Path) -> str:
    """A `dealpace` that prints its argument and the settings it would read."""
    program = tmp_path / "dealpace"
    program.write_text('#!/bin/sh\necho "$1"; env | grep ^DEALPACE_ | sort\n')
    program.chmod(0o755)
    return f"BIN={tmp_path}"


@pytest.mark.parametrize("command", ["demo", "up"])
def test_variables_of_the_contract_reach_the_program(stand_in: str, command: str) -> None:
    given = ("PORT=8100", "TEMPORAL_PORT=7300", "TEMPORAL_UI_PORT=8300", "DATA_DIR=a folder")
    assert _make(stand_in, command, *given).splitlines() == [
        command,
        "DEALPACE_DATA_DIR=a folder",
        "DEALPACE_PORT=8100",
        "DEALPACE_TEMPORAL_PORT=7300",
        "DEALPACE_TEMPORAL_UI_PORT=8300",
    ]


def test_variables_not_given_are_left_to_the_settings(stand_in: str) -> None:
    assert _make(stand_in, "up", "PORT=").splitlines() == ["up"]


def test_help_comes_first_and_names_every_command() -> None:
    printed = _make()
    commands = ("setup", "demo", "up", "test", "check", "bench", "openapi", "lock")
    assert [name for name in commands if f"make {name} " not in printed] == []


def _run_suite(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the suite of one file in `folder` under this project's conftest."""
    shutil.copy(ROOT / "tests" / "conftest.py", folder)
    quick = ("-p", "no:schemathesis", "-p", "no:hypothesispytest")
    return _run(sys.executable, "-m", "pytest", *quick, *arguments, cwd=folder)


def test_a_skip_is_named_and_fails_only_a_strict_run(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text(
        "import pytest\ndef test_a(): pass\ndef test_b(): pytest.skip('no such machine')\n"
    )
    lenient, strict = _run_suite(tmp_path, "-rs"), _run_suite(tmp_path, "-rs", "--no-skips")
    assert (lenient.returncode, strict.returncode) == (0, 1)
    assert "no such machine" in lenient.stdout
    assert "--no-skips: 1 skipped" in strict.stdout


def test_a_strict_run_without_skips_passes(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text("def test_a(): pass\n")
    assert _run_suite(tmp_path, "--no-skips").returncode == 0
