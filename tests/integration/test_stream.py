"""The service against a real broker: every image exactly one verdict or dead letter, whatever happens."""

import signal
from pathlib import Path

import pytest

from service.scoring.bundle import GRAPH
from tests.support.bundles import crown, part, png, write_bundle
from tests.support.line import Line
from tests.support.service import Service, wait_until

pytestmark = pytest.mark.integration


def parts(number: int, *, prefix: str = "part") -> dict[str, bytes]:
    """Every tenth has a defect."""
    return {f"{prefix}-{i}": png(part(20 + i % 90, 250 if i % 10 == 0 else None, seed=i)) for i in range(number)}


@pytest.fixture
def service(line: Line, tmp_path: Path) -> Service:
    """Not started; its store is tmp_path/store."""
    return Service(line.kafka, tmp_path / "store", line.topics, tmp_path / "service.log")


def test_each_image_gets_its_verdict(line: Line, service: Service, tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path / "store")
    line.send(parts(50))
    with service:
        outcomes = line.outcomes(50)
        assert service.until_ready().stop() == 0
    verdicts = {verdict.part_id: verdict for verdict in outcomes.verdicts}
    assert sorted(verdicts) == sorted(parts(50))
    assert {name for name, verdict in verdicts.items() if verdict.decision == "anomaly"} == {
        f"part-{i}" for i in range(0, 50, 10)
    }
    normal, anomaly = verdicts["part-3"], verdicts["part-10"]
    assert normal.score == pytest.approx(23 / 255, abs=1e-6)
    assert (normal.stream, normal.bundle, normal.threshold) == ("default", bundle.name, 0.5)
    assert (normal.image.width, normal.image.height, normal.anomaly_map) == (32, 32, None)
    assert anomaly.anomaly_map is not None
    region = anomaly.regions[0]
    assert (region.x, region.y, region.width, region.height) == (8, 16, 4, 4)


@pytest.mark.parametrize(
    ("reason", "value", "headers"),
    [
        pytest.param("empty", b"", [], id="empty"),
        pytest.param("too_large", b"\xff\xd8\xff" + bytes(3000), [], id="too_large"),
        pytest.param("undecodable", png(part(3))[:60], [], id="undecodable"),
        pytest.param("unsupported_format", b"GIF89a, or so it says", [], id="unsupported_format"),
        pytest.param("unknown_stream", png(part(4)), [("stream", b"nobody")], id="unknown_stream"),
        pytest.param("bad_header", png(part(5)), [("captured_at", b"yesterday")], id="bad_header"),
    ],
)
def test_a_poison_image_becomes_a_dead_letter_and_the_line_goes_on(
    line: Line, tmp_path: Path, reason: str, value: bytes, headers: list[tuple[str, bytes]]
) -> None:
    write_bundle(tmp_path / "store")
    settings = {"max_image_bytes": 2048}
    with Service(line.kafka, tmp_path / "store", line.topics, tmp_path / "log", **settings) as service:
        line.send([("before", png(part(1)), []), ("poison", value, headers), ("after", png(part(2)), [])])
        outcomes = line.outcomes(3)
        service.until_ready()
        wait_until(lambda: service.sample("linewatch_dead_letters_total", reason=reason) == 1, "the reason counted")
    assert {verdict.part_id for verdict in outcomes.verdicts} == {"before", "after"}
    ((headers_found, original),) = outcomes.dead_letters
    assert headers_found["reason"] == reason.encode()
    assert headers_found["message"].startswith(b"expected ")
    assert original == (value if len(value) <= 2048 else b"")
    assert dict(headers).items() <= headers_found.items()
    assert set(outcomes.sources().values()) == {1}


def test_several_streams_are_scored_each_by_its_own_bundle(line: Line, service: Service, tmp_path: Path) -> None:
    bundles = {
        "left": write_bundle(tmp_path / "store", "left").name,
        "right": write_bundle(tmp_path / "store", "right", gain=3.0, channels=1).name,
    }
    image = png(part(60))
    line.send([(f"{stream}-{i}", image, [("stream", stream.encode())]) for i in range(20) for stream in bundles])
    with service:
        outcomes = line.outcomes(40)
    assert {(v.stream, v.bundle, v.decision) for v in outcomes.verdicts} == {
        ("left", bundles["left"], "pass"),
        ("right", bundles["right"], "anomaly"),
    }


def test_a_new_champion_is_swapped_in_without_dropping_or_mixing(line: Line, service: Service, tmp_path: Path) -> None:
    old = write_bundle(tmp_path / "store")
    new = write_bundle(tmp_path / "store", gain=0.5, champion=False)
    with service:
        service.until_ready()
        for round_number in range(12):
            line.send(parts(20, prefix=f"round-{round_number}"))
            if round_number == 5:
                crown(new)
        wait_until(
            lambda: service.sample("linewatch_bundle_info", bundle=new.name) == 1, "the new champion to be taken in"
        )
        line.send(parts(20, prefix="last"))
        outcomes = line.outcomes(260)
    assert set(outcomes.sources().values()) == {1}
    gains = {old.name: 1.0, new.name: 0.5}
    for verdict in outcomes.verdicts:
        number = int(verdict.part_id.rsplit("-", 1)[1])
        brightness = 250 if number % 10 == 0 else 20 + number % 90
        assert verdict.score == pytest.approx(gains[verdict.bundle] * brightness / 255, abs=1e-6)
    assert {v.bundle for v in outcomes.verdicts if v.part_id.startswith("last")} == {new.name}


def test_a_bad_champion_is_refused_with_one_line_and_the_old_one_goes_on(
    line: Line, service: Service, tmp_path: Path
) -> None:
    old = write_bundle(tmp_path / "store")
    bad = write_bundle(tmp_path / "store", gain=0.5, champion=False)
    (bad / GRAPH).write_bytes(b"broken")
    with service:
        service.until_ready()
        crown(bad)
        wait_until(lambda: service.sample("linewatch_bundle_reloads_total", result="refused") == 1, "a refusal")
        line.send(parts(20))
        outcomes = line.outcomes(20)
        assert b"New champion refused" in service.get("/")
    assert {verdict.bundle for verdict in outcomes.verdicts} == {old.name}
    assert len([event for event in service.events() if event["event"] == "bundle refused"]) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_ended_in_mid_batch_and_started_again_every_image_has_exactly_one_verdict(
    line: Line, service: Service, tmp_path: Path, number: signal.Signals
) -> None:
    write_bundle(tmp_path / "store")
    line.send(parts(1500))
    ended_in_midstream = False
    with service:
        wait_until(lambda: committed_images(service) > 0, "the first batch committed")
        service.send(number)
        assert service.wait() == (0 if number == signal.SIGTERM else -number)
        ended_in_midstream = len(line.outcomes(1)) < 1500
    assert ended_in_midstream, "the service was too quick to be interrupted: send more images"
    with service:
        outcomes = line.outcomes(1500)
    assert set(outcomes.sources().values()) == {1}
    assert len(outcomes.verdicts) == 1500


def committed_images(service: Service) -> float:
    try:
        return service.sample("linewatch_batch_images_sum")
    except OSError:
        return 0.0


def test_two_replicas_share_the_partitions_and_double_nothing(line: Line, tmp_path: Path) -> None:
    write_bundle(tmp_path / "store")
    first, second = (
        Service(line.kafka, tmp_path / "store", line.topics, tmp_path / f"{name}.log") for name in ("first", "second")
    )
    line.send(parts(400, prefix="early"))
    with first:
        first.until_ready()
        with second:
            second.until_ready()
            wait_until(lambda: partitions(first) == partitions(second) == 2, "two partitions each")
            line.send(parts(400, prefix="both"))
            wait_until(lambda: committed_images(second) > 0, "the second replica to score")
            line.outcomes(800)
            assert second.stop() == 0
            wait_until(lambda: partitions(first) == 4, "the first replica to have all partitions again")
        line.send(parts(100, prefix="late"))
        outcomes = line.outcomes(900)
    assert set(outcomes.sources().values()) == {1}
    assert len(outcomes.verdicts) == 900


def partitions(service: Service) -> int:
    return service.get("/metrics").decode().count("\nlinewatch_consumer_lag_records{")


def test_it_waits_for_the_first_champion_instead_of_rejecting_images(
    line: Line, service: Service, tmp_path: Path
) -> None:
    line.send(parts(10))
    with service:
        wait_until(lambda: any("waiting" in event["event"] for event in service.events()), "the service to wait")
        write_bundle(tmp_path / "store")
        outcomes = line.outcomes(10)
    assert len(outcomes.verdicts) == 10


def test_what_the_brokers_refuse_is_not_committed_and_goes_through_once_they_take_it(
    line: Line, service: Service, tmp_path: Path
) -> None:
    write_bundle(tmp_path / "store")
    line.set_largest_message(line.topics.dead_letter, 100)
    line.send({"before": png(part(1)), "poison": b"a dead letter of more than a hundred bytes with its headers"})
    with service:
        wait_until(lambda: refusals(service) > 4, "the dead letter to be refused, again and again")
        assert line.outcomes(0).dead_letters == []
        line.set_largest_message(line.topics.dead_letter, 1 << 20)
        outcomes = line.outcomes(2)
        assert service.stop() == 0
    assert set(outcomes.sources().values()) == {1}
    assert len(outcomes.dead_letters) == 1


def refusals(service: Service) -> int:
    return sum("brokers refuse" in event["event"] for event in service.events())
