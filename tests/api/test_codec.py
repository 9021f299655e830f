"""Temporal's pages can have what we packed shown in plain JSON."""

import base64
from typing import Any

from google.protobuf.json_format import MessageToDict
from temporalio.api.common.v1 import Payload, Payloads

from tests.api.conftest import Scene
from workflows.converter import Packed, PackedJSON

HINTED = {"words": ["pace"] * 200}


def _sent(*payloads: Payload) -> Any:  # noqa: ANN401 - JSON
    return MessageToDict(Payloads(payloads=payloads))


async def test_packed_payloads_are_shown_and_others_left_alone(scene: Scene) -> None:
    packed = PackedJSON().to_payload(Packed(HINTED))
    other = Payload(metadata={"encoding": b"binary/plain"}, data=b"\x00\x01")
    assert packed is not None

    answer = await scene.http.post("/codec/decode", json=_sent(packed, other))

    shown, left = answer.json()["payloads"]
    assert base64.b64decode(shown["metadata"]["encoding"]) == b"json/plain"
    assert b'"pace"' in base64.b64decode(shown["data"])
    assert left == _sent(other)["payloads"][0]
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_page_of_another_port_may_ask(scene: Scene) -> None:
    answer = await scene.http.options("/codec/decode")

    assert answer.status_code == 204
    assert answer.headers["access-control-allow-headers"] == "content-type, x-namespace"


async def test_what_is_no_payload_is_refused(scene: Scene) -> None:
    broken = Payload(metadata={"encoding": b"json/zlib"}, data=b"not packed")

    for sent in ({"payloads": 1}, _sent(broken)):
        answer = await scene.http.post("/codec/decode", json=sent)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_payload")


async def test_a_body_beyond_all_measure_is_refused(scene: Scene) -> None:
    answer = await scene.http.post("/codec/decode", content=b" " * (4 * 1024 * 1024 + 1))

    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")
