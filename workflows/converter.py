"""How values are written into a history: pydantic's JSON, and packed where the sender says so.

Decides the wire format of everything that deals remember, so it may learn new formats but must read
the old ones for ever. Only what is wrapped in `Packed` is packed: commands, queries and the state
card stay plain, for people with the `temporal` command line or its web pages.
"""

import zlib
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import (
    PydanticJSONPlainPayloadConverter,
    PydanticPayloadConverter,
)
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    EncodingPayloadConverter,
)

ValueT_co = TypeVar("ValueT_co", covariant=True)

PACKED_ABOVE: Final = 500
"""Bytes of JSON. Source: measured; an open deal takes 22 kB instead of 29 at no cost in speed."""

UNPACKED_AT_MOST: Final = 16 * 1024 * 1024
"""Bytes. A choice: eight times what the server takes as one payload, packed or not."""

_PACKED: Final = "json/zlib"
"""What packed payloads are marked with."""

_LEVEL: Final = 6


@dataclass(frozen=True, slots=True)
class Packed(Generic[ValueT_co]):
    """A value to be written packed, if it is large; it is read as the value itself."""

    value: ValueT_co


class PackedJSON(EncodingPayloadConverter):
    """JSON packed with zlib."""

    def __init__(self) -> None:
        self._json = PydanticJSONPlainPayloadConverter()

    @property
    def encoding(self) -> str:
        """What such a payload is marked with."""
        return _PACKED

    def to_payload(self, value: Any) -> Payload | None:  # noqa: ANN401 - the SDK's signature
        """The payload of a `Packed` value; None for all others."""
        if not isinstance(value, Packed):
            return None
        plain = self._json.to_payload(value.value)
        if plain is None or len(plain.data) <= PACKED_ABOVE:
            return plain
        data = zlib.compress(plain.data, _LEVEL)
        return Payload(metadata={"encoding": self.encoding.encode()}, data=data)

    def from_payload(self, payload: Payload, type_hint: type | None = None) -> Any:  # noqa: ANN401 - as above
        """The value that was packed."""
        return self._json.from_payload(unpacked(payload), type_hint)


_FORMATS: Final = (PackedJSON(), *PydanticPayloadConverter().converters.values())
"""Made once: the SDK makes a `Converter` for every task of a workflow."""


class Converter(CompositePayloadConverter):
    """Packed JSON, and else what pydantic's converter does."""

    def __init__(self) -> None:
        super().__init__(*_FORMATS)


def plain(payload: Payload) -> Payload:
    """The payload in plain JSON if it is packed; else as it is.

    Raises:
        ValueError: it is packed, and not what it says it is.
    """
    ours = payload.metadata.get("encoding") == _PACKED.encode()
    return unpacked(payload) if ours else payload


def unpacked(payload: Payload) -> Payload:
    """A packed payload in plain JSON.

    Raises:
        ValueError: it is not what it says it is.
    """
    unpacking = zlib.decompressobj()
    try:
        data = unpacking.decompress(payload.data, UNPACKED_AT_MOST)
    except zlib.error as fault:
        raise ValueError(f"a packed payload is broken: {fault}") from fault
    if not unpacking.eof:
        raise ValueError("a packed payload is broken: it is cut off, or larger than any of ours")
    return Payload(metadata={"encoding": b"json/plain"}, data=data)


data_converter: Final = DataConverter(payload_converter_class=Converter)
"""What every client, worker and replay of this project uses."""
