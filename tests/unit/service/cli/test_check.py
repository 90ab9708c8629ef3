"""`linewatch check`."""

from pathlib import Path

import pytest

from service.cli.main import main
from service.scoring.bundle import GRAPH
from service.scoring.input_spec import FittedOn, InputSpec
from service.scoring.manifest import Calibration
from tests.support.bundles import write_bundle
from tests.support.framed import write_framed_bundle
from tests.support.linewatch_command import failure


def test_check_says_what_a_good_bundle_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_bundle(tmp_path)
    main(["check", str(folder)])
    assert capsys.readouterr().out == (
        f"good: bundle {folder.name} of stream default, brightness 32x32x3, threshold 0.5 for 1.00% false alarms, "
        "3 golden images score as they should\n"
    )


def test_check_takes_a_stream_or_the_start_of_an_id_and_says_what_there_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_bundle(tmp_path)
    for name in ("default", folder.name[:5]):
        main(["check", name, "--store", str(tmp_path)])
        assert f"good: bundle {folder.name} of stream default" in capsys.readouterr().out
    status, printed = failure(["check", "nix", "--store", str(tmp_path)], capsys)
    assert (status, printed.count("\n")) == (1, 1)
    assert f"found 'nix', and in {tmp_path}: default ({folder.name})" in printed


def test_check_says_what_the_normal_images_were(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fitted_on = FittedOn(colour_modes=("colour", "mono"), height=(300, 300), width=(300, 320), aspect=(1.0, 1.1))
    main(["check", str(write_bundle(tmp_path, input=InputSpec(height=32, width=32, channels=3, fitted_on=fitted_on)))])
    assert "alarms, fitted on 8 bits, colour and mono, 300 to 320 x 300 pixels, 3 golden" in capsys.readouterr().out


def test_check_says_what_of_an_image_is_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["check", str(write_framed_bundle(tmp_path))])
    assert (
        "alarms, scored: a region of 75 % of the width and 100 % of the height (from 25 % on the left and 0 % at the "
        "top), 25 % of that ignored, 2 x 1 tiles of 32x16, 3 golden"
    ) in capsys.readouterr().out


def test_check_calls_an_extrapolated_threshold_an_estimate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    calibration = Calibration(
        false_alarm_rate=0.01,
        n=1,
        threshold=0.5,
        pixel_threshold=0.5,
        scores=(0.2,),
        method="generalised_pareto",
    )
    main(["check", str(write_bundle(tmp_path, calibration=calibration))])
    assert "1.00% false alarms (an estimate, no guarantee)" in capsys.readouterr().out


def test_check_refuses_an_altered_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_bundle(tmp_path)
    (folder / GRAPH).write_bytes(b"x")
    status, printed = failure(["check", str(folder)], capsys)
    assert (status, printed.count("\n")) == (1, 1)
    assert "expected model.tflite" in printed
