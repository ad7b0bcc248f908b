"""What the documents tell people to type exists."""

import re
import shlex
from pathlib import Path

import pytest
import typer.main

from services.console.command import app
from shared.settings import load

ROOT = Path(__file__).parents[2]
FOLDERS = ("deploy", "services", "shared")
PAGES = (page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))
DOCUMENTS = ("README.md", *sorted(str(page.relative_to(ROOT)) for page in PAGES))
TEXT = {name: (ROOT / name).read_text(encoding="utf-8") for name in DOCUMENTS}
TARGETS = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
CALL = re.compile(r"(?:\.venv/bin/kinestream|kinestream|python -m services) ([^`\n]+)")


def calls() -> list[str]:
    """Each call of the program that stands at the start of a code line, or between backticks."""
    code = re.compile(
        r"^    (?:.*? exec \w+ )?((?:\.venv/bin/)?kinestream .+|python -m services .+)$"
        r"|`(kinestream [^`:]+)`",
        re.MULTILINE,
    )
    return sorted({a or b for text in TEXT.values() for a, b in code.findall(text)})


@pytest.mark.parametrize("call", calls())
def test_every_call_in_the_documents_names_commands_and_options_that_exist(call: str) -> None:
    found = CALL.match(call)
    assert found is not None
    command = typer.main.get_command(app)
    for word in shlex.split(found[1], comments=True):
        if word.startswith("--"):
            known = {option for parameter in command.params for option in parameter.opts} | {"--help"}
            assert word in known, f"{call}: {command.name} has no {word}"
        else:
            command = getattr(command, "commands", {}).get(word, command)
    assert command.name != typer.main.get_command(app).name or "--help" in call, f"{call}: no such command"


@pytest.mark.parametrize("document", [*DOCUMENTS, ".ci/run"])
def test_every_make_target_in_the_documents_exists(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    named = re.findall(r"(?:^ +|`|exec )make ((?:[a-z-]+ ?)+)", text, re.MULTILINE)
    assert {word for words in named for word in words.split()} <= set(TARGETS)
    assert named or document not in {"README.md", "deploy/README.md", ".ci/run"}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_into_the_checkout_leads_somewhere(document: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", TEXT[document])
    pictures = {link for link in links if link.startswith("deploy/pictures/")}
    assert [link for link in links if not ((ROOT / document).parent / link).exists()] == []
    assert pictures or document != "README.md", "the readme shows a run"


def examples() -> list[str]:
    """Every piece of a configuration in the documents (of ours: one shows Home Assistant's)."""
    pieces = (piece for text in TEXT.values() for piece in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL))
    return [piece for piece in pieces if not piece.startswith("mqtt:")]


@pytest.mark.parametrize("example", examples())
def test_every_example_of_a_configuration_is_valid(example: str, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    for name in ("hall", "mqtt"):
        (tmp_path / "secrets" / name).write_text("password\n")
    (tmp_path / "kinestream.yaml").write_text(example)
    assert load(tmp_path / "kinestream.yaml").model_fields_set


def test_the_readme_shows_how_to_add_cameras() -> None:
    assert any("\ncameras:\n" in f"\n{example}" for example in examples())
