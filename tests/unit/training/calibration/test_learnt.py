import re

import pytest

from training.calibration.learnt import check_learnt, check_scores
from training.errors import TrainingError

OPTIONS = {"epochs": 3, "learning_rate": 0.002, "loss": "ssim", "noise": "masking"}
NOTHING, NAN = 20 * [20 / 21], float("nan")


def test_a_fit_that_tells_images_apart_and_follows_them_is_accepted() -> None:
    check_learnt([0.5, 0.5, 0.51], 0.2, OPTIONS)


@pytest.mark.parametrize("scores", [NOTHING, [1.0, 1.0 + 1e-7, 1.0], [0.0, 0.0]])
def test_scores_that_are_all_alike_are_refused_with_what_to_change(scores: list[float]) -> None:
    with pytest.raises(
        TrainingError, match=re.escape(f"found the score {scores[0]:.6g} for each of {len(scores)}")
    ) as error:
        check_learnt(scores, 0.2, OPTIONS)
    sentence = str(error.value)
    assert sentence.endswith(
        "fit again with more epochs than 3, another loss or noise, or a learning_rate below 0.002 "
        "(--options learning_rate=…)"
    )


def test_a_single_score_says_nothing() -> None:
    check_scores([0.5], OPTIONS)
    with pytest.raises(TrainingError, match="no numbers"):
        check_scores([NAN], OPTIONS)


@pytest.mark.parametrize(("scores", "follows"), [([0.5, NAN], 0.2), ([0.5, float("inf")], 0.2), ([0.5, 0.6], NAN)])
def test_what_is_no_number_is_refused(scores: list[float], follows: float) -> None:
    with pytest.raises(TrainingError, match="are no numbers; fit again"):
        check_learnt(scores, follows, OPTIONS)


@pytest.mark.parametrize("follows", [-0.3, 0.0, 0.005])
def test_reconstructions_no_better_than_the_mean_image_are_refused(follows: float) -> None:
    with pytest.raises(TrainingError, match="no better than the mean normal image"):
        check_learnt([0.5, 0.6], follows, OPTIONS)


def test_options_that_an_autoencoder_lacks_are_not_named() -> None:
    with pytest.raises(TrainingError, match=r"more epochs than 20, or a learning_rate"):
        check_learnt(NOTHING, 0.2, {"epochs": 20, "learning_rate": 0.002})
