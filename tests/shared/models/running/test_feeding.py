"""Pictures cut in a thread while the network runs."""

import threading
import time
from collections.abc import Generator, Iterator

import numpy as np
import pytest

from shared import cputime
from shared.bus.frames import PictureError
from shared.models import registry
from shared.models.running import Model
from shared.models.running.runs import Batch
from shared.settings import Runtime
from tests.shared.models.pictures import noise
from tests.shared.models.running.sessions import SmallMemory, engine_on, plain

SELFIE = registry.find("selfie")
PICTURES = noise(256, 256, 9)


@pytest.fixture(params=[1, 4], ids=["one by one", "in fours"])
def model(request: pytest.FixtureRequest, runtime: Runtime) -> Model:
    return Model(SELFIE, engine_on(SELFIE, plain(SELFIE, runtime), request.param), feed_ahead=True)


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 8, 9])
def test_a_generator_gives_what_the_array_gives_to_the_bit(model: Model, count: int) -> None:
    whole = np.stack(PICTURES)[:count]
    for _ in range(2):  # the second time with the buffers of the first
        fed = model.run(picture for picture in PICTURES[:count])
        np.testing.assert_array_equal(fed["mask"], model.run(whole)["mask"])


def test_the_next_part_is_cut_while_the_present_one_is_in_the_network(runtime: Runtime) -> None:
    """The first run ends only when the second part has been cut: without a thread it never would."""
    cut_second = threading.Event()
    inner = plain(SELFIE, runtime)

    class Waiting(SmallMemory):
        def __call__(self, batch: Batch, wanted: object) -> dict[str, np.ndarray]:
            assert cut_second.wait(20)
            return inner(batch, ["mask"])

    def pictures() -> Iterator[Batch]:
        yield PICTURES[0]
        cut_second.set()
        yield PICTURES[1]

    model = Model(SELFIE, engine_on(SELFIE, Waiting(inner), 1), feed_ahead=True)
    assert len(model.run(pictures())["mask"]) == 2


@pytest.mark.parametrize("largest", [1, 2, 4])
def test_whoever_knows_how_many_pictures_there_are_is_not_asked_for_more(
    largest: int, runtime: Runtime
) -> None:
    def pictures() -> Iterator[Batch]:
        yield from PICTURES[:4]
        raise AssertionError("nobody should ask for a fifth")

    model = Model(SELFIE, engine_on(SELFIE, plain(SELFIE, runtime), largest), feed_ahead=True)
    np.testing.assert_array_equal(
        model.run(pictures(), count=4)["mask"], model.run(np.stack(PICTURES[:4]))["mask"]
    )


def test_nothing_is_cut_more_than_one_part_ahead(runtime: Runtime) -> None:
    cut = 0
    ahead: list[int] = []
    inner = plain(SELFIE, runtime)

    class Counting(SmallMemory):
        def __call__(self, batch: Batch, wanted: object) -> dict[str, np.ndarray]:
            ahead.append(cut - 2 * (len(ahead) + 1))
            return inner(batch, ["mask"])

    def pictures() -> Iterator[Batch]:
        nonlocal cut
        for picture in PICTURES[:8]:
            cut += 1
            yield picture

    Model(SELFIE, engine_on(SELFIE, Counting(inner), 2), feed_ahead=True).run(pictures())
    assert len(ahead) == 4
    assert max(ahead) <= 2


@pytest.mark.parametrize("good", [0, 1, 4, 6])
def test_what_a_generator_raises_comes_out_as_it_is_and_the_model_goes_on(model: Model, good: int) -> None:
    error = PictureError("a frame body of 3 bytes is not a JPEG")

    def pictures() -> Iterator[Batch]:
        yield from PICTURES[:good]
        raise error

    with pytest.raises(PictureError) as raised:
        model.run(pictures())
    assert raised.value is error
    assert len(model.run(iter(PICTURES))["mask"]) == 9


def test_pictures_of_another_shape_are_refused(model: Model) -> None:
    with pytest.raises(
        ValueError, match=r"selfie takes uint8 pictures \(256, 256, 3\), not uint8 \(2, 2, 3\)"
    ):
        model.run(iter([PICTURES[0], np.zeros((2, 2, 3), np.uint8)]))


def test_a_network_that_fails_ends_the_cutting_first(runtime: Runtime) -> None:
    """Nobody may touch the caller's pictures once `run` has returned."""
    busy = threading.Event()
    broken = SmallMemory(plain(SELFIE, runtime), room=0, text="CUDA failure 700: an illegal memory access")

    def pictures() -> Generator[Batch]:
        for picture in PICTURES:
            busy.set()
            yield picture
            busy.clear()

    source = pictures()
    with pytest.raises(Exception, match="illegal"):
        Model(SELFIE, engine_on(SELFIE, broken, 2), feed_ahead=True).run(source)
    source.close()  # raises while another thread is inside it


def test_memory_that_runs_short_on_the_way_changes_no_answer(runtime: Runtime, selfie: Model) -> None:
    run = SmallMemory(plain(SELFIE, runtime), room=2)
    found = Model(SELFIE, engine_on(SELFIE, run, 8), feed_ahead=True).run(iter(PICTURES))
    np.testing.assert_array_equal(found["mask"], selfie.run(np.stack(PICTURES))["mask"])


def test_several_threads_may_run_one_model(model: Model) -> None:
    expected = model.run(np.stack(PICTURES))["mask"]
    results: list[np.ndarray] = []
    threads = [
        threading.Thread(target=lambda: results.append(model.run(iter(PICTURES))["mask"])) for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        np.testing.assert_array_equal(result, expected)
    assert len(results) == 3


def test_cpu_time_of_the_cutting_is_the_callers(model: Model) -> None:
    """Each picture takes 10 ms of CPU time, wherever it is cut."""

    def pictures() -> Iterator[Batch]:
        for picture in PICTURES[:6]:
            until_ns = time.thread_time_ns() + 10_000_000
            while time.thread_time_ns() < until_ns:
                pass
            yield picture

    before_ns = cputime.spent_ns()
    model.run(pictures())
    assert cputime.spent_ns() - before_ns >= 60_000_000
