import numpy as np
import pytest

from shared.models import registry
from shared.models.errors import ModelError
from shared.models.registry import Entry, Folder, Input, Output
from shared.vision.masks import cell_centres
from shared.vision.regions import Region, framed
from shared.vision.silhouettes import reader_of

BOX = (40.0, 20.0, 120.0, 100.0)


def _classes(count: int, classes: tuple[str, ...], **parameters: float) -> Entry:
    return Entry(
        name="heads",
        task="part segmentation",
        decoder="classes",
        licence="none",
        file="heads.onnx",
        sha256="0" * 64,
        bytes=1,
        input=Input(height=64, width=48),
        outputs=(Output("classes", (count, 64, 48), "logits"),),
        sources=(Folder(),),
        classes=classes,
        parameters=dict(parameters),
    )


def _disc(shape: tuple[int, int], region: Region, cells: tuple[float, float] | None = None) -> np.ndarray:
    """Where a map that was read from `region` shows a disc of 25 px around (80, 60)."""
    rows, columns = cells or shape
    grid = np.stack(np.meshgrid(np.arange(shape[1]) / columns, np.arange(shape[0]) / rows), axis=-1)
    away = region.to_picture(grid.astype(np.float32)) - (80, 60)
    return np.asarray(np.hypot(away[..., 0], away[..., 1]) < 25)


def _expected(shape: tuple[int, int]) -> np.ndarray:
    x, y = cell_centres(shape, BOX)
    return np.asarray(np.hypot(x - 80, y[:, None] - 60) < 25)


def _iou(first: np.ndarray, second: np.ndarray) -> float:
    return float((first & second).sum() / (first | second).sum())


@pytest.mark.parametrize(
    ("name", "output", "inside", "outside"),
    [
        ("selfie", "mask", 0.9, 0.1),
        ("selfie-landscape", "mask", 0.9, 0.1),
        ("blazepose-full-mask", "segmentation", 700.0, -900.0),
    ],
)
@pytest.mark.parametrize("rotation", [0.0, 1.2])
def test_a_map_of_a_turned_region_lies_where_it_is_in_the_picture(
    name: str, output: str, inside: float, outside: float, rotation: float
) -> None:
    entry = registry.find(name)
    shape = (entry.input.height, entry.input.width)
    region = Region(85, 55, 150, rotation, shape[1] / shape[0])
    reader = reader_of(entry, 0.5)
    assert list(reader.outputs) == [output]
    values = np.where(_disc(shape, region), inside, outside).astype(np.float32)
    found = reader.read({output: values[None]}, region, BOX)
    assert _iou(found.bits, _expected(found.bits.shape)) > 0.97
    assert found.classes is None
    assert found.sure.max() <= 1


def test_bodypix_cells_are_points_from_corner_to_corner_of_the_picture() -> None:
    entry = registry.find("bodypix-480x352")
    region = framed(160, 120, entry.input)
    disc = _disc((23, 31), region, (22, 30))
    segments = np.where(disc, 4.0, -4.0).astype(np.float32)[None]
    parts = np.zeros((24, 23, 31), np.float32)
    parts[12, :, :15], parts[3, :, 15:] = (
        9,
        9,
    )  # torso left of x = 80, which is column 15, upper arm from there
    found = reader_of(entry, 0.5).read({"segments": segments, "part_heatmaps": parts}, region, BOX)
    assert _iou(found.bits, _expected(found.bits.shape)) > 0.9
    assert found.classes is not None
    assert found.palette is not None
    assert found.palette.names[found.classes[48, 30]] == "torso_front"
    assert found.palette.names[found.classes[48, 60]] == "left_upper_arm_back"
    assert not found.classes[~found.bits].any()
    columns = np.flatnonzero(np.diff(found.classes[48].astype(int)) == 4 - 13)
    assert columns == pytest.approx([45], abs=1)  # half a cell of the map before column 15


@pytest.mark.parametrize("background", [0, 2])
def test_the_likeliest_class_is_a_cells_and_the_background_is_number_0(background: int) -> None:
    names = ["hair", "torso", "bag"]
    names.insert(background, "nothing")
    entry = _classes(4, tuple(names), background=background)
    region = Region(80, 60, 160, 0.0, 0.75)
    logits = np.zeros((4, 64, 48), np.float32)
    logits[background] = 1
    logits[names.index("torso")][_disc((64, 48), region)] = 3
    found = reader_of(entry, 0.99).read({"classes": logits}, region, BOX)
    assert found.palette is not None
    assert found.classes is not None
    assert found.palette.names == ("nothing", "hair", "torso", "bag")
    assert set(np.unique(found.classes)) == {0, 2}
    assert _iou(found.bits, _expected(found.bits.shape)) > 0.9
    share = np.exp([1, 3, 0, 0]) / np.exp([1, 3, 0, 0]).sum()
    assert found.sure[48, 48] == pytest.approx(1 - share[0], abs=1e-5)


def test_only_the_class_of_people_counts_where_one_is_named() -> None:
    entry = _classes(3, ("background", "dog", "person"), person=2)
    region = Region(80, 60, 160, 0.0, 0.75)
    logits = np.zeros((3, 64, 48), np.float32)
    logits[0] = 1
    logits[1], logits[2][_disc((64, 48), region)] = 2, 5
    found = reader_of(entry, 0.5).read({"classes": logits}, region, BOX)
    assert _iou(found.bits, _expected(found.bits.shape)) > 0.9
    assert found.classes is None


def test_two_classes_tell_a_silhouette_and_no_parts() -> None:
    reader = reader_of(_classes(2, ("nobody", "somebody")), 0.5)
    logits = np.zeros((2, 64, 48), np.float32)
    logits[1, 10:50, 10:40] = 1
    found = reader.read({"classes": logits}, Region(80, 60, 160, 0.0, 0.75), BOX)
    assert found.bits.any()
    assert found.classes is None


def test_what_lies_outside_the_map_is_nobody() -> None:
    reader = reader_of(_classes(3, ("none", "a", "b")), 0.5)
    logits = np.zeros((3, 64, 48), np.float32)
    logits[1] = 5
    found = reader.read({"classes": logits}, Region(80, 60, 40, 0.0, 0.75), BOX)
    assert 0.1 < found.bits.mean() < 0.3


@pytest.mark.parametrize(
    ("entry", "error"),
    [
        (registry.find("blazepose-full"), "tells no silhouettes"),
        (registry.find("yolox-nano"), "tells no silhouettes"),
        (_classes(3, ()), "names no classes"),
        (_classes(3, ("sapiens29",)), "did you mean 'sapiens28'"),
        (_classes(4, ("sapiens28",)), "heads gives 4 classes, but sapiens28 has 28"),
        (_classes(3, ("a", "b", "c"), background=3), "background 3 is none of its 3 classes"),
        (_classes(3, ("a", "b", "c"), background=0.5), "background 0.5 is none of its 3 classes"),
        (_classes(3, ("a", "b", "c"), person=7), "person 7 is none of its classes"),
        (_classes(3, ("a", "b", "c"), person=0), "or the background"),
    ],
)
def test_a_model_that_cannot_be_read_is_refused(entry: Entry, error: str) -> None:
    with pytest.raises(ModelError, match=error):
        reader_of(entry, 0.5)
