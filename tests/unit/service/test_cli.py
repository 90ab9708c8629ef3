"""The command line: its output and its errors."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from service.cli import main
from service.scoring.bundle import GRAPH
from service.scoring.manifest import Calibration
from service.settings import Settings
from tests.support.bundles import WITH_REVIEW, part, png, write_bundle
from tests.support.service import LINEWATCH


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "good.png").write_bytes(png(part(51)))
    (folder / "scratched.png").write_bytes(png(part(51, 204)))
    (folder / "notes.txt").write_text("not an image, and not asked for")
    return folder


def test_score_prints_one_json_object_a_line(images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = write_bundle(tmp_path / "store", "left")
    main(["score", "--store", str(tmp_path / "store"), "--stream", "left", "--json", str(images)])
    good, anomalous = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert list(good) == ["path", "score", "threshold", "error_ratio", "p_value", "decision", "bundle"]
    assert (good["path"], good["decision"]) == (str(images / "good.png"), "pass")
    assert (anomalous["decision"], anomalous["error_ratio"]) == ("anomaly", pytest.approx(1.6))
    assert anomalous["bundle"] == bundle.name


def test_score_names_what_it_cannot_score_and_goes_on(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_bundle(tmp_path / "store")
    broken = images / "broken.png"
    broken.write_bytes(b"nonsense")
    missing = tmp_path / "missing.png"
    with pytest.raises(SystemExit, match="1"):
        main(["score", "--store", str(tmp_path / "store"), str(broken), str(missing), str(images / "good.png")])
    printed = capsys.readouterr()
    assert f"unsupported_format: {broken}: expected JPEG, PNG, BMP or TIFF" in printed.err
    assert f"unreadable: {missing}" in printed.err
    assert "pass" in printed.out


def test_score_without_images_says_what_it_expected(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_bundle(tmp_path / "store")
    (tmp_path / "empty").mkdir()
    assert failure(["score", "--store", str(tmp_path / "store"), str(tmp_path / "empty")], capsys) == (
        1,
        f"linewatch: expected image files in {tmp_path / 'empty'}, found none; give images or folders of them\n",
    )


def test_a_reader_that_ends_first_is_no_traceback(images: Path, tmp_path: Path) -> None:
    write_bundle(tmp_path / "store")
    command: list[str | Path] = [LINEWATCH, "score", "--json", "--store", tmp_path / "store", images]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        printed = process.stderr.read()
    assert process.returncode == 1
    assert "Error" not in printed


def test_check_says_what_a_good_bundle_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_bundle(tmp_path)
    main(["check", str(folder)])
    assert capsys.readouterr().out == (
        f"good: bundle {folder.name} of stream default, brightness 32x32x3, threshold 0.5 for 1.00% false alarms, "
        "3 golden images score as they should\n"
    )


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


def test_a_bundle_that_asks_for_reviews_says_so(
    images: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_bundle(tmp_path / "store", calibration=WITH_REVIEW)
    main(["check", str(folder)])
    assert "for 1.00% false alarms, to review above 0.5 for 5.00%, 3 golden" in capsys.readouterr().out
    main(["score", "--store", str(tmp_path / "store"), "--json", str(images / "scratched.png")])
    anomalous = json.loads(capsys.readouterr().out)
    assert (anomalous["decision"], anomalous["review_threshold"]) == ("review", 0.5)


def test_check_refuses_an_altered_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_bundle(tmp_path)
    (folder / GRAPH).write_bytes(b"x")
    status, printed = failure(["check", str(folder)], capsys)
    assert (status, printed.count("\n")) == (1, 1)
    assert "expected model.tflite" in printed


def test_settings_are_printed_with_their_meaning(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LINEWATCH_GROUP", "night-shift")
    monkeypatch.setenv("LINEWATCH_SASL_PASSWORD", "hunter2")
    main(["settings"])
    printed = capsys.readouterr().out
    assert "LINEWATCH_GROUP=night-shift\n    Consumer group" in printed
    assert "hunter2" not in printed
    assert printed.count("LINEWATCH_") == len(Settings.model_fields)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["run", "--http-port", "many"], "http_port: Input should be a valid integer"),
        (["run", "--batch-images", "0"], "batch_images: Input should be greater than or equal to 1, found '0'"),
        (["run", "--security-protocol", "SASL_SSL"], "SASL_SSL needs sasl_mechanism"),
        (["run", "--audit-rate", "0.1"], "audit_rate 0.1 needs audit_key"),
        (["escapes", "--from", "yesterday"], "from: Input should be a valid datetime"),
        (["escapes", "--below", "2"], "below: Input should be less than 1, found '2'"),
    ],
)
def test_a_wrong_setting_is_one_sentence(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, printed = failure(arguments, capsys)
    assert (status, printed.count("\n")) == (2, 1)
    assert expected in printed


def test_a_wrong_environment_variable_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LINEWATCH_HTTP_PORT", "many")
    status, printed = failure(["run"], capsys)
    assert status == 2
    assert "http_port: Input should be a valid integer" in printed


def test_an_unreachable_broker_is_one_sentence() -> None:
    ended = subprocess.run(
        [LINEWATCH, "topics", "--bootstrap-servers", "localhost:1", "--bootstrap-timeout-seconds", "0.2"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert "expected Kafka at localhost:1 (PLAINTEXT), found" in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--review-host", "0.0.0.0"], "because others can reach review_host 0.0.0.0, found none"),
        (["--review-host", "plant.example"], "because others can reach review_host plant.example, found none"),
        (["--review-token", "short"], "expected a review_token of at least 16 characters, found 5"),
    ],
)
def test_the_review_page_is_not_opened_to_others_without_a_good_token(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, printed = failure(["review", *arguments], capsys)
    assert (status, printed.count("\n")) == (2, 1)
    assert expected in printed


def test_without_its_extra_the_review_page_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("service.cli.find_spec", lambda name: None if name == "flask_wtf" else name)
    status, printed = failure(["review"], capsys)
    assert (status, printed.count("\n")) == (1, 1)
    assert "found no flask_wtf; install it: pip install 'linewatch[review]'" in printed


def test_the_service_needs_nothing_of_the_review_page() -> None:
    code = "import sys, service.cli; sys.exit(bool({'flask_wtf', 'fsspec', 'service.review.app'} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], check=True)


def failure(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert isinstance(stopped.value.code, int)
    return stopped.value.code, capsys.readouterr().err
