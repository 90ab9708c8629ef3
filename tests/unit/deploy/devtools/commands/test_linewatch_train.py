"""`linewatch-train` run by a tool, with shell scripts in its place."""

from pathlib import Path

import pytest

from deploy.devtools.commands import linewatch_train
from deploy.devtools.commands.linewatch_train import Guarantee
from deploy.devtools.errors import DemoError
from tests.support.programs import script


def options(store: Path) -> linewatch_train.FitOptions:
    return linewatch_train.FitOptions(stream="flange", store=store, seed=1, image_size=64, false_alarm_rate=0.01)


FITTED = '{"stream": "flange", "bundle": "b1", "images": {"calibration": 99}}'


def test_a_fit_gets_the_chosen_options_and_no_other(bin_folder: Path, tmp_path: Path) -> None:
    script(bin_folder, "linewatch-train", "")
    command = linewatch_train._fit_command(Path("/data"), options(tmp_path))
    assert command[1:] == [
        *("fit", "/data", "--json", "--stream", "flange", "--store", str(tmp_path)),
        *("--seed", "1", "--image-size", "64", "--false-alarm-rate", "0.01"),
    ]


def test_a_fit_gives_its_bundle_report_and_guarantee(bin_folder: Path, tmp_path: Path) -> None:
    script(bin_folder, "linewatch-train", f"echo '{FITTED}'")
    fitted = linewatch_train.fit(Path("/data"), options(tmp_path))
    assert fitted.bundle == "b1"
    assert fitted.report == tmp_path / "flange" / "b1" / "report" / "report.html"
    assert fitted.guarantee == Guarantee(0.01, calibration_images=99)


def test_too_few_normal_images_name_the_rate_they_support(bin_folder: Path, tmp_path: Path) -> None:
    script(bin_folder, "linewatch-train", """echo '{"error": "too few", "smallest_false_alarm_rate": 0.05}'; exit 2""")
    with pytest.raises(linewatch_train.TooFewNormalImages, match="too few") as refused:
        linewatch_train.fit(Path("/data"), options(tmp_path))
    assert refused.value.smallest == 0.05


@pytest.mark.parametrize("printed", ["", '{"error": "no such folder"}', "{ broken"])
def test_a_failed_fit_is_one_sentence(bin_folder: Path, tmp_path: Path, printed: str) -> None:
    script(bin_folder, "linewatch-train", f"echo '{printed}'; exit 2")
    with pytest.raises(DemoError, match="linewatch-train fit ended with status 2"):
        linewatch_train.fit(Path("/data"), options(tmp_path))


def test_a_command_gives_the_json_that_it_printed(bin_folder: Path) -> None:
    script(bin_folder, "linewatch-train", """echo "{\\"given\\": \\"$*\\", \\"store\\": \\"$LINEWATCH_STORE\\"}" """)
    printed = linewatch_train.run("retrain", "flange", "--from", "1h", environment={"LINEWATCH_STORE": "here"})
    assert printed == {"given": "retrain flange --from 1h --json", "store": "here"}


def test_a_command_that_failed_is_named(bin_folder: Path) -> None:
    script(bin_folder, "linewatch-train", "exit 2")
    with pytest.raises(DemoError, match="linewatch-train backtest ended with status 2"):
        linewatch_train.run("backtest", "flange", environment={})


def test_a_promotion_that_is_refused_says_why_and_one_that_is_not_nothing(bin_folder: Path) -> None:
    script(bin_folder, "linewatch-train", '[ "$4 $5" = "--force because" ] || { echo "missed one" >&2; exit 2; }')
    assert linewatch_train.promote("flange", "b2", {}) == "missed one"
    assert linewatch_train.promote("flange", "b2", {}, force="because") is None


def test_a_promotion_that_broke_down_is_no_refusal(bin_folder: Path) -> None:
    script(bin_folder, "linewatch-train", "echo 'no such file' >&2; exit 1")
    with pytest.raises(DemoError, match="status 1; its last lines:\nno such file"):
        linewatch_train.promote("flange", "b2", {})
