"""The in-memory transport's side of people and of the relay."""

from collections import Counter
from collections.abc import Mapping, Sequence

from shared.bus import keys
from shared.bus.memory_store import MemoryBase, Partition, Record, Stream, format_id, parse_id
from shared.bus.relay import Forward
from shared.bus.topology import BRANCHES, CHAIN, EVENT_CHANNEL, LINKS, Channel
from shared.bus.transport import START, Entry, Letter, Overview, Source, Watch


class MemoryConsole(MemoryBase):
    """See `shared.bus.transport.ConsoleTransport` and `shared.bus.relay.EventTransport`."""

    def overview(self) -> Overview:
        counts: Counter[str] = Counter()
        drops: Counter[tuple[str, str]] = Counter()
        sources: dict[str, Source] = {}
        with self._changed:
            for partition in self._partitions:
                counts.update(partition.counts)
                drops.update(partition.drops)
                sources |= partition.sources
            known = [link for link in LINKS.values() if link not in BRANCHES or self._enrolled(link.stage)]
            return Overview(
                sources=sources,
                counts=dict(counts),
                drops=dict(drops),
                dead=sum(len(partition.dead.ids) for partition in self._partitions),
                lags={
                    link.stage: sum(_lag(partition, link.stage, link.reads) for partition in self._partitions)
                    for link in known
                },
                workers={link.stage: self.roll(link.stage) for link in known},
                memory_used=self._memory_used(),
                memory_limit=self._memory_limit,
            )

    def _enrolled(self, stage: str) -> bool:
        return any(partition.place(stage).enrolled for partition in self._partitions)

    def watch(self) -> Watch:
        overview, now = self.overview(), self._clock_ms()
        holders: dict[tuple[str, int], str] = {}
        waiting_since_ms: dict[tuple[str, int], int] = {}
        standings: dict[str, bytes] = {}
        with self._changed:
            for p, partition in enumerate(self._partitions):
                standings |= partition.standings
                leases = partition.leases.items()
                holders |= {(stage, p): lease.worker for stage, lease in leases if lease.until_ms > now}
                for link in CHAIN:
                    cursor = parse_id(partition.place(link.stage).cursor)
                    for entry_id, _ in partition.stream(link.reads).after(cursor, 1):
                        waiting_since_ms[link.stage, p] = entry_id[0]
        return Watch(
            now, overview.sources, overview.counts, overview.drops, holders, waiting_since_ms, standings
        )

    def letters(self) -> list[Letter]:
        with self._changed:
            found = [
                (entry_id, p, record.letter)
                for p, partition in enumerate(self._partitions)
                for entry_id, record in zip(partition.dead.ids, partition.dead.records, strict=True)
                if record.letter is not None
            ]
        found.sort(key=lambda letter: letter[0])
        return [Letter(p, format_id(entry_id), letter) for entry_id, p, letter in found]

    def drop_letter(self, partition: int, letter_id: str) -> bool:
        with self._changed:
            dead = self._partitions[partition].dead
            return keys.is_entry_id(letter_id) and dead.remove(parse_id(letter_id))

    def events(
        self, after: str, *, count: int, block_ms: int, channel: Channel = EVENT_CHANNEL
    ) -> list[tuple[str, bytes]]:
        with self._changed:
            relayed = self._relayed[channel]
            start = relayed.last if after == "$" else parse_id(after)
            self._changed.wait_for(lambda: relayed.last > start, block_ms / 1000)
            return [(format_id(entry_id), record.data) for entry_id, record in relayed.after(start, count)]

    def relay_cursors(self, channel: Channel = EVENT_CHANNEL) -> Mapping[int, str]:
        with self._changed:
            return {p: self._relay_cursors.get((channel, p), START) for p in range(self.partitions)}

    def read_events(
        self, cursors: Mapping[int, str], *, count: int, block_ms: int, channel: Channel = EVENT_CHANNEL
    ) -> Mapping[int, Sequence[Entry]]:
        return self._wait(cursors, channel.reads, count, block_ms)

    def relay(self, forward: Forward) -> bool:
        with self._changed:
            channel, place = forward.channel, (forward.channel, forward.partition)
            if self._relay_cursors.get(place, START) != forward.expected:
                return False
            source = self._partitions[forward.partition].stream(channel.reads)
            if source.find(parse_id(forward.cursor)) is None:
                return False
            now = self._clock_ms()
            for event in forward.events:
                self._relayed[channel].add(now, Record(None, bytes(event["json"])))
            self._relay_cursors[place] = forward.cursor
            self._expire(self._relayed[channel], channel.reads, now)
            self._changed.notify_all()
            return True


def _lag(partition: Partition, stage: str, reads: str) -> int:
    stream: Stream = partition.stream(reads)
    return stream.added - partition.place(stage).entries_read
