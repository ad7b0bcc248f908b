"""Pipelines under seeded trouble: kills, pauses, lost replies, lost leases, a server that goes back."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import redis

from shared.bus.relay import Relay
from shared.bus.topology import Channel
from shared.bus.transport import TransportError
from shared.metrics import StageMetrics
from shared.worker import Stage
from shared.worker.loop import Options, Worker
from tests.pipeline.baton import Actor, Watched

PARTITIONS = 2
_OPTIONS = Options(batch=8, wait_ms=0, prefetch=False, verify_s=0)

Turn = Callable[[], object]


@dataclass(frozen=True)
class Trouble:
    """Chances per turn of the schedule."""

    kill: float = 0.002
    pause: float = 0.002
    lost_reply: float = 0.003
    lost_lease: float = 0.02  # per turn of a worker
    rollback: bool = True


CALM = Trouble(0, 0, 0, 0, rollback=False)

Builder = Callable[
    [Any, random.Random, Trouble], Turn
]  # (transport, generator, trouble) -> a turn of its loop


class Whim:
    """Owns some partitions, at times others: leases that come and go, and two owners at a time."""

    def __init__(self, generator: random.Random, lost_lease: float) -> None:
        self._generator = generator
        self._lost_lease = lost_lease
        self._owned = frozenset(range(PARTITIONS))

    def tick(self) -> frozenset[int]:
        if self._generator.random() < self._lost_lease:
            self._owned = frozenset(p for p in range(PARTITIONS) if self._generator.random() < 0.8)
        return self._owned

    def beat(self) -> None:
        pass


def stage_builder(stage: Callable[[], Stage[Any]]) -> Builder:
    """Workers of a stage, as the process would run them."""

    def build(transport: Any, generator: random.Random, trouble: Trouble) -> Turn:
        one = stage()
        worker = Worker(one, transport, Whim(generator, trouble.lost_lease), _OPTIONS, StageMetrics(one.name))

        def turn() -> None:
            try:
                worker.step()
            except TransportError:
                worker.forget()

        return turn

    return build


def relay_builder(channel: Channel) -> Builder:
    """Relays into a stream of subscribers."""

    def build(transport: Any, generator: random.Random, trouble: Trouble) -> Turn:
        relay = Relay(transport, channel)

        def turn() -> None:
            try:
                relay.step(0)
            except TransportError:
                return

        return turn

    return build


class Schedule:
    """One seeded run of a cast of actors on one server."""

    def __init__(
        self,
        seed: int,
        cast: Mapping[str, tuple[Builder, int]],
        client: redis.Redis,
        transport: Any,
        trouble: Trouble,
    ) -> None:
        """`cast`: name -> (how to build the actor, how many of it)."""
        self._generator = random.Random(seed)
        self._client = client
        self._transport = transport
        self._trouble = trouble
        self._roles = [build for build, count in cast.values() for _ in range(count)]
        self._actors = [self._born(build) for build in self._roles]
        self._asleep_until = [0] * len(self._roles)
        self._snapshot: Mapping[bytes, bytes] | None = None

    def play(self, turns: int, done: Callable[[], bool], patience: int) -> None:
        """Disturb them for so many turns (0: not at all), let them finish, and end them.

        Raises:
            AssertionError: they do not come to an end.
        """
        try:
            if turns:
                self.disturb(turns)
            assert self.finish(done, patience), "the pipeline did not drain"
        finally:
            self.close()

    def disturb(self, turns: int) -> None:
        """Let the actors run for `turns` with all that may happen to them."""
        keep, restore = sorted(self._generator.sample(range(turns // 4, turns), 2))
        for now in range(turns):
            if self._trouble.rollback and now == keep:
                self._snapshot = snapshot(self._client)
            if self._trouble.rollback and now == restore:
                self._roll_back()
            self._one_turn(now)

    def finish(self, done: Callable[[], bool], patience: int) -> bool:
        """Let them run undisturbed, each in turn, until `done` or patience ends."""
        for _ in range(patience):
            for index in range(len(self._actors)):
                self._resume(index)
            if done():
                return True
        return False

    def close(self) -> None:
        for actor in self._actors:
            actor.kill()

    def _one_turn(self, now: int) -> None:
        index = self._generator.randrange(len(self._actors))
        if self._asleep_until[index] > now:
            return
        trouble, fate = self._trouble, self._generator.random()
        if fate < trouble.kill:
            self._actors[index].kill()
            self._actors[index] = self._born(self._roles[index])
        elif fate < trouble.kill + trouble.pause:
            self._asleep_until[index] = now + self._generator.randrange(20, 400)
        elif fate < trouble.kill + trouble.pause + trouble.lost_reply:
            self._actors[index].lose_next_reply()
        else:
            self._resume(index)

    def _resume(self, index: int) -> None:
        actor = self._actors[index]
        actor.resume()
        if actor.crash is not None:
            raise AssertionError("an actor crashed") from actor.crash

    def _born(self, build: Builder) -> Actor:
        watched = Watched(self._transport)
        turn = build(watched, random.Random(self._generator.random()), self._trouble)
        watched.actor = Actor(turn)
        return watched.actor

    def _roll_back(self) -> None:
        assert self._snapshot is not None
        restore(self._client, self._snapshot)


def snapshot(client: redis.Redis) -> Mapping[bytes, bytes]:
    """All that the server holds."""
    return {key: client.dump(key) or b"" for key in client.scan_iter()}


def restore(client: redis.Redis, held: Mapping[bytes, bytes]) -> None:
    """Make the server forget all but that."""
    client.flushall()
    for key, value in held.items():
        client.restore(key, 0, value)
