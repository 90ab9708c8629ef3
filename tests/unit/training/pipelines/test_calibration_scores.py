import hashlib
from pathlib import Path
from typing import Any, cast

import pytest

from deploy.devtools.tiny_graph import SIDE, brightness_graph
from service.scoring.input_spec import InputSpec
from tests.support.inspection_log import speckled
from tests.support.tiny_training import QUIET
from training.data.folds import cross_split
from training.data.normal_set import ImageFile
from training.data.split import split_normal_set
from training.errors import TrainingError
from training.pipelines.calibration_scores import score_calibration
from training.trainer.result import History, Reconstructor, Trained

SPEC = InputSpec(height=SIDE, width=SIDE, channels=3)
OPTIONS = {"epochs": 3, "learning_rate": 0.002}
GAINS = (2.0, 0.5, 1.0, 4.0, 1.0)


@pytest.fixture
def images(tmp_path: Path) -> list[ImageFile]:
    """Twenty, each as bright as its number tells."""
    found = []
    for number in range(20):
        path, data = tmp_path / f"{number}.png", speckled(number, 100 + 5 * number)
        path.write_bytes(data)
        found.append(ImageFile(path, hashlib.sha256(data).hexdigest(), SIDE, SIDE, 8, colour=True))
    return found


def brightness(path: str) -> float:
    return (100 + 5 * int(Path(path).stem)) / 255.0


def trained(**folds: Any) -> Trained:
    unused = cast("Reconstructor", None)
    return Trained(brightness_graph(3, 1.0), None, None, History((), ()), 0, None, unused, 0.0, None, 1.0, **folds)


def test_images_that_were_put_aside_are_scored_by_the_deployed_graph(images: list[ImageFile]) -> None:
    scores = score_calibration(trained(), split_normal_set(images, 0.2, 0), SPEC, OPTIONS, QUIET)
    assert scores.unseen is scores.deployed
    assert scores.fold_factors == ()


def test_each_image_is_scored_by_its_folds_graph_on_the_scale_of_the_deployed_one(images: list[ImageFile]) -> None:
    split = cross_split(images, 0.2, 0)
    graphs = tuple(brightness_graph(3, gain) for gain in GAINS)
    scores = score_calibration(trained(folds=graphs, wider=brightness_graph(3, 8.0)), split, SPEC, OPTIONS, QUIET)
    assert scores.fold_factors == pytest.approx([1.0 / gain for gain in GAINS], rel=1e-5)
    assert [image.key for image in scores.unseen.images] == [str(image.path) for image in split.calibration]
    for image in scores.unseen.images:
        assert (image.score, image.peak) == pytest.approx([brightness(image.key)] * 2, rel=1e-5)


def test_what_is_shown_is_the_most_and_the_least_normal_of_all_folds(images: list[ImageFile]) -> None:
    split = cross_split(images, 0.2, 0)
    graphs = tuple(brightness_graph(3, gain) for gain in GAINS)
    unseen = score_calibration(
        trained(folds=graphs, wider=brightness_graph(3, 1.0)), split, SPEC, OPTIONS, QUIET
    ).unseen
    assert [shown.path.stem for shown in unseen.highest] == ["19", "18", "17", "16", "15", "14"]
    assert [shown.path.stem for shown in unseen.lowest] == ["0", "1", "2", "3", "4", "5"]
    assert [shown.path for shown in unseen.first] == [image.path for image in split.calibration[:6]]
    assert unseen.highest[0].found.prediction.anomaly_map.max() == pytest.approx(195 / 255.0, rel=1e-5)


@pytest.mark.parametrize("dead", range(5))
def test_a_fold_that_learnt_nothing_is_refused(images: list[ImageFile], dead: int) -> None:
    graphs = tuple(brightness_graph(3, 0.0 if fold == dead else 1.0) for fold in range(5))
    folds = trained(folds=graphs, wider=brightness_graph(3, 1.0))
    with pytest.raises(TrainingError, match="found the score 0 for each of 4 calibration images: it learnt nothing"):
        score_calibration(folds, cross_split(images, 0.2, 0), SPEC, OPTIONS, QUIET)
