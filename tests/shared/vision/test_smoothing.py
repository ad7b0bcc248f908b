import math

import numpy as np
import pytest

from shared.vision.smoothing import IMAGE_LANDMARKS, OneEuro, Smooth, low_pass, one_euro


class _Scalar:
    """The one-euro filter for one number, as its authors write it down."""

    def __init__(self, settings: OneEuro, value: float) -> None:
        self._settings = settings
        self._raw = self.value = value
        self._speed = 0.0

    def step(self, value: float, passed_s: float, scale: float) -> float:
        speed = (value - self._raw) / scale / passed_s
        self._speed = self._mix(self._speed, speed, self._settings.speed_cutoff_hz, passed_s)
        cutoff_hz = self._settings.min_cutoff_hz + self._settings.beta * abs(self._speed)
        self.value = self._mix(self.value, value, cutoff_hz, passed_s)
        self._raw = value
        return self.value

    @staticmethod
    def _mix(before: float, now: float, cutoff_hz: float, passed_s: float) -> float:
        period_s = 1 / (2 * math.pi * cutoff_hz)
        alpha = 1 / (1 + period_s / passed_s)
        return alpha * now + (1 - alpha) * before


@pytest.mark.parametrize("settings", [IMAGE_LANDMARKS, OneEuro(1.0, 0.0), OneEuro(0.5, 3.0, 2.0)])
def test_the_filter_equals_its_scalar_form(settings: OneEuro) -> None:
    generator = np.random.default_rng(1)
    signal = np.cumsum(generator.normal(0, 3, (60, 4, 2)), axis=0).astype(np.float32) + 200
    passed = generator.uniform(0.01, 0.2, 60)
    state = Smooth.start(signal[0])
    scalars = [_Scalar(settings, float(value)) for value in signal[0].ravel()]
    for values, passed_s in zip(signal[1:], passed[1:], strict=True):
        state = one_euro(settings, state, values, float(passed_s), 350.0)
        expected = [
            s.step(float(v), float(passed_s), 350.0) for s, v in zip(scalars, values.ravel(), strict=True)
        ]
        assert state.value.ravel() == pytest.approx(np.array(expected), rel=1e-4)


@pytest.mark.parametrize("passed_s", [0.0, -0.5])
def test_an_observation_without_time_changes_nothing(passed_s: float) -> None:
    state = Smooth.start(np.array([10.0], np.float32))
    assert one_euro(IMAGE_LANDMARKS, state, np.array([90.0], np.float32), passed_s, 1.0) is state
    assert low_pass(state.value, np.array([90.0], np.float32), passed_s).tolist() == [10.0]


def test_after_a_long_gap_the_new_values_win() -> None:
    state = Smooth.start(np.array([10.0], np.float32))
    assert one_euro(IMAGE_LANDMARKS, state, np.array([90.0], np.float32), 600.0, 1.0).value[0] > 89
    assert low_pass(state.value, np.array([90.0], np.float32), 600.0)[0] == pytest.approx(90)


def test_trembling_is_taken_out_and_fast_movement_is_followed() -> None:
    tremble = 200 + np.random.default_rng(2).normal(0, 1, 90).astype(np.float32)
    state = Smooth.start(tremble[:1])
    out = []
    for value in tremble[1:]:
        state = one_euro(IMAGE_LANDMARKS, state, np.array([value]), 1 / 30, 400.0)
        out.append(float(state.value[0]))
    assert np.diff(out).std() < 0.5 * np.diff(tremble).std()
    for step in range(1, 15):
        state = one_euro(IMAGE_LANDMARKS, state, np.array([200 + 20 * step], np.float32), 1 / 30, 400.0)
    assert state.value[0] == pytest.approx(480, abs=12)


def test_a_low_pass_forgets_as_much_per_second_at_any_frame_rate() -> None:
    slow = fast = np.zeros(1, np.float32)
    target = np.ones(1, np.float32)
    for _ in range(10):
        slow = low_pass(slow, target, 0.1)
    for _ in range(60):
        fast = low_pass(fast, target, 1 / 60)
    assert slow == pytest.approx(fast, abs=1e-4)
