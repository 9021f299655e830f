"""Whatever the OpenAPI document allows, and much that it does not, is answered as it says."""

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import (
    CheckFunction,
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import assemble
from api.openapi import document
from tests.api.conftest import OPENING, backing_on

SCHEMA = schemathesis.openapi.from_dict(json.loads(document()))
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 8
"""Requests to each address. A choice: enough to try every field, and not to be waited for."""


@pytest.fixture(scope="module")
def server(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the API over real HTTP, on a ledger of its own."""
    file = tmp_path_factory.mktemp("fuzz") / "ledger.db"
    shutil.copy(template, file)
    app = assemble(lambda: backing_on(f"sqlite:///{file}"))
    config = uvicorn.Config(app, log_config=None, access_log=False, timeout_keep_alive=60)
    uvicorn_server = uvicorn.Server(config)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=uvicorn_server.run, args=([listening],))
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        _wait(url)
        yield url
        uvicorn_server.should_exit = True
        thread.join()


def _wait(url: str) -> None:
    with httpx.Client(transport=httpx.HTTPTransport(retries=20)) as http:
        http.get(f"{url}/healthz").raise_for_status()


@pytest.fixture
def deal(server: str) -> str:
    """A deal to send things to."""
    deal_id: str = httpx.post(f"{server}/v1/deals", json=OPENING).json()["id"]
    return deal_id


@SCHEMA.exclude(path="/readyz").parametrize()  # it has no worker here, and says so with a 503
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_answers_are_as_documented(server: str, deal: str, case: schemathesis.Case[Any]) -> None:
    if "/{id}" in case.path:
        target = f"{deal}.3" if "escalations" in case.path else deal
        case.path_parameters = dict(case.path_parameters or {}) | {"id": target}
    case.headers.pop("Dealpace-Person", None)
    case.validate_response(case.call(base_url=server), checks=CHECKS)
