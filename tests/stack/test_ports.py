"""Ports are looked at before anything is started."""

import socket
from collections.abc import Callable, Iterator

import pytest

from settings import Settings
from stack.embedded import listeners
from stack.faults import CannotStart
from stack.ports import Listener, check_ports


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen(1)
        yield int(holder.getsockname()[1])


def test_free_ports_are_fine(free_port: Callable[[], int]) -> None:
    check_ports([Listener("Temporal", "127.0.0.1", free_port(), "TEMPORAL_PORT")])


def test_a_taken_port_is_named_with_the_variable_that_moves_it(taken: int) -> None:
    with pytest.raises(CannotStart) as refusal:
        check_ports([Listener("web and API", "127.0.0.1", taken, "PORT")])
    assert str(refusal.value) == (
        f"port {taken} (web and API) is taken; set PORT (or DEALPACE_PORT) to a free one"
    )


def test_every_taken_port_is_named_in_one_line(taken: int, free_port: Callable[[], int]) -> None:
    with socket.socket() as another:
        another.bind(("127.0.0.1", 0))
        another.listen(1)
        other = int(another.getsockname()[1])
        with pytest.raises(CannotStart) as refusal:
            check_ports(
                [
                    Listener("web and API", "127.0.0.1", taken, "PORT"),
                    Listener("Temporal", "127.0.0.1", free_port(), "TEMPORAL_PORT"),
                    Listener("Temporal UI", "127.0.0.1", other, "TEMPORAL_UI_PORT"),
                ]
            )
    message = str(refusal.value)
    assert "\n" not in message
    assert f"port {taken} (web and API) is taken" in message
    assert f"port {other} (Temporal UI) is taken" in message
    assert "TEMPORAL_PORT" not in message


def test_one_port_for_two_parts_is_refused(free_port: Callable[[], int]) -> None:
    port = free_port()
    with pytest.raises(CannotStart) as refusal:
        check_ports(
            [
                Listener("Temporal", "127.0.0.1", port, "TEMPORAL_PORT"),
                Listener("Temporal UI", "127.0.0.1", port, "TEMPORAL_UI_PORT"),
            ]
        )
    assert str(refusal.value) == (
        f"port {port} (Temporal) is also the Temporal UI's; "
        "set TEMPORAL_UI_PORT (or DEALPACE_TEMPORAL_UI_PORT) to a free one"
    )


def test_an_address_of_another_machine_is_a_clear_refusal(free_port: Callable[[], int]) -> None:
    elsewhere = Listener("web and API", "192.0.2.1", free_port(), "PORT")
    with pytest.raises(CannotStart, match=r"cannot be had on 192\.0\.2\.1"):
        check_ports([elsewhere])


def test_an_embedded_installation_needs_three_ports_and_one_for_metrics_if_wanted() -> None:
    plain = [listener.variable for listener in listeners(Settings())]
    assert plain == ["PORT", "TEMPORAL_PORT", "TEMPORAL_UI_PORT"]
    measured = [listener.variable for listener in listeners(Settings(worker_metrics_port=9464))]
    assert measured == [*plain, "WORKER_METRICS_PORT"]


def test_with_a_cluster_no_port_of_temporal_is_needed_here() -> None:
    settings = Settings(temporal_address="temporal.example:7233")
    assert [listener.variable for listener in listeners(settings)] == ["PORT"]
