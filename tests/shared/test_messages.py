"""The wire format: what survives it, who can read it, and what it refuses."""

import re
from typing import Any

import msgpack
import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from shared.messages import (
    MAX_PERSONS,
    Array,
    End,
    EventKind,
    Frame,
    Limb,
    Mask,
    Message,
    Person,
    Tombstone,
    Trace,
    decode,
    encode,
    event_id,
)

PERSON = Person(
    box=(1.5, 2.0, 30.25, 40.0),
    score=0.75,
    skeleton="blazepose33",
    keypoints=Array.of(np.full((33, 5), np.nan, np.float32)),
    mask=Mask((0, 0, 10, 10), 8, 8, b"bits"),
    limbs={"torso": Limb(0.5, 0.9, 0.45, 120.0, occluded=False)},
    track=7,
)
FRAME = Frame(
    camera="hall.1",
    run=2,
    seq=9,
    pts_us=-5,
    frame_id="1-0",
    captured_us=1,
    width_px=640,
    height_px=480,
    persons=(PERSON,),
    skipped=("segmentation",),
    trace=(Trace("pose", 1, 2),),
)
PLACE: Any = {"camera": "hall.1", "run": 2, "seq": 9, "pts_us": 3}


@pytest.mark.parametrize(
    "message",
    [FRAME, Tombstone(**PLACE, stage="pose", error="x"), End(**PLACE)],
    ids=lambda m: type(m).__name__,
)
def test_a_message_survives_the_wire(message: Message) -> None:
    assert decode(encode(message)) == message


def test_any_msgpack_client_reads_a_frame() -> None:
    plain = msgpack.unpackb(encode(FRAME))
    assert (plain["type"], plain["camera"], plain["persons"][0]["track"]) == ("frame", "hall.1", 7)
    keypoints = plain["persons"][0]["keypoints"]
    values = np.frombuffer(keypoints["data"], keypoints["dtype"]).reshape(keypoints["shape"])
    assert values.shape == (33, 5)


def test_fields_of_a_newer_version_are_ignored() -> None:
    plain = msgpack.unpackb(encode(FRAME))
    plain["mood"] = "good"
    plain["persons"][0]["hat"] = True
    assert decode(msgpack.packb(plain)) == FRAME


def _changed(**fields: Any) -> bytes:
    packed = msgpack.packb(msgpack.unpackb(encode(FRAME)) | fields)
    assert isinstance(packed, bytes)
    return packed


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "truncated"),
        (b"\xc1", "malformed"),
        (_changed(type="spaceship"), "Invalid value 'spaceship'"),
        (_changed(camera="../etc"), r"camera"),
        (_changed(camera="x" * 65), r"camera"),
        (_changed(seq=-1), r"seq"),
        (_changed(width_px=0), r"width_px"),
        (_changed(height_px=1 << 20), r"height_px"),
        (_changed(persons=[{"box": [0, 0, 1], "score": 1.0}]), r"box"),
        (_changed(persons=[{"box": [0, 0, 1, 1], "score": 1.0}] * (MAX_PERSONS + 1)), r"persons"),
        (_changed(captured_us="now"), r"captured_us"),
        (b"\0" * 1_000_001, "exceeds 1000000"),
    ],
)
def test_bad_bytes_are_refused_with_the_field_at_fault(data: bytes, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        decode(data)


@pytest.mark.parametrize(
    ("dtype", "shape", "data"),
    [
        ("<U1", (1,), b"\0\0\0\0"),
        ("|O", (1,), b"\0" * 8),
        ("<f4", (2,), b"\0" * 4),
        ("<f4", (-1,), b""),
        ("<f4", (1, 1, 1, 1, 1), b"\0" * 4),
        ("|u1", (1 << 20,), b"\0" * (1 << 20)),
    ],
)
def test_an_array_that_does_not_fill_its_shape_is_refused(
    dtype: str, shape: tuple[int, ...], data: bytes
) -> None:
    with pytest.raises(ValueError, match="array"):
        Array(dtype, shape, data)


@given(
    hnp.arrays(
        st.sampled_from([np.float32, np.float64, np.int32, np.int64, np.uint8]),
        hnp.array_shapes(max_dims=4, max_side=5),
    )
)
def test_an_array_keeps_every_bit(values: np.ndarray[Any, Any]) -> None:
    packed = msgspec.msgpack.encode(Array.of(values))
    back = msgspec.msgpack.decode(packed, type=Array).numpy()
    assert (back.dtype, back.shape, back.tobytes()) == (values.dtype, values.shape, values.tobytes())


def test_an_oversized_message_is_not_sent() -> None:
    mask = Mask((0, 0, 1, 1), 1024, 1024, b"x" * 131_072)
    crowd = msgspec.structs.replace(FRAME, persons=(msgspec.structs.replace(PERSON, mask=mask),) * 10)
    with pytest.raises(ValueError, match="exceeds 1000000"):
        encode(crowd)


def test_the_same_incident_has_the_same_id() -> None:
    assert event_id("hall", 1, 3, EventKind.FALL, 1_860_000) == "hall-1-3-fall-1860000"


@pytest.mark.parametrize(
    ("values", "error"),
    [
        (np.full(4, 0.5, np.float16), None),
        (np.array((1, 0.004), np.float16), None),
        (np.full(4, 0.5, np.float32), "an embedding is one row of 1 to 512 <f2, not (4,) of <f4"),
        (np.full((2, 2), 0.5, np.float16), "not (2, 2) of <f2"),
        (np.empty(0, np.float16), "not (0,) of <f2"),
        (np.ones(513, np.float16), "not (513,) of <f2"),
        (np.full(4, 0.6, np.float16), "has length 1, not 1.2"),
        (np.zeros(4, np.float16), "has length 1, not 0"),
        (np.full(4, np.nan, np.float16), "has length 1, not nan"),
    ],
)
def test_an_embedding_is_a_direction(values: NDArray[Any], error: str | None) -> None:
    plain = msgspec.structs.replace(FRAME, persons=(Person((0, 0, 1, 1), 0.5),))
    raw = msgspec.msgpack.decode(encode(plain))
    raw["persons"][0]["embedding"] = msgspec.to_builtins(Array.of(values), builtin_types=(bytes,))
    data = msgspec.msgpack.encode(raw)
    if error is not None:
        with pytest.raises(ValueError, match=re.escape(error)):
            decode(data)
        return
    frame = decode(data)
    assert isinstance(frame, Frame)
    assert frame.persons[0].embedding == Array.of(values)
    assert decode(encode(frame)) == frame
