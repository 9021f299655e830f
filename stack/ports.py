"""Finds out before anything starts whether its ports are free.

It only tries to bind and lets go again; it never looks for, or ends, whoever holds a port.
"""

import errno
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from settings import ENV_PREFIX
from stack.faults import CannotStart


@dataclass(frozen=True)
class Listener:
    """A port one part of the stack will listen on, and the variable that moves it."""

    what: str
    host: str
    port: int
    variable: str

    def __str__(self) -> str:
        return f"port {self.port} ({self.what})"


def check_ports(listeners: Sequence[Listener]) -> None:
    """Returns when every listener can have its port.

    Raises:
        CannotStart: one line naming every port that cannot be had and the variable that moves it.
    """
    problems = [
        f"{one} is also the {other.what}'s; {_way_out(other)}"
        for one, other in combinations(listeners, 2)
        if one.port == other.port
    ]
    problems += [
        f"{listener} {problem}; {_way_out(listener)}"
        for listener in listeners
        if (problem := _bind_problem(listener.host, listener.port))
    ]
    if problems:
        raise CannotStart("; ".join(problems))


def _way_out(listener: Listener) -> str:
    return f"set {listener.variable} (or {ENV_PREFIX}{listener.variable}) to a free one"


def _bind_problem(host: str, port: int) -> str | None:
    """Says why nobody could listen there now, or None."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the servers do, so that connections still closing down do not count as a listener.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as problem:
            if problem.errno == errno.EADDRINUSE:
                return "is taken"
            return f"cannot be had on {host} ({problem.strerror or problem})"
    return None
