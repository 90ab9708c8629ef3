"""`linewatch-train collect`, `retrain` and `recalibrate`: what they print and write."""

import json
from pathlib import Path
from typing import Any

import pytest

from service.record.reviews import Label
from service.scoring.bundle import BundleStore
from tests.support.bundles import THRESHOLD, write_bundle
from tests.support.inspection_log import DAY, STREAM, FakeInspection, review, speckled, verdict
from tests.support.retraining import FakeFit, inspected_line, write_set
from training.autoencoders.components.speeds import SPEEDS
from training.cli.main import main

SPAN = ["--from", DAY.start.isoformat(), "--to", DAY.end.isoformat()]


class Commands:
    """The command line over one store and one line."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self.line = root, inspected_line()
        self._monkeypatch, self._capsys = monkeypatch, capsys
        monkeypatch.chdir(root)
        monkeypatch.setenv("LINEWATCH_ARCHIVE", str(root / "archive"))
        monkeypatch.setattr("training.cli.retraining.KafkaInspection", lambda *_: self.line)

    def __call__(self, command: str, *arguments: str) -> str:
        store = ["--store", str(self.root / "store")]
        self._monkeypatch.setattr("sys.argv", ["linewatch-train", command, STREAM, *SPAN, *store, *arguments])
        main()
        return self._capsys.readouterr().out

    def result(self, command: str, *arguments: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self(command, *arguments, "--json"))
        return found


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Commands:
    return Commands(tmp_path, monkeypatch, capsys)


def test_collect_counts_images_by_folder_and_parts_left_out_by_reason(run: Commands) -> None:
    run.line.judged.append(verdict(50, 0.02))
    out = str(run.root / "out")
    assert run.result("collect", "--out", out) == {
        "stream": STREAM,
        "out": out,
        "verdicts": 14,
        "images": {"test/stain": 1, "train/good": 12},
        "left_out": {"a pass close to the threshold that nobody reviewed": 1},
    }
    assert run("collect", "--out", out).splitlines() == [
        "test/stain: 1 images",
        "train/good: 12 images",
        "left out, a pass close to the threshold that nobody reviewed: 1",
        f"where each is from: {out}/provenance.jsonl",
    ]


def test_the_guard_decides_which_passes_need_a_review(run: Commands) -> None:
    run.line.judged.append(verdict(50, 0.02))
    assert run.result("collect", "--out", "all", "--guard", "0")["images"]["train/good"] == 13


def test_a_retrain_at_another_speed_keeps_none_of_its_champions_options(
    run: Commands, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeFit()
    monkeypatch.setattr("training.pipelines.retrain.fit", fake)
    write_set(run.root, 4)
    run("retrain", "--out", "out", "--autoencoder", "feature", "--speed", "accurate", "--options", "rank=5")
    assert fake.request is not None
    assert fake.request.options == {**SPEEDS["accurate"].options, "rank": "5"}


def test_a_speed_that_the_champions_autoencoder_does_not_have_is_refused(
    run: Commands, capsys: pytest.CaptureFixture[str]
) -> None:
    write_set(run.root, 4)
    with pytest.raises(SystemExit):
        run("retrain", "--out", "out", "--speed", "fast")
    assert "expected --speed with the autoencoder feature alone" in capsys.readouterr().err
    assert not (run.root / "out").exists()


def test_retrain_prints_and_keeps_the_same_summary(run: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.pipelines.retrain.fit", FakeFit())
    write_set(run.root, 4)
    found = run.result("retrain", "--out", "out")
    assert json.loads((run.root / "out/retrain.json").read_text()) == found
    assert list(found) == [
        "stream", "champion", "challenger", "path", "collected", "previous", "images", "calibrating", "threshold",
        "evaluation", "new_under_champion", "original_under_challenger", "seconds", "backtest", "backtest_report",
    ]  # fmt: skip
    store = BundleStore(run.root / "store")
    assert (found["champion"], found["challenger"]) == (store.champion_id(STREAM), store.challenger_id(STREAM))
    assert found["previous"] == {"wanted": 4, "found": 4}
    assert found["calibrating"] == {"original": 4, "collected": 12}
    assert found["collected"]["images"] == {"test/stain": 1, "train/good": 12}
    assert found["backtest"]["images"] == 13
    assert Path(found["backtest_report"]).is_file()


def test_retrain_ends_with_what_to_do_next(run: Commands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("training.pipelines.retrain.fit", FakeFit())
    write_set(run.root, 4)
    lines = run("retrain", "--out", "out").splitlines()
    challenger = BundleStore(run.root / "store").challenger_id(STREAM)
    assert lines[-1] == (
        f"bundle {challenger} is now the challenger of stream {STREAM} and decides nothing; "
        f"compare: linewatch-train backtest {STREAM}"
    )
    assert "4 of 4 images of the previous normal set found" in lines
    assert "calibration images: 4 original, 12 collected" in lines
    assert "12 images newly flagged, 0 no longer" in lines


def test_recalibrate_reports_both_thresholds(run: Commands) -> None:
    write_bundle(run.root / "store", STREAM)
    run.line = brighter_line()
    found = run.result("recalibrate", "--limit", "300")
    assert (found["stream"], found["recent"], found["originals"]) == (STREAM, 300, 100)
    assert found["threshold"]["champion"] == THRESHOLD < found["threshold"]["challenger"]
    assert found["challenger"] == BundleStore(run.root / "store").challenger_id(STREAM)
    assert found["recent_under_champion"].keys() == {"images", "median", "distance"}
    lines = run("recalibrate", "--limit", "300").splitlines()
    assert lines[0] == "300 recent and 100 original scores"
    assert lines[1].startswith(f"threshold {THRESHOLD:.4g} before, now {found['threshold']['challenger']:.4g}: ")


def brighter_line() -> FakeInspection:
    """400 good parts, of which every fourth is now flagged, and reviewed normal."""
    found = FakeInspection()
    for number in range(400):
        flagged = number % 4 == 0
        each = verdict(number, 0.005 if flagged else 0.5, "anomaly" if flagged else "pass")
        found.judged.append(each)
        found.pictures[each.source] = speckled(number, 150 if flagged else 100)
        if flagged:
            found.reviewed.append(review(each, Label.NORMAL))
    return found
