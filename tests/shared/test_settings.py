"""The configuration: what is read, what wins, and what is said when it is wrong."""

import os
from pathlib import Path

import pytest

from shared.settings import Settings, SettingsError, load


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
