"""The stages' side of the Redis transport: load, read, commit, fetch."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shared.bus import keys
from shared.bus.redis_base import Argument, RedisBase, translated
from shared.bus.topology import BRANCHES, FRAMES, LINKS, Link, beside
from shared.bus.transport import (
    START,
    Batch,
    Commit,
    DeadLetter,
    Entry,
    Finished,
    Header,
    Outcome,
    Output,
    Position,
)

_CAMERA = re.compile(rb"[A-Za-z0-9_.-]{1,64}")
MAX_BLOCK_MS = 2000  # far below the socket's timeout

Fields = Mapping[bytes, bytes]


def parse_header(fields: Fields) -> Header | None:
    """The plain fields of an entry; None where one is missing or is not what we write."""
    try:
        camera, run, seq = fields[b"c"], int(fields[b"r"]), int(fields[b"s"])
        pts_us = int(fields[b"p"])
    except (KeyError, ValueError):
        return None
    if not _CAMERA.fullmatch(camera) or run < 0 or seq < 0:
        return None
    return Header(camera.decode(), run, seq, pts_us)


def parse_entry(entry_id: bytes, fields: Fields) -> Entry:
    return Entry(entry_id.decode(), parse_header(fields), fields.get(b"m", b""), fields.get(b"b"))


def dead_fields(letter: DeadLetter) -> list[Argument]:
    """A dead letter as the fields of a stream entry."""
    fields: list[Argument] = ["stage", letter.stage, "id", letter.entry_id]
    if letter.header is not None:
        header = letter.header
        fields += ["c", header.camera, "r", header.run, "s", header.seq, "p", header.pts_us]
    return [*fields, "error", letter.error, "traceback", letter.traceback, "m", letter.payload]


def _output(output: Output) -> tuple[Argument, ...]:
    header = output.header
    return header.camera, header.run, header.seq, header.pts_us, output.data


def _finished(finished: Finished) -> tuple[Argument, ...]:
    frame_id = finished.frame_id if keys.is_entry_id(finished.frame_id) else ""
    return finished.camera, finished.run, finished.seq, frame_id


def _letter(letter: DeadLetter) -> list[Argument]:
    fields = dead_fields(letter)
    return [len(fields), *fields]


def _flat(groups: Iterable[Iterable[Argument]]) -> list[Argument]:
    """A count and the groups, one behind the other."""
    listed = [list(group) for group in groups]
    return [len(listed), *(argument for group in listed for argument in group)]


class RedisStages(RedisBase):
    """See `shared.bus.transport.StageTransport`."""

    def now_ms(self) -> int:
        with translated(self._client):
            return _milliseconds(self._client.time())

    def enroll(self, stage: str, partition: int) -> None:
        """Let the input of a stage beside the chain be kept for it, from now on."""
        stream = keys.stream(partition, LINKS[stage].reads)
        self._run("enroll", (keys.cursors(partition), stream), stage)

    def load(self, stage: str, partition: int) -> Position:
        if LINKS[stage] in BRANCHES:
            self.enroll(stage, partition)
        reply = self._run(
            "load",
            (
                keys.cursors(partition),
                keys.state(partition, stage),
                keys.stream(partition, LINKS[stage].reads),
            ),
            stage,
        )
        cursor, entries_read, deaths, flat = reply
        states = {flat[i].decode(): flat[i + 1] for i in range(0, len(flat), 2)}
        return Position(cursor.decode(), entries_read, states, deaths)

    def cursors(self, stage: str, partitions: Iterable[int]) -> Mapping[int, str]:
        asked = list(partitions)
        pipeline = self._pipeline()
        for partition in asked:
            pipeline.hget(keys.cursors(partition), stage)
        with translated(self._client):
            replies = pipeline.execute()
        return {p: (reply or START.encode()).decode() for p, reply in zip(asked, replies, strict=True)}

    def read(self, stage: str, cursors: Mapping[int, str], *, count: int, block_ms: int) -> Batch:
        return self._read_partitions(LINKS[stage].reads, cursors, count, block_ms)

    def _read_partitions(self, name: str, cursors: Mapping[int, str], count: int, block_ms: int) -> Batch:
        """Entries and the server's clock behind the wait, in one round trip."""
        partitions = {keys.stream(p, name).encode(): p for p in cursors}
        pipeline = self._pipeline()
        if cursors:
            after = {keys.stream(p, name): cursor for p, cursor in cursors.items()}
            # BLOCK 0 would wait for ever.
            pipeline.xread(after, count=count, block=min(block_ms, MAX_BLOCK_MS) if block_ms > 0 else None)
        pipeline.time()
        with translated(self._client):
            replies = pipeline.execute()
        found = replies[0] if cursors and replies[0] else []
        entries = {
            partitions[stream]: [parse_entry(entry_id, fields) for entry_id, fields in listed]
            for stream, listed in found
        }
        return Batch(_milliseconds(replies[-1]), entries)

    def commit(self, commit: Commit) -> Outcome:
        stage, p, link = commit.stage, commit.partition, LINKS[commit.stage]
        reply = self._run(
            "commit",
            (
                keys.stream(p, link.reads),
                keys.stream(p, link.writes),
                keys.cursors(p),
                keys.state(p, stage),
                keys.tried(p, stage),
                keys.dead(p),
                keys.progress(p),
                keys.stats(p),
                keys.stream(p, FRAMES),
            ),
            stage,
            commit.expected,
            commit.cursor,
            commit.entries_read,
            self._keep.frames_ms,
            self._keep.events_ms,
            *self._kept(link.writes),
            *_flat(_output(output) for output in commit.outputs),
            *_flat((camera, state) for camera, state in commit.states.items() if state is not None),
            *_flat((camera,) for camera, state in commit.states.items() if state is None),
            *_flat(_letter(letter) for letter in commit.dead),
            *_flat(_finished(finished) for finished in commit.finished),
            *_flat(commit.counts.items()),
            *_flat(self._reader(link) for link in beside(stage)),
        )
        return Outcome(reply)

    def _kept(self, stream: str) -> tuple[Argument, Argument]:
        return self._keep.kept(stream) or ("", 0)

    def _reader(self, link: Link) -> tuple[Argument, Argument]:
        return link.stage, self._keep.behind_most if link in BRANCHES else ""

    def fetch(self, partition: int, frame_ids: Sequence[str]) -> list[bytes | None]:
        known = [frame_id for frame_id in frame_ids if keys.is_entry_id(frame_id)]
        pipeline = self._pipeline()
        for frame_id in known:
            pipeline.xrange(keys.stream(partition, FRAMES), frame_id, frame_id)
        with translated(self._client):
            replies = pipeline.execute()
        bodies = {
            frame_id: reply[0][1].get(b"b") for frame_id, reply in zip(known, replies, strict=True) if reply
        }
        return [bodies.get(frame_id) for frame_id in frame_ids]

    def tried(self, stage: str, partition: int, entry_id: str) -> int:
        return int(self._run("tried", (keys.tried(partition, stage),), entry_id))


def _milliseconds(time: Any) -> int:
    seconds, microseconds = time
    return int(seconds) * 1000 + int(microseconds) // 1000
