"""Everything that the container files name exists: commands, ports, variables, files and settings."""

import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, get_args

import pytest
import redis
import yaml
from pydantic import BaseModel

from shared.bus.server import bundled_binary
from shared.bus.topology import BRANCHES, CHAIN
from shared.settings import Settings, load
from tests.deploy.server import serving

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
MEDIAPIPE: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose.mediapipe.yaml").read_text("utf-8"))
GPU: dict[str, Any] = yaml.safe_load((ROOT / "deploy/compose.gpu.yaml").read_text(encoding="utf-8"))
PROMETHEUS: dict[str, Any] = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
WORKERS = ("ingest", *(link.stage for link in (*CHAIN, *BRANCHES)), "monitor")

MADE_BY_MAKE = {"./kinestream.yaml", "./deploy/secrets/bus_password"}
VARIABLE = re.compile(r"\bKINESTREAM_[A-Z_]+")


def variables() -> set[str]:
    files = (
        "deploy/Dockerfile",
        "docker-compose.yml",
        "deploy/compose.gpu.yaml",
        "deploy/compose.mediapipe.yaml",
    )
    return {name for file in files for name in VARIABLE.findall((ROOT / file).read_text(encoding="utf-8"))}


def is_setting(name: str) -> bool:
    model: Any = Settings
    for part in name.removeprefix("KINESTREAM_").lower().split("__"):
        if not (isinstance(model, type) and issubclass(model, BaseModel)) or part not in model.model_fields:
            return False
        annotation = model.model_fields[part].annotation
        kinds = [kind for kind in (annotation, *get_args(annotation)) if isinstance(kind, type)]
        model = next((kind for kind in kinds if issubclass(kind, BaseModel)), None)
    return True


def is_read_by_name(name: str) -> bool:
    sources = (path for folder in ("services", "shared") for path in (ROOT / folder).rglob("*.py"))
    return any(f'"{name}"' in path.read_text(encoding="utf-8") for path in sources)


@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="docker-compose is not installed")
@pytest.mark.parametrize(
    "files",
    [
        ("docker-compose.yml",),
        ("docker-compose.yml", "deploy/compose.gpu.yaml"),
        ("docker-compose.yml", "deploy/compose.mediapipe.yaml"),
    ],
)
def test_docker_compose_accepts_the_files(files: tuple[str, ...]) -> None:
    options = [word for file in files for word in ("-f", file)]
    checked = subprocess.run(
        ["docker-compose", *options, "config", "--quiet"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    assert not checked.stderr, checked.stderr


@pytest.mark.parametrize("worker", WORKERS)
def test_each_worker_has_a_service_that_starts_it(worker: str) -> None:
    assert SERVICES[worker]["command"] == ["python", "-m", f"services.{worker}"]
    assert find_spec(f"services.{worker}.__main__") is not None


def test_the_image_starts_a_worker_that_exists() -> None:
    found = re.search(r'^CMD \["python", "-m", "([\w.]+)"\]$', DOCKERFILE, re.MULTILINE)
    assert found is not None
    assert find_spec(f"{found[1]}.__main__") is not None


def test_the_models_service_runs_a_command_of_the_program() -> None:
    python, *arguments = SERVICES["models"]["command"]
    assert python == "python"
    asked = subprocess.run(
        [sys.executable, *arguments, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert asked.returncode == 0, asked.stderr


@pytest.mark.parametrize("name", sorted(variables()))
def test_every_variable_is_known_to_the_program(name: str) -> None:
    assert is_setting(name) or is_read_by_name(name), f"nothing reads {name}"


def test_a_worker_of_compose_loads_its_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    password = tmp_path / "password"
    password.write_text("a b/c\n", encoding="utf-8")
    for name, value in COMPOSE["x-worker"]["environment"].items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("KINESTREAM_BUS__PASSWORD_FILE", str(password))

    settings = load(ROOT / "deploy/kinestream.yaml")

    assert settings.bus.url is not None
    assert settings.bus.url.get_secret_value() == "redis://:a%20b%2Fc@redis:6379/0"
    assert [camera.source for camera in settings.cameras] == ["synth://demo"]


def test_a_worker_on_a_card_asks_for_cuda_first(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GPU["x-gpu"]["environment"].items():
        monkeypatch.setenv(name, value)
    assert load(None).runtime.providers == ("cuda", "cpu")


def test_prometheus_asks_every_worker_on_the_port_where_it_answers() -> None:
    (job,) = PROMETHEUS["scrape_configs"]
    (addresses,) = job["dns_sd_configs"]
    assert sorted(addresses["names"]) == sorted(WORKERS)
    assert str(addresses["port"]) == COMPOSE["x-worker"]["environment"]["KINESTREAM_METRICS__PORT"]
    for worker in WORKERS:
        assert set(SERVICES[worker]["networks"]) & set(SERVICES["prometheus"]["networks"])


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_has_more_rights_or_memory_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "cpus", "pids_limit", "restart", "stop_grace_period"} <= service.keys()
    assert "privileged" not in service
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_every_file_that_is_mounted_or_copied_exists() -> None:
    volumes = [volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])]
    secrets = [secret["file"] for secret in COMPOSE["secrets"].values()]
    mounted = {path for path in [*volumes, *secrets] if path.startswith(".")} - MADE_BY_MAKE
    copied = {
        word
        for line in re.findall(r"^COPY (?!--from)(.*)$", DOCKERFILE, re.MULTILINE)
        for word in line.split()[:-1]
    }
    ignored = (ROOT / "deploy/Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert [path for path in sorted(mounted | copied) if not (ROOT / path).exists()] == []
    assert {path for path in copied if f"!{path}" not in ignored} == set()


def test_named_volumes_and_networks_are_declared() -> None:
    volumes = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    networks = {network for service in SERVICES.values() for network in service["networks"]}
    assert {name for name in volumes if not name.startswith(".")} == set(COMPOSE["volumes"])
    assert networks == set(COMPOSE["networks"])


def test_the_image_is_made_from_the_locks_and_runs_as_nobody_special() -> None:
    assert "--require-hashes" in DOCKERFILE
    assert re.search(r"^USER 10001$", DOCKERFILE, re.MULTILINE)
    assert re.search(r"^STOPSIGNAL SIGTERM$", DOCKERFILE, re.MULTILINE)
    stages = re.split(r"^FROM .*$", DOCKERFILE, flags=re.MULTILINE)
    assert [number for number, text in enumerate(stages) if "apt-get" in text] == [3], (
        "MediaPipe's image alone"
    )


def test_a_pose_worker_with_mediapipe_is_made_from_its_lock_in_its_own_image(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (service,) = MEDIAPIPE["services"].values()
    assert f"FROM worker AS {service['build']['target']}\n" in DOCKERFILE
    assert f"requirements-{service['build']['args']['EXTRA']}.txt" in DOCKERFILE
    assert DOCKERFILE.endswith("\nFROM worker\n"), "what is built where no target is named"
    for name, value in service["environment"].items():
        monkeypatch.setenv(name, value)
    assert load(None).pose.backend == "mediapipe"


def test_the_server_takes_its_configuration_and_never_evicts(tmp_path: Path) -> None:
    with serving(bundled_binary(), ROOT / "deploy/redis/redis.conf", tmp_path) as socket:
        client = redis.Redis(unix_socket_path=str(socket), decode_responses=True)
        settings: Any = client.config_get("maxmemory*", "append*")
        client.close()
    assert settings["maxmemory-policy"] == "noeviction"
    assert settings["appendonly"] == "yes"
    assert int(settings["maxmemory"]) == 768 * 2**20
