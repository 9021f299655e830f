"""The compose file is checked as data, and its namespace job is run against a real server.

No container engine is needed; images, and how they fit together, are not run here.
"""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from stack import temporal
from stack.folder import DataFolder
from stack.supervisor import Supervisor

ROOT = Path(__file__).parents[2]
JOBS = {"temporal-schema", "temporal-namespace", "migrate"}


@pytest.fixture(scope="module")
def compose() -> Mapping[str, Any]:
    parsed: Mapping[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return parsed


def services(compose: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from compose["services"].items()


def test_every_part_of_a_cluster_is_there(compose: Mapping[str, Any]) -> None:
    long_lived = {"postgresql", "temporal", "temporal-ui", "api", "worker", "door"}
    assert {name for name, _ in services(compose)} == long_lived | JOBS


def test_ports_are_published_on_loopback_only(compose: Mapping[str, Any]) -> None:
    published = [port for _, service in services(compose) for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_what_carries_the_load_can_be_scaled(compose: Mapping[str, Any]) -> None:
    for name in ("api", "worker"):
        assert not {"ports", "container_name"} & compose["services"][name].keys()


def test_every_long_lived_part_has_a_health_check_and_comes_back(
    compose: Mapping[str, Any],
) -> None:
    for name, service in services(compose):
        assert ("healthcheck" in service) == (name not in JOBS), name
        assert service["restart"] == ("on-failure:5" if name in JOBS else "unless-stopped"), name


def test_jobs_are_waited_for_until_they_have_ended_well(compose: Mapping[str, Any]) -> None:
    for name, service in services(compose):
        for needed, how in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if needed in JOBS else "service_healthy"
            assert how == {"condition": wanted}, f"{name} needs {needed}"


def test_images_are_pinned(compose: Mapping[str, Any]) -> None:
    for name, service in services(compose):
        image, _, tag = service["image"].partition(":")
        assert tag, name
        assert tag != "latest", name
        if image in ("temporalio/server", "temporalio/admin-tools"):
            assert tag == "1.32.0", "server and schema tool are one version"


def test_history_shards_are_set_for_a_cluster_that_grows(compose: Mapping[str, Any]) -> None:
    assert compose["services"]["temporal"]["environment"]["NUM_HISTORY_SHARDS"] == "512"


def test_the_cluster_is_tuned_as_the_embedded_server_is(compose: Mapping[str, Any]) -> None:
    content = compose["configs"]["temporal-dynamic-config"]["content"]
    tuned = {name: str(rule[0]["value"]) for name, rule in yaml.safe_load(content).items()}
    assert tuned.items() >= temporal.DYNAMIC_CONFIG.items()


def test_no_password_is_written_down_but_the_trial_default(compose: Mapping[str, Any]) -> None:
    for name, service in services(compose):
        for variable, value in service.get("environment", {}).items():
            if "PASSWORD" in variable or "PWD" in variable:
                assert value == "${POSTGRES_PASSWORD:-dealpace}", f"{name}: {variable}"


async def test_the_namespace_job_makes_retention_and_search_attributes_and_may_be_repeated(
    compose: Mapping[str, Any], folder: DataFolder, free_port: Callable[[], int]
) -> None:
    binary, port = temporal.find_binary(None), free_port()
    job = compose["services"]["temporal-namespace"]
    environment = {
        "PATH": f"{binary.parent}:{os.defpath}",
        "HOME": str(folder.path),
        "TEMPORAL_ADDRESS": f"127.0.0.1:{port}",
        "TEMPORAL_NAMESPACE": "dealpace",
        "RETENTION": "168h",
    }
    script = (*job["entrypoint"], job["command"][0].replace("$$", "$"))
    assert job["environment"].keys() <= environment.keys()

    async with Supervisor(folder, print) as supervisor:
        await supervisor.start(temporal.server(binary, folder, port=port, ui_port=free_port()))
        await run(script, environment)
        await run(script, environment)
        described = await run((binary, "operator", "namespace", "describe"), environment)
        listed = await run((binary, "operator", "search-attribute", "list"), environment)

    assert "168h0m0s" in described
    rows = dict(line.split()[:2] for line in listed.splitlines() if len(line.split()) == 2)
    assert rows.items() >= temporal.SEARCH_ATTRIBUTES.items()


async def run(command: Sequence[str | Path], environment: Mapping[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    said, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()
    return said.decode()
