from pathlib import Path

import numpy as np
import pytest

from service.scoring.graph import ImagePrediction, Prediction
from service.scoring.window import whole
from training.evaluation.shortlist import SIZE, Shortlist, ShownImage


def image(name: str, score: float) -> ShownImage:
    pixels, anomaly_map = np.zeros((2, 2, 1), np.uint8), np.zeros((2, 2), np.float32)
    return ShownImage(Path(name), name, ImagePrediction(Prediction(score, anomaly_map), pixels, (2, 2), whole((2, 2))))


@pytest.mark.parametrize("lowest", [False, True])
def test_the_list_is_what_sorting_all_images_would_give(lowest: bool) -> None:
    scores = np.random.default_rng(0).permutation(50).astype(float).tolist()
    shortlist = Shortlist(lowest=lowest)
    for number, score in enumerate(scores):
        shortlist.add(image(str(number), score))
        assert len(shortlist.images) == min(number + 1, SIZE)
    assert [each.score for each in shortlist.images] == sorted(scores, reverse=not lowest)[:SIZE]


@pytest.mark.parametrize("lowest", [False, True])
def test_of_equal_scores_the_first_are_kept_in_order(lowest: bool) -> None:
    shortlist = Shortlist(lowest=lowest)
    for number in range(SIZE + 2):
        shortlist.add(image(str(number), 1.0))
    assert [each.name for each in shortlist.images] == [str(number) for number in range(SIZE)]
