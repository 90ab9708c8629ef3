"""From decisions on each image to the figures of a backtest."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.scoring.bundle import BundleStore
from service.scoring.verdict import Decision
from tests.support.backtests import write_pair
from training.backtest.result import Backtest, Decided
from training.backtest.summary import LISTED, PairedResult, summarise

MADE = {"at": datetime(2026, 1, 31, tzinfo=UTC), "by": "kim", "source": "here", "left_out": 2}


def decided(decision: Decision, score: float = 0.4, in_force: Decision | None = None) -> Decided:
    return Decided(score=score, error_ratio=2 * score, decision=decision, decision_in_force=in_force or decision)


def paired(
    champion: Decision | Decided, challenger: Decision | Decided, kind: str | None = "good", name: str = "x"
) -> PairedResult:
    before, after = (decided(each) if isinstance(each, str) else each for each in (champion, challenger))
    return PairedResult(name, kind, hashlib.sha256(name.encode()).hexdigest(), before, after, 0.002, 0.003)


@pytest.mark.parametrize(
    ("before", "after", "missed"),
    [
        ("anomaly", "anomaly", False),
        ("anomaly", "review", True),
        ("anomaly", "pass", True),
        ("review", "pass", True),
        ("review", "anomaly", False),
        ("pass", "pass", False),
    ],
)
def test_a_defect_is_missed_if_the_challenger_judges_it_milder(before: Decision, after: Decision, missed: bool) -> None:
    assert paired(before, after, "scratch").is_missed(None) is missed
    assert not paired(before, after, "good").is_missed(None)
    assert not paired(before, after, None).is_missed(None)


def test_the_challengers_milder_decision_counts() -> None:
    assert paired("anomaly", decided("anomaly", in_force="pass"), "scratch").is_missed(None)


def test_with_a_matched_threshold_the_champion_catches_only_what_scores_above_it() -> None:
    found = paired(decided("anomaly", 0.7), decided("pass"), "scratch")
    assert found.is_missed(0.6)
    assert not found.is_missed(0.7)


def test_wrong_flips_are_worst_then_unlabelled_ones_then_by_how_far_the_score_moved() -> None:
    wrong = paired(decided("pass", 0.4), decided("anomaly", 0.5), "good")
    unknown = paired(decided("pass", 0.4), decided("anomaly", 0.5), None)
    right = paired(decided("pass", 0.4), decided("anomaly", 0.5), "scratch")
    farther = paired(decided("pass", 0.1), decided("anomaly", 0.5), "scratch")
    ranked = sorted([right, wrong, farther, unknown], key=lambda each: each.badness, reverse=True)
    assert ranked == [wrong, unknown, farther, right]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Champion and challenger, each with its calibration."""
    root: Path = tmp_path_factory.mktemp("pair")
    store = BundleStore(root)
    bundles = [store.bundle("default", name) for name in write_pair(root, 1.0001)]
    champion, challenger = ((bundle, bundle.manifest.calibration) for bundle in bundles)
    return {"champion": champion, "challenger": challenger, "rates": None, "made": MADE}


def test_everything_is_counted(pair: Any) -> None:
    results = [
        paired("pass", "pass", name="a"),
        paired("pass", "anomaly", name="b"),
        paired("anomaly", "pass", name="c"),
        paired("pass", "pass", name="d"),
        paired("anomaly", "anomaly", "scratch", name="e"),
        paired("anomaly", "pass", "stain", name="f"),
        paired("pass", "anomaly", None, name="g"),
    ]
    found: Backtest = summarise(results, **pair)
    assert (found.images, found.normal, found.defects, found.left_out) == (7, 4, {"scratch": 1, "stain": 1}, 2)
    assert (found.champion.flagged, found.champion.false_alarms, found.champion.defects_flagged) == (3, 1, 2)
    assert (found.challenger.flagged, found.challenger.false_alarms, found.challenger.defects_flagged) == (3, 1, 1)
    assert found.champion.by_kind == {"scratch": 1, "stain": 1}
    assert found.challenger.by_kind == {"scratch": 1, "stain": 0}
    assert found.champion.false_alarm_interval == pytest.approx((0.0063, 0.8059), abs=1e-4)
    assert (found.champion.ms_per_image, found.challenger.ms_per_image) == (2.0, 3.0)
    assert found.missed == ("f",)
    newly, gone = found.newly_flagged, found.no_longer_flagged
    assert (newly.normal, newly.defects, newly.unlabelled) == (1, 0, 1)
    assert (gone.normal, gone.defects, gone.unlabelled) == (1, 1, 0)
    right_with_one = {name: (each.champion_only, each.challenger_only) for name, each in found.paired.items()}
    assert right_with_one == {"normal": (1, 1), "defects": (1, 0), "labelled": (2, 1)}
    assert found.paired["labelled"].p_value == 1.0


def test_a_champion_beyond_its_budget_is_matched_before_its_misses_count(pair: Any) -> None:
    alarms = [paired(decided("anomaly", 0.6), "pass", name=str(number)) for number in range(2)]
    defects = [paired(decided("anomaly", score), "pass", "scratch", name=str(score)) for score in (0.55, 0.65)]
    found: Backtest = summarise([*alarms, *defects], **pair)
    assert found.matched is not None
    assert found.matched.threshold == 0.6
    assert found.missed == ("0.65",)


def test_without_labels_there_is_nothing_to_estimate(pair: Any) -> None:
    found: Backtest = summarise([paired("pass", "anomaly", None)], **pair)
    assert (found.champion.false_alarm_interval, found.champion.recall_interval, found.matched) == (None, None, None)
    assert (found.missed, found.defects, found.paired["labelled"].p_value) == ((), {}, 1.0)


def test_the_digest_does_not_depend_on_the_order_of_the_images(pair: Any) -> None:
    results = [paired("pass", "pass", name=name) for name in "abc"]
    digests = [summarise(each, **pair).images_digest for each in (results, results[::-1], results[:2])]
    assert digests[0] == digests[1] != digests[2]


def test_only_the_worst_flips_are_listed_and_all_are_counted(pair: Any) -> None:
    results = [paired("pass", "anomaly", name=str(number)) for number in range(LISTED + 5)]
    found: Backtest = summarise([*results, paired("pass", "anomaly", "scratch", name="right")], **pair)
    assert (found.newly_flagged.count, len(found.newly_flagged.worst)) == (LISTED + 6, LISTED)
    assert {flip.kind for flip in found.newly_flagged.worst} == {"good"}
