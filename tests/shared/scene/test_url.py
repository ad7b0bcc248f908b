import re

import pytest

from shared.scene.url import SCENARIOS, SceneSpec, parse


def test_every_parameter_reaches_its_field() -> None:
    url = "synth://walk?height=2.4&tilt=20&fov=70&size=320x240&fps=12.5&people=3&seed=7&noise=2&duration=4"
    assert parse(url) == SceneSpec("walk", 2.4, 20.0, 70.0, (320, 240), 12.5, 3, 7, 2.0, 4.0)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_alone_has_the_defaults(scenario: str) -> None:
    assert parse(f"synth://{scenario}") == SceneSpec(scenario)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("rtsp://walk", "synth://SCENARIO"),
        ("walk", "synth://SCENARIO"),
        ("", "synth://SCENARIO"),
        ("synth://", "there are walk"),
        ("synth://fall_foward", "did you mean 'fall_forward'?"),
        ("synth://xyzzy", "there are walk"),
        ("synth://walk/slowly", "nothing may follow"),
        ("synth://walk#here", "nothing may follow"),
        ("synth://walk?hieght=2", "did you mean 'height'?"),
        ("synth://walk?zz=2", "there are height"),
        ("synth://walk?fps=1&fps=2", "given twice"),
        ("synth://walk?fps", "name=value"),
        ("synth://walk?fps=", "not a number"),
        ("synth://walk?fps=fast", "not a number"),
        ("synth://walk?fps=nan", "outside 1 to 60"),
        ("synth://walk?fps=0", "outside 1 to 60"),
        ("synth://walk?height=3", "outside 0.5 to 2.5"),
        ("synth://walk?size=640", "WIDTHxHEIGHT"),
        ("synth://walk?size=640x-4", "WIDTHxHEIGHT"),
        ("synth://walk?size=8x8", "64 to 1920"),
        ("synth://walk?seed=-1", "whole number"),
        ("synth://walk?seed=1.5", "whole number"),
        ("synth://walk?people=0", "takes 1 to 8"),
        ("synth://walk?people=9", "outside 0 to 8"),
        ("synth://crossing?people=1", "takes 2 to 8"),
        ("synth://empty?people=1", "takes 0"),
    ],
)
def test_a_bad_address_gets_one_clear_line(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)) as caught:
        parse(url)
    assert "\n" not in str(caught.value)
