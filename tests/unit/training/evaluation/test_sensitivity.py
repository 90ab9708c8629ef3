from pathlib import Path

import pytest
from rich.console import Console

from service.scoring.bundle import read_bundle
from service.scoring.manifest import Sensitivity
from service.scoring.scorer import Scorer
from tests.support.bundles import THRESHOLD, part, write_bundle
from tests.support.drawn_parts import write_image
from training.evaluation.scored_images import ScoredImage, score_images
from training.evaluation.sensitivity import measure_sensitivity, smallest_caught
from training.progress import Progress

QUIET = Progress(Console(quiet=True))


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    """Its score is the brightest pixel; above half of full scale it is an anomaly."""
    return Scorer(read_bundle(write_bundle(tmp_path_factory.mktemp("store"))))


def normals(scorer: Scorer, folder: Path, brightness: int, count: int = 4) -> list[ScoredImage]:
    paths = [write_image(folder / f"{i}.png", part(brightness, seed=i)) for i in range(count)]
    return list(score_images(scorer, paths, QUIET).images)


def test_what_is_bright_enough_is_caught_and_nothing_else(scorer: Scorer, tmp_path: Path) -> None:
    dark = normals(scorer, tmp_path, brightness=60)  # 0.24 of full scale: 0.4 more is above the threshold, 0.2 is not
    found = measure_sensitivity(scorer, THRESHOLD, dark, seed=0, progress=QUIET)
    assert found is not None
    assert found.images == 4
    assert set(found.recall) == {"scratch", "dent", "stain", "missing"}
    for kind, rows in found.recall.items():
        assert rows[-1] == (0.0, 0.0, 1.0), kind


def test_the_seed_decides_everything(scorer: Scorer, tmp_path: Path) -> None:
    dark = normals(scorer, tmp_path, brightness=85, count=12)
    first, again = (measure_sensitivity(scorer, THRESHOLD, dark, seed=3, progress=QUIET) for _ in range(2))
    assert first == again
    assert first is not None
    assert first.images == 6


def test_an_image_that_is_flagged_as_it_is_is_not_used(scorer: Scorer, tmp_path: Path) -> None:
    bright = normals(scorer, tmp_path / "bright", brightness=200)
    assert min(normal.score for normal in bright) > THRESHOLD
    assert measure_sensitivity(scorer, THRESHOLD, bright, seed=0, progress=QUIET) is None
    dark = normals(scorer, tmp_path / "dark", brightness=60, count=2)
    found = measure_sensitivity(scorer, THRESHOLD, [*bright, *dark], seed=0, progress=QUIET)
    assert found is not None
    assert found.images == 2
    assert found.recall["stain"][0][0] == 0.0


TABLE = Sensitivity(
    images=6,
    sizes=(0.05, 0.1),
    contrasts=(0.2, 0.4),
    recall={"scratch": ((0.5, 5 / 6), (1.0, 1.0)), "dent": ((0.0, 0.0), (0.0, 0.5))},
)


def test_the_smallest_scratch_caught_is_named_with_its_contrast() -> None:
    assert smallest_caught(TABLE, "scratch", 256) == (
        "smallest scratch caught (at least 90% of those drawn): 10% of the image's side, 26 of 256 pixels, "
        "at a contrast of 20% of full scale (6 of 6)"
    )


def test_if_none_is_caught_that_is_said() -> None:
    assert smallest_caught(TABLE, "dent", 256).startswith("no dent was caught (at least 90% of those drawn), up to 10%")
