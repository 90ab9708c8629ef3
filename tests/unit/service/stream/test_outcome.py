"""Verdicts and dead letters of decoded images."""

import base64
import hashlib
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from service.bundles.challengers import Challengers
from service.metrics import Metrics
from service.record.messages import ImageSize, Source, VerdictMessage
from service.scoring.bundle import GRAPH, BundleStore, read_bundle
from service.scoring.graph import GraphNotReloadedError
from service.scoring.image import ImageRejected, Reason
from service.scoring.scorer import Scorer
from service.stream.audit_sampling import NO_AUDITS, AuditSampling
from service.stream.image_decoder import Preprocessed, Unscorable
from service.stream.outcome import DeadLetter, OutcomeMaker, Scored
from service.stream.shadow import Shadow, ShadowImage
from tests.support.bundles import SIDE, WITH_REVIEW, challenge, part, write_bundle
from tests.support.odd_graphs import BLINDED, odd_graph
from tests.support.outcomes import CAPTURED_AT, decoded, preprocessed
from tests.support.records import FakeRecord
from tests.support.shadow import no_shadow

EVERY_PASS = AuditSampling(rate=1.0, key=b"key")
GOOD, ANOMALOUS = part(51), part(51, 204)


@pytest.fixture
def scorer(tmp_path: Path) -> Scorer:
    return Scorer(read_bundle(write_bundle(tmp_path)))


def verdict(
    item: tuple[FakeRecord, Preprocessed | Unscorable], audits: AuditSampling = NO_AUDITS, shadow: Shadow | None = None
) -> VerdictMessage:
    outcome = OutcomeMaker(Metrics(), audits, shadow or no_shadow()).make(*item)
    assert isinstance(outcome, Scored)
    return outcome.verdict


def test_a_verdict_names_the_image_that_it_is_about(scorer: Scorer) -> None:
    found = verdict(decoded(preprocessed(scorer, GOOD), partition=2, offset=9, key=b"part-9"))
    assert (found.part_id, found.stream, found.captured_at) == ("part-9", "default", CAPTURED_AT)
    assert found.source == Source(topic="inspection.images", partition=2, offset=9)
    assert found.image == ImageSize(width=2 * SIDE, height=2 * SIDE)
    assert (found.decision, found.bundle) == ("pass", scorer.bundle.id)
    assert found.score == pytest.approx(0.2)


def test_nobody_is_asked_about_a_pass_so_it_has_neither_digest_nor_map(scorer: Scorer) -> None:
    found = verdict(decoded(preprocessed(scorer, GOOD)))
    assert (found.audit, found.digest, found.anomaly_map, found.regions) == (False, None, None, ())


def test_an_anomaly_has_the_digest_of_its_bytes_a_map_and_regions_of_the_original(scorer: Scorer) -> None:
    found = verdict(decoded(preprocessed(scorer, ANOMALOUS), value=b"the bytes"))
    assert found.decision == "anomaly"
    assert found.digest == hashlib.sha256(b"the bytes").hexdigest()
    grey = cv2.imdecode(np.frombuffer(base64.b64decode(found.anomaly_map or ""), np.uint8), cv2.IMREAD_UNCHANGED)
    assert grey is not None
    assert (grey.shape, int(grey.max())) == ((SIDE, SIDE), 204)
    region = found.regions[0]
    assert (region.x, region.y, region.width, region.height) == (SIDE // 2, SIDE, SIDE // 4, SIDE // 4)


def test_an_audited_pass_has_its_digest_but_no_map(scorer: Scorer) -> None:
    found = verdict(decoded(preprocessed(scorer, GOOD)), EVERY_PASS)
    assert (found.decision, found.audit, found.anomaly_map) == ("pass", True, None)
    assert found.digest is not None


def test_an_anomaly_is_never_an_audit(scorer: Scorer) -> None:
    assert not verdict(decoded(preprocessed(scorer, ANOMALOUS)), EVERY_PASS).audit


def test_an_image_between_the_thresholds_is_to_be_reviewed_with_its_map(tmp_path: Path) -> None:
    scorer = Scorer(read_bundle(write_bundle(tmp_path, calibration=WITH_REVIEW)))
    found = verdict(decoded(preprocessed(scorer, ANOMALOUS)), EVERY_PASS)
    assert (found.decision, found.audit) == ("review", False)
    assert found.digest is not None
    assert found.anomaly_map is not None


def test_the_challenger_adds_its_judgement_and_decides_nothing(scorer: Scorer, tmp_path: Path) -> None:
    challenger_folder = write_bundle(tmp_path, gain=3.0, champion=False)
    challenge(challenger_folder)
    metrics = Metrics()
    challengers = Challengers(BundleStore(tmp_path), metrics, threads=1)
    challengers.refresh()
    image = preprocessed(scorer, GOOD, ShadowImage(challengers.all()["default"], GOOD))
    found = verdict(decoded(image), shadow=Shadow(challengers, metrics, lag_records=10))
    assert (found.decision, found.bundle) == ("pass", scorer.bundle.id)
    assert found.challenger is not None
    assert (found.challenger.decision, found.challenger.bundle) == ("anomaly", challenger_folder.name)


def test_an_image_that_cannot_be_scored_becomes_a_dead_letter_with_its_rejection() -> None:
    metrics = Metrics()
    rejection = ImageRejected(Reason.EMPTY, "expected an encoded image, found no bytes")
    item = decoded(Unscorable("left", rejection), offset=7)
    outcome = OutcomeMaker(metrics, NO_AUDITS, no_shadow()).make(*item)
    assert outcome == DeadLetter(item[0], "left", rejection)
    assert metrics.registry.get_sample_value("linewatch_stage_seconds_count", {"stage": "score"}) is None


def test_a_graph_that_finds_no_room_any_more_is_no_images_fault(
    scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room() -> None:
        raise MemoryError("no room")

    scorer.release()
    monkeypatch.setattr(scorer, "_load", no_room)
    with pytest.raises(GraphNotReloadedError, match="to be loaded again, found: no room"):
        verdict(decoded(preprocessed(scorer, GOOD)))


def test_the_time_of_scoring_is_observed_once_for_each_scored_image(scorer: Scorer) -> None:
    metrics = Metrics()
    outcomes = OutcomeMaker(metrics, NO_AUDITS, no_shadow())
    for offset in range(3):
        outcomes.make(*decoded(preprocessed(scorer, GOOD), offset=offset))
    assert metrics.registry.get_sample_value("linewatch_stage_seconds_count", {"stage": "score"}) == 3


def test_an_image_is_scored_by_the_bundle_it_was_preprocessed_for(scorer: Scorer, tmp_path: Path) -> None:
    other = Scorer(read_bundle(write_bundle(tmp_path, gain=0.5)))
    image = preprocessed(scorer, GOOD)
    assert verdict(decoded(image)).score == pytest.approx(0.2)
    assert verdict(decoded(replace(image, scorer=other))).bundle == other.bundle.id


@pytest.mark.parametrize("kind", BLINDED)
def test_a_defect_that_the_graph_has_no_number_for_is_a_dead_letter_and_never_a_pass(tmp_path: Path, kind: str) -> None:
    scorer = Scorer(read_bundle(write_bundle(tmp_path, more={GRAPH: odd_graph(kind)})))
    maker = OutcomeMaker(Metrics(), NO_AUDITS, no_shadow())
    outcome = maker.make(*decoded(preprocessed(scorer, ANOMALOUS)))
    assert isinstance(outcome, DeadLetter)
    assert (outcome.stream, outcome.rejection.reason) == ("default", Reason.UNSCORABLE)
    assert scorer.bundle.id in str(outcome.rejection)
    assert isinstance(maker.make(*decoded(preprocessed(scorer, GOOD))), Scored)


def test_an_image_on_which_the_bundle_fails_is_a_dead_letter_that_names_it_and_stops_nothing(
    scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_pixels: object) -> None:
        raise RuntimeError("tensor of another shape")

    monkeypatch.setattr(scorer, "run", fail)
    outcome = OutcomeMaker(Metrics(), NO_AUDITS, no_shadow()).make(*decoded(preprocessed(scorer, part(3))))
    assert isinstance(outcome, DeadLetter)
    assert (outcome.rejection.reason, outcome.bundle, outcome.stream) == ("unscorable", scorer.bundle.id, "default")
    assert "RuntimeError: tensor of another shape" in str(outcome.rejection)


def test_an_image_without_a_finite_score_is_a_dead_letter_of_its_bundle(
    scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reject(_pixels: object) -> None:
        raise ImageRejected(Reason.UNSCORABLE, "expected a finite score")

    monkeypatch.setattr(scorer, "run", reject)
    outcome = OutcomeMaker(Metrics(), NO_AUDITS, no_shadow()).make(*decoded(preprocessed(scorer, part(3))))
    assert isinstance(outcome, DeadLetter)
    assert (str(outcome.rejection), outcome.bundle) == ("expected a finite score", scorer.bundle.id)
