from pathlib import Path

import numpy as np
import pytest

from deploy.demo.figures import DEAD_LETTER, VERDICT, Answer, Figures, likely_false_alarms, summarise
from deploy.demo.images import LineImage
from deploy.devtools.commands.linewatch_train import Guarantee


def sent(*labels: str) -> list[LineImage]:
    return [LineImage(f"p{number}", Path(f"{number}.png"), label) for number, label in enumerate(labels)]


def verdict(part_id: str, score: float = 0.0, *, flagged: bool = False, latency_s: float = 0.1) -> Answer:
    return Answer(part_id, VERDICT, latency_s, score, flagged)


def figures_of(images: list[LineImage], answers: list[Answer]) -> Figures:
    return summarise(
        images, answers, guarantee=Guarantee(0.01, calibration_images=99), stream_seconds=2.0, seconds={"total": 3.0}
    )


def test_a_line_without_fault_accounts_for_every_image_once() -> None:
    figures = figures_of(sent("good", "good"), [verdict("p0"), verdict("p1")])
    assert (figures.verdicts, figures.dead_letters) == (2, 0)
    assert figures.every_image_has_one_verdict


def test_a_dead_letter_accounts_for_an_image_but_is_no_verdict() -> None:
    figures = figures_of(sent("good", "good"), [verdict("p0"), Answer("p1", DEAD_LETTER, 0.1)])
    assert (figures.verdicts, figures.dead_letters, figures.unaccounted) == (1, 1, 0)
    assert not figures.every_image_has_one_verdict


def test_an_image_without_an_answer_is_unaccounted() -> None:
    figures = figures_of(sent("good", "good"), [verdict("p0")])
    assert figures.unaccounted == 1
    assert not figures.every_image_has_one_verdict


@pytest.mark.parametrize("second", [verdict("p0"), Answer("p0", DEAD_LETTER, 0.1)])
def test_an_image_with_two_answers_is_doubled(second: Answer) -> None:
    figures = figures_of(sent("good"), [verdict("p0"), second])
    assert (figures.doubled, figures.unaccounted) == (1, 0)
    assert not figures.every_image_has_one_verdict


def test_flags_are_counted_by_label() -> None:
    images = sent("good", "good", "crack", "crack", "stain")
    answers = [verdict(f"p{number}", flagged=number in {1, 2, 4}) for number in range(5)]
    figures = figures_of(images, answers)
    assert (figures.normal.sent, figures.normal.flagged) == (2, 1)
    assert (figures.defects.sent, figures.defects.flagged) == (3, 2)
    assert {label: (tally.sent, tally.flagged) for label, tally in figures.by_label.items()} == {
        "good": (2, 1),
        "crack": (2, 1),
        "stain": (1, 1),
    }


def test_the_auroc_is_the_share_of_pairs_in_the_right_order() -> None:
    images = sent("good", "good", "crack", "crack")
    scores = [0.1, 0.5, 0.4, 0.9]  # one of the four pairs of good and crack is the wrong way round
    answers = [verdict(f"p{number}", score) for number, score in enumerate(scores)]
    assert figures_of(images, answers).auroc == pytest.approx(0.75)


def test_there_is_no_auroc_with_one_class_only() -> None:
    assert figures_of(sent("good"), [verdict("p0")]).auroc is None


def test_latency_is_in_milliseconds() -> None:
    images = sent(*["good"] * 100)
    answers = [verdict(f"p{number}", latency_s=number / 1000) for number in range(100)]
    latency = figures_of(images, answers).latency_ms
    assert latency == {"p50": pytest.approx(49.5), "p99": pytest.approx(98.01)}


def test_the_rate_is_over_the_streaming_time() -> None:
    assert figures_of(sent("good", "good"), []).images_per_second == pytest.approx(1.0)


def test_the_file_has_the_agreed_keys() -> None:
    written = figures_of(sent("good", "crack"), [verdict("p0"), verdict("p1")]).as_json()
    assert set(written) == {
        *("images_sent", "verdicts", "dead_letters", "unaccounted", "doubled", "defects", "false_alarms"),
        *("auroc", "latency_ms", "images_per_second", "seconds"),
    }
    assert set(written["defects"]) == {"sent", "flagged"}
    assert set(written["false_alarms"]) == {"normal_sent", "flagged", "budget"}
    assert set(written["latency_ms"]) == {"p50", "p99"}


def test_the_likely_range_of_false_alarms_allows_for_chance_in_the_calibration_set() -> None:
    rng = np.random.default_rng(3)
    calibration, fresh = rng.uniform(size=(20_000, 99)), rng.uniform(size=(20_000, 200))
    false_alarms = (fresh > calibration.max(axis=1, keepdims=True)).sum(axis=1)
    low, high = likely_false_alarms(200, Guarantee(0.01, calibration_images=99))
    assert (low, high) == (0, int(np.quantile(false_alarms, 0.975)))
