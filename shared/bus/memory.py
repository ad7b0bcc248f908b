"""The transport in this process: what the scripts mean, under one lock. For tests and single processes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from shared.bus import keys
from shared.bus.memory_console import MemoryConsole
from shared.bus.memory_store import Id, Lease, Partition, Place, Record, Stream, format_id, parse_id
from shared.bus.topology import BRANCHES, EVENTS, FRAMES, LINKS, Link, beside
from shared.bus.transport import (
    Announcement,
    Batch,
    Budget,
    Commit,
    Finished,
    Outcome,
    Output,
    Position,
    Publication,
    Published,
    Source,
)
from shared.statistics import dropped_key

_EVERYTHING = 2**62


class MemoryTransport(MemoryConsole):
    """Every protocol of `shared.bus.transport`, and the relay's; safe to share between threads."""

    # Stages

    def enroll(self, stage: str, partition: int) -> None:
        with self._changed:
            held = self._partitions[partition]
            place, stream = held.place(stage), held.stream(LINKS[stage].reads)
            if not place.enrolled:
                place.enrolled, place.entries_read = True, stream.added - len(stream.ids)

    def load(self, stage: str, partition: int) -> Position:
        if LINKS[stage] in BRANCHES:
            self.enroll(stage, partition)
        with self._changed:
            place = self._partitions[partition].place(stage)
            place.owners += 1
            return Position(place.cursor, place.entries_read, dict(place.states), place.owners - 1)

    def cursors(self, stage: str, partitions: Iterable[int]) -> Mapping[int, str]:
        with self._changed:
            return {p: self._partitions[p].place(stage).cursor for p in partitions}

    def read(self, stage: str, cursors: Mapping[int, str], *, count: int, block_ms: int) -> Batch:
        entries = self._wait(cursors, LINKS[stage].reads, count, block_ms)
        return Batch(self._clock_ms(), entries)

    def commit(self, commit: Commit) -> Outcome:
        link = LINKS[commit.stage]
        with self._changed:
            partition = self._partitions[commit.partition]
            place, cursor = partition.place(commit.stage), parse_id(commit.cursor)
            if place.cursor != commit.expected or cursor <= parse_id(commit.expected):
                return Outcome.STALE
            size = commit.entries_read - place.entries_read
            batch = partition.stream(link.reads).after(parse_id(commit.expected), max(size, 0))
            if size < 1 or len(batch) != size or batch[-1][0] != cursor:
                return Outcome.ROLLED_BACK
            place.cursor, place.entries_read, place.owners = commit.cursor, commit.entries_read, 1
            for entry_id in [known for known in place.tried if parse_id(known) <= cursor]:
                del place.tried[entry_id]
            for camera, state in commit.states.items():
                place.states.pop(camera, None)
                if state is not None:
                    place.states[camera] = state
            self._write(partition, link.writes, commit)
            if link.reads != FRAMES:
                others = (self._reader(partition, other, place) for other in beside(commit.stage))
                edge = min([cursor, *(at for at in others if at is not None)])
                partition.stream(link.reads).keep_from(edge)
            self._changed.notify_all()
            return Outcome.DONE

    def _reader(self, partition: Partition, link: Link, ours: Place) -> Id | None:
        """Where another reader of our input stands; who is beside the chain and too far behind loses some."""
        place = partition.place(link.stage)
        if link not in BRANCHES:
            return parse_id(place.cursor)
        if not place.enrolled:
            return None
        surplus = ours.entries_read - place.entries_read - self._keep.behind_most
        lost = partition.stream(link.reads).after(parse_id(place.cursor), max(surplus, 0))
        if lost:
            place.cursor, place.owners = format_id(lost[-1][0]), 0
            place.entries_read += len(lost)
            partition.counts[dropped_key(link.stage)] += len(lost)
        return parse_id(place.cursor)

    def _write(self, partition: Partition, name: str, commit: Commit) -> None:
        now = self._clock_ms()
        output = partition.stream(name)
        for written in commit.outputs:
            output.add(now, Record(written.header, written.data))
        for letter in commit.dead:
            partition.dead.add(now, Record(letter.header, letter.payload, letter=letter))
        partition.counts.update(commit.counts)
        for finished in commit.finished:
            self._finish(partition, finished)
        if commit.finished:
            partition.trim_finished(partition.stream(FRAMES), now - self._keep.frames_ms)
        self._expire(output, name, now)
        if commit.dead:
            partition.dead.keep_from((now - self._keep.events_ms, 0))

    @staticmethod
    def _finish(partition: Partition, finished: Finished) -> None:
        source = partition.sources.get(finished.camera, Source())
        partition.sources[finished.camera] = replace(source, finished_seq=finished.seq)
        if keys.is_entry_id(finished.frame_id):
            frame = parse_id(finished.frame_id)
            partition.finished = max(frame, partition.finished or frame)

    def fetch(self, partition: int, frame_ids: Sequence[str]) -> list[bytes | None]:
        with self._changed:
            frames = self._partitions[partition].stream(FRAMES)
            return [self._picture(frames, frame_id) for frame_id in frame_ids]

    @staticmethod
    def _picture(frames: Stream, frame_id: str) -> bytes | None:
        record = frames.find(parse_id(frame_id)) if keys.is_entry_id(frame_id) else None
        return None if record is None else record.picture

    def tried(self, stage: str, partition: int, entry_id: str) -> int:
        with self._changed:
            tried = self._partitions[partition].place(stage).tried
            tried[entry_id] += 1
            return tried[entry_id] - 1

    # Leases

    def enlist(self, stage: str, worker: str, ttl_ms: int) -> list[str]:
        with self._changed:
            self._workers.setdefault(stage, {})[worker] = self._clock_ms() + ttl_ms
        return self.roll(stage)

    def dismiss(self, stage: str, worker: str) -> None:
        with self._changed:
            self._workers.get(stage, {}).pop(worker, None)

    def acquire(self, stage: str, partition: int, worker: str, ttl_ms: int) -> bool:
        with self._changed:
            leases, now = self._partitions[partition].leases, self._clock_ms()
            lease = leases.get(stage)
            if lease is not None and lease.worker != worker and lease.until_ms > now:
                return False
            leases[stage] = Lease(worker, now + ttl_ms)
            return True

    def release(self, stage: str, partition: int, worker: str) -> None:
        with self._changed:
            held = self._partitions[partition]
            lease = held.leases.get(stage)
            if lease is None or lease.worker != worker or lease.until_ms <= self._clock_ms():
                return
            del held.leases[stage]
            place = held.place(stage)
            place.owners = max(place.owners - 1, 0)

    # Sources

    def begin(self, camera: str, after: int | None = None) -> Source:
        with self._changed:
            sources = self._partitions[self.assign(camera)].sources
            before = sources.get(camera, Source())
            if after is not None and after != before.run:
                return before
            sources[camera] = replace(before, run=before.run + 1, position=b"", ended=False)
            return sources[camera]

    def source(self, camera: str) -> Source:
        with self._changed:
            return self._partitions[self.assign(camera)].sources.get(camera, Source())

    def publish(self, publication: Publication, budget: Budget) -> Published:
        header = publication.header
        with self._changed:
            partition = self._partitions[self.assign(header.camera)]
            source = partition.sources.get(header.camera, Source())
            if source.ended or (source.run, source.seq) != (header.run, header.seq - 1):
                return Published.STALE
            if header.seq - source.finished_seq > budget.window:
                return Published.WINDOW
            record = Record(header, publication.data, publication.picture, offset=partition.published_bytes)
            refusal = self._make_room(partition, record, budget)
            if refusal is not None:
                return refusal
            partition.stream(FRAMES).add(self._clock_ms(), record)
            partition.published_bytes += record.size
            partition.counts.update(publication.counts)
            report = source.report if publication.report is None else publication.report
            partition.sources[header.camera] = replace(
                source,
                seq=header.seq,
                position=publication.position,
                ended=publication.ends,
                report=report,
            )
            self._tell(partition, publication.events)
            self._changed.notify_all()
            return Published.DONE

    def _make_room(self, partition: Partition, record: Record, budget: Budget) -> Published | None:
        """Drop finished frames as far as needed; why the record may not be stored."""
        frames = partition.stream(FRAMES)
        partition.trim_finished(frames, self._clock_ms() - budget.retention_ms)
        if self._memory_full():
            partition.trim_finished(frames, _EVERYTHING)
            for other in self._partitions:
                other.trim_finished(other.stream(FRAMES), self._clock_ms() - self._keep.frames_ms)
            if self._memory_full():
                return Published.MEMORY
        while frames.ids and frames.bytes + record.size > budget.retention_bytes:
            if partition.finished is None or frames.ids[0] > partition.finished:
                return Published.BYTES
            frames.remove(frames.ids[0])
        return None

    def dropped(self, camera: str, reason: str, count: int = 1) -> None:
        with self._changed:
            self._partitions[self.assign(camera)].drops[camera, reason] += count

    def report(self, announcement: Announcement) -> bool:
        with self._changed:
            partition = self._partitions[self.assign(announcement.camera)]
            source = partition.sources.get(announcement.camera, Source())
            if source.report != announcement.expected:
                return False
            partition.sources[announcement.camera] = replace(source, report=announcement.standing)
            self._tell(partition, announcement.events)
            self._changed.notify_all()
            return True

    def _tell(self, partition: Partition, events: Sequence[Output]) -> None:
        stream, now = partition.stream(EVENTS), self._clock_ms()
        for event in events:
            stream.add(now, Record(event.header, event.data))
        if events:
            stream.keep_from((now - self._keep.events_ms, 0))

    # Monitor

    def announce(self, announcement: Announcement) -> bool:
        camera = announcement.camera
        with self._changed:
            partition = self._partitions[self.assign(camera)]
            if partition.standings.get(camera, b"") != announcement.expected:
                return False
            partition.standings.pop(camera, None)
            if announcement.standing:
                partition.standings[camera] = announcement.standing
            self._tell(partition, announcement.events)
            self._changed.notify_all()
            return True
