import pytest

from shared.nearest import hint, nearest, question

MODELS = ("yolox-nano", "blazepose-full", "blazepose-heavy", "selfie")


@pytest.mark.parametrize(
    ("name", "known", "told"),
    [
        ("yolo", MODELS, "did you mean 'yolox-nano'?"),
        ("blazepose-ful", MODELS, "did you mean 'blazepose-full'?"),
        ("selfie", MODELS, "did you mean 'selfie'?"),
        ("xyz", ("seat", "bed"), "there are seat, bed"),
        ("", ("seat",), "there are seat"),
    ],
)
def test_what_was_meant_is_asked_and_all_is_told_where_nothing_is_alike(
    name: str, known: tuple[str, ...], told: str
) -> None:
    assert hint(name, known) == told


def test_where_nothing_is_alike_the_caller_may_say_it_in_other_words() -> None:
    assert hint("xyz", MODELS, "see `kinestream models list`") == "see `kinestream models list`"
    assert hint("selfi", MODELS, "see `kinestream models list`") == "did you mean 'selfie'?"


def test_a_question_is_nothing_where_nothing_is_alike() -> None:
    assert question("selfi", MODELS) == "; did you mean 'selfie'?"
    assert question("xyz", MODELS) == ""
    assert question("xyz", ()) == ""


def test_the_most_alike_come_first_and_no_more_than_are_wanted() -> None:
    assert nearest("blazepose-full", MODELS, 3) == ["blazepose-full", "blazepose-heavy"]
    assert nearest("blazepose-full", MODELS) == ["blazepose-full"]
    assert nearest("xyz", MODELS, 3) == []
