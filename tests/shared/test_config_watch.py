"""A settings file that is edited while it is used."""

import os
from pathlib import Path

from shared.settings import ConfigWatch, Settings, load
from tests.conftest import Clock


class Edited:
    """A file, its watch, and time that passes."""

    def __init__(self, path: Path) -> None:
        self.clock = Clock()
        self.path = path
        self.write("hall")
        self.watch = ConfigWatch(path, load(path), self.clock.now_s)
        assert self.seen(3) is None

    def write(self, camera: str) -> None:
        self.path.write_text(f"cameras: [{{name: {camera}, source: a.mp4}}]\n", encoding="utf-8")

    def seen(self, seconds: int) -> Settings | None:
        """What is new within so many seconds."""
        found = None
        for _ in range(seconds):
            self.clock.advance(1000)
            found = self.watch.look() or found
        return found


def names(settings: Settings | None) -> list[str]:
    return [] if settings is None else [camera.name for camera in settings.cameras]


def test_an_edit_is_seen_once(tmp_path: Path) -> None:
    edited = Edited(tmp_path / "k.yaml")
    edited.write("yard")
    assert names(edited.seen(3)) == ["yard"]
    assert edited.seen(3) is None
    assert edited.watch.age_s < 6


def test_an_edit_that_keeps_size_and_date_is_seen(tmp_path: Path) -> None:
    edited = Edited(tmp_path / "k.yaml")
    before = edited.path.stat()
    edited.write("yard")
    os.utime(edited.path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert names(edited.seen(3)) == ["yard"]


def test_a_file_behind_a_link_that_is_turned_is_seen(tmp_path: Path) -> None:
    for version, name in ((1, "hall"), (2, "yard")):
        (tmp_path / f"v{version}").mkdir()
        (tmp_path / f"v{version}" / "k.yaml").write_text(f"cameras: [{{name: {name}, source: a.mp4}}]\n")
    link = tmp_path / "data"
    link.symlink_to("v1")
    clock = Clock()
    watch = ConfigWatch(link / "k.yaml", load(link / "k.yaml"), clock.now_s)
    fresh = tmp_path / "fresh"
    fresh.symlink_to("v2")
    fresh.replace(link)
    found = None
    for _ in range(3):
        clock.advance(1000)
        found = watch.look() or found
    assert names(found) == ["yard"]


def test_half_a_file_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    edited = Edited(tmp_path / "k.yaml")
    edited.path.write_text("cameras: []\n", encoding="utf-8")
    assert edited.seen(1) is None
    edited.write("yard")
    assert edited.seen(1) is None
    assert names(edited.seen(1)) == ["yard"]


def test_a_bad_file_is_refused_and_a_good_one_taken_again(tmp_path: Path) -> None:
    edited = Edited(tmp_path / "k.yaml")
    for text in ("cameras: 3\n", "", "nonsense: 1\n"):
        edited.path.write_text(text, encoding="utf-8")
        assert edited.seen(3) is None
        assert edited.watch.error
    edited.path.unlink()
    assert edited.seen(3) is None
    assert edited.watch.error.endswith("is gone")
    assert edited.watch.errors == 4
    assert names(edited.watch.settings) == ["hall"]
    edited.write("hall")
    assert edited.seen(3) is None
    assert edited.watch.error == ""
    edited.write("yard")
    assert names(edited.seen(3)) == ["yard"]


def test_an_edit_between_loading_and_watching_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "k.yaml"
    path.write_text("cameras: [{name: hall, source: a.mp4}]\n", encoding="utf-8")
    settings, clock = load(path), Clock()
    path.write_text("cameras: [{name: yard, source: a.mp4}]\n", encoding="utf-8")
    watch = ConfigWatch(path, settings, clock.now_s)
    clock.advance(1000)
    assert names(watch.look()) == ["yard"]


def test_without_a_file_nothing_changes() -> None:
    clock = Clock()
    watch = ConfigWatch(None, Settings(), clock.now_s)
    clock.advance(5000)
    assert watch.look() is None
    assert watch.error == ""


def test_a_new_password_is_found_beside_the_file(tmp_path: Path) -> None:
    secret, path, clock = tmp_path / "secret", tmp_path / "k.yaml", Clock()
    secret.write_text("old", encoding="utf-8")
    path.write_text("bus: {url: 'redis://server', password_file: secret}\n", encoding="utf-8")
    watch = ConfigWatch(path, load(path), clock.now_s)
    secret.write_text("new", encoding="utf-8")
    found = None
    for _ in range(40):
        clock.advance(1000)
        found = watch.look() or found
    assert found is not None
    assert found.bus.url is not None
    assert found.bus.url.get_secret_value() == "redis://:new@server"
