"""A challenger in the shadow of a real service: it is recorded, does no harm, and can be promoted meanwhile."""

from pathlib import Path

import pytest

from service.record.messages import VerdictMessage
from service.scoring.bundle import GRAPH, BundleStore
from tests.support.bundles import brightness_graph, challenge, part, png, withdraw, write_bundle
from tests.support.line import Line
from tests.support.service import Service, wait_until
from training.bundles.roles import rollback
from training.pipelines.promote import promote

pytestmark = pytest.mark.integration


def parts(number: int, *, prefix: str = "part") -> dict[str, bytes]:
    """Every tenth has a defect."""
    return {f"{prefix}-{i}": png(part(20 + i % 90, 250 if i % 10 == 0 else None, seed=i)) for i in range(number)}


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def service(line: Line, store: Path, tmp_path: Path) -> Service:
    """Not started; its champion flags what is brighter than half."""
    write_bundle(store)
    return Service(line.kafka, store, line.topics, tmp_path / "log", shadow_lag_records=1000)


def set_challenger(service: Service, folder: Path) -> None:
    challenge(folder)
    wait_until(lambda: service.sample("linewatch_challenger_info", bundle=folder.name) == 1, "the challenger taken in")


def verdicts(line: Line, number: int) -> dict[str, VerdictMessage]:
    outcomes = line.outcomes(number)
    assert set(outcomes.sources().values()) == {1}
    return {verdict.part_id: verdict for verdict in outcomes.verdicts}


def test_the_verdict_carries_the_challengers_decision_and_stays_the_champions(
    line: Line, service: Service, store: Path
) -> None:
    challenger = write_bundle(store, gain=3.0, side=48, champion=False)
    with service:
        service.until_ready()
        line.send(parts(20, prefix="before"))
        line.outcomes(20)
        set_challenger(service, challenger)
        line.send(parts(40))
        found = verdicts(line, 60)
        assert all(found[name].challenger is None for name in parts(20, prefix="before"))
        for i in range(40):
            verdict = found[f"part-{i}"]
            brightness = 250 if i % 10 == 0 else 20 + i % 90
            assert verdict.score == pytest.approx(brightness / 255, abs=1e-6)
            assert verdict.decision == ("anomaly" if i % 10 == 0 else "pass")
            assert verdict.challenger is not None
            assert verdict.challenger.bundle == challenger.name
            assert verdict.challenger.score == pytest.approx(3 * brightness / 255, rel=0.02)
            assert verdict.challenger.decision == ("anomaly" if verdict.challenger.score > 0.5 else "pass")
        flips = sum(
            v.decision == "pass" and v.challenger is not None and v.challenger.decision == "anomaly"
            for v in found.values()
        )
        counted = {"stream": "default", "champion": "pass", "challenger": "anomaly"}
        wait_until(
            lambda: service.sample("linewatch_shadow_decisions_total", **counted) == flips > 0, "the flips counted"
        )
        assert service.sample("linewatch_challenger_error_ratio_count", stream="default") == 40
        assert challenger.name.encode() in service.get("/")


def test_a_challenger_that_fails_on_an_image_is_turned_off_and_the_line_goes_on(
    line: Line, service: Service, store: Path
) -> None:
    blinded = {GRAPH: brightness_graph(3, 1.0, blinded_above=0.9)}
    challenger = write_bundle(store, champion=False, more=blinded)
    with service:
        service.until_ready()
        set_challenger(service, challenger)
        line.send({"dull": png(part(40))})
        line.outcomes(1)
        line.send({"bright": png(part(40, 250))})
        line.outcomes(2)
        line.send({"dull-again": png(part(41))})
        found = verdicts(line, 3)
        assert found["dull"].challenger is not None
        assert (found["bright"].decision, found["bright"].challenger) == ("anomaly", None)
        assert (found["dull-again"].decision, found["dull-again"].challenger) == ("pass", None)
        wait_until(lambda: service.sample("linewatch_shadow_paused", stream="default") == 1, "the gauge")
        assert service.sample("linewatch_shadow_faults_total", stream="default") == 1
        logged = [event for event in service.events() if event["event"] == "challenger does not judge"]
        assert ["failed on an image" in event["why"] for event in logged] == [True]
        assert b"Challenger does not judge" in service.get("/")


def test_a_bad_challenger_is_refused_and_the_champion_goes_on(line: Line, service: Service, store: Path) -> None:
    bad = write_bundle(store, gain=3.0, champion=False)
    (bad / GRAPH).write_bytes(b"broken")
    with service:
        service.until_ready()
        challenge(bad)
        wait_until(
            lambda: service.sample("linewatch_shadow_faults_total", stream="default") == 1, "the refusal counted"
        )
        line.send(parts(10))
        assert [verdict.challenger for verdict in verdicts(line, 10).values()] == [None] * 10


def test_shadowing_pauses_when_images_pile_up_and_goes_on_afterwards(line: Line, store: Path, tmp_path: Path) -> None:
    write_bundle(store)
    challenger = write_bundle(store, gain=3.0, champion=False)
    challenge(challenger)
    with Service(line.kafka, store, line.topics, tmp_path / "log", shadow_lag_records=10) as service:
        service.until_ready()
        wait_until(lambda: service.sample("linewatch_challenger_info", bundle=challenger.name) == 1, "the challenger")
        line.send(parts(1500))
        line.outcomes(1500)
        wait_until(lambda: service.sample("linewatch_shadow_paused", stream="default") == 0, "shadowing to go on")
        line.send({"late": png(part(40))})
        found = verdicts(line, 1501)
        story = [event["event"] for event in service.events() if event["event"].startswith("shadowing")]
    assert any(verdict.challenger is None for verdict in found.values())
    assert found["late"].challenger is not None
    assert story[:2] == ["shadowing paused", "shadowing goes on"]


def test_a_promotion_and_a_rollback_take_effect_in_the_running_service(
    line: Line, service: Service, store: Path
) -> None:
    old = BundleStore(store).champion_id("default")
    new = write_bundle(store, gain=3.0, champion=False)
    with service:
        service.until_ready()
        set_challenger(service, new)
        promote(BundleStore(store), "default", new.name, force="a test")
        wait_until(lambda: service.sample("linewatch_bundle_info", bundle=new.name) == 1, "the new champion")
        wait_until(lambda: service.sample("linewatch_challenger_info", bundle=new.name) == 0, "no challenger")
        line.send({"first": png(part(60))})
        line.outcomes(1)
        assert rollback(BundleStore(store), "default").bundle == old
        wait_until(lambda: service.sample("linewatch_bundle_info", bundle=str(old)) == 1, "the old champion")
        line.send({"second": png(part(60))})
        found = verdicts(line, 2)
    assert (found["first"].bundle, found["first"].decision) == (new.name, "anomaly")
    assert (found["second"].bundle, found["second"].decision) == (old, "pass")
    assert found["second"].challenger is None


def test_a_withdrawn_challenger_judges_no_more(line: Line, service: Service, store: Path) -> None:
    challenger = write_bundle(store, gain=3.0, champion=False)
    with service:
        service.until_ready()
        set_challenger(service, challenger)
        line.send({"first": png(part(60))})
        line.outcomes(1)
        withdraw(challenger)
        wait_until(lambda: service.sample("linewatch_challenger_info", bundle=challenger.name) == 0, "it gone")
        line.send({"second": png(part(60))})
        found = verdicts(line, 2)
    assert found["first"].challenger is not None
    assert found["second"].challenger is None
