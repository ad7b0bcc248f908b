"""The folder in memory that holds the rings: private to one user, and cleared of what the dead left behind.

Whoever writes a ring holds a lock on it, which the kernel frees when the process dies, however it dies.
Nothing that is locked is ever removed.
"""

import fcntl
import os
import secrets
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from shared.bus.frames import Held
from shared.bus.rings import NAME, Layout, Ring
from shared.errors import UserError

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it, and looked at before use

ABANDONED_S = 3600.0  # a ring that nobody writes for so long is nobody's: its camera is no longer configured

_OPEN = os.O_CLOEXEC | os.O_NOFOLLOW
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | _OPEN
_LOCK = "lock"
_RUN = "run-"


class FrameStoreError(UserError):
    """Shared memory cannot be used for pictures: one line that says why and what to do."""


class NoRoomError(FrameStoreError):
    """There is not enough of it."""


def base_folder(configured: Path | None) -> Path:
    """Where the rings' folder is made: `frames.shm_dir`, or /dev/shm.

    Raises:
        FrameStoreError: there is none.
    """
    if sys.platform != "linux":
        raise FrameStoreError("frames.store: shm works on Linux only: set it to redis")
    base = configured or SHARED_MEMORY
    if base.is_dir():
        return base
    if configured is None:
        raise FrameStoreError(
            f"this system has no {SHARED_MEMORY}: set frames.store to redis, or frames.shm_dir to a folder in"
            " memory"
        )
    raise FrameStoreError(f"frames.shm_dir: there is no folder {base}")


@dataclass(frozen=True)
class Owned:
    """A ring that this process alone writes; `fd` holds the lock."""

    ring: Ring
    fd: int

    def touch(self) -> bool:
        """Show that somebody still writes it; False where its file was removed."""
        os.utime(self.fd)
        return os.fstat(self.fd).st_nlink > 0

    def release(self) -> None:
        """Let another process write it."""
        fcntl.flock(
            self.fd, fcntl.LOCK_UN
        )  # the mapping holds a copy of the descriptor, and the lock with it
        os.close(self.fd)


class RingFolder:
    """`kinestream-<user id>` inside `base`, mode 0700; made where it is missing.

    Raises:
        FrameStoreError: it cannot be made, or is not this user's alone.
    """

    def __init__(self, base: Path) -> None:
        self.path = base / f"kinestream-{os.getuid()}"
        try:
            with suppress(FileExistsError):
                self.path.mkdir(mode=0o700)
            self._fd = os.open(self.path, _FOLDER)
        except OSError as error:
            raise FrameStoreError(f"frames.shm_dir: cannot use {self.path}: {error.strerror}") from None
        status = os.fstat(self._fd)
        if status.st_uid != os.getuid() or status.st_mode & 0o077:
            os.close(self._fd)
            raise FrameStoreError(
                f"{self.path} is open to other users (mode {stat.S_IMODE(status.st_mode):o}, user"
                f" {status.st_uid}): remove it, or set frames.shm_dir to a folder of your own"
            )

    def close(self) -> None:
        os.close(self._fd)

    def names(self, camera: str | None = None) -> list[str]:
        """The rings, or those of one camera; the one written last comes first."""
        found: list[tuple[float, str]] = []
        for path in self.path.iterdir() if self.path.is_dir() else ():
            match = NAME.fullmatch(path.name)
            if match and camera in (None, match["camera"]):
                with suppress(FileNotFoundError):
                    found.append((path.lstat().st_mtime, path.name))
        return [name for _, name in sorted(found, reverse=True)]

    def exists(self, name: str) -> bool:
        try:
            os.stat(name, dir_fd=self._fd, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True

    def map(self, name: str) -> Ring:
        """A ring to read.

        Raises:
            FrameStoreError: there is no such ring, or it is not a whole one.
        """
        try:
            fd = os.open(name, os.O_RDONLY | _OPEN, dir_fd=self._fd)
        except OSError as error:
            raise FrameStoreError(f"{self.path / name}: {error.strerror}") from None
        try:
            layout = Layout.read(fd)
            if layout is None:
                raise FrameStoreError(f"{self.path / name} is not a ring of pictures")
            return Ring(name, fd, layout)
        finally:
            os.close(fd)

    def adopt(self, name: str) -> Owned | None:
        """A ring whose writer is dead, to go on with; None where it lives, or the ring is not whole."""
        fd = self._seize(name)
        if fd is None:
            return None
        layout = Layout.read(fd)
        if layout is None:
            os.close(fd)
            return None
        return Owned(Ring(name, fd, layout, writable=True), fd)

    def create(self, camera: str, layout: Layout) -> Owned:
        """A new ring.

        Raises:
            NoRoomError: it does not fit.
        """
        name = f"{camera}.{secrets.token_hex(8)}.ring"
        self._check_room(camera, layout)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | _OPEN
        try:
            fd = os.open(name, flags, 0o600, dir_fd=self._fd)
        except OSError as error:
            raise NoRoomError(self._short(camera, layout, error.strerror or "no room")) from None
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            # Room that is only promised kills the process that writes into it (SIGBUS): take it now.
            os.posix_fallocate(fd, 0, layout.size)
            layout.write(fd)
            if not os.fstat(fd).st_nlink:  # somebody who cleared up came before our lock
                raise OSError(0, "removed by another process")
            return Owned(Ring(name, fd, layout, writable=True), fd)
        except OSError as error:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=self._fd)
            os.close(fd)
            raise NoRoomError(self._short(camera, layout, error.strerror or "no room")) from None

    def remove(self, name: str) -> bool:
        """Remove a ring that nobody writes; False where somebody does."""
        fd = self._seize(name)
        if fd is None:
            return not self.exists(name)
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._fd)
        os.close(fd)
        return True

    def remove_abandoned(self) -> None:
        """Remove the rings of cameras that are no longer played."""
        before_s = time.time() - ABANDONED_S
        for name in self.names():
            with suppress(FileNotFoundError):
                if os.stat(name, dir_fd=self._fd, follow_symlinks=False).st_mtime < before_s:
                    self.remove(name)

    def held(self, camera: str | None = None) -> list[Held]:
        """What each ring takes now."""
        found: list[Held] = []
        for name in self.names(camera):
            with suppress(OSError):
                fd = os.open(name, os.O_RDONLY | _OPEN, dir_fd=self._fd)
                try:
                    layout, size = Layout.read(fd), os.fstat(fd).st_size
                finally:
                    os.close(fd)
                match = NAME.fullmatch(name)
                if match:
                    found.append(Held(match["camera"], layout.slots if layout else 0, size))
        return found

    def _seize(self, name: str) -> int | None:
        """The ring's file, locked; None where somebody holds it or it is gone."""
        try:
            fd = os.open(name, os.O_RDWR | _OPEN, dir_fd=self._fd)
        except OSError:
            return None
        if locked(fd) and os.fstat(fd).st_nlink:
            return fd
        os.close(fd)
        return None

    def _check_room(self, camera: str, layout: Layout) -> None:
        status = os.fstatvfs(self._fd)
        free = status.f_bavail * status.f_frsize
        if free < layout.size:
            raise NoRoomError(self._short(camera, layout, f"{free / 1e6:.0f} MB are free"))

    def _short(self, camera: str, layout: Layout, reason: str) -> str:
        return (
            f"camera {camera}: {layout.slots} pictures need {layout.size / 1e6:.0f} MB in {self.path.parent}:"
            f" {reason}; enlarge it (Docker gives 64 MB unless told --shm-size), or lower bus.window,"
            " frames.shm_mb or longest_side_px"
        )


def free_bytes(path: Path) -> int:
    """What may still be written there."""
    status = os.statvfs(path)
    return status.f_bavail * status.f_frsize


def locked(fd: int) -> bool:
    """Lock the open file for this process; False where another holds it."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def run_folder(base: Path) -> Iterator[Path]:
    """A folder for the rings of one run, removed with all that is in it; those of dead runs are removed
    first.

    Raises:
        FrameStoreError: it cannot be made.
    """
    parent = RingFolder(base)
    try:
        lock = os.open(parent.path / _LOCK, os.O_RDWR | os.O_CREAT | _OPEN, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)  # nobody clears up between making a folder and locking it
            for folder in sorted(parent.path.glob(f"{_RUN}*")):
                _remove_dead(folder)
            folder = Path(tempfile.mkdtemp(prefix=_RUN, dir=parent.path))
            alive = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | _OPEN, 0o600)
            fcntl.flock(alive, fcntl.LOCK_EX)
        finally:
            os.close(lock)
    except OSError as error:
        raise FrameStoreError(f"cannot use {parent.path}: {error.strerror}") from None
    finally:
        parent.close()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(alive)


def _remove_dead(folder: Path) -> None:
    """Remove a run's folder where neither the run nor a writer of one of its rings lives."""
    with suppress(OSError):
        in_use = [path for path in (folder / _LOCK, *folder.rglob("*.ring")) if _in_use(path)]
        if not in_use:
            shutil.rmtree(folder, ignore_errors=True)


def _in_use(path: Path) -> bool:
    try:
        fd = os.open(path, os.O_RDWR | _OPEN)
    except OSError:
        return False
    try:
        return not locked(fd)
    finally:
        os.close(fd)
