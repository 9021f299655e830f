"""How to reach the Temporal server, and what it has to know: one way for every door.

Decides connection options only. Connecting lazily never fails and never waits: the first call does,
and a later one tries again.
"""

import logging
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol

from pydantic import SecretStr
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import (
    AddSearchAttributesRequest,
    ListSearchAttributesRequest,
)
from temporalio.client import Client
from temporalio.runtime import Runtime
from temporalio.service import GrpcCompression, RPCError, TLSConfig

from workflows.converter import data_converter
from workflows.search_attributes import KEYS

CONNECT_WITHIN: Final = timedelta(seconds=1)
"""Clock time one attempt to connect may take. A choice: a server that serves accepts at once."""


_log = logging.getLogger(__name__)


class Target(Protocol):
    """Where the server is and how to prove who we are; the settings of an installation fit."""

    @property
    def temporal_target(self) -> str:
        """The server's host:port."""

    @property
    def temporal_namespace(self) -> str:
        """The namespace deals live in."""

    @property
    def temporal_tls(self) -> bool:
        """Whether to speak TLS."""

    @property
    def temporal_tls_server_ca(self) -> Path | None:
        """The PEM file of the server's CA; None: the system's."""

    @property
    def temporal_tls_server_name(self) -> str | None:
        """The name the server's certificate bears, if not its host."""

    @property
    def temporal_tls_client_cert(self) -> Path | None:
        """Our certificate's PEM file, for mutual TLS."""

    @property
    def temporal_tls_client_key(self) -> Path | None:
        """Its key's PEM file."""

    @property
    def temporal_api_key(self) -> SecretStr | None:
        """A key sent with every call."""


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
        # What is large is packed already (`converter`); packing every message once more costs a
        # command 7 % of its processor time, measured.
        grpc_compression=GrpcCompression.NONE,
        runtime=runtime,
    )


async def register_search_attributes(client: Client) -> None:
    """Make the server know our search attributes; without them no deal can start.

    A server that lets nobody register them is left alone, with an error in the log that says what
    is missing.
    """
    service, namespace = client.operator_service, client.namespace
    try:
        listed = await service.list_search_attributes(
            ListSearchAttributesRequest(namespace=namespace)
        )
        missing = {
            key.name: IndexedValueType.ValueType(key.indexed_value_type)
            for key in KEYS
            if key.name not in listed.custom_attributes
        }
        if missing:
            await service.add_search_attributes(
                AddSearchAttributesRequest(namespace=namespace, search_attributes=missing)
            )
    except RPCError as fault:
        names = ", ".join(key.name for key in KEYS)
        _log.error("the search attributes %s could not be registered: %s", names, fault)


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
