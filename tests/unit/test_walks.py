"""The recorder behind `make walks`."""

from pathlib import Path

import numpy as np

from service.scoring.manifest import Calibration
from tests.support.walks import Walk, is_image, recording
from training.calibration.threshold import at_budget

THRESHOLD, CONFORMAL = "training/calibration/threshold.py", "training/statistics/conformal.py"
SCORES = tuple(float(score) for score in range(1, 21))
CALIBRATION = Calibration(false_alarm_rate=0.1, n=20, threshold=19.0, pixel_threshold=1.0, scores=SCORES)


def recorded(carries: bool, beneath: frozenset[str] = frozenset()) -> Walk:
    with recording(lambda _: carries, beneath=beneath) as walk:
        at_budget(CALIBRATION, 0.2)
    return walk


def test_a_call_between_files_is_recorded_with_both() -> None:
    assert (THRESHOLD, CONFORMAL) in recorded(carries=True).calls


def test_calls_that_are_not_handed_the_item_are_passed_over() -> None:
    assert recorded(carries=False).calls == []


def test_a_job_within_the_job_is_not_followed() -> None:
    assert recorded(carries=True, beneath=frozenset({f"{THRESHOLD}:at_budget"})).calls == []


def test_a_return_is_a_visit_to_a_file_already_left() -> None:
    walk = Walk([("a.py", "b.py"), ("a.py", "b.py"), ("b.py", "c.py"), ("a.py", "b.py")])
    assert (walk.stays, walk.returns) == (["b.py", "c.py", "b.py"], 1)


def test_a_climb_is_a_call_into_a_file_that_imports_the_caller() -> None:
    assert Walk([(CONFORMAL, THRESHOLD), (THRESHOLD, CONFORMAL)]).climbs() == [(CONFORMAL, THRESHOLD)]


def test_an_image_is_known_in_every_form() -> None:
    forms = [np.zeros((4, 4)), Path("a.png"), [Path("a.png")], (np.zeros((4, 4, 3)),)]
    assert [is_image(form) for form in forms] == [True] * len(forms)
    assert not any(is_image(other) for other in [Path("a.json"), np.zeros(4), "a.png", []])
