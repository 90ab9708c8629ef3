"""The running service and its store: whatever is in it, and when it is away."""

import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.error import HTTPError

import pytest

from service.scoring.bundle import GOLDEN, GRAPH
from tests.support.bundles import challenge, crown, part, png, write_bundle
from tests.support.line import Line
from tests.support.odd_graphs import odd_graph
from tests.support.service import Service, wait_until

pytestmark = pytest.mark.integration

HANGING_STORE = Path(__file__).parents[1] / "support" / "hanging_store"


@pytest.fixture
def service(line: Line, tmp_path: Path) -> Service:
    """Not started; its store is tmp_path/store."""
    return Service(line.kafka, tmp_path / "store", line.topics, tmp_path / "service.log")


def events(service: Service, event: str) -> int:
    return sum(each["event"] == event for each in service.events())


def has_refused(service: Service, number: int) -> bool:
    return events(service, "bundle refused") == number


def decides(service: Service, bundle: str) -> bool:
    return service.sample("linewatch_bundle_info", bundle=bundle) == 1


def fifo(pointer: Path) -> None:
    pointer.unlink()
    os.mkfifo(pointer)


def folder(pointer: Path) -> None:
    pointer.unlink()
    pointer.mkdir()


def loop(pointer: Path) -> None:
    pointer.unlink()
    pointer.symlink_to(pointer)


def names(bundle: dict[str, bytes]) -> Callable[[Path], None]:
    """Make the champion a bundle with these files."""
    return lambda pointer: crown(write_bundle(pointer.parents[1], champion=False, more=bundle, seed=1))


def holds(content: bytes) -> Callable[[Path], None]:
    def write(pointer: Path) -> None:
        pointer.write_bytes(content)

    return write


BAD_CHAMPIONS: dict[str, Callable[[Path], None]] = {
    "UTF-16": holds("0123456789abcdef\r\n".encode("utf-16")),
    "NUL": holds(bytes(17)),
    "random bytes": holds(bytes(range(128, 256))),
    "a path": holds(b"../../elsewhere"),
    "a FIFO": fifo,
    "a folder": folder,
    "a loop of links": loop,
    "golden scores of none": names({GOLDEN: b"{}"}),
    "golden scores of another": names({GOLDEN: b'{"none.png": 0.1}'}),
    "golden scores in a list": names({GOLDEN: b"[]"}),
    "no graph": names({GRAPH: b"nonsense"}),
    "another graph": names({GRAPH: odd_graph("one more output")}),
    "a map of one dimension": names({GRAPH: odd_graph("map of one dimension")}),
}


def test_no_champion_is_so_bad_that_another_stream_or_the_next_one_suffers(
    line: Line, service: Service, tmp_path: Path
) -> None:
    """One service through all of them: the old bundle decides, others are swapped, and then a good one is taken in."""
    good = write_bundle(tmp_path / "store")
    pointer, others = good.parent / "champion", [write_bundle(tmp_path / "store", "other", seed=n) for n in range(2)]
    with service:
        service.until_ready()
        for number, (kind, spoil) in enumerate(BAD_CHAMPIONS.items(), start=1):
            spoil(pointer)
            wait_until(partial(has_refused, service, number), f"the refusal of {kind}")
            crown(others[number % 2])
            wait_until(partial(decides, service, others[number % 2].name), "the other stream")
            assert decides(service, good.name)
            assert service.get("/live") == b"live\n"
            if pointer.is_dir():
                pointer.rmdir()
            crown(good)
            wait_until(lambda: service.sample("linewatch_champion_missing", stream="default") == 0, "the good one")
        refused = service.sample("linewatch_bundle_reloads_total", stream="default", result="refused")
        assert refused == len(BAD_CHAMPIONS)
        line.send({"after": png(part(60))})
        assert [verdict.bundle for verdict in line.outcomes(1).verdicts] == [good.name]
        assert service.stop() == 0
    assert not any("Traceback" in str(each) or "exception" in each for each in service.events())


def test_a_bad_challenger_is_refused_and_the_next_one_taken_in(service: Service, tmp_path: Path) -> None:
    champion = write_bundle(tmp_path / "store")
    with service:
        service.until_ready()
        fifo_at = champion.parent / "challenger"
        os.mkfifo(fifo_at)
        wait_until(lambda: events(service, "challenger does not judge") == 1, "the refusal")
        good = write_bundle(tmp_path / "store", gain=0.5, champion=False)
        challenge(good)
        wait_until(lambda: service.sample("linewatch_challenger_info", bundle=good.name) == 1, "the good one")
        assert service.stop() == 0


def test_a_store_that_is_away_leaves_the_bundle_deciding_and_says_so_everywhere(
    line: Line, service: Service, tmp_path: Path
) -> None:
    good = write_bundle(tmp_path / "store")
    with service:
        service.until_ready()
        (tmp_path / "store").rename(tmp_path / "away")
        wait_until(lambda: service.sample("linewatch_store_unreadable") == 1, "the store to be missed")
        assert b"The store is away" in service.get("/")
        (tmp_path / "store").mkdir()  # an empty mount in its place
        wait_until(lambda: service.sample("linewatch_champion_missing", stream="default") == 1, "the champion missed")
        assert service.sample("linewatch_store_unreadable") == 0
        assert b"The champion is gone" in service.get("/")
        line.send({"meanwhile": png(part(60))})
        assert [verdict.bundle for verdict in line.outcomes(1).verdicts] == [good.name]
        (tmp_path / "store").rmdir()
        (tmp_path / "away").rename(tmp_path / "store")
        wait_until(lambda: service.sample("linewatch_champion_missing", stream="default") == 0, "the champion back")
        assert b"gone" not in service.get("/")
        assert service.stop() == 0
    for event in ("bundle store unreadable", "bundle store readable again", "champion gone from the store"):
        assert events(service, event) >= 1
    assert events(service, "bundle loaded") == 1


@pytest.mark.parametrize("from_the_start", [True, False])
def test_a_store_that_hangs_keeps_neither_probes_nor_images_nor_a_stop_waiting(
    line: Line, service: Service, tmp_path: Path, from_the_start: bool
) -> None:
    hanging = tmp_path / "hanging"
    service.environment["PYTHONPATH"] += f":{HANGING_STORE}"
    service.environment["HANGING"] = str(hanging)
    write_bundle(tmp_path / "store")
    if from_the_start:
        hanging.touch()
    with service:
        if from_the_start:
            wait_until(lambda: answers(service), "the pages")
            with pytest.raises(HTTPError, match="503"):
                service.get("/ready")
        else:
            service.until_ready()
            hanging.touch()
            line.send({"meanwhile": png(part(60))})
            assert len(line.outcomes(1).verdicts) == 1
        assert service.get("/live") == b"live\n"
        began = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - began < 30.0, "a stop waits for the look under way for 2 s, not for ever"


def answers(service: Service) -> bool:
    try:
        return bool(service.get("/live"))
    except OSError:
        return False


def test_a_defect_without_a_number_is_a_dead_letter_and_the_line_goes_on(
    line: Line, service: Service, tmp_path: Path
) -> None:
    bundle = write_bundle(tmp_path / "store", more={GRAPH: odd_graph("NaN score")})
    line.send({"good": png(part(60)), "defect": png(part(60, 250)), "after": png(part(61))})
    with service:
        outcomes = line.outcomes(3)
        service.until_ready()
        wait_until(lambda: service.sample("linewatch_dead_letters_total", reason="unscorable") == 1, "it counted")
        assert service.sample("linewatch_reconstruction_error_ratio_sum", stream="default") < 1.0, "and no NaN summed"
        assert service.stop() == 0
    assert {verdict.part_id: verdict.decision for verdict in outcomes.verdicts} == {"good": "pass", "after": "pass"}
    ((headers, _),) = outcomes.dead_letters
    assert headers["reason"] == b"unscorable"
    assert bundle.name.encode() in headers["message"]
