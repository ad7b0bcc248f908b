"""Pose as a stage, with MediaPipe's Pose Landmarker."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

import cv2
import msgspec
import numpy as np
from typing_extensions import override

from services.pose.tasks.bundle import bundle_of
from services.pose.tasks.landmarker import Bundle, Found, Landmarker
from services.pose.tasks.landmarkers import Held, Landmarkers, Place
from services.pose.tasks.people import persons_of
from shared import metrics
from shared.bus.frames import Image, PictureError
from shared.messages import Frame, Message
from shared.settings import MediaPipe, Settings
from shared.worker import Done, Stage, Work
from shared.worker.stage import passed_on

_REPLAY_WAIT_S = 30.0  # a recording's frames are never skipped: so late, MediaPipe has failed


class TasksStage(Stage[Place]):
    """Finds people and their landmarks with MediaPipe, each camera's frames in order, cameras side by side.

    With the running mode `image` the same picture always gives the same answer. The others follow people with
    a memory that no checkpoint holds (see `Landmarkers`), and `live_stream` answers some pictures late or
    never.
    """

    name = "pose"
    state_type = Place

    def __init__(self, settings: MediaPipe, landmarkers: Landmarkers, threads: int) -> None:
        """`threads`: so many cameras are looked at at once."""
        self._settings = settings
        self._landmarkers = landmarkers
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="landmarker")

    @override
    def fresh(self) -> Place:
        return Place()

    @override
    def wants_picture(self, message: Frame) -> bool:
        """Always: MediaPipe finds people by itself."""
        return True

    @override
    def process(self, works: Sequence[Work[Place]]) -> list[Done[Place]]:
        """No more cameras at once than landmarkers may be open: none is closed while it looks."""
        most = self._settings.landmarkers
        groups = (works[first : first + most] for first in range(0, len(works), most))
        return [done for group in groups for done in self._look(group)]

    @override
    def finish(self, state: Place) -> tuple[Message, ...]:
        self._landmarkers.end(state)
        return ()

    def close(self) -> None:
        """Give all landmarkers and threads back."""
        self._threads.shutdown()
        self._landmarkers.close()

    def _look(self, works: Sequence[Work[Place]]) -> list[Done[Place]]:
        images = [_rgb(work) for work in works]
        held = [self._landmarkers.take(work.message, work.state) for work in works]
        looks = [self._start(*each) for each in zip(works, held, images, strict=True)]
        wait(looks)  # all of them: what fails below is tried again, and none may still be at it
        return [
            self._tell(work.message, mine, look.result())
            for work, mine, look in zip(works, held, looks, strict=True)
        ]

    def _start(self, work: Work[Place], held: Held, image: Image) -> "Future[Found | None]":
        wait_s = self._settings.result_wait_ms / 1000 if work.message.live else _REPLAY_WAIT_S
        return self._threads.submit(held.landmarker.look, image, work.message.pts_us, wait_s)

    def _tell(self, message: Frame, held: Held, found: Found | None) -> Done[Place]:
        held.place = Place.of(message)
        if found is not None:
            persons = persons_of(found, message, self._settings.min_pose_presence_confidence)
            return Done((msgspec.structs.replace(message, persons=persons),), held.place)
        if not message.live:
            raise TimeoutError(
                f"MediaPipe gave no result for frame {message.seq} of camera {message.camera}"
                f" within {_REPLAY_WAIT_S:g} s"
            )
        metrics.pose_ignored.labels(message.camera).inc()
        return Done((passed_on(message, self.name),), held.place)


def build(settings: Settings) -> TasksStage:
    """The stage with its bundle made; a first landmarker is opened and closed, so that what is wrong shows
    now.

    Raises:
        MediaPipeError: MediaPipe is not installed, or cannot work with what is configured.
        ModelError: the model is unknown.
    """
    options = settings.pose.mediapipe
    bundle = Bundle(bundle_of(settings))
    Landmarker(options, bundle).close()
    # In a live stream a thread only waits for its camera's callback.
    threads = options.landmarkers if options.running_mode == "live_stream" else settings.runtime.threads
    landmarkers = Landmarkers(
        lambda: Landmarker(options, bundle), options.landmarkers, shared=options.running_mode == "image"
    )
    return TasksStage(options, landmarkers, threads)


def _rgb(work: Work[Place]) -> Image:
    message = work.message
    if work.picture is None:
        raise PictureError(f"frame {message.seq} of camera {message.camera} came to pose without its picture")
    return np.asarray(cv2.cvtColor(work.picture.bgr(), cv2.COLOR_BGR2RGB), np.uint8)
