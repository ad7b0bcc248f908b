"""How a camera stands, in words: from the report that ingest renews about each second."""

from dataclasses import dataclass

from rich.text import Text

from shared.camera import CameraPhase, CameraReport, decode_report

_SILENT_S = 5.0  # a report is renewed each second
_OLD_PICTURE_S = 3.0
_STYLES = {
    CameraPhase.CONNECTING: "yellow",
    CameraPhase.PLAYING: "green",
    CameraPhase.WAITING: "bold red",
    CameraPhase.ENDED: "dim",
}
_WORDS = {CameraPhase.WAITING: "away"}


@dataclass(frozen=True)
class Standing:
    """A camera at one moment; times in seconds. `read` says whether any ingest worker reports it."""

    report: CameraReport
    now_us: int

    @property
    def read(self) -> bool:
        """Whether an ingest worker has it in hand, or is through with it."""
        return self.report.phase is CameraPhase.ENDED or self._since(self.report.reported_us) < _SILENT_S

    @property
    def picture_age_s(self) -> float | None:
        """How old the last picture is; None before the first."""
        return None if self.report.seen_us is None else self._since(self.report.seen_us)

    @property
    def well(self) -> bool:
        """Whether there is nothing to tell."""
        return self.read and self.report.phase is CameraPhase.PLAYING and not self.report.problems

    def phase(self) -> Text:
        """What it does, and for how long."""
        if not self.read:
            return Text(f"nobody reads it for {duration(self._since(self.report.reported_us))}", "bold red")
        phase = self.report.phase
        words = _WORDS.get(phase, phase.value)
        return Text(f"{words} {duration(self._since(self.report.since_us))}", _STYLES[phase])

    def picture(self) -> Text:
        """How old the last picture is."""
        if self.report.phase is CameraPhase.ENDED:
            return Text("-", "dim")
        age_s = self.picture_age_s
        if age_s is None:
            return Text("none yet", "yellow")
        return Text(f"{duration(age_s)} old", "bold red" if age_s > _OLD_PICTURE_S else "dim")

    def troubles(self) -> list[Text]:
        """A line for each thing that somebody should look at."""
        lines = []
        if self.report.problems:
            lines.append(Text(", ".join(self.report.problems), "bold red"))
        if self.report.error and self.report.phase is not CameraPhase.PLAYING:
            lines.append(Text(self.report.error, "red"))
        return lines

    def _since(self, time_us: int) -> float:
        return max(0.0, (self.now_us - time_us) / 1e6)


def standing_of(report: bytes, now_us: int) -> Standing | None:
    """The standing that a report tells of; None without one."""
    decoded = decode_report(report)
    return None if decoded is None else Standing(decoded, now_us)


def duration(seconds: float) -> str:
    """A span of time for people: 0.4 s, 12 s, 3:25 min, 5:02 h, 3 days."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = int(seconds) // 60
    if minutes < 60:
        return f"{minutes}:{int(seconds) % 60:02d} min"
    return f"{minutes // 60}:{minutes % 60:02d} h" if minutes < 2880 else f"{minutes // 1440} days"
