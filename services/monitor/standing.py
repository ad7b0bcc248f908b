"""What a monitor remembers of a camera: stored on the bus, so that the next one goes on from there."""

import msgspec

from services.monitor.sight import Mark, Sight
from shared.settings import Monitor

_MARKS = 10  # in a window; the shares are right to a tenth of it


class Incident(msgspec.Struct, frozen=True, array_like=True):
    """An open `monitoring_lost`. Times are the server's clock; `told` are the reasons that were named.

    `well_ms`: since when all is well again.
    """

    run: int
    started_ms: int
    raised_ms: int
    told_ms: int
    update: int
    told: tuple[str, ...]
    well_ms: int | None = None


class Standing(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a camera's chain stood at `looked_ms`, by the server's clock.

    `sign` is ingest's last sign of life and `sign_ms` when it was new. `absent_ms` tells since when a stage
    has no worker of its own. `marks` are totals over the last window, oldest first. `proven`: since the looks
    go on without a gap, the camera was once seen to be played with a worker at every stage. `blind_ms`: how
    long nobody looked before this look. `calm_ms`: when the chain was last seen to stand still.
    """

    looked_ms: int
    sign: tuple[int, ...]
    sign_ms: int
    absent_ms: dict[str, int] = {}
    marks: tuple[Mark, ...] = ()
    proven: bool = False
    incident: Incident | None = None
    blind_ms: int = 0
    calm_ms: int = 0


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Standing)


def packed(standing: Standing | None) -> bytes:
    return b"" if standing is None else _encoder.encode(standing)


def unpacked(data: bytes) -> Standing | None:
    """None for none, and for bytes that another version wrote: the camera starts anew then."""
    try:
        return _decoder.decode(data) if data else None
    except (msgspec.DecodeError, msgspec.ValidationError):
        return None


def grid_ms(limits: Monitor) -> int:
    """How far marks lie apart, and how often an unchanged standing is stored."""
    return round(limits.window_s * 1000 / _MARKS)


def renewed(before: Standing | None, sight: Sight, limits: Monitor) -> Standing:
    """The standing with what this look shows.

    Where nobody looked for longer than a stage may be dead, nothing is known of the time between: all
    counting starts anew, and the gap itself is noted.
    """
    now = sight.now_ms
    if before is None:
        return _anew(sight)
    gap_ms = now - before.looked_ms
    if not 0 <= gap_ms <= limits.dead_s * 1000 + grid_ms(limits):
        fresh = _anew(sight)
        return msgspec.structs.replace(fresh, incident=before.incident, blind_ms=max(gap_ms, 0))
    absent_ms = {stage: before.absent_ms.get(stage, now) for stage in _absent(sight)}
    alive = sight.sign != before.sign
    return Standing(
        looked_ms=now,
        sign=sight.sign,
        sign_ms=now if alive else before.sign_ms,
        absent_ms=absent_ms,
        marks=_marks(before.marks, sight.totals, limits),
        proven=before.proven or (not absent_ms and (alive or sight.ended)),
        incident=before.incident,
        calm_ms=before.calm_ms,
    )


def worth_storing(stored: Standing | None, standing: Standing | None, limits: Monitor) -> bool:
    """Whether a successor should know: anything but the passing of time, and that every few seconds."""
    if stored is None or standing is None:
        return stored is not standing
    changed = any(
        getattr(stored, name) != getattr(standing, name)
        for name in ("absent_ms", "proven", "incident", "blind_ms")
    )
    return changed or not 0 <= standing.looked_ms - stored.looked_ms < grid_ms(limits)


def _anew(sight: Sight) -> Standing:
    return Standing(
        looked_ms=sight.now_ms,
        sign=sight.sign,
        sign_ms=sight.now_ms,
        absent_ms=dict.fromkeys(_absent(sight), sight.now_ms),
        marks=(sight.totals,),
    )


def _absent(sight: Sight) -> tuple[str, ...]:
    return tuple(stage for stage in sight.needed if stage not in sight.workers)


def _marks(marks: tuple[Mark, ...], totals: Mark, limits: Monitor) -> tuple[Mark, ...]:
    kept = tuple(m for m in marks if totals.at_ms - m.at_ms <= limits.window_s * 1000)
    if kept and totals.at_ms - kept[-1].at_ms < grid_ms(limits):
        return kept
    return (*kept, totals)
