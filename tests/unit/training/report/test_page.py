import os
import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console

from service.scoring.bundle import Bundle, read_bundle
from service.scoring.graph import Prediction
from service.scoring.manifest import Calibration
from service.scoring.scorer import Scorer
from tests.support.bundles import part, write_bundle
from tests.support.drawn_parts import write_image
from tests.support.framed import write_framed_bundle
from training.calibration.score_order import score_order
from training.data.exclusions import ExclusionReason, LeftOut
from training.data.folder import TestImage
from training.evaluation.evaluate import evaluate
from training.evaluation.scored_images import judge_tests, score_images
from training.evaluation.sensitivity import measure_sensitivity
from training.progress import Progress
from training.report.content import ReportContent
from training.report.page import render
from training.statistics.map_worth import MapWorth
from training.trainer.result import History, Image, Latents, MapPrices

QUIET = Progress(Console(quiet=True))


@dataclass(frozen=True)
class Blind:
    """An autoencoder that shows nothing."""

    def reconstruct(self, image: Image) -> Image | None:  # noqa: ARG002 - whatever it is
        return None

    def restore(self, image: Image) -> tuple[Image, Image] | None:  # noqa: ARG002 - the same
        return None

    def decode(self, latents: Latents) -> NDArray[np.uint8] | None:  # noqa: ARG002 - the same
        return None


@dataclass(frozen=True)
class Seeing(Blind):
    """One that shows everything; an image is decoded from its code as a shade."""

    def reconstruct(self, image: Image) -> Image | None:
        return image

    def restore(self, image: Image) -> tuple[Image, Image] | None:
        return 255 - image, image

    def decode(self, latents: Latents) -> NDArray[np.uint8] | None:
        shades = np.clip(128 + 100 * latents.mean(axis=1), 0, 255).astype(np.uint8)
        return np.tile(shades[:, np.newaxis, np.newaxis, np.newaxis], (1, 16, 16, 3))


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return read_bundle(write_bundle(tmp_path_factory.mktemp("store")))


class WithLatents(Scorer):
    """A scorer whose predictions have random latents of this size."""

    def __init__(self, bundle: Bundle, size: int) -> None:
        self._size, self._random = size, np.random.default_rng(0)
        super().__init__(bundle)

    def run(self, pixels: NDArray[np.uint8]) -> Prediction:
        latent = self._random.normal(size=self._size).astype(np.float32)
        return replace(super().run(pixels), latent=latent)


def content_of(bundle: Bundle, folder: Path, *, tests: bool = True, latent_size: int | None = None) -> ReportContent:
    """The content for normals, of which one test image is a false alarm, and for spots, of which one is missed."""
    scorer = Scorer(bundle) if latent_size is None else WithLatents(bundle, latent_size)
    paths = [write_image(folder / f"n{i}.png", part(60 + i, seed=i)) for i in range(8)]
    images = [("good", 70, None), ("good", 200, None), ("spot", 60, 250), ("spot", 60, 90)] if tests else []
    labelled = [
        TestImage(write_image(folder / f"{kind}{i}.png", part(level, spot, seed=100 + i)), kind)
        for i, (kind, level, spot) in enumerate(images)
    ]
    calibration = bundle.manifest.calibration
    normals, judged = score_images(scorer, paths, QUIET), judge_tests(scorer, calibration, labelled, QUIET)
    has_review = calibration.review_threshold is not None
    manifest = bundle.manifest.model_copy(
        update={
            "evaluation": evaluate(judged.images, has_review=has_review) if tests else None,
            "sensitivity": measure_sensitivity(scorer, calibration.threshold, normals.images, 0, QUIET),
        }
    )
    return ReportContent(folder, manifest, History((1.0, 0.5), (1.1, 0.6)), (), normals, judged, 1.0)


def titles(page: str) -> list[str]:
    return re.findall(r"<h[23]>([^<]+)</h[23]>", page)


def test_false_alarms_and_misses_are_shown_with_their_names(bundle: Bundle, tmp_path: Path) -> None:
    page = render(content_of(bundle, tmp_path), Blind())
    alarms, misses = page.split("Worst false alarms")[1].split("Worst misses")[:2]
    assert "good/good1.png" in alarms
    assert "spot/spot3.png" in misses.split("Highest-scoring defects")[0]
    assert 'alt="ROC curve' in page


def test_all_there_is_to_see_is_shown(bundle: Bundle, tmp_path: Path) -> None:
    page = render(content_of(bundle, tmp_path, latent_size=3), Seeing())
    assert "Original, corrupted as in training, reconstructed from that" in titles(page)
    assert "Images decided wrongly, and the normal images with the nearest latents" in titles(page)
    assert "Latents in two dimensions" in page
    assert page.count('type="range"') == 3


def test_what_of_an_image_is_scored_is_said_and_shown(bundle: Bundle, tmp_path: Path) -> None:
    framed = read_bundle(write_framed_bundle(tmp_path / "store"))
    page = render(content_of(framed, tmp_path), Blind())
    assert "<tr><th>scored</th><td>a region of 75 % of the width" in page
    assert page.count("hatched where it is not scored") == 1
    whole = render(content_of(bundle, tmp_path), Blind())
    assert "<tr><th>scored</th><td>the whole image</td></tr>" in whole
    assert "hatched" not in whole


def test_what_each_map_buys_is_shown(bundle: Bundle, tmp_path: Path) -> None:
    worths = (
        MapWorth("place4", 0.25, 2_000_000, 0.9, 0.9, None),
        MapWorth("anywhere5", 0.75, 9_500_000, 0.8, 0.95, 0.5),
    )
    content = replace(content_of(bundle, tmp_path), map_prices=MapPrices(worths, 3.0, (3.1, 4.0), 4.0))
    page = render(content, Blind())
    assert "What each map buys" in titles(page)
    assert "Synthetic defects are not real ones" in page
    cells = re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", page.split("What each map buys")[1].split("</table>")[0])
    assert cells[-8:] == ["anywhere5", "75 %", "9.5", "0.90", "22 %", "0.800", "0.950", "0.50"]


@pytest.mark.parametrize("drifted", [True, False])
def test_scores_are_shown_in_order_with_what_was_found(bundle: Bundle, tmp_path: Path, *, drifted: bool) -> None:
    scores = np.linspace(0.5, 0.6, 40) if drifted else np.random.default_rng(0).uniform(0.5, 0.6, 40)
    order = score_order([Path(f"{number}.png") for number in range(40)], scores.tolist())
    page = render(replace(content_of(bundle, tmp_path), order=order), Blind())
    assert "Order" in titles(page)
    assert 'alt="Calibration scores in order' in page
    assert ("The line drifted while these images were taken" in page) == drifted
    assert ("--calibrate-on latest" in page) == drifted


def test_without_test_images_latents_or_pictures_the_report_is_shorter_and_whole(
    bundle: Bundle, tmp_path: Path
) -> None:
    page = render(content_of(bundle, tmp_path, tests=False), Blind())
    assert titles(page) == [
        "Scores and training",
        "What would be caught",
        *("Scratch", "Dent", "Stain", "Missing patch"),
        "Images",
        "Least normal of the calibration images",
        "Most normal of the calibration images",
        "What was fitted",
    ]
    assert "<script>" not in page


def test_a_latent_of_one_number_has_an_axis_but_no_scatter(bundle: Bundle, tmp_path: Path) -> None:
    page = render(content_of(bundle, tmp_path, tests=False, latent_size=1), Seeing())
    assert "Latents in two dimensions" not in page
    assert page.count('type="range"') == 1
    assert "The least normal images, and the normal images with the nearest latents" in titles(page)


def test_single_numbers_of_a_large_latent_are_not_moved(bundle: Bundle, tmp_path: Path) -> None:
    page = render(content_of(bundle, tmp_path, latent_size=100), Seeing())
    assert "Latents in two dimensions" in page
    assert 'type="range"' not in page


def test_an_extrapolated_threshold_is_called_an_estimate(bundle: Bundle, tmp_path: Path) -> None:
    content = content_of(bundle, tmp_path)
    values = content.manifest.calibration.model_dump() | {"method": "generalised_pareto", "false_alarm_rate": 0.001}
    extrapolated = content.manifest.model_copy(update={"calibration": Calibration.model_validate(values)})
    assert "an estimate, not a guarantee" in render(replace(content, manifest=extrapolated), Blind())
    assert "an estimate, not a guarantee" not in render(content, Blind())


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (
            {"parts": 113, "unused": 447},
            (
                "113, shown by 667 images: the others are near-duplicates or copies. Images of one part stayed "
                "together in the "
                "split; of each part that calibrates one image was taken, and the others, 447 "
                "images, were not used"
            ),
        ),
        (
            {"parts": 200},
            (
                "200, shown by 220 images: the others are near-duplicates or copies. Images of one part stayed "
                "together in the split"
            ),
        ),
        ({"parts": 220}, "220: no near-duplicates or copies were found"),
    ],
)
def test_the_report_says_how_many_parts_the_images_show(
    counts: dict[str, int], said: str, bundle: Bundle, tmp_path: Path
) -> None:
    content = content_of(bundle, tmp_path, tests=False)
    data = content.manifest.training_data.model_copy(update=counts)
    manifest = content.manifest.model_copy(update={"training_data": data})
    page = " ".join(render(replace(content, manifest=manifest), Blind()).split())
    assert f"<th>different parts</th><td> {said} </td>" in page
    assert ("not used;" in page) == ("unused" in counts)


def test_the_report_of_a_bundle_that_knows_no_parts_says_nothing_of_them(bundle: Bundle, tmp_path: Path) -> None:
    assert "different parts" not in render(content_of(bundle, tmp_path, tests=False), Blind())


def test_a_review_budget_is_shown_with_what_goes_to_review(tmp_path: Path) -> None:
    plain = read_bundle(write_bundle(tmp_path / "plain"))
    values = plain.manifest.calibration.model_dump() | {"review_rate": 0.1, "review_threshold": 0.3}
    calibration = Calibration.model_validate(values)
    reviewing = read_bundle(write_bundle(tmp_path / "reviewing", calibration=calibration))
    page = render(content_of(reviewing, tmp_path), Blind())
    assert "of good parts may be reviewed or flagged: above 0.3" in page
    assert "Also to review: 0 of the normal images and 1 of the defects" in page
    assert "Review budget" not in render(content_of(plain, tmp_path), Blind())


def test_recall_is_shown_as_heat_for_every_size_and_contrast(bundle: Bundle, tmp_path: Path) -> None:
    content = content_of(bundle, tmp_path)
    assert content.manifest.sensitivity is not None
    heat = re.findall(r"--recall: ([\d.]+)", render(content, Blind()).split("</style>")[1])
    expected = [cell for rows in content.manifest.sensitivity.recall.values() for row in rows for cell in row]
    assert [float(value) for value in heat] == pytest.approx(expected, abs=0.005)


def test_names_that_are_no_text_can_be_read_and_written(bundle: Bundle, tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"pr\xe4f.png")
    left_out = LeftOut(odd, ExclusionReason.DUPLICATE, f"same pixels as {odd}")
    content = content_of(bundle, tmp_path)
    shown = replace(content.judged.misses[0], name=odd.name)
    judged = replace(content.judged, misses=(shown,))
    page = render(replace(content, data=odd, left_out=(left_out,), judged=judged), Blind())
    assert page.encode().count(rb"pr\xe4f.png") == 4
