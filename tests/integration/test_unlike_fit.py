"""Images unlike those of the fit, before the running service."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from service.scoring.input_spec import FittedOn, InputSpec
from tests.support.bundles import SIDE, part, png, write_bundle
from tests.support.line import Line
from tests.support.service import Service, wait_until

pytestmark = pytest.mark.integration

FITTED_ON = FittedOn(colour_modes=("colour",), height=(SIDE, SIDE), width=(SIDE, SIDE), aspect=(1.0, 1.0))


def test_another_bit_depth_is_a_dead_letter_and_other_differences_are_counted(line: Line, tmp_path: Path) -> None:
    write_bundle(tmp_path / "store", input=InputSpec(height=SIDE, width=SIDE, channels=3, fitted_on=FITTED_ON))
    images = {
        "alike": png(part(60)),
        "deep": png(part(60).astype(np.uint16) * 257),
        "mono": png(part(60)[..., 0]),
        "wide": png(cv2.resize(part(60), (2 * SIDE, SIDE))),
    }
    with Service(line.kafka, tmp_path / "store", line.topics, tmp_path / "log") as service:
        service.until_ready()
        line.send(images)
        outcomes = line.outcomes(len(images))
        counted = {"colour_mode": 1, "aspect": 1, "size": 1}
        wait_until(
            lambda: {what: service.sample("linewatch_unlike_fit_total", what=what) for what in counted} == counted,
            "what is unlike the fit to be counted",
        )
        assert b"unlike the images of the fit" in service.get("/")
        assert service.stop() == 0
    assert {verdict.part_id for verdict in outcomes.verdicts} == {"alike", "mono", "wide"}
    ((headers, original),) = outcomes.dead_letters
    assert (headers["reason"], original) == (b"wrong_bit_depth", images["deep"])
    assert headers["message"].startswith(b"expected 8 bits per channel as fitted, found 16;")
