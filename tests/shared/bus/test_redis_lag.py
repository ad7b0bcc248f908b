"""The lag that Redis tools see, and entries that are not ours."""

import random
from itertools import pairwise

import pytest
import redis

from shared.bus import keys
from shared.bus.keep import Keep
from shared.bus.redis_transport import RedisTransport
from shared.bus.topology import CHAIN
from shared.bus.transport import (
    START,
    Outcome,
    Published,
)
from tests.shared.bus.play import ROOMY, feed, publication, read, step

Value = bytes | bytearray | memoryview | str | int | float
Fields = dict[Value, Value]


@pytest.mark.parametrize("seed", range(3))
def test_the_lag_that_every_tool_sees_is_the_truth(client: redis.Redis, seed: int) -> None:
    bus, rng = RedisTransport(client, 1, keep=Keep(frames_ms=0)), random.Random(seed)
    run = bus.begin("a").run
    published, done = 0, dict.fromkeys((link.stage for link in CHAIN), 0)
    for _ in range(60):
        stage = rng.choice(CHAIN).stage
        if rng.random() < 0.4:
            assert bus.publish(publication("a", run, published), ROOMY) is Published.DONE
            published += 1
        count = rng.choice((1, 2, 5))
        if step(bus, stage, 0, count=count) is not None:
            above = published if stage == "detector" else done[BEFORE[stage]]
            done[stage] = min(done[stage] + count, above)
        seen = {link.stage: client.xinfo_groups(keys.stream(0, link.reads))[0]["lag"] for link in CHAIN}
        truth = {
            link.stage: (published if link.stage == "detector" else done[BEFORE[link.stage]])
            - done[link.stage]
            for link in CHAIN
        }
        assert seen == truth == bus.overview().lags


BEFORE = {link.stage: earlier.stage for earlier, link in pairwise(CHAIN)}


def test_a_lag_is_known_where_the_server_has_lost_the_group(client: redis.Redis) -> None:
    bus = RedisTransport(client, 1)
    feed(bus, "a", 5)
    step(bus, "detector", 0, count=2)
    client.xgroup_destroy(keys.stream(0, "frames"), "detector")
    assert bus.overview().lags["detector"] == 3
    step(bus, "detector", 0, count=1)  # makes it again
    assert client.xinfo_groups(keys.stream(0, "frames"))[0]["lag"] == 2


def test_bytes_that_nobody_of_ours_wrote_have_no_header(client: redis.Redis) -> None:
    bus = RedisTransport(client, 1)
    good: Fields = {"c": "a", "r": 1, "s": 2, "p": -3, "m": b"\xff"}
    for field_name, value in (("c", "a:b"), ("c", "\xff"), ("r", "x"), ("r", -1), ("s", -1), ("p", "")):
        client.xadd(keys.stream(0, "detections"), {**good, field_name: value})
    client.xadd(keys.stream(0, "detections"), {"other": 1})
    client.xadd(keys.stream(0, "detections"), good)
    *strange, last = read(bus, "pose", 0, START)
    assert [(e.header, e.data) for e in strange] == [(None, b"\xff")] * 6 + [(None, b"")]
    assert last.header is not None
    assert (last.header.run, last.header.seq, last.header.pts_us) == (1, 2, -3)
    assert step(bus, "pose", 0) is Outcome.DONE


def test_a_camera_that_moved_to_another_partition_is_seen_where_it_plays(client: redis.Redis) -> None:
    before, after = RedisTransport(client, 2, pinned={"a": 1}), RedisTransport(client, 2, pinned={"a": 0})
    run = before.begin("a").run
    before.publish(publication("a", run, 0, ends=True), ROOMY)
    feed(after, "a", 3)
    for visitor in (RedisTransport(client, 2), before, after):
        source = visitor.overview().sources["a"]
        assert (source.ended, source.seq) == (False, 2)
