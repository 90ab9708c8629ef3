"""Audits and rates against a real broker."""

import json
import subprocess
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from kafka import KafkaProducer

from service.record.messages import ReviewReason, VerdictMessage
from service.record.reviews import Label, Review
from tests.support.bundles import part, png, write_bundle
from tests.support.line import Line
from tests.support.service import LINEWATCH, Service, wait_until

pytestmark = pytest.mark.integration

AUDIT = {"audit_rate": 0.3, "audit_key": "a secret of this test"}
PASSES, ANOMALIES = 90, 10


def images() -> dict[str, bytes]:
    """The last ones have a defect."""
    return {f"part-{i}": png(part(20 + i, None if i < PASSES else 250, seed=i)) for i in range(PASSES + ANOMALIES)}


def audited(verdicts: list[VerdictMessage]) -> set[str]:
    return {verdict.part_id for verdict in verdicts if verdict.audit}


def test_two_replicas_sample_the_same_audits_and_a_replay_samples_them_again(line: Line, tmp_path: Path) -> None:
    write_bundle(tmp_path / "store")
    with ExitStack() as replicas:
        both = [
            replicas.enter_context(
                Service(line.kafka, tmp_path / "store", line.topics, tmp_path / f"log-{number}", **AUDIT)
            ).until_ready()
            for number in range(2)
        ]
        # Both must have partitions, or one alone would judge everything.
        wait_until(
            lambda: all(b"linewatch_consumer_lag_records{" in each.get("/metrics") for each in both), "a share each"
        )
        line.send(images())
        first = line.outcomes(len(images())).verdicts
        wait_until(
            lambda: (
                sum(each.sample("linewatch_audits_total", stream="default") for each in both) == len(audited(first))
            ),
            "the audits counted",
        )
        assert all(each.sample("linewatch_batch_images_sum") > 0 for each in both)
        assert [each.stop() for each in both] == [0, 0]
    assert 10 <= len(audited(first)) <= 50, "about 27 of 90 passes"
    assert {verdict.decision for verdict in first if verdict.audit} == {"pass"}

    # Another group begins where the topic begins: every image is judged once more.
    with Service(
        line.kafka, tmp_path / "store", line.topics, tmp_path / "log", group=f"{line.topics.images}-2", **AUDIT
    ):
        again = line.outcomes(2 * len(images())).verdicts
    replayed = [verdict for verdict in again if verdict.scored_at > max(each.scored_at for each in first)]
    assert len(replayed) == len(images())
    assert audited(replayed) == audited(first)


def test_rates_are_computed_from_the_topics(line: Line, tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "store").name
    with Service(line.kafka, tmp_path / "store", line.topics, tmp_path / "log", **AUDIT) as service:
        line.send(images())
        verdicts = line.outcomes(len(images())).verdicts
    asked = [verdict for verdict in verdicts if verdict.audit or verdict.decision == "anomaly"]
    escaped = next(verdict for verdict in asked if verdict.audit)
    review(line, asked, defects={escaped.part_id, *(f"part-{i}" for i in range(PASSES + 2, PASSES + ANOMALIES))})
    command = [str(LINEWATCH), "escapes", "--json", "--below", "0.01", "--stream", "default"]
    printed = subprocess.run(command, env=service.environment, capture_output=True, text=True, check=True, timeout=120)
    (found,) = json.loads(printed.stdout)
    audits = len(audited(verdicts))
    assert (found["stream"], found["bundle"]) == ("default", bundle)
    assert found["passed"] == {"parts": PASSES, "asked": audits, "normal": audits - 1, "defect": 1, "unsure": 0}
    assert found["anomaly"]["normal"] == 2
    assert found["escape"]["estimate"] == pytest.approx(1 / audits)
    assert found["escape"]["low"] < 1 / audits < found["escape"]["high"]
    assert found["false_alarm"]["estimate"] == pytest.approx(2 / (2 + PASSES * (audits - 1) / audits))
    assert found["audits_needed"] is None, "one defect among so few never proves so little"

    early = [*command, "--to", min(verdict.scored_at for verdict in verdicts).isoformat()]
    before = subprocess.run(early, env=service.environment, capture_output=True, text=True, check=True, timeout=120)
    assert json.loads(before.stdout) == []


def review(line: Line, verdicts: list[VerdictMessage], defects: set[str]) -> None:
    """Write a person's reviews of these parts."""
    with closing(KafkaProducer(bootstrap_servers=line.kafka)) as producer:
        for verdict in verdicts:
            written = Review(
                source=verdict.source,
                part_id=verdict.part_id,
                stream=verdict.stream,
                bundle=verdict.bundle,
                label=Label.DEFECT if verdict.part_id in defects else Label.NORMAL,
                reviewer="ann",
                at=datetime.now(UTC),
                asked=ReviewReason.AUDIT if verdict.audit else ReviewReason.ANOMALY,
                captured_at=verdict.captured_at,
            )
            producer.send(line.topics.reviews, written.value(), key=written.key)
        producer.flush()
