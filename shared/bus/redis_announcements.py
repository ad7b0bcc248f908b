"""Events that no picture brings: told together with the standing that they follow from, or not at all."""

from collections.abc import Callable, Sequence

from shared.bus import keys
from shared.bus.redis_base import Argument, RedisBase
from shared.bus.topology import EVENTS
from shared.bus.transport import Announcement, Output


def written(outputs: Sequence[Output]) -> list[Argument]:
    """Outputs as a script takes them: how many, then the fields of each."""
    arguments: list[Argument] = [len(outputs)]
    for output in outputs:
        header = output.header
        arguments += [header.camera, header.run, header.seq, header.pts_us, output.data]
    return arguments


class RedisAnnouncements(RedisBase):
    """What ingest and the monitor share."""

    def _announce(self, hash_of: Callable[[int], str], field: str, announcement: Announcement) -> bool:
        p = self.assign(announcement.camera)
        taken = self._run(
            "announce",
            (hash_of(p), keys.stream(p, EVENTS)),
            field,
            announcement.expected,
            announcement.standing,
            self._keep.events_ms,
            *written(announcement.events),
        )
        return bool(taken)
