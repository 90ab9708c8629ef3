from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from service.scoring.bundle import GRAPH, read_bundle
from service.scoring.preprocessing import brightness
from service.scoring.scorer import Scorer
from tests.support.bundles import THRESHOLD, part, write_bundle
from tests.support.drawn_parts import write_image
from tests.support.odd_graphs import odd_graph
from training.data.folder import TestImage
from training.errors import TrainingError
from training.evaluation.scored_images import judge_tests, score_images
from training.evaluation.shortlist import SIZE
from training.progress import Progress

QUIET = Progress(Console(quiet=True))


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    """Its score is the brightest pixel; above half of full scale it is an anomaly."""
    return Scorer(read_bundle(write_bundle(tmp_path_factory.mktemp("store"))))


def test_normal_images_are_scored_in_order_and_the_few_that_are_shown_keep_their_pixels(
    scorer: Scorer, tmp_path: Path
) -> None:
    levels = [60, 20, 80, 40, 90, 30, 70, 50, 65]
    paths = [write_image(tmp_path / f"{number}.png", part(level)) for number, level in enumerate(levels)]
    found = score_images(scorer, paths, QUIET)
    assert [image.key for image in found.images] == [str(path) for path in paths]
    assert [image.path for image in found.first] == paths[:SIZE]
    ranked = sorted(range(len(levels)), key=lambda number: levels[number])
    assert [image.path for image in found.lowest] == [paths[number] for number in ranked[:SIZE]]
    assert [image.path for image in found.highest] == [paths[number] for number in ranked[::-1][:SIZE]]
    for shown in (*found.first, *found.lowest, *found.highest):
        image = found.images[paths.index(shown.path)]
        assert (image.score, image.peak) == (shown.score, float(shown.found.prediction.anomaly_map.max()))
        assert image.brightness == brightness(shown.found.pixels)


def test_tests_are_judged_and_those_decided_wrongly_and_rightly_shown_apart(scorer: Scorer, tmp_path: Path) -> None:
    given = [("good", 60), ("good", 200), ("spot", 80), ("spot", 210), ("spot", 240)]
    tests = [
        TestImage(write_image(tmp_path / f"{number}.png", part(level)), kind)
        for number, (kind, level) in enumerate(given)
    ]
    calibration = scorer.bundle.manifest.calibration
    found = judge_tests(scorer, calibration, tests, QUIET)
    assert [image.decision == "anomaly" for image in found.images] == [
        image.prediction.score > THRESHOLD for image in found.images
    ]
    names = [[image.name for image in images] for images in (found.false_alarms, found.misses, found.caught)]
    assert names == [["good/1.png"], ["spot/2.png"], ["spot/4.png", "spot/3.png"]]


def test_a_mask_is_kept_and_one_that_cannot_be_read_is_left_out_but_not_its_image(
    scorer: Scorer, tmp_path: Path
) -> None:
    marked = np.zeros((32, 32), np.uint8)
    marked[4:8, 2:6] = 255
    mask, broken = write_image(tmp_path / "mask.png", marked), tmp_path / "broken_mask.png"
    broken.write_bytes(b"no image")
    image = write_image(tmp_path / "image.png", part(60))
    tests = [TestImage(image, "spot", mask), TestImage(image, "spot", broken), TestImage(broken, "spot")]
    found = judge_tests(scorer, scorer.bundle.manifest.calibration, tests, QUIET)
    assert len(found.images) == 2
    assert found.images[0].mask is not None
    np.testing.assert_array_equal(found.images[0].mask.pixels(), marked > 0)
    assert found.images[1].mask is None
    assert [file.path for file in found.left_out] == [broken, broken]


def test_a_graph_that_gives_no_number_is_named_and_never_taken_for_an_unreadable_image(tmp_path: Path) -> None:
    blinded = Scorer(read_bundle(write_bundle(tmp_path, more={GRAPH: odd_graph("NaN score")})))
    image = write_image(tmp_path / "bright.png", part(200))
    why = rf"bright\.png: expected one finite score and anomaly map from bundle {blinded.bundle.id}"
    with pytest.raises(TrainingError, match=why):
        score_images(blinded, [image], QUIET)
    with pytest.raises(TrainingError, match=why):
        judge_tests(blinded, blinded.bundle.manifest.calibration, [TestImage(image, "spot")], QUIET)
