import msgspec
import numpy as np

from services.pose.bodies import region_of_person
from services.pose.people import Memory, People
from shared.messages import Array, Frame, Limb, Person
from shared.settings import Settings
from tests.bench.ablation import as_detected, renamed, without_silhouettes
from tests.services.footage import detected

FILTERS = Array.of(np.zeros((33, 19), np.float32))


def frame(*persons: Person, seq: int = 0) -> Frame:
    return Frame(
        camera="hall",
        run=1,
        seq=seq,
        pts_us=seq * 100_000,
        captured_us=0,
        width_px=640,
        height_px=480,
        persons=persons,
    )


def test_without_regions_carried_over_only_the_filters_of_who_is_detected_go_on() -> None:
    here, gone = detected(200, 240, 60), detected(500, 240, 60)
    people = People(
        tuple(Memory(region_of_person(each), 0, FILTERS, misses=2) for each in (detected(204, 242, 70), gone))
    )
    weak = msgspec.structs.replace(gone, score=0.2)
    new = detected(60, 200, 50)
    after = as_detected(people, frame(here, weak, new, seq=1), 0.5)
    assert after.followed == (
        Memory(region_of_person(here), 0, FILTERS),
        Memory(region_of_person(new), 100_000),
    )


def test_persons_without_silhouettes_keep_all_else() -> None:
    person = detected(200, 240, 60)
    seen = msgspec.structs.replace(
        person, limbs={"torso": Limb(1.0, 1.0, 1.0, 400.0, occluded=False)}, occluded=True
    )
    assert without_silhouettes((frame(seen),), Settings()) == (frame(person),)


def test_persons_are_named_anew_by_a_tracker_with_other_options() -> None:
    sure, weak = detected(200, 240, 60), Person((150.0, 180.0, 250.0, 300.0), 0.2)
    film = tuple(frame(sure if seq < 3 else weak, seq=seq) for seq in range(4))
    whole = renamed(film, Settings())
    assert [each.persons[0].track for each in whole] == [1, 1, 1, 1]
    without = renamed(whole, Settings(), least_score=0.5)
    assert [each.persons[0].track for each in without] == [1, 1, 1, None]
    assert [each.track for each in without[3].lost] == [1]
