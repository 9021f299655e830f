"""How values are written into a history."""

import pytest
from temporalio.api.common.v1 import Payload

from deals.commands import RecordAction
from tests.workflows.scene import opened
from workflows.converter import Packed, data_converter, unpacked
from workflows.messages import DealInput


async def test_a_deal_travels_whole() -> None:
    given = opened("D1", renew_after=7)

    payloads = await data_converter.encode([Packed(given)])
    (came,) = await data_converter.decode(payloads, [DealInput])

    assert came == given
    assert came.playbook.digest == given.playbook.digest


async def test_only_what_is_wrapped_and_large_is_packed() -> None:
    given, small = opened("D1"), RecordAction(action="call")

    payloads = await data_converter.encode([given, Packed(given), Packed(small)])

    plain, packed, spared = payloads
    assert [one.metadata["encoding"] for one in payloads] == [
        b"json/plain",
        b"json/zlib",
        b"json/plain",
    ]
    assert len(packed.data) < len(plain.data) / 3
    assert unpacked(packed) == plain
    assert await data_converter.decode([spared], [RecordAction]) == [small]


async def test_plain_json_from_the_command_line_is_read() -> None:
    payload = Payload(
        metadata={"encoding": b"json/plain"}, data=b'{"kind":"record_action","action":"call"}'
    )

    (command,) = await data_converter.decode([payload], [RecordAction])

    assert command.action == "call"


def test_a_broken_payload_is_a_fault() -> None:
    broken = Payload(metadata={"encoding": b"json/zlib"}, data=b"rubbish")

    with pytest.raises(ValueError, match="broken"):
        unpacked(broken)
