"""Pictures in shared memory: raw, for workers that all run on one host; nothing is encoded or decoded.

The entry of a frame carries a reference of a hundred bytes; the pixels lie in the ring file of their camera.
Message `seq` has slot `seq % slots`, and a message is published only where fewer than `slots` of its camera
are in flight: so a picture stays until the last stage is through with it, and what is never published
(dropped for want of room) takes no other's place. Pictures of finished messages are overwritten: unlike JPEGs
on the server they are not kept for `bus.retention_s`, and a dead letter can rarely be retried.

What was promised never turns into another picture: a reader checks the slot's marker before and after it
looked, and says that the picture is gone where it changed.

A server that goes back in time (a restart from older data, a failover) hands out messages again whose
pictures have been overwritten: these become dead letters. Streams and positions stay consistent, pictures do
not: so `auto` chooses shared memory only beside the embedded server, which keeps nothing on disk and dies
with its run.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence

from shared.bus.frames import REFERENCE, FrameWriter, Held, Image, Jpeg, Picture, PictureError, encode_jpeg
from shared.bus.rings import Layout, Reference, Ring, fit_for_ring
from shared.bus.shm_folder import FrameStoreError, NoRoomError, Owned, RingFolder

_SPARE = 2  # slots beyond the window: one that is being written, one of slack
_LEAST_SLOTS = 4  # fewer than this stall the stages; then JPEGs serve better
_TOUCH_S = 1.0
_SWEEP_S = 600.0
_LOOK_S = 10.0  # how often a reader lets go of rings that were removed

_log = logging.getLogger(__name__)


class RawPicture:
    """A picture in a ring; every look copies what it needs and checks that it is still the promised one."""

    def __init__(self, reference: bytes, frames: "ShmFrames") -> None:
        self._reference = reference
        self._frames = frames
        self.spent_ns = 0
        self._copied: dict[int, Image] = {}

    def bgr(self, reduce: int = 1) -> Image:
        image = self._copied.get(reduce)
        if image is None:
            started_ns = time.thread_time_ns()
            reference = Reference.unpack(self._reference)
            image = self._copied[reduce] = self._frames.ring(reference.ring).read(reference, reduce)
            self.spent_ns += time.thread_time_ns() - started_ns
        return image


class ShmFrames:
    """Pictures in rings of `folder`. Used by several threads.

    Args:
        folder: where the rings are.
        camera_bytes: what one camera's rings may take.
        clock: monotonic, in seconds.
    """

    def __init__(
        self, folder: RingFolder, camera_bytes: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder = folder
        self._camera_bytes = camera_bytes
        self._clock = clock
        self._rings: dict[str, Ring] = {}
        self._lock = threading.Lock()
        self._look_at_s = 0.0

    def writer(self, camera: str, window: int) -> FrameWriter:
        return ShmWriter(camera, window, self._folder, self._camera_bytes, self._clock)

    def get(self, body: bytes) -> Picture:
        return RawPicture(body, self) if body.startswith(REFERENCE) else Jpeg(body)

    def ring(self, name: str) -> Ring:
        """The ring, mapped to read.

        Raises:
            PictureError: it is gone.
        """
        with self._lock:
            self._let_go()
            ring = self._rings.get(name)
            if ring is None:
                try:
                    ring = self._rings[name] = self._folder.map(name)
                except FrameStoreError as error:
                    raise PictureError(f"its picture is no longer kept ({error})") from None
            return ring

    def held(self) -> Sequence[Held]:
        return self._folder.held()

    def _let_go(self) -> None:
        """Forget removed rings: their memory is free only when nobody maps them."""
        now_s = self._clock()
        if now_s >= self._look_at_s:
            self._look_at_s = now_s + _LOOK_S
            self._rings = {name: ring for name, ring in self._rings.items() if self._folder.exists(name)}


class ShmWriter:
    """Writes one camera's pictures. Where shared memory is short, they go as JPEG until there is room.

    A writer that follows a dead one goes on in its ring. One that finds the ring's writer alive (paused, cut
    off) takes a ring of its own, so two never write into one. A picture that does not fit the ring begins a
    new one; the old ring is removed when none of its messages can be in flight.
    """

    def __init__(
        self,
        camera: str,
        window: int,
        folder: RingFolder,
        camera_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._camera = camera
        self._wanted = window
        self._folder = folder
        self._bytes = camera_bytes
        self._clock = clock
        self._owned: Owned | None = None
        self._began = False
        self._clear_at: int | None = None  # the message from which on no other ring is in use
        self._again_at = 0  # the message from which on a new ring may be tried
        self._touch_at_s = 0.0
        self._sweep_at_s = 0.0
        self._said = ""

    @property
    def window(self) -> int:
        if self._owned is None:
            return self._wanted
        return min(self._wanted, self._owned.ring.layout.slots - 1)

    def put(self, image: Image, quality: int, seq: int) -> bytes:
        if not self._began:
            self._begin(seq)
        self._clear(seq)
        owned = self._fitting(image, seq)
        if owned is None or not self._found(owned, seq):
            return encode_jpeg(image, quality)
        return owned.ring.write(seq % owned.ring.layout.slots, image).pack()

    def close(self) -> None:
        if self._owned is not None:
            self._owned.release()
            self._owned = None
        self._began = False

    def _begin(self, seq: int) -> None:
        """Go on in the ring that was written last, where its writer is dead.

        One with fewer slots than the window is left alone until it is of no use: nobody knows under which
        window the last messages were published, so any of its slots may be in flight.
        """
        self._began = True
        self._again_at = seq
        self._clear_at = seq + self._wanted
        for name in self._folder.names(self._camera)[:1]:
            owned = self._folder.adopt(name)
            if owned is not None and owned.ring.layout.slots <= self._wanted:
                owned.release()
            else:
                self._owned = owned

    def _fitting(self, image: Image, seq: int) -> Owned | None:
        """The ring that takes this picture; None where it must go as JPEG."""
        if not fit_for_ring(image):
            return None
        if self._owned is not None and self._fits(self._owned, image):
            return self._owned
        self._again_at = min(self._again_at, seq + self._wanted)
        if seq < self._again_at:
            return None
        if self._owned is not None:
            self._retire(self._owned, seq)
        self._owned = self._made(image, seq)
        return self._owned

    def _fits(self, owned: Owned, image: Image) -> bool:
        layout = owned.ring.layout
        return owned.ring.fits(image) and layout == self._layout(layout.slot_bytes)

    def _layout(self, picture_bytes: int) -> Layout:
        return Layout.of(picture_bytes, wanted=self._wanted + _SPARE, room=self._bytes)

    def _retire(self, owned: Owned, seq: int) -> None:
        owned.release()
        self._owned = None
        self._clear_at = seq + self._wanted

    def _made(self, image: Image, seq: int) -> Owned | None:
        layout = self._layout(image.nbytes)
        taken = sum(held.size_bytes for held in self._folder.held(self._camera))
        try:
            if layout.slots < _LEAST_SLOTS:
                raise NoRoomError(
                    f"camera {self._camera}: {_LEAST_SLOTS} pictures of {image.nbytes / 1e6:.2g} MB do not"
                    f" fit into frames.shm_mb {self._bytes / 1e6:.2g}: raise it"
                )
            if taken + layout.size > self._bytes:
                self._again_at = seq + 1  # an older ring is in use for some moments more
                return None
            owned = self._folder.create(self._camera, layout)
        except NoRoomError as error:
            self._again_at = seq + self._wanted
            self._say(f"{error}; its pictures go through the server as JPEG")
            return None
        self._say("")
        return owned

    def _clear(self, seq: int) -> None:
        """Remove the camera's other rings once nothing of theirs is in flight."""
        if self._clear_at is None:
            return
        self._clear_at = min(self._clear_at, seq + self._wanted)  # the server may have gone back
        if seq < self._clear_at:
            return
        own = None if self._owned is None else self._owned.ring.name
        others = [name for name in self._folder.names(self._camera) if name != own]
        left = [name for name in others if not self._folder.remove(name)]
        self._clear_at = seq + self._wanted if left else None

    def _found(self, owned: Owned, seq: int) -> bool:
        """Whether readers still find the ring, which somebody may have removed; looked up once a second.

        Shows that the ring is written, and now and then removes those of cameras that nobody plays any more.
        """
        now_s = self._clock()
        if now_s < self._touch_at_s:
            return True
        self._touch_at_s = now_s + _TOUCH_S
        if not owned.touch():
            self._say(f"camera {self._camera}: somebody removed {owned.ring.name}: its pictures begin anew")
            self._retire(owned, seq)
            return False
        if now_s >= self._sweep_at_s:
            self._sweep_at_s = now_s + _SWEEP_S
            self._folder.remove_abandoned()
        return True

    def _say(self, text: str) -> None:
        if text and text != self._said:
            _log.warning("%s", text)
        self._said = text
