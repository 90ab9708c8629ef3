import sys
from pathlib import Path

import pytest

from deploy.devtools import commands
from deploy.devtools.commands import Promise
from deploy.devtools.errors import DemoError


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the demo looks for Linewatch's commands; tests put scripts there in their place."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "python").symlink_to(sys.executable)  # the leash runs on it
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    return folder


def script(folder: Path, name: str, text: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{text}\n")
    file.chmod(0o755)


def options(store: Path) -> commands.FitOptions:
    return commands.FitOptions(stream="flange", store=store, seed=1, image_size=64, false_alarm_rate=0.01)


FITTED = '{"stream": "flange", "bundle": "b1", "images": {"calibration": 99}}'


def test_the_fit_is_told_what_was_chosen_and_nothing_else(bin_folder: Path, tmp_path: Path) -> None:
    script(bin_folder, "linewatch-train", "")
    command = commands._fit_command(Path("/data"), options(tmp_path))
    assert command[1:] == [
        *("fit", "/data", "--json", "--stream", "flange", "--store", str(tmp_path)),
        *("--seed", "1", "--image-size", "64", "--false-alarm-rate", "0.01"),
    ]


def test_a_fit_tells_its_bundle_report_and_budget(bin_folder: Path, tmp_path: Path) -> None:
    script(bin_folder, "linewatch-train", f"echo '{FITTED}'")
    fitted = commands.fit(Path("/data"), options(tmp_path))
    assert fitted.bundle == "b1"
    assert fitted.report == tmp_path / "flange" / "b1" / "report" / "report.html"
    assert fitted.promise == Promise(0.01, calibration_images=99)


def test_too_few_normal_images_name_the_rate_they_support(bin_folder: Path, tmp_path: Path) -> None:
    script(bin_folder, "linewatch-train", """echo '{"error": "too few", "smallest_false_alarm_rate": 0.05}'; exit 2""")
    with pytest.raises(commands.TooFewNormalImages, match="too few") as refused:
        commands.fit(Path("/data"), options(tmp_path))
    assert refused.value.smallest == 0.05


@pytest.mark.parametrize("said", ["", '{"error": "no such folder"}', "{ broken"])
def test_a_failed_fit_is_one_sentence(bin_folder: Path, tmp_path: Path, said: str) -> None:
    script(bin_folder, "linewatch-train", f"echo '{said}'; exit 2")
    with pytest.raises(DemoError, match="linewatch-train fit ended with status 2"):
        commands.fit(Path("/data"), options(tmp_path))


def test_failed_topics_show_the_commands_last_lines(bin_folder: Path) -> None:
    script(bin_folder, "linewatch", "echo 'no broker there' >&2; exit 1")
    with pytest.raises(DemoError, match="status 1; its last lines:\nno broker there"):
        commands.create_topics({})


def test_a_service_that_ends_at_once_shows_its_last_lines(bin_folder: Path, tmp_path: Path) -> None:
    script(bin_folder, "linewatch", "echo 'no bundle here'; exit 5")
    with (
        pytest.raises(DemoError, match="status 5; its last lines:\nno bundle here"),
        commands.service({}, tmp_path / "log", "http://127.0.0.1:1"),
    ):
        pytest.fail("the service was taken for ready")


@pytest.mark.usefixtures("bin_folder")
def test_a_missing_command_says_what_to_do() -> None:
    with pytest.raises(DemoError, match=r"Expected the command linewatch beside .*install Linewatch there"):
        commands.create_topics({})


def test_a_command_of_the_trainer_tells_what_it_printed(bin_folder: Path) -> None:
    script(bin_folder, "linewatch-train", """echo "{\\"said\\": \\"$*\\", \\"store\\": \\"$LINEWATCH_STORE\\"}" """)
    said = commands.train("retrain", "flange", "--from", "1h", environment={"LINEWATCH_STORE": "here"})
    assert said == {"said": "retrain flange --from 1h --json", "store": "here"}


def test_a_command_of_the_trainer_that_failed_is_named(bin_folder: Path) -> None:
    script(bin_folder, "linewatch-train", "exit 2")
    with pytest.raises(DemoError, match="linewatch-train backtest ended with status 2"):
        commands.train("backtest", "flange", environment={})


def test_a_promotion_that_is_refused_says_why_and_one_that_is_not_nothing(bin_folder: Path) -> None:
    script(bin_folder, "linewatch-train", '[ "$4 $5" = "--force because" ] || { echo "missed one" >&2; exit 2; }')
    assert commands.promote("flange", "b2", {}) == "missed one"
    assert commands.promote("flange", "b2", {}, force="because") is None


def test_a_promotion_that_broke_down_is_no_refusal(bin_folder: Path) -> None:
    script(bin_folder, "linewatch-train", "echo 'no such file' >&2; exit 1")
    with pytest.raises(DemoError, match="status 1; its last lines:\nno such file"):
        commands.promote("flange", "b2", {})
