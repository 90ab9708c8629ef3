from pathlib import Path

import numpy as np
import pytest

from service.record.reviews import Label
from service.scoring.bundle import BundleStore
from service.scoring.drift import cut
from service.scoring.manifest import DriftSpec, Evaluation
from service.scoring.scorer import Scorer
from tests.support.bundles import CALIBRATION_SCORES, THRESHOLD, write_bundle
from tests.support.framed import FRAMED, write_framed_bundle
from tests.support.inspection_log import DAY, STREAM, FakeInspection, review, silent, speckled, verdict
from training.errors import TrainingError
from training.pipelines.recalibrate import AT_FIT, Recalibrated, RecalibrateRequest, recalibrate
from training.report.page import REPORT

LEVELS = np.random.default_rng(0).permutation(np.arange(60, 160))
"""The brightest place of each of 100 kinds of part, of 255; the champion flags what is above 127."""


def line(parts: int = 400, *, unreviewed: int = 0, defects: int = 0) -> FakeInspection:
    """A line whose parts have grown brighter: a third is flagged, reviewed normal but for some, and a few defects."""
    found = FakeInspection()
    for number in range(parts + defects):
        level = int(LEVELS[number % 100]) if number < parts else 250
        flagged = level > 127
        each = verdict(number, 0.005 if flagged else 0.5, "anomaly" if flagged else "pass")
        found.judged.append(each)
        found.pictures[each.source] = speckled(number, level)
        if flagged:
            found.reviewed.append(review(each, Label.NORMAL if number < parts else Label.DEFECT))
    found.reviewed = found.reviewed[unreviewed:]
    return found


def run(store: BundleStore, inspection: FakeInspection, original_share: float = 0.25) -> Recalibrated:
    request = RecalibrateRequest(STREAM, DAY, store, limit=300, original_share=original_share)
    return recalibrate(request, inspection, silent())


@pytest.fixture
def store(tmp_path: Path) -> BundleStore:
    write_bundle(tmp_path, STREAM)
    return BundleStore(tmp_path)


def flagged_share(threshold: float) -> float:
    return float(np.mean(threshold < LEVELS / 255))


def test_the_threshold_follows_the_line_and_the_budget_holds_again(store: BundleStore) -> None:
    done = run(store, line())
    assert flagged_share(THRESHOLD) > 0.3
    assert flagged_share(done.bundle.manifest.calibration.threshold) <= 0.01
    assert (done.recent, done.originals) == (300, len(CALIBRATION_SCORES))
    assert done.recent_under_champion is not None
    assert done.original_under_challenger is not None
    assert done.recent_under_champion.median < 0.3
    assert done.original_under_challenger.median > 0.7


def test_the_result_is_challenger_and_the_champion_stays(store: BundleStore) -> None:
    champion = store.champion_id(STREAM)
    done = run(store, line())
    assert (store.champion_id(STREAM), store.challenger_id(STREAM)) == (champion, done.bundle.id)
    assert done.bundle.graph == store.champion(STREAM).graph
    assert Scorer(done.bundle).bundle.golden() == store.champion(STREAM).golden()


def test_a_line_without_flagged_parts_may_lower_the_threshold(store: BundleStore) -> None:
    inspection = line()
    inspection.judged = [each for each in inspection.judged if each.decision == "pass"]
    inspection.reviewed = []
    assert run(store, inspection, original_share=0.3).bundle.manifest.calibration.threshold < THRESHOLD


def test_flagged_parts_that_nobody_reviewed_thin_the_passes_out(store: BundleStore) -> None:
    done = run(store, line(unreviewed=20))
    assert flagged_share(done.bundle.manifest.calibration.threshold) <= 0.02


def test_too_many_of_them_are_refused(store: BundleStore) -> None:
    with pytest.raises(TrainingError, match=r"reviews of at least 80% of the \d+ flagged parts .* found 30%"):
        run(store, line(unreviewed=90))
    assert store.challenger_id(STREAM) is None


def test_reviewed_defects_do_not_raise_the_threshold(store: BundleStore) -> None:
    assert run(store, line(defects=30)).bundle.manifest.calibration.threshold < 250 / 255


def test_too_few_parts_for_the_budget_are_refused(store: BundleStore) -> None:
    with pytest.raises(TrainingError, match=r"at least 99 parts of stream 'left', .* found 80"):
        run(store, line(80))


def test_original_scores_stay_original_through_another_recalibration(store: BundleStore, tmp_path: Path) -> None:
    first = run(store, line())
    (tmp_path / STREAM / "champion").write_text(first.bundle.id)
    second = run(store, line())
    assert second.originals == len(CALIBRATION_SCORES)
    assert second.bundle.manifest.calibration == first.bundle.manifest.calibration
    assert (second.bundle.path / AT_FIT).read_bytes() == (first.bundle.path / AT_FIT).read_bytes()


def test_the_light_is_compared_with_that_of_recent_ordinary_parts_alone(tmp_path: Path) -> None:
    limits = DriftSpec(
        parts_per_hour=1, average_run_length=730, ordinary_share=0.9, reference=1000, drift_limit=16.0, burst_limit=11.0
    )
    write_bundle(tmp_path, STREAM, drift=limits)
    found = run(BundleStore(tmp_path), line()).bundle.manifest
    assert found.drift is not None
    ordinary = cut(found.calibration, found.drift.ordinary_share)
    levels = [level for level in LEVELS if level / 255 < ordinary]
    assert found.drift.brightness is not None
    assert len(found.drift.brightness) == pytest.approx(3 * len(levels), abs=3)
    assert min(found.drift.brightness) == pytest.approx(min(levels) / 2, rel=0.1)
    assert max(found.drift.brightness) == pytest.approx(max(levels) / 2, rel=0.1)


def test_the_result_scores_what_of_an_image_the_champion_does(tmp_path: Path) -> None:
    write_framed_bundle(tmp_path, STREAM)
    done = run(BundleStore(tmp_path), line())
    assert done.recent == 300
    assert Scorer(done.bundle).input == FRAMED


def test_a_champion_that_is_not_monitored_stays_so(store: BundleStore) -> None:
    assert run(store, line()).bundle.manifest.drift is None


def test_what_was_measured_under_the_old_threshold_is_left_out(tmp_path: Path) -> None:
    evaluation = Evaluation(normal=1, defects=0, image_auroc=None, false_alarms=0, defects_flagged=0)
    write_bundle(tmp_path, STREAM, evaluation=evaluation)
    assert run(BundleStore(tmp_path), line()).bundle.manifest.evaluation is None


def test_the_report_of_the_fit_says_at_its_top_that_its_threshold_is_no_longer_in_force(tmp_path: Path) -> None:
    write_bundle(tmp_path, STREAM, more={REPORT: b"<body><main>\n<h1>left</h1></main></body>"})
    done = run(BundleStore(tmp_path), line())
    now = done.bundle.manifest.calibration
    page = (done.bundle.path / REPORT).read_text()
    top, _, rest = page.partition("<h1>")
    assert f"the threshold became {now.threshold:.4g}, from {now.n} scores" in top
    assert f"what was found before that, at a threshold of {THRESHOLD:.4g}.</p>" in top
    assert rest == "left</h1></main></body>"
