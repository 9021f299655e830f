"""A Temporal server of a benchmark's own, run as `dealpace up` runs it, on free ports."""

from typing import Final, Self

from benchmarks.children import Children, free_port
from settings import LOOPBACK
from stack import temporal

SERVER: Final = "server"


class Engine(Children):
    """The server, and the programs that work with it.

    Attributes:
        port: the server's.
        ui_port: of its pages.
    """

    def __init__(self) -> None:
        super().__init__()
        self.port, self.ui_port = free_port(), free_port()

    @property
    def address(self) -> str:
        """The server's host:port."""
        return f"{LOOPBACK}:{self.port}"

    async def __aenter__(self) -> Self:
        binary = temporal.find_binary(None)
        server = temporal.server(binary, self.folder, port=self.port, ui_port=self.ui_port)
        try:
            await self.start(SERVER, server.argv, server.ready)
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self
