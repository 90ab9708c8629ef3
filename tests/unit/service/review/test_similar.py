"""Similar past parts."""

from pathlib import Path

import numpy as np
import pytest

from service.record.image_archive import Archive
from service.record.messages import ReviewReason, Source
from service.review.image_source import ImageSource
from service.review.part_index import PartIndex, ReviewPart
from service.review.rescorer import Rescorer
from service.review.similar import MAX_NEIGHBOURS, MAX_NEW_LATENTS, LatentCache, SimilarParts, nearest
from service.scoring.graph import Prediction
from service.scoring.image import ImageLimits
from tests.support.reviewing import FakeTopic, on_topic, review, source, verdict


def test_the_nearest_come_first_and_length_does_not_matter() -> None:
    latents = LatentCache()
    for offset, numbers in enumerate(([1, 0], [0, 5], [30, 30], [-1, 0])):
        latents.put("b", source(offset), np.array([numbers], np.float32))
    mine = latents.get("b", source(0))
    assert mine is not None
    others = [
        (review(offset), found) for offset in (1, 2, 3) if (found := latents.get("b", source(offset))) is not None
    ]
    neighbours = nearest(mine, others, most=2)
    assert [each.review.source.offset for each in neighbours] == [2, 1]
    assert [each.distance for each in neighbours] == pytest.approx([1 - 0.5**0.5, 1.0])


def test_that_there_is_no_latent_is_remembered() -> None:
    latents = LatentCache()
    assert not latents.is_known("b", source(1))
    latents.put("b", source(1), None)
    assert (latents.is_known("b", source(1)), latents.get("b", source(1))) == (True, None)


def test_latents_of_different_bundles_are_never_compared() -> None:
    latents = LatentCache()
    latents.put("one", source(1), np.ones(3, np.float32))
    assert latents.get("other", source(1)) is None


def test_a_latent_of_nothing_is_no_division_by_zero() -> None:
    latents = LatentCache()
    latents.put("b", source(1), np.zeros(3, np.float32))
    latent = latents.get("b", source(1))
    assert latent is not None
    assert latent.tolist() == [0.0, 0.0, 0.0]


class FakeRescorer(Rescorer):
    """Gives image number n the latent (n, 10): parts with closer numbers are nearer."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, ImageLimits(), threads=1)
        self.scored: list[int] = []

    def score(self, stream: str, bundle: str, source: Source, image: bytes) -> Prediction:  # noqa: ARG002 - the same
        self.scored.append(source.offset)
        return Prediction(0.0, np.zeros((1, 1), np.float32), np.array([source.offset, 10], np.float32))


class Past:
    """Reviewed parts by number, and the search over them."""

    def __init__(self, folder: Path, *offsets: int) -> None:
        self.index, self.topic, self.rescorer = PartIndex(), FakeTopic(), FakeRescorer(folder)
        for offset in offsets:
            self.index.read_review(on_topic(review(offset), offset))
        images = ImageSource(Archive(str(folder)), lambda: self.topic)
        self.similar = SimilarParts(self.index, images, self.rescorer)

    def like(self, offset: int) -> list[int] | None:
        """The numbers of the parts that are similar to one."""
        found = self.similar.find(ReviewPart(verdict(offset), ReviewReason.ANOMALY))
        return None if found is None else [each.review.source.offset for each in found]


def test_reviewed_parts_are_found_nearest_first_and_never_the_part_itself(tmp_path: Path) -> None:
    assert Past(tmp_path, 1, 5, 9).like(5) == [9, 1]


def test_one_search_encodes_a_few_parts_newest_first_and_the_next_search_the_others(tmp_path: Path) -> None:
    past = Past(tmp_path, *range(1, 20))
    assert past.like(0) == [16, 17, 18, 19]
    assert past.rescorer.scored == [0, 19, 18, 17, 16]
    assert past.like(0) == [12, 13, 14, 15, 16, 17]
    assert past.rescorer.scored[5:] == [15, 14, 13, 12]
    assert (MAX_NEW_LATENTS, MAX_NEIGHBOURS) == (4, 6)


def test_parts_of_other_streams_are_not_similar(tmp_path: Path) -> None:
    past = Past(tmp_path, 1)
    past.index.read_review(on_topic(review(2, stream="left"), 2))
    assert past.like(3) == [1]


def test_parts_without_an_image_are_left_out(tmp_path: Path) -> None:
    past = Past(tmp_path, 1, 2)
    past.topic.gone.add(2)
    assert past.like(3) == [1]
    past.topic.gone.add(4)
    assert past.like(4) is None
