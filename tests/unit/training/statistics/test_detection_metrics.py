from itertools import pairwise

import cv2
import numpy as np
import pytest
from scipy.ndimage import label
from sklearn.metrics import average_precision_score, roc_auc_score, roc_curve

from service.quality.intervals import clopper_pearson
from training.statistics import detection_metrics


def drawn(
    normals: int, defects: int, seed: int = 0, digits: int = 1
) -> tuple[detection_metrics.Scores, detection_metrics.Scores]:
    """Overlapping scores with many ties."""
    random = np.random.default_rng(seed)
    return random.normal(0, 1, normals).round(digits), random.normal(1, 1, defects).round(digits)


def labelled(
    normals: detection_metrics.Scores, defects: detection_metrics.Scores
) -> tuple[list[int], detection_metrics.Scores]:
    return [0] * len(normals) + [1] * len(defects), np.concatenate([normals, defects])


@pytest.mark.parametrize("seed", range(5))
def test_auroc_average_precision_and_roc_are_those_of_scikit_learn(seed: int) -> None:
    normals, defects = drawn(60, 25, seed)
    is_defect, scores = labelled(normals, defects)
    assert detection_metrics.auroc(normals, defects) == pytest.approx(roc_auc_score(is_defect, scores))
    assert detection_metrics.average_precision(normals, defects) == pytest.approx(
        average_precision_score(is_defect, scores)
    )
    expected = roc_curve(is_defect, scores, drop_intermediate=False)[:2]
    np.testing.assert_allclose(detection_metrics.roc(normals, defects), expected)


@pytest.mark.parametrize("rate", [0.001, 0.01, 0.05, 0.5])
def test_the_true_positive_rate_is_the_best_that_the_false_positive_rate_allows(rate: float) -> None:
    normals, defects = drawn(200, 80, digits=2)
    false, true, _ = roc_curve(*labelled(normals, defects), drop_intermediate=False)
    assert detection_metrics.tpr_at_fpr(normals, defects, rate) == pytest.approx(true[false <= rate].max())


def test_auroc_has_a_bootstrap_interval_that_the_seed_decides() -> None:
    normals, defects = drawn(60, 25)
    low, high = detection_metrics.auroc_interval(normals, defects, seed=1)
    assert 0.5 < low < detection_metrics.auroc(normals, defects) < high < 1.0
    assert (low, high) == detection_metrics.auroc_interval(normals, defects, seed=1)
    assert (low, high) != detection_metrics.auroc_interval(normals, defects, seed=2)


def test_the_bootstrap_interval_is_that_of_resampling_by_hand() -> None:
    normals, defects = drawn(40, 30)
    random = np.random.default_rng(3)
    found = [
        roc_auc_score(*labelled(random.choice(normals, len(normals)), random.choice(defects, len(defects))))
        for _ in range(400)
    ]
    assert detection_metrics.auroc_interval(normals, defects, seed=0) == pytest.approx(
        np.quantile(found, [0.025, 0.975]), abs=0.02
    )


def test_the_interval_of_a_proportion_is_exact_where_it_is_known() -> None:
    assert clopper_pearson(0, 20) == pytest.approx((0.0, 1 - 0.025 ** (1 / 20)))
    assert clopper_pearson(20, 20) == pytest.approx((0.025 ** (1 / 20), 1.0))


def literal_aupro(maps: list[np.ndarray], masks: list[np.ndarray], limit: float) -> float:
    """The published definition, word by word: every threshold, every region, then the trapezoidal rule."""
    labelled_masks = [label(mask, np.ones((3, 3))) for mask in masks]
    regions = [(i, labels == k) for i, (labels, count) in enumerate(labelled_masks) for k in range(1, count + 1)]
    normal_pixels = sum(int((~mask).sum()) for mask in masks)
    points = [(0.0, 0.0)]
    for threshold in sorted(set(np.concatenate([each.ravel() for each in maps]).tolist()), reverse=True):
        false = sum(int(((each >= threshold) & ~mask).sum()) for each, mask in zip(maps, masks, strict=True))
        overlap = float(np.mean([(maps[i] >= threshold)[region].mean() for i, region in regions]))
        points.append((false / normal_pixels, overlap))
    area = 0.0
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 < limit:
            end = min(x1, limit)
            y_end = y1 if end == x1 else y0 + (y1 - y0) * (end - x0) / (x1 - x0)
            area += (end - x0) * (y0 + y_end) / 2
    return area / limit


def maps_and_masks(seed: int, side: int = 12) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Maps with ties that find some regions better than others; the last image is normal."""
    random = np.random.default_rng(seed)
    masks = [np.zeros((side, side), np.bool_) for _ in range(3)]
    masks[0][1:4, 2:9] = masks[0][8:10, 8:10] = masks[1][6, 6] = masks[1][7, 7] = True
    maps = [(random.random((side, side)) + 0.5 * mask).round(1).astype(np.float32) for mask in masks]
    return maps, masks


def overlap_of(maps: list[np.ndarray], masks: list[np.ndarray]) -> detection_metrics.RegionOverlap:
    overlap = detection_metrics.RegionOverlap(detection_metrics.thresholds_for(maps))
    for each, mask in zip(maps, masks, strict=True):
        overlap.add(each, mask)
    return overlap


@pytest.mark.parametrize("limit", [0.05, 0.3, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_aupro_is_what_the_published_definition_gives(seed: int, limit: float) -> None:
    maps, masks = maps_and_masks(seed)
    assert overlap_of(maps, masks).area(limit) == pytest.approx(literal_aupro(maps, masks, limit), abs=1e-6)


def test_aupro_of_large_maps_is_close_to_the_definition() -> None:
    random = np.random.default_rng(0)
    mask = np.zeros((72, 72), np.bool_)
    mask[10:20, 10:30] = mask[60:64, 60:64] = True
    image = (random.random((72, 72)) + 0.4 * mask).astype(np.float32)
    assert image.size > detection_metrics.LEVELS
    for limit in (0.05, 0.3):
        assert overlap_of([image], [mask]).area(limit) == pytest.approx(literal_aupro([image], [mask], limit), abs=2e-3)


def test_small_maps_are_enlarged_to_their_masks() -> None:
    mask = np.zeros((64, 64), np.bool_)
    mask[16:32, 16:32] = True
    small = cv2.resize(mask.astype(np.float32), (16, 16), interpolation=cv2.INTER_AREA)
    area = overlap_of([small], [mask]).area(0.3)
    enlarged = cv2.resize(small, (64, 64), interpolation=cv2.INTER_LINEAR)
    assert area == pytest.approx(literal_aupro([enlarged], [mask], 0.3), abs=1e-2)
    assert area is not None
    assert area > 0.9


def test_a_perfect_map_has_an_aupro_of_one_and_a_random_one_about_half_the_limit() -> None:
    random = np.random.default_rng(1)
    mask = np.zeros((128, 128), np.bool_)
    mask[32:96, 32:96] = True
    assert overlap_of([mask.astype(np.float32)], [mask]).area(0.3) == pytest.approx(1.0)
    noise = random.random((128, 128)).astype(np.float32)
    assert overlap_of([noise], [mask]).area(0.3) == pytest.approx(0.15, abs=0.01)


def test_without_regions_or_without_other_pixels_there_is_no_aupro() -> None:
    nothing, everything = np.zeros((4, 4), np.bool_), np.ones((4, 4), np.bool_)
    some = np.arange(16, dtype=np.float32).reshape(4, 4)
    assert overlap_of([some], [nothing]).area(0.3) is None
    assert overlap_of([some], [everything]).area(0.3) is None
