"""Many workers on one real server, without any lease."""

import random
import threading

import pytest
import redis

from shared.bus import keys
from shared.bus.redis_transport import RedisTransport
from shared.bus.transport import (
    START,
    Published,
)
from tests.shared.bus.fighter import Fighter, chained
from tests.shared.bus.play import ROOMY, eventually, publication, read


@pytest.mark.parametrize("seed", range(2))
def test_fighting_workers_lose_double_and_reorder_nothing(client: redis.Redis, seed: int) -> None:
    bus, count, stages = RedisTransport(client, 2), 60, ("detector", "pose", "segmentation")
    cameras = ("a", "b", "c", "d")
    stop = threading.Event()

    def fight(stage: str, index: int) -> None:
        fighter = Fighter(bus, stage, random.Random(f"{seed} {stage} {index}"))
        while not stop.is_set():
            fighter.turn()

    threads = [threading.Thread(target=fight, args=(s, i)) for s in stages for i in range(4)]
    for thread in threads:
        thread.start()
    try:
        runs = {camera: bus.begin(camera).run for camera in cameras}
        for seq in range(count):
            for camera in cameras:
                assert bus.publish(publication(camera, runs[camera], seq), ROOMY) is Published.DONE
        eventually(lambda: sum(client.xlen(keys.stream(p, "segments")) for p in range(2)) >= count * 4, 30)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    for camera in cameras:
        out = [
            entry
            for entry in read(bus, "tracker", bus.assign(camera), START, 10_000)
            if entry.header is not None and entry.header.camera == camera
        ]
        assert [e.header.seq for e in out if e.header] == list(range(count))
        assert [e.data for e in out] == chained([b"%s %d" % (camera.encode(), i) for i in range(count)], 3)
    assert bus.overview().lags == {"detector": 0, "pose": 0, "segmentation": 0, "tracker": 240, "actions": 0}
