"""Both on the same images."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.quality.rates import Group, Rates
from service.scoring.bundle import BundleStore
from service.scoring.scorer import Scorer
from tests.support.backtests import BRIGHT, DARK, write_pair, write_tests
from tests.support.bundles import CALIBRATION_SCORES, part, write_bundle
from tests.support.drawn_parts import write_image
from tests.support.framed import write_framed_bundle
from tests.support.tiny_training import QUIET
from training.backtest.compare import Compared, compare
from training.backtest.report import render
from training.backtest.result import Backtest
from training.backtest.samples import Sample, Samples, folder_samples
from training.errors import TrainingError
from training.report.images import picture


class Line:
    """A store and a folder of labelled images."""

    def __init__(self, root: Path) -> None:
        self.store = BundleStore(root / "store")
        self.data = write_tests(root / "data")

    def compare(self, gain: float = 1.0, **changes: Any) -> Compared:
        champion, _ = write_pair(self.store.root, gain)
        challenger = write_bundle(self.store.root, gain=gain, champion=False, **changes).name
        scorers = [Scorer(self.store.bundle("default", name)) for name in (champion, challenger)]
        return compare(scorers[0], scorers[1], folder_samples(self.data, with_train=False), QUIET)


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


def test_a_challenger_that_agrees_flips_nothing(line: Line) -> None:
    result = line.compare(1.01).result
    assert (result.images, result.normal, result.defects) == (10, 6, {"spot": 4})
    assert (result.newly_flagged.count, result.no_longer_flagged.count, result.missed) == (0, 0, ())
    assert result.champion.defects_flagged == result.challenger.defects_flagged == 4
    assert result.paired["labelled"].p_value == 1.0
    assert result.challenger.ms_per_image > 0


def test_a_blind_challenger_misses_what_the_champion_caught(line: Line) -> None:
    compared = line.compare(0.1)
    result = compared.result
    assert result.missed == tuple(f"test/spot/{i}.png" for i in range(4))
    assert (result.no_longer_flagged.defects, result.newly_flagged.count) == (4, 0)
    assert result.challenger.recall_interval == pytest.approx((0.0, 0.6024), abs=1e-3)
    assert (result.paired["defects"].champion_only, result.paired["defects"].p_value) == (4, 0.125)
    assert len(compared.no_longer_flagged) == 4


def test_bundles_that_score_other_parts_of_an_image_are_shown_over_all_of_it(line: Line) -> None:
    """The champion has a region of interest, ignored areas and tiles, and the challenger has none."""
    bundles = write_framed_bundle(line.store.root), write_bundle(line.store.root, gain=0.1, champion=False)
    champion, challenger = (Scorer(line.store.bundle("default", each.name)) for each in bundles)
    compared = compare(champion, challenger, folder_samples(line.data, with_train=False), QUIET)
    assert (compared.result.champion.defects_flagged, compared.result.challenger.defects_flagged) == (4, 0)
    assert {shown.image for shown in compared.no_longer_flagged} == {
        picture(part(DARK, BRIGHT, seed=i)) for i in range(4)
    }


def test_a_nervous_challenger_flags_good_parts(line: Line) -> None:
    result = line.compare(3.0).result
    assert (result.newly_flagged.normal, result.missed) == (6, ())
    assert (result.champion.false_alarms, result.challenger.false_alarms) == (0, 6)
    assert result.challenger.false_alarm_interval == pytest.approx((0.5407, 1.0), abs=1e-3)
    assert (result.paired["normal"].champion_only, result.paired["normal"].challenger_only) == (6, 0)


def test_a_challenger_of_another_budget_is_compared_at_the_champions(line: Line) -> None:
    lax = {"false_alarm_rate": 0.5, "n": 100, "threshold": 0.25, "pixel_threshold": 0.2, "scores": CALIBRATION_SCORES}
    champion, _ = write_pair(line.store.root, 1.0)
    calibration = line.store.bundle("default", champion).manifest.calibration.model_copy(update=lax)
    result = line.compare(1.0, calibration=calibration).result
    assert (result.challenger.false_alarm_rate, result.challenger.threshold) == (0.5, 0.5)
    assert result.challenger.false_alarms == 0


def test_a_defect_that_would_pass_by_the_thresholds_in_force_is_missed_though_not_at_the_common_budget(
    line: Line,
) -> None:
    champion, _ = write_pair(line.store.root, 1.0)
    strict = {"false_alarm_rate": 0.009, "threshold": 0.9}
    calibration = line.store.bundle("default", champion).manifest.calibration.model_copy(update=strict)
    result = line.compare(1.0, calibration=calibration).result
    assert (result.no_longer_flagged.count, len(result.missed)) == (0, 4)


def write_drifted(root: Path, **defects: int) -> Path:
    """Normals that have all become as bright as 140, above the champion's threshold of 127; a defect of each level."""
    for i in range(6):
        write_image(root / f"test/good/{i}.png", part(60, 140, seed=i))
    for kind, level in defects.items():
        write_image(root / f"test/{kind}/0.png", part(60, level))
    return root


def test_a_champion_that_flags_every_part_catches_only_what_stands_out_from_them(line: Line, tmp_path: Path) -> None:
    line.data = write_drifted(tmp_path / "drifted", anomalous=200, dull=135)
    result = line.compare(0.8).result
    assert (result.champion.false_alarms, result.challenger.false_alarms) == (6, 0)
    assert result.champion.by_kind == {"anomalous": 1, "dull": 1}
    assert result.challenger.by_kind == {"anomalous": 1, "dull": 0}
    assert result.missed == ()
    assert result.matched is not None
    assert result.matched.threshold == pytest.approx(140 / 255, abs=1e-3)
    assert result.matched.false_alarms == result.champion.false_alarm_interval


def test_what_stands_out_to_such_a_champion_and_passes_the_challenger_is_missed(line: Line, tmp_path: Path) -> None:
    line.data = write_drifted(tmp_path / "drifted", anomalous=200, faint=150)
    compared = line.compare(0.8)
    assert compared.result.missed == ("test/faint/0.png",)
    page = render(compared)
    assert "<b>Matched:</b> the champion flags 54.1% to 100.0% of good parts, more than its budget of 0.01" in page


def test_of_a_line_reviewed_false_alarms_alone_do_not_excuse_the_champion(line: Line, tmp_path: Path) -> None:
    images = folder_samples(write_drifted(tmp_path / "flagged", dull=135), with_train=False)
    champion, other = write_pair(line.store.root, 0.8)
    healthy = Rates(
        stream="default",
        bundle=champion,
        passed=Group(parts=9900, asked=50, normal=50),
        review=Group(parts=0, asked=0),
        anomaly=Group(parts=7, asked=7, normal=6, defect=1),
    )
    scorers = [Scorer(line.store.bundle("default", name)) for name in (champion, other)]
    found = compare(scorers[0], scorers[1], replace(images, rates=(healthy,)), QUIET).result
    assert (found.champion.false_alarms, found.normal) == (6, 6)
    assert (found.matched, found.missed) == (None, ("test/dull/0.png",))


def test_what_such_a_champion_would_put_to_review_is_a_pass(line: Line, tmp_path: Path) -> None:
    line.data = write_drifted(tmp_path / "drifted", dull=120)
    champion, _ = write_pair(line.store.root, 1.0)
    calibration = line.store.bundle("default", champion).manifest.calibration
    with_review = calibration.model_copy(update={"review_rate": 0.1, "review_threshold": 0.4})
    careful = write_bundle(line.store.root, calibration=with_review).name
    bundles = [line.store.bundle("default", name) for name in (careful, write_pair(line.store.root, 0.8)[1])]
    found = compare(Scorer(bundles[0]), Scorer(bundles[1]), folder_samples(line.data, with_train=False), QUIET)
    assert found.result.champion.by_kind == {"dull": 0}
    assert found.result.missed == ()


def test_a_champion_that_keeps_its_budget_is_judged_as_it_decides(line: Line) -> None:
    result = line.compare(0.1).result
    assert (result.matched, result.why_matched) == (None, "")
    assert len(result.missed) == 4


def test_a_backtest_of_before_there_were_matched_thresholds_can_still_be_read(line: Line) -> None:
    kept = line.compare(1.01).result.model_dump(mode="json")
    del kept["matched"]
    assert Backtest.model_validate(kept).matched is None


def test_flips_that_are_wrong_come_first_then_those_nobody_labelled(line: Line) -> None:
    write_image(line.data / "test/bright/0.png", part(110))
    champion, other = write_pair(line.store.root, 1.5)
    scorers = [Scorer(line.store.bundle("default", name)) for name in (champion, other)]
    labelled = folder_samples(line.data, with_train=False)
    images = [
        Sample(each.name, {"good": "good", "bright": None}.get(each.kind or "", each.kind), each.data)
        for each in labelled.images
    ]
    images += [Sample(f"b{i}", kind, images[0].data) for i, kind in enumerate(("spot", None, "good"))]
    assert images[0].kind is None
    found = compare(scorers[0], scorers[1], Samples("here", len(images), iter(images)), QUIET)
    kinds = [shown.result.kind for shown in found.newly_flagged]
    assert kinds == ["good", None, None, "spot"]
    assert [flip.kind for flip in found.result.newly_flagged.worst] == kinds


def test_what_is_gone_or_unreadable_is_left_out_and_counted(line: Line) -> None:
    champion, other = write_pair(line.store.root, 1.0)
    scorers = [Scorer(line.store.bundle("default", name)) for name in (champion, other)]
    images = [
        Sample("gone", "good", None),
        Sample("cut", "spot", b"\x89PNG"),
        *folder_samples(line.data, with_train=False).images,
    ]
    found = compare(scorers[0], scorers[1], Samples("here", len(images), iter(images)), QUIET)
    assert (found.result.images, found.result.left_out) == (10, 2)
    with pytest.raises(TrainingError, match="expected images that can be read in here"):
        compare(scorers[0], scorers[1], Samples("here", 2, iter(images[:2])), QUIET)


def test_the_report_shows_flips_with_pictures_and_escapes_names(line: Line) -> None:
    (line.data / "test/<b>kind").mkdir()
    (line.data / "test/spot/0.png").rename(line.data / "test/<b>kind/0.png")
    page = render(line.compare(0.1))
    assert page.count("data:image/jpeg") == 3 * 4
    assert "&lt;b&gt;kind/0.png" in page
    assert "<b>kind" not in page
    assert "http" not in page


def test_a_backtest_without_a_defect_says_that_it_proves_little(line: Line, tmp_path: Path) -> None:
    line.data = write_tests(tmp_path / "good", defects=0)
    assert "what would be missed is unknown" in render(line.compare(1.01))
