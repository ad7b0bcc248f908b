"""MessagePack and back."""

import msgspec

from shared.messages.event import Event
from shared.messages.frame import End, Frame, Tombstone
from shared.messages.message import Message
from shared.messages.places import Places

MAX_MESSAGE_BYTES = 1_000_000

AnyMessage = Frame | Tombstone | End | Event

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(AnyMessage)
_places_decoder = msgspec.msgpack.Decoder(Places)


def encode(message: Message) -> bytes:
    """Pack for the wire.

    Raises:
        ValueError: the message is larger than a commit may carry.
    """
    data = _encoder.encode(message)
    if len(data) > MAX_MESSAGE_BYTES:
        raise ValueError(f"message of {len(data)} bytes exceeds {MAX_MESSAGE_BYTES}")
    return data


def decode(data: bytes) -> AnyMessage:
    """Unpack and validate.

    Raises:
        ValueError: not MessagePack, not a known message, or a field outside its bounds.
    """
    if len(data) > MAX_MESSAGE_BYTES:
        raise ValueError(f"message of {len(data)} bytes exceeds {MAX_MESSAGE_BYTES}")
    message: AnyMessage = _decoder.decode(data)
    return message


def decode_places(data: bytes) -> Places:
    """Unpack and validate the places of a venue's people; raises as `decode` does."""
    if len(data) > MAX_MESSAGE_BYTES:
        raise ValueError(f"message of {len(data)} bytes exceeds {MAX_MESSAGE_BYTES}")
    return _places_decoder.decode(data)
