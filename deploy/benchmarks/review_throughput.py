"""`python -m deploy.benchmarks.review_throughput`: reviews a minute on the page, by a person who decides at once.

A real broker with rendered parts and verdicts on them, `linewatch review`, and Debian's Chromium: a key is pressed, the
review is written and acknowledged, the next part comes, and the clock stops when its image is loaded.
"""

import argparse
import statistics
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
from kafka import KafkaProducer
from selenium.webdriver import Chrome
from selenium.webdriver.common.action_chains import ActionChains

from deploy.demo.renderer.render import render
from deploy.devtools.broker.install import fetch
from deploy.devtools.broker.local import LocalKafka
from deploy.devtools.browser import driving
from deploy.devtools.commands import linewatch
from deploy.devtools.downloads import find
from deploy.devtools.errors import ToolingError
from deploy.devtools.paths import BUILD
from deploy.devtools.ports import free_port
from deploy.devtools.results import write_figures
from deploy.devtools.waiting import wait_until
from service.record.messages import ImageSize, Source, VerdictMessage, encode_map
from service.scoring.map_rendering import to_png
from service.scoring.verdict import Region

RENDERED, SIDE = 6, 512
WAITING = {"seconds": 60.0, "pause": 0.01}
KEYS = "nnund"
"""Most parts that a person is shown are good."""

CLOCK = """
const stage = document.getElementById('stage');
window.waits = [];
let pressed = null;
document.addEventListener('keydown', () => { pressed = performance.now(); }, true);
new MutationObserver(() => {
  if (!stage.dataset.shown || pressed === null) return;
  window.waits.push(performance.now() - pressed);
  pressed = null;
}).observe(stage, { attributes: true, attributeFilter: ['data-shown'] });
"""


def main() -> None:
    """Measure, print the table, write the figures; what is missing ends with one sentence and status 1."""
    parser = argparse.ArgumentParser(prog="python -m deploy.benchmarks.review_throughput")
    parser.add_argument("--reviews", type=int, default=60)
    arguments = parser.parse_args()
    chromium, chromedriver = find("chromium"), find("chromedriver")
    if chromium is None or chromedriver is None:
        sys.exit(
            "bench-reviewing: expected Chromium and its driver, found none; "
            "run python -m deploy.devtools.downloads --chromium"
        )
    try:
        with (
            TemporaryDirectory(prefix="linewatch-reviewing-") as root,
            _line(Path(root), arguments.reviews + 1) as url,
            driving(str(chromium), str(chromedriver), Path(root) / "profile") as driver,
        ):
            waits = measure(driver, url, arguments.reviews)
    except ToolingError as error:
        sys.exit(f"bench-reviewing: {error}")
    figures = summary(waits)
    print(table(figures))
    write_figures(BUILD / "bench-reviewing.json", figures)


def measure(driver: Chrome, url: str, reviews: int) -> list[float]:
    """Review parts by keys; milliseconds from each key to the next part's image."""
    driver.get(url)
    wait_until(lambda: _shown(driver), "the first part", **WAITING)
    driver.execute_script(CLOCK)
    for number in range(reviews):
        ActionChains(driver).send_keys(KEYS[number % len(KEYS)]).perform()
        wait_until(partial(_has_waited, driver, number + 1), "the next part", **WAITING)
    return _waits(driver)


def summary(waits: list[float]) -> dict[str, Any]:
    """The figures of some waits in milliseconds."""
    median = statistics.median(waits)
    return {
        "reviews": len(waits),
        "wait_ms": {"p50": round(median, 1), "p95": round(statistics.quantiles(waits, n=20)[-1], 1)},
        "reviews_per_minute": round(60_000 / median),
    }


def table(figures: dict[str, Any]) -> str:
    """The figures as Markdown."""
    waits = figures["wait_ms"]
    return "\n".join(
        [
            "| reviewing by keys | |",
            "|---|---|",
            f"| reviews | {figures['reviews']} |",
            f"| from the key to the next part's image, p50 / p95 | {waits['p50']:.0f} ms / {waits['p95']:.0f} ms |",
            f"| reviews a minute the page allows | {figures['reviews_per_minute']} |",
        ]
    )


@contextmanager
def _line(root: Path, parts: int) -> Iterator[str]:
    """A broker with parts and verdicts, and the review page over them; its address."""
    with LocalKafka(fetch(), root / "kafka") as broker:
        url = f"http://127.0.0.1:{(port := free_port())}"
        environment = {
            "LINEWATCH_BOOTSTRAP_SERVERS": broker.bootstrap_servers,
            "LINEWATCH_STORE": str(root / "store"),
            "LINEWATCH_ARCHIVE": str(root / "archive"),
            "LINEWATCH_REVIEWER": "bench",
            "LINEWATCH_REVIEW_PORT": str(port),
        }
        linewatch.create_topics(environment)
        _fill(broker.bootstrap_servers, parts)
        with linewatch.running(environment, root / "review.log", url, "review"):
            yield f"{url}/"


def _fill(bootstrap_servers: str, parts: int) -> None:
    images = [cv2.imencode(".png", _rendered(number))[1].tobytes() for number in range(RENDERED)]
    with closing(KafkaProducer(bootstrap_servers=bootstrap_servers, max_request_size=1 << 24)) as producer:
        for number in range(parts):
            key = f"part-{number:04}".encode()
            sent = producer.send("inspection.images", images[number % RENDERED], key=key).get(timeout=60)
            source = Source(topic=sent.topic, partition=sent.partition, offset=sent.offset)
            producer.send("inspection.verdicts", _verdict(key.decode(), source).value(), key=key)
        producer.flush()


def _rendered(number: int) -> np.ndarray:
    return render(np.random.default_rng([7, number]), SIDE, "scratch").image[..., ::-1]


def _verdict(part_id: str, source: Source) -> VerdictMessage:
    grey = np.zeros((96, 96), np.uint8)
    cv2.circle(grey, (40, 40), 9, 230, -1)
    now = datetime.now(UTC)
    return VerdictMessage(
        score=1.4,
        threshold=1.0,
        error_ratio=1.4,
        p_value=0.01,
        decision="anomaly",
        bundle="0123456789abcdef",
        regions=(Region(x=160, y=160, width=100, height=100, peak=1.8),),
        part_id=part_id,
        stream="flanges",
        captured_at=now,
        scored_at=now,
        source=source,
        image=ImageSize(width=SIDE, height=SIDE),
        anomaly_map=encode_map(to_png(cv2.GaussianBlur(grey, (0, 0), 4).astype(np.uint8))),
    )


def _shown(driver: Chrome) -> bool:
    return bool(driver.execute_script("return document.getElementById('stage').dataset.shown"))


def _has_waited(driver: Chrome, times: int) -> bool:
    return len(_waits(driver)) >= times


def _waits(driver: Chrome) -> list[float]:
    waits: list[float] = driver.execute_script("return window.waits")
    return waits


if __name__ == "__main__":
    main()
