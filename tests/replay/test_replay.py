"""Every recorded history replays: no deal in such a situation stops at its next message."""

import gzip
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, WorkflowRunner
from temporalio.workflow import NondeterminismError

from tests.replay.record_histories import HISTORIES, SCENARIOS
from worker import sandbox
from workflows import deal as shell
from workflows.converter import data_converter
from workflows.deal import DealWorkflow

RECORDED = sorted(HISTORIES.glob("*.json.gz"))


def history(file: Path) -> WorkflowHistory:
    name = file.name.removesuffix(".json.gz")
    return WorkflowHistory.from_json(f"deal-{name}", gzip.decompress(file.read_bytes()).decode())


async def replay(file: Path, runner: WorkflowRunner) -> None:
    replayer = Replayer(
        workflows=[DealWorkflow], data_converter=data_converter, workflow_runner=runner
    )
    await replayer.replay_workflow(history(file))


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.name.split(".")[0])
async def test_a_recorded_history_replays_in_the_sandbox(file: Path) -> None:
    await replay(file, sandbox())


@pytest.mark.parametrize("file", RECORDED, ids=lambda file: file.name.split(".")[0])
async def test_a_recorded_history_replays_as_in_production(file: Path) -> None:
    await replay(file, UnsandboxedWorkflowRunner())


def test_every_scenario_is_recorded_and_every_recording_has_its_scenario() -> None:
    assert {file.name for file in RECORDED} == {f"{name}.json.gz" for name in SCENARIOS}


async def test_a_change_of_the_shells_order_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "changes", lambda *_, **__: [])

    with pytest.raises(NondeterminismError):
        await replay(HISTORIES / "walked-to-won.json.gz", sandbox())


async def test_a_change_of_the_cores_pace_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shell, "next_deadline", lambda _: None)

    with pytest.raises(NondeterminismError):
        await replay(HISTORIES / "idle.json.gz", sandbox())
