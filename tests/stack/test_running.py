"""What a killed supervisor left behind is found again and ended."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.running import Record, began


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return Record(tmp_path / "stack.json")


def started(code: str) -> subprocess.Popen[str]:
    """A process that has printed `up` and sleeps."""
    process = subprocess.Popen(
        (sys.executable, "-I", "-c", f"{code}; print('up', flush=True); time.sleep(600)"),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[str]]:
    with started("import time") as process:
        yield process
        process.kill()


@pytest.fixture
def deaf() -> Iterator[subprocess.Popen[str]]:
    with started("import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)") as process:
        yield process
        process.kill()


def test_what_a_killed_supervisor_left_behind_is_ended(
    record: Record, sleeper: subprocess.Popen[str]
) -> None:
    record.write({"worker": sleeper.pid})
    assert record.end_leftovers() == ("worker",)
    assert began(sleeper.pid) is None
    assert record.end_leftovers() == ()


def test_a_leftover_that_will_not_stop_is_killed(
    record: Record, deaf: subprocess.Popen[str]
) -> None:
    record.write({"worker": deaf.pid})
    assert record.end_leftovers(patience=0.05) == ("worker",)
    assert began(deaf.pid) is None


def test_a_stranger_that_got_the_same_process_id_is_left_alone(
    tmp_path: Path, record: Record, sleeper: subprocess.Popen[str]
) -> None:
    former = [{"name": "worker", "pid": sleeper.pid, "began": "another moment"}]
    (tmp_path / "stack.json").write_text(json.dumps(former))
    assert record.end_leftovers() == ()
    assert sleeper.poll() is None


@pytest.mark.parametrize(
    "content",
    ["", "{", "[1]", '[{"name": "worker"}]', '{"worker": 1}'],
    ids=["empty", "torn", "numbers", "incomplete", "another-shape"],
)
def test_a_record_that_cannot_be_read_ends_nobody(
    tmp_path: Path, record: Record, content: str
) -> None:
    (tmp_path / "stack.json").write_text(content)
    assert record.end_leftovers() == ()


def test_no_record_ends_nobody(record: Record) -> None:
    assert record.end_leftovers() == ()


def test_a_process_that_ended_is_not_recorded(tmp_path: Path, record: Record) -> None:
    with subprocess.Popen((sys.executable, "-I", "-c", "")) as ended:
        ended.wait()
    record.write({"worker": ended.pid, "ourselves": os.getpid()})
    recorded = json.loads((tmp_path / "stack.json").read_text())
    assert [entry["name"] for entry in recorded] == ["ourselves"]


def test_a_process_is_known_by_the_moment_it_began(sleeper: subprocess.Popen[str]) -> None:
    assert began(sleeper.pid) == began(sleeper.pid)
    assert began(sleeper.pid) != began(os.getpid())
