"""Shadowing: the judgements of challengers, and that their errors stop nothing."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from service.bundles.challengers import Challengers
from service.metrics import Metrics
from service.scoring.bundle import BundleStore
from service.scoring.graph import Prediction
from service.scoring.image import Pixels
from service.scoring.preprocessing import preprocess
from service.scoring.scorer import Scorer
from service.stream.shadow import Shadow, ShadowImage
from tests.support.bundles import challenge, crown, part, write_bundle

STREAM = "default"
LIMIT = 10


class Line:
    """A champion, a challenger whose input is larger and whose scores are thrice as high, and its shadowing."""

    def __init__(self, store: Path) -> None:
        self.metrics = Metrics()
        self.champion = Scorer(BundleStore(store).bundle(STREAM, write_bundle(store).name))
        self.folder = write_bundle(store, gain=3.0, side=48, champion=False)
        challenge(self.folder)
        self.challengers = Challengers(BundleStore(store), self.metrics, threads=1)
        self.challengers.refresh()
        self.shadow = Shadow(self.challengers, self.metrics, LIMIT)

    @property
    def challenger(self) -> Scorer:
        return self.challengers.all()[STREAM]

    def judges(self, brightness: int = 60) -> Any:
        return self.shadow.judge(STREAM, self.takes(STREAM, part(brightness)))

    def takes(self, stream: str, image: Pixels, champion: Scorer | None = None) -> ShadowImage | None:
        challenger = self.shadow.challenger(stream, champion or self.champion)
        prepared = [preprocess(image, challenger.input)] if challenger else []
        return self.shadow.take(stream, challenger, prepared)

    @property
    def paused(self) -> float | None:
        return self.metrics.registry.get_sample_value("linewatch_shadow_paused", {"stream": STREAM})


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path)


def test_the_challenger_judges_the_image_at_its_own_size_and_by_its_own_threshold(line: Line) -> None:
    judgement = line.judges(60)
    assert judgement.score == pytest.approx(3 * 60 / 255)
    assert (judgement.decision, judgement.bundle) == ("anomaly", line.folder.name)


def test_without_a_challenger_nothing_is_said(line: Line) -> None:
    assert line.shadow.judge("other", line.takes("other", part(60))) is None


def test_a_challenger_that_became_champion_does_not_judge_itself(line: Line) -> None:
    crown(line.folder)
    assert line.takes(STREAM, part(60), line.challenger) is None


@pytest.mark.parametrize("error", [RuntimeError("no memory"), None])
def test_one_that_fails_or_gives_no_number_is_turned_off(
    line: Line, monkeypatch: pytest.MonkeyPatch, error: Exception | None
) -> None:
    def run(_pixels: object) -> Prediction:
        if error:
            raise error
        return Prediction(float("nan"), np.zeros((48, 48), np.float32))

    monkeypatch.setattr(line.challenger, "run", run)
    assert line.judges() is None
    monkeypatch.undo()
    assert line.judges() is None
    assert "failed on an image" in line.challengers.refusals()[STREAM].why
    line.shadow.update(0)
    assert line.paused == 1


def test_one_whose_input_cannot_be_preprocessed_is_turned_off(line: Line) -> None:
    assert line.shadow.take(STREAM, line.challenger, ["MemoryError: none left"]) is None
    assert line.judges() is None
    assert "MemoryError" in line.challengers.refusals()[STREAM].why


def test_it_pauses_above_the_limit_and_resumes_at_half_of_it(line: Line) -> None:
    seen = []
    for lag in (LIMIT, LIMIT + 1, LIMIT, LIMIT // 2 + 1, LIMIT // 2, LIMIT):
        line.shadow.update(lag)
        seen.append((line.judges() is None, line.paused))
    assert seen == [(False, 0), (True, 1), (True, 1), (True, 1), (False, 0), (False, 0)]


def test_what_was_preprocessed_before_a_pause_is_still_judged(line: Line) -> None:
    image = line.takes(STREAM, part(60))
    line.shadow.update(LIMIT + 1)
    assert line.shadow.judge(STREAM, image) is not None


def test_the_pause_of_a_stream_without_a_challenger_is_no_longer_shown(line: Line) -> None:
    line.shadow.update(0)
    (line.folder.parent / "challenger").unlink()
    line.challengers.refresh()
    line.shadow.update(0)
    assert line.paused is None
