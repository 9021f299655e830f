"""How to reach the Temporal server: one way for the API, the worker and the command line.

Decides connection options only. Connecting lazily never fails and never waits: the first call does,
and a later one tries again.
"""

from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol

from pydantic import SecretStr
from temporalio.client import Client
from temporalio.runtime import Runtime
from temporalio.service import TLSConfig

from workflows.codec import data_converter

CONNECT_WITHIN: Final = timedelta(seconds=1)
"""Clock time one attempt to connect may take. A choice: a server that serves accepts at once."""


class Target(Protocol):
    """Where the server is and how to prove who we are; the settings of an installation fit."""

    @property
    def temporal_target(self) -> str:
        """The server's host:port."""

    temporal_namespace: str
    temporal_tls: bool
    temporal_tls_server_ca: Path | None
    temporal_tls_server_name: str | None
    temporal_tls_client_cert: Path | None
    temporal_tls_client_key: Path | None
    temporal_api_key: SecretStr | None


async def connect(target: Target, *, lazy: bool = False, runtime: Runtime | None = None) -> Client:
    """A client that speaks our data converter.

    Args:
        target: where to.
        lazy: connect with the first call; such a client cannot run a worker.
        runtime: the SDK's runtime, for one that exports metrics.

    Raises:
        RuntimeError: not lazy, and nobody answers.
        OSError: a PEM file cannot be read.
    """
    key = target.temporal_api_key
    return await Client.connect(
        target.temporal_target,
        namespace=target.temporal_namespace,
        data_converter=data_converter,
        tls=_tls(target),
        api_key=key.get_secret_value() if key else None,
        connect_timeout=CONNECT_WITHIN,
        lazy=lazy,
        runtime=runtime,
    )


def _tls(target: Target) -> TLSConfig | bool:
    if not target.temporal_tls:
        return False
    return TLSConfig(
        server_root_ca_cert=_content(target.temporal_tls_server_ca),
        domain=target.temporal_tls_server_name,
        client_cert=_content(target.temporal_tls_client_cert),
        client_private_key=_content(target.temporal_tls_client_key),
    )


def _content(file: Path | None) -> bytes | None:
    return file.read_bytes() if file else None
