"""Our tracker beside other libraries' on the same detections: `make bench-tracking`.

Peers run in an environment of their own; without one (`--peers` is absent) only our policies do.
"""

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from tests.bench.command import ROOT, CommandError
from tests.bench.tracking import report
from tests.bench.tracking.contest import Entrant, compete, tuned
from tests.bench.tracking.grids import GRIDS, combinations
from tests.bench.tracking.ours import BUILDS
from tests.bench.tracking.sequences import JUDGED, TUNING, Clip, crowds, dances, real

# These also run with the expected boxes of lost tracks for so long: about the gap that random misses leave.
# Norfair shows its own for up to 15 frames by default; the other peers do not return theirs.
_SHOWN, _SHOWN_S = ("ours bytetrack", "ours crowd"), 0.2
# Of the tuning clips, so that fifty settings take minutes.
_TUNED_PART = 0.3


def main() -> int:
    """Tune the peers, let all compete, print and write."""
    options = _options()
    started_s = time.monotonic()
    versions = f"Python {platform.python_version()}, NumPy {np.__version__}"
    say(f"{platform.machine()}, {os.cpu_count()} cores, {versions}")
    part = 0.25 if options.quick else 1.0
    judged = [*crowds(JUDGED, part), *dances(JUDGED, part), *real()]
    say(f"judged by seeds {JUDGED} and TUD: {len(judged)} clips, {sum(c.pts_us.size for c in judged)} frames")
    try:
        records = compete(_entrants(options), judged, options.rounds, options.peers)
    except CommandError as error:
        print(error, file=sys.stderr)
        return 1
    for table in (report.accuracy, report.families, report.speeds, report.advantages):
        say("\n" + "\n".join(table(records)))
    spent_s = time.monotonic() - started_s
    say(f"\n{options.rounds} rounds in turns, {spent_s:.0f} s in all")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    written = {
        "seeds": {"tuning": TUNING, "judged": JUDGED},
        "quick": options.quick,
        "rounds": options.rounds,
        "clips": {clip.name: _shape(clip) for clip in judged},
        "results": report.as_json(records),
    }
    options.out.write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8")
    say(f"written to {options.out}")
    return 0


def say(text: str) -> None:
    print(text, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.tracking", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--peers", type=Path, help="the Python of the peers' environment")
    parser.add_argument("--quick", action="store_true", help="clips of a quarter of the length, no tuning")
    parser.add_argument(
        "--tuned", type=Path, help="the JSON of an earlier run, whose tuned settings are taken"
    )
    parser.add_argument("--rounds", type=int, default=2, help="how often all run all clips, in turns")
    parser.add_argument("--out", type=Path, default=ROOT / "build/bench/tracking.json", help="the JSON file")
    return parser.parse_args()


def _entrants(options: argparse.Namespace) -> Iterable[Entrant]:
    entrants = [Entrant(name, name, {}) for name in BUILDS]
    entrants += [Entrant(f"{name} +{_SHOWN_S:g} s", name, {"shown_s": _SHOWN_S}) for name in _SHOWN]
    if options.peers is None:
        return entrants
    entrants += [Entrant(name, name, {}) for name in GRIDS]
    if options.tuned:
        return [*entrants, *_tuned_before(options.tuned)]
    if not options.quick:
        clips = list(crowds(TUNING, part=_TUNED_PART))
        settings = sum(combinations(grid) for grid in GRIDS.values())
        say(f"tuning {len(GRIDS)} peers, {settings} settings, on seeds {TUNING}: {len(clips)} clips")
        entrants += tuned(options.peers, clips, say)
    return entrants


def _tuned_before(path: Path) -> Iterator[Entrant]:
    trackers = {f"{tracker}, tuned": tracker for tracker in GRIDS}
    for each in json.loads(path.read_text(encoding="utf-8"))["results"]:
        if (title := each["tracker"]) in trackers:
            yield Entrant(title, trackers[title], each["options"])


def _shape(clip: Clip) -> dict[str, int]:
    return {
        "frames": clip.pts_us.size,
        "people": int(np.unique(clip.truth.ids).size),
        "boxes": clip.truth.ids.size,
        "detections": clip.scores.size,
    }


if __name__ == "__main__":
    sys.exit(main())
