"""Why a camera counts as not watched, in words and numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from services.monitor.sight import ENRICHING, INGEST, STAGES, Mark, Sight
from services.monitor.standing import Standing
from shared.settings import Monitor

_FEW = 3  # a share of fewer pictures says nothing


@dataclass(frozen=True)
class Reason:
    """`key` tells it from others, `since_ms` is when it began (server's clock), `evidence` its numbers.

    `outage`: the chain stands still, which also explains what is dropped and skipped meanwhile.
    """

    key: str
    since_ms: int
    text: str
    evidence: Mapping[str, float] = field(default_factory=dict)
    outage: bool = False


def reasons(sight: Sight, standing: Standing, limits: Monitor) -> tuple[Reason, ...]:
    """All that is beyond its limit now; empty where the camera is watched, or too little is known yet."""
    if sight.over:
        return ()
    found = [*_blind(standing), *_unplayed(sight, standing, limits), *_absent(sight, standing, limits)]
    if sight.camera.live:
        found += _behind(sight, standing, limits)
    found += [*_buried(sight, standing, limits), *_shares(sight, standing, limits)]
    return tuple(found)


def settled(standing: Standing, limits: Monitor) -> bool:
    """Whether the shares are taken over long enough to judge by them."""
    return standing.looked_ms - standing.marks[0].at_ms >= _long_enough_ms(limits)


def _blind(standing: Standing) -> Iterator[Reason]:
    if standing.blind_ms:
        seconds = standing.blind_ms / 1000
        began_ms = standing.looked_ms - standing.blind_ms
        yield Reason("blind", began_ms, f"monitor: nobody looked for {seconds:.0f} s", {"blind_s": seconds})


def _unplayed(sight: Sight, standing: Standing, limits: Monitor) -> Iterator[Reason]:
    """Ingest does not play the camera."""
    now, absent_since = sight.now_ms, standing.absent_ms.get(INGEST)
    if sight.ended and not sight.camera.endless:
        return
    if not sight.camera.live and sight.in_flight:
        return  # a film waits for the stages, and may have nothing to say meanwhile
    since = standing.sign_ms if absent_since is None else min(standing.sign_ms, absent_since)
    seconds = (now - since) / 1000
    if seconds < limits.dead_s:
        return
    if absent_since is not None:
        text = f"no worker for {seconds:.0f} s"
    elif sight.source.run == 0:
        text = f"has not started this camera for {seconds:.0f} s"
    elif sight.ended:
        text = f"ended this camera and has not begun it again for {seconds:.0f} s"
    else:
        text = f"nothing heard of this camera for {seconds:.0f} s"
    yield Reason(INGEST, since, f"{INGEST}: {text}", {"ingest_silent_s": seconds}, outage=True)


def _absent(sight: Sight, standing: Standing, limits: Monitor) -> Iterator[Reason]:
    for stage in STAGES:
        since = standing.absent_ms.get(stage)
        seconds = 0.0 if since is None else (sight.now_ms - since) / 1000
        if since is None or seconds < limits.dead_s:
            continue
        unseen = ", pictures pass it unseen" if stage in sight.stood_in else ""
        text = f"{stage}: no worker for {seconds:.0f} s{unseen}"
        yield Reason(f"{stage}_absent", since, text, {f"{stage}_absent_s": seconds}, outage=True)


def _behind(sight: Sight, standing: Standing, limits: Monitor) -> Iterator[Reason]:
    if not sight.in_flight:
        return  # what waits there is another camera's
    for stage, waiting_ms in sight.waiting_ms.items():
        seconds = waiting_ms / 1000
        if stage not in standing.absent_ms and seconds >= limits.behind_s:
            text = f"{stage}: pictures wait for {seconds:.0f} s"
            since = sight.now_ms - waiting_ms
            yield Reason(f"{stage}_behind", since, text, {f"{stage}_behind_s": seconds}, outage=True)


def _shares(sight: Sight, standing: Standing, limits: Monitor) -> Iterator[Reason]:
    """Since the chain stood still last: what was dropped and skipped for that is told already."""
    first = next((mark for mark in standing.marks if mark.at_ms >= standing.calm_ms), sight.totals)
    now = sight.totals
    if now.at_ms - first.at_ms < _long_enough_ms(limits):
        return
    past = _past(first, now)
    lost = now.dropped - first.dropped
    dropped = _share(lost, lost + now.published - first.published)
    if dropped > limits.dropped_share:
        text = f"{INGEST}: dropped {dropped:.0%} of the pictures {past}"
        yield Reason("dropped", now.at_ms, text, {"dropped_share": dropped})
    finished = now.finished - first.finished
    # Not strict: a mark of another version may know fewer stages, which must not end the monitor.
    for stage, at_first, at_last in zip(ENRICHING, first.skipped, now.skipped, strict=False):
        skipped = _share(at_last - at_first, finished)
        if skipped > limits.skipped_share and stage not in standing.absent_ms:
            text = f"{stage}: skipped {skipped:.0%} of the pictures {past}"
            yield Reason(f"{stage}_skipped", now.at_ms, text, {f"{stage}_skipped_share": skipped})


def _buried(sight: Sight, standing: Standing, limits: Monitor) -> Iterator[Reason]:
    first, now = standing.marks[0], sight.totals
    by_stage = {
        stage: at_last - at_first
        for stage, at_first, at_last in zip(STAGES, first.buried, now.buried, strict=False)
        if at_last > at_first
    }
    if sum(by_stage.values()) > limits.dead_letters:
        named = ", ".join(f"{stage}: {count}" for stage, count in by_stage.items())
        evidence = {f"{stage}_dead_letters": float(count) for stage, count in by_stage.items()}
        yield Reason("dead_letters", now.at_ms, f"{named} dead letters {_past(first, now)}", evidence)


def _long_enough_ms(limits: Monitor) -> float:
    """Half a window: a stage that skips all is noticed then, and a moment of trouble is none."""
    return limits.window_s * 500


def _past(first: Mark, now: Mark) -> str:
    return f"of the last {(now.at_ms - first.at_ms) / 1000:.0f} s"


def _share(part: int, whole: int) -> float:
    """0 of too few, and where totals went back with the server."""
    return min(max(part / whole, 0.0), 1.0) if whole >= _FEW else 0.0
