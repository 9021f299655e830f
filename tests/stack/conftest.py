"""What tests of the stack share."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from stack.folder import DataFolder


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    made = DataFolder(tmp_path / "data")
    made.create()
    return made


@pytest.fixture
def free_port() -> Callable[[], int]:
    """Gives a port nobody listens on; each call another."""
    given: set[int] = set()

    def give() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port in given:
            return give()
        given.add(port)
        return port

    return give
