"""The configuration: what is read, what wins, and what is said when it is wrong."""

import os
from pathlib import Path

import pytest

from shared.settings import Settings, SettingsError, load, pinned_of


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("KINESTREAM_")]:
        monkeypatch.delenv(name)


def written(folder: Path, text: str) -> Path:
    path = folder / "kinestream.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(path: Path | None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(path)
    return str(caught.value).splitlines()


def test_no_file_means_the_defaults() -> None:
    assert load(None) == Settings()


def test_an_empty_file_means_the_defaults(tmp_path: Path) -> None:
    assert load(written(tmp_path, "# nothing yet\n")) == Settings()


def test_the_file_is_read(tmp_path: Path) -> None:
    settings = load(
        written(
            tmp_path, "bus: {window: 7}\ncameras:\n  - {name: room, source: a.mp4, crop: [0, 1, 20, 30]}\n"
        )
    )
    assert settings.bus.window == 7
    assert settings.cameras[0].crop == (0, 1, 20, 30)


def test_a_variable_wins_over_the_file_and_leaves_its_neighbours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KINESTREAM_BUS__WINDOW", "9")
    settings = load(written(tmp_path, "bus: {window: 7, partitions: 3}"))
    assert (settings.bus.window, settings.bus.partitions) == (9, 3)


def test_a_list_comes_from_a_variable_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINESTREAM_CAMERAS", '[{"name": "a", "source": "b.mp4"}]')
    assert load(None).cameras[0].source == "b.mp4"


@pytest.mark.parametrize("name", ["CONFIG", "DATA", "HEALTH_FILE", "MODELS"])
def test_variables_with_another_meaning_are_no_settings(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"KINESTREAM_{name}", "/somewhere")
    assert load(None) == Settings()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("bus: {windw: 3}", ["bus.windw: no such key; did you mean 'window'?"]),
        ("buss: {window: 3}", ["buss: no such key; did you mean 'bus'?"]),
        ("cameras: [{name: a, sorce: b}]", ["cameras[0].source: Field required",
                                            "cameras[0].sorce: no such key; did you mean 'source'?"]),
        ("bus: {window: 1}", ["bus.window: Input should be greater than or equal to 2"]),
        ("bus: {window: many, zzz: 1}", ["bus.window: Input should be a valid integer, unable to parse"
                                         " string as an integer", "bus.zzz: no such key"]),
        ("cameras: [{name: a, source: b}, {name: a, source: c}]",
         ["cameras: several cameras are named a: names must differ"]),
        ("bus: {window: 3, window: 4}\nbus: {}", ["line 2: the key 'bus' is given twice",
                                                  "line 1: the key 'window' is given twice"]),
        ("venue: {cameras: {a: {points: [{px: [1, 2], mm: [0, 0]}], lenz: 1}}}",
         ["venue.cameras.a.points[0].m: Field required",
          "venue.cameras.a.points[0].mm: no such key; did you mean 'm'?",
          "venue.cameras.a.points: Tuple should have at least 4 items after validation, not 0",
          "venue.cameras.a.lenz: no such key; did you mean 'lens'?"]),
        ("venue: {cameras: {}, field: {low: [0, 0], high: [1, 0]}}",
         ["venue.cameras: Dictionary should have at least 1 item after validation, not 0",
          "venue.field: high must be above low in x and in y"]),
        ("1: 2", ["line 1: the key '1' is not text: put it in quotes"]),
        ("- a", ["must hold sections such as `bus:` and `cameras:`, not a single value or list"]),
        ("bus: {window: 3", ["line 1, column 16: not YAML: expected ',' or '}', but got '<stream end>'"]),
        ("bus: 3", ["bus: Input should be a valid dictionary or instance of Bus"]),
    ],
)  # fmt: skip
def test_every_problem_is_one_line_with_file_and_key(tmp_path: Path, text: str, said: list[str]) -> None:
    path = written(tmp_path, text)
    assert problems(path) == [f"{path}: {line}" for line in said]


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    path = tmp_path / "absent.yaml"
    assert problems(path) == [f"{path}: cannot be read: No such file or directory"]


def test_bytes_that_are_no_text_are_said(tmp_path: Path) -> None:
    path = tmp_path / "kinestream.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    assert problems(path) == [f"{path}: is not UTF-8 text"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("KINESTREAM_BUS__WINDW", "3", "KINESTREAM_BUS__WINDW: no such key; did you mean 'window'?"),
        ("KINESTREAM_BUSS__WINDOW", "3",
         "KINESTREAM_BUSS__WINDOW: no such variable; did you mean 'KINESTREAM_BUS'?"),
        ("KINESTREAM_BUS__WINDOW", "1", "KINESTREAM_BUS__WINDOW: Input should be greater than or equal to 2"),
    ],
)  # fmt: skip
def test_a_wrong_variable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    assert problems(written(tmp_path, "bus: {partitions: 3}"))[0].startswith(said[:60])
    assert problems(None) == [said]


def test_a_list_that_is_no_json_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KINESTREAM_CAMERAS", "a.mp4")
    (line,) = problems(None)
    assert "cameras" in line
    assert line.endswith("give JSON")


def test_the_password_comes_from_its_file_and_shows_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("p@ss/word\n", encoding="utf-8")
    settings = load(written(tmp_path, "bus: {url: 'redis://ann@host:6380/1', password_file: secret}"))
    assert settings.bus.url is not None
    assert settings.bus.url.get_secret_value() == "redis://ann:p%40ss%2Fword@host:6380/1"
    assert "p%40ss" not in repr(settings)


@pytest.mark.parametrize(
    ("bus", "said"),
    [
        ("{password_file: secret}", "is given without bus.url"),
        ("{url: 'redis://:old@host', password_file: secret}", "bus.url holds a password already"),
        ("{url: 'redis://host', password_file: absent}", "cannot read"),
        ("{url: 'redis://host', password_file: empty}", "is empty"),
    ],
)
def test_a_password_file_that_cannot_serve_is_said(tmp_path: Path, bus: str, said: str) -> None:
    (tmp_path / "secret").write_text("new", encoding="utf-8")
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    (line,) = problems(written(tmp_path, f"bus: {bus}"))
    assert said in line
    assert "old" not in line.replace("holds", "")


def test_a_source_shows_in_no_printed_settings(tmp_path: Path) -> None:
    settings = load(written(tmp_path, "cameras: [{name: a, source: 'rtsp://ann:pw@host/1'}]"))
    assert "pw@" not in repr(settings)


def test_the_schema_describes_every_section() -> None:
    schema = Settings.model_json_schema()
    assert set(schema["properties"]) == set(Settings.model_fields)
    assert schema["additionalProperties"] is False


SECRET = "p@s/s%:"
ESCAPED = "p%40s%2Fs%25%3A"


@pytest.mark.parametrize(
    ("camera", "source"),
    [
        ("source: 'rtsp://cam/1', username: ann, password_file: secret", f"rtsp://ann:{ESCAPED}@cam/1"),
        ("source: 'http://cam:81/v?a=b', username: 'a@n', password_file: secret",
         f"http://a%40n:{ESCAPED}@cam:81/v?a=b"),
        ("source: 'rtsp://[fe80::1]:554', username: ann", "rtsp://ann@[fe80::1]:554"),
        ("source: 'rtsp://ann:p@s%20s%@cam/1'", "rtsp://ann:p%40s%20s%25@cam/1"),
        ("source: 'rtsp://cam:554/live?user=a@b&password=x'", "rtsp://cam:554/live?user=a@b&password=x"),
    ],
)  # fmt: skip
def test_a_cameras_credentials_go_escaped_into_its_url(tmp_path: Path, camera: str, source: str) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n", encoding="utf-8")
    settings = load(written(tmp_path, f"cameras: [{{name: a, {camera}}}]"))
    assert settings.cameras[0].source == source
    assert (settings.cameras[0].username, settings.cameras[0].password_file) == (None, None)
    assert "p%40s" not in repr(settings)


def test_both_streams_of_a_camera_get_its_credentials(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET, encoding="utf-8")
    camera = "source: 'rtsp://cam/2', record_source: 'rtsp://cam/1', username: ann, password_file: secret"
    [loaded] = load(written(tmp_path, f"cameras: [{{name: a, {camera}}}]")).cameras
    assert loaded.source == f"rtsp://ann:{ESCAPED}@cam/2"
    assert loaded.record_source == f"rtsp://ann:{ESCAPED}@cam/1"


def test_the_brokers_password_comes_from_its_file_and_shows_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET, encoding="utf-8")
    mqtt = "{host: broker, username: ann, password_file: secret}"
    settings = load(written(tmp_path, f"monitor: {{heartbeat: {{mqtt: {mqtt}}}}}"))
    mqtt_settings = settings.monitor.heartbeat.mqtt
    assert mqtt_settings is not None
    assert mqtt_settings.password is not None
    assert mqtt_settings.password.get_secret_value() == SECRET
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    ("camera", "said"),
    [
        ("source: 'rtsp://bob:0ld@cam', username: ann", "cameras[0].source: holds a user or password"),
        ("source: 'rtsp://bob@cam', password_file: secret", "cameras[0].source: holds a user or password"),
        ("source: 'rtsp://cam', record_source: 'rtsp://bob:0ld@cam', username: ann",
         "cameras[0].record_source: holds a user or password"),
        ("source: 'rtsp://cam', password_file: secret", "password_file: is given without username"),
        ("source: 'rtsp://cam', username: ann, password_file: absent", "password_file: cannot read"),
        ("source: 'rtsp://cam', username: ann, password_file: empty", "empty is empty"),
        ("source: 'rtsp://cam', username: ann, password_file: letter", "more than a password in one line"),
        ("source: 'rtsp://cam', username: ann, password_file: bytes", "is not UTF-8 text"),
        ("source: 'rtsp://cam', username: ann, password_file: .", "cannot read"),
        ("source: film.mp4, username: ann", "only rtsp(s):// and http(s):// sources have one"),
        ("source: 'rtsp://cam', username: ''", "username: String should have at least 1 character"),
        ("source: 'rtsp://ann:0l/d@cam'", "username and password_file"),
        ("source: 'rtsp://ann:12?4@cam'", "username and password_file"),
    ],
)  # fmt: skip
def test_credentials_that_cannot_serve_are_said_without_them(tmp_path: Path, camera: str, said: str) -> None:
    (tmp_path / "secret").write_text("new", encoding="utf-8")
    (tmp_path / "empty").write_text("\n", encoding="utf-8")
    (tmp_path / "letter").write_text("Dear all,\nfirst", encoding="utf-8")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    path = written(tmp_path, f"cameras: [{{name: a, {camera}}}]")
    (line,) = problems(path)
    assert line.startswith(f"{path}: cameras[0]")
    assert said in line
    assert not any(word in line for word in ("0ld", "bob", "0l/d", "12?4"))


def test_every_password_that_is_missing_is_said_at_once(tmp_path: Path) -> None:
    camera = "{name: %s, source: 'rtsp://cam', username: ann, password_file: absent}"
    said = problems(written(tmp_path, f"cameras: [{camera % 'a'}, {camera % 'b'}]"))
    assert ["cameras[0]" in said[0], "cameras[1]" in said[1]] == [True, True]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("rstp://ann:pw@cam/1", "no source begins with rstp://; did you mean rtsp://?"),
        ("htttp://cam/1", "did you mean http://?"),
        ("gopher://cam", "no source begins with gopher://: there are rtsp://, rtsps://, http://"),
        ("rtsp:/cam/1", "write rtsp:// with two slashes"),
        ("rtsp://", "has no host and port that can be understood: write rtsp://HOST:PORT/PATH"),
        ("rtsp://cam:port/1", "has no host and port that can be understood"),
        ("http://cam:99999/", "has no host and port that can be understood"),
        ("", "String should have at least 1 character"),
    ],
)
def test_a_source_that_is_none_is_said_with_what_it_may_be(tmp_path: Path, source: str, said: str) -> None:
    path = written(tmp_path, f"cameras: [{{name: a, source: '{source}'}}]")
    (line,) = problems(path)
    assert line.startswith(f"{path}: cameras[0].source: {said}") or said in line
    assert "pw" not in line


@pytest.mark.parametrize(
    "source",
    ["a.mp4", "/dev/video0", "pictures", "odd:name.mp4", "file:///a.mp4", "replay://room.ksr", "synth://walk?a=b",
     "RTSP://cam/1", "rtsps://cam:322/1", "http://cam/", "https://cam/live.m3u8?x=y#z", "rtsp://[::1]:8554/a"],
)  # fmt: skip
def test_every_kind_of_source_is_taken_as_it_is(tmp_path: Path, source: str) -> None:
    assert load(written(tmp_path, f"cameras: [{{name: a, source: '{source}'}}]")).cameras[0].source == source


def test_a_worker_reads_only_the_passwords_that_it_needs(tmp_path: Path) -> None:
    config = written(
        tmp_path,
        """
        bus: {url: "redis://host", password_file: bus-password}
        cameras: [{name: hall, source: "rtsp://hall/1", username: viewer, password_file: not-for-us}]
        """,
    )
    (tmp_path / "bus-password").write_text("b")
    settings = load(config, ("bus",))
    assert settings.bus.url is not None
    assert settings.bus.url.get_secret_value() == "redis://:b@host"
    assert settings.cameras[0].password_file == Path("not-for-us")
    with pytest.raises(SettingsError, match="not-for-us"):
        load(config, ("bus", "cameras"))


POINTS = "[" + ", ".join(f"{{px: [{x}, {y}], m: [{x}, {y}]}}" for x in (0, 9) for y in (0, 9)) + "]"


def test_a_venue_names_cameras_that_there_are(tmp_path: Path) -> None:
    text = f"venue: {{cameras: {{lefft: {{points: {POINTS}}}}}}}\n"
    assert load(written(tmp_path, text)).venue is not None
    path = written(tmp_path, text + "cameras: [{name: left, source: a.mp4}]")
    [line] = problems(path)
    assert line.endswith("venue.cameras.lefft: no such camera; did you mean 'left'?")


def test_cameras_of_a_venue_lie_in_one_partition(tmp_path: Path) -> None:
    def pinned(**partitions: int) -> dict[str, int]:
        named = {n: f", partition: {p}" for n, p in partitions.items()}
        text = "".join(
            f"  - {{name: {n}, source: a.mp4{named.get(n, '')}}}\n" for n in ("left", "right", "kitchen")
        )
        seen = ", ".join(f"{name}: {{points: {POINTS}}}" for name in ("left", "right"))
        return pinned_of(load(written(tmp_path, f"venue: {{cameras: {{{seen}}}}}\ncameras:\n{text}")))

    alone = pinned()
    assert alone.keys() == {"left", "right"}
    assert len(set(alone.values())) == 1
    assert pinned(right=3, kitchen=5) == {"left": 3, "right": 3, "kitchen": 5}
    with pytest.raises(SettingsError, match="left in partition 4 and right in partition 3: a venue's share"):
        pinned(left=4, right=3)
