"""Falls told on the synthetic suites, by suite and factor (`python -m tests.bench.suites [SUITE...]`).

An alert is right from the first loss of posture until 5 s after the body is at rest, once for each fall;
every other one is false, as for the clips.
"""

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from services.evaluate.events.suites import Scene, names, scenes
from services.evaluate.intervals import wilson
from shared.actions.watch import watch
from shared.messages import EventKind, Phase
from shared.settings import Actions

_AFTER_S = 5.0


@dataclass
class Tally:
    """Falls, those told, seconds from the ground to the alert, false alarms and hours."""

    falls: int = 0
    delays_s: list[float] = field(default_factory=list)
    false: int = 0
    hours: float = 0.0

    def add(self, scene: Scene, alerts: list[float]) -> None:
        """Score one scene with alerts at these seconds."""
        self.hours += scene.duration_s / 3600
        for label in scene.labels:
            if not label.get("fall"):
                continue
            self.falls += 1
            right = [at for at in alerts if label["descent_s"] <= at <= label["settled_s"] + _AFTER_S]
            self.delays_s += [right[0] - label["ground_s"]] if right else []
            alerts = [at for at in alerts if at not in right[:1]]
        self.false += len(alerts)

    def __str__(self) -> str:
        told = len(self.delays_s)
        interval = wilson(told, self.falls)
        late = sorted(self.delays_s)[int(0.95 * told)] if told else float("nan")
        middle = sorted(self.delays_s)[told // 2] if told else float("nan")
        recall = (
            "" if interval is None else f"{told / self.falls:5.2f} ({interval.low:.2f}-{interval.high:.2f})"
        )
        return (
            f"{told:4}/{self.falls:<4} {recall:17} {middle:5.1f} {late:5.1f}"
            f" {self.false:5} {self.false / max(self.hours, 1e-9):6.1f} /h"
        )


def _alerts_s(scene: Scene) -> Iterator[float]:
    for event in watch(scene.frames, Actions()):
        if event.kind is EventKind.FALL and event.phase is Phase.CONFIRMED:
            yield event.pts_us / 1e6


def main() -> None:
    """Play what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.suites", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "suites", nargs="*", metavar="SUITE", help=f"of {', '.join(names())}; all without any"
    )
    parser.add_argument("--count", type=int, default=65, help="scenes of each suite (65)")
    options = parser.parse_args()
    if unknown := set(options.suites) - set(names()):
        parser.error(f"no suite {', '.join(sorted(unknown))}: there are {', '.join(names())}")
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    began, played = time.perf_counter(), 0
    for suite in options.suites or names():
        for scene in scenes(suite, options.count):
            played += 1
            keys = [
                ("suite", suite),
                *((f"{suite.split('_')[0]} by {f}", v) for f, v in scene.factors.items()),
            ]
            alerts = list(_alerts_s(scene))
            for key in keys:
                tallies[key].add(scene, alerts)
    _write(tallies)
    took_s = time.perf_counter() - began
    sys.stdout.write(f"\n{played} scenes, {played / took_s:.0f} a second\n")


def _write(tallies: dict[tuple[str, str], Tally]) -> None:
    last = ""
    for (table, level), tally in sorted(tallies.items(), key=lambda item: (item[0][0] != "suite", item[0])):
        if table != last:
            sys.stdout.write(f"\n{table:24} told      recall          median   p95 false\n")
        sys.stdout.write(f"  {level:22} {tally}\n")
        last = table


if __name__ == "__main__":
    main()
