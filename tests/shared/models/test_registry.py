import pytest

from shared.models import registry
from shared.models.errors import ModelError
from shared.models.registry import Folder, Https, InWheel, Registry

TEXT = """
[wheels.toys]
requirement = "toys==1.0"
python = "3.12"
platform = "manylinux_2_28_x86_64"
sha256 = "{hash}"

[[models]]
name = "toy"
task = "pose"
decoder = "mask"
licence = "MIT"
file = "toy.tflite"
sha256 = "{hash}"
bytes = 3
input = {{ height = 1, width = 1 }}
outputs = [{{ name = "mask", shape = [1], meaning = "none" }}]
sources = [{{ kind = "wheel", wheel = "toys", member = "toys/toy.tflite" }}]
""".format(hash="0" * 64)


def test_every_model_states_its_licence_and_is_looked_for_in_a_folder_first() -> None:
    for entry in registry.load().models:
        assert isinstance(entry.sources[0], Folder)
        assert entry.licence == "Apache-2.0"


def test_what_the_stages_use_by_default_comes_from_a_wheel_or_an_address() -> None:
    for name in ("blazepose-detector", "blazepose-full", "selfie"):
        assert [type(source) for source in registry.find(name).sources] == [Folder, InWheel, Https]


def test_the_registry_names_the_models_that_the_stages_use_by_default() -> None:
    assert {"blazepose-detector", "blazepose-full", "selfie"} <= set(registry.names())


def test_a_model_has_the_outputs_it_keeps_and_by_default_all() -> None:
    everything = [output.name for output in registry.find("blazepose-full-mask").kept]
    assert everything == ["landmarks", "presence", "segmentation", "heatmap", "world"]
    lean = [output.name for output in registry.find("blazepose-full").kept]
    assert lean == ["landmarks", "presence", "heatmap", "world"]


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("blazpose-full", "no model is called 'blazpose-full'; did you mean 'blazepose-full'?"),
        ("selfi", "no model is called 'selfi'; did you mean 'selfie'?"),
        (
            "xyz",
            "no model is called 'xyz'; there are " + ", ".join(registry.names()),
        ),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(asked: str, answer: str) -> None:
    with pytest.raises(ModelError) as raised:
        registry.find(asked)
    assert str(raised.value) == answer


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ('name = "toy"', 'name = "Toy/1"', "lower-case"),
        ('licence = "MIT"', "", "licence"),
        ('licence = "MIT"', 'licence = "MIT"\nlicense = "MIT"', "license"),
        ("bytes = 3", "bytes = 0", "bytes"),
        ('wheel = "toys",', 'wheel = "tools",', "wheel 'tools' is not listed"),
        (
            'kind = "wheel", wheel = "toys", member = "toys/toy.tflite"',
            'kind = "https", url = "http://a/b"',
            "https",
        ),
        ("bytes = 3", 'bytes = 3\nkeep = ["face"]', "unknown ones: .'face'"),
        ("bytes = 3", "bytes = 3\nkeep = []", "keeps no output"),
        ('"toys==1.0"', '"toys>=1.0"', "requirement"),
        ('task = "pose"', 'task = "cooking"', "cooking"),
        ("[[models]]", "[[models]", "model registry"),
    ],
)
def test_a_wrong_registry_is_refused_with_its_fault(right: str, wrong: str, fault: str) -> None:
    assert Registry.parse(TEXT).find("toy").bytes == 3
    with pytest.raises(ModelError, match=fault):
        Registry.parse(TEXT.replace(right, wrong))


def test_two_models_of_one_name_are_refused() -> None:
    model = TEXT[TEXT.index("[[models]]") :]
    with pytest.raises(ModelError, match="two models have one name"):
        Registry.parse(TEXT + model)
