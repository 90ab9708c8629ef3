"""`python -m deploy.benchmarks.shadow_cost`: throughput and CPU that a challenger in the shadow costs the service.

One service against a real broker; the challenger is the champion's own graph under another id, so that both cost the
same. Rounds with and without it alternate, with the same images in each; a round is timed from the first image sent
to the last one scored. Prints one Markdown table; the same figures go to build/bench-shadow.json.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from kafka import KafkaProducer

from deploy.devtools.broker.install import fetch
from deploy.devtools.broker.local import LocalKafka
from deploy.devtools.commands import linewatch
from deploy.devtools.errors import DemoError, ToolingError
from deploy.devtools.metrics import samples
from deploy.devtools.paths import BUILD
from deploy.devtools.ports import free_port
from deploy.devtools.results import write_figures
from deploy.devtools.waiting import wait_until
from service.scoring.bundle import Bundle, BundleError, BundleStore
from training.bundles.roles import challenge, withdraw
from training.bundles.writer import draft
from training.pipelines.promote import promote

STORE = BUILD / "demo" / "bundles"
WAITING = {"seconds": 600.0, "pause": 0.1}
"""Each poll costs the service a little."""

IMAGES_TOPIC = "inspection.images"


@dataclass(frozen=True, slots=True)
class Round:
    """Some images through the service, with a challenger in the shadow or without."""

    with_challenger: bool
    images: int
    seconds: float
    cpu_seconds: float


def main() -> int:
    """Measure, print the table, write the figures; what is missing ends with one sentence and status 2."""
    parser = argparse.ArgumentParser(prog="python -m deploy.benchmarks.shadow_cost")
    parser.add_argument("--store", type=Path, default=STORE, help="folder of bundles (default: the demo's)")
    parser.add_argument("--stream", help="whose champion (default: the first)")
    parser.add_argument("--images", type=int, default=200, help="in each round")
    parser.add_argument("--rounds", type=int, default=3, help="of each kind")
    arguments = parser.parse_args()
    try:
        champion = _champion(BundleStore(arguments.store), arguments.stream)
        rounds = measure(champion, arguments.images, arguments.rounds)
    except (BundleError, ToolingError) as error:
        print(f"bench-shadow: {error}", file=sys.stderr)
        return 2
    figures = summarise(rounds)
    print(table(figures))
    about = {"autoencoder": champion.manifest.autoencoder.name, "input": champion.manifest.input.model_dump()}
    write_figures(BUILD / "bench-shadow.json", {**figures, "champion": about})
    return 0


def measure(champion: Bundle, images: int, rounds: int) -> list[Round]:
    """Run the rounds, the two kinds alternating, after a round to warm up."""
    stream = champion.manifest.stream
    with (
        tempfile.TemporaryDirectory() as folder,
        LocalKafka(fetch(), Path(folder) / "kafka") as kafka,
    ):
        store = BundleStore(Path(folder) / "bundles")
        shutil.copytree(champion.path, store.folder(stream) / champion.id)
        promote(store, stream, champion.id)
        twin = write_twin(store, champion)
        url = f"http://127.0.0.1:{(port := free_port())}"
        environment = {
            "LINEWATCH_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
            "LINEWATCH_STORE": str(store.root),
            "LINEWATCH_HTTP_HOST": "127.0.0.1",
            "LINEWATCH_HTTP_PORT": str(port),
            "LINEWATCH_RELOAD_SECONDS": "0.2",
            "LINEWATCH_SHADOW_LAG_RECORDS": str(10 * images),
        }
        linewatch.create_topics(environment)
        with linewatch.running(environment, Path(folder) / "service.log", url) as leash:
            (process,) = psutil.Process(leash.pid).children()
            line = _Line(kafka.bootstrap_servers, url, process, champion)
            line.round(images, with_challenger=False)
            found = []
            for _ in range(rounds):
                for with_challenger in (False, True):
                    with _with_challenger(store, stream, twin, line) if with_challenger else _champion_alone():
                        found.append(line.round(images, with_challenger=with_challenger))
            return found


def write_twin(store: BundleStore, champion: Bundle) -> str:
    """The same bundle under another id: only the seed that its manifest names differs."""
    with draft(store, champion.manifest.stream) as copy:
        for name in champion.manifest.files:
            copy.write(name, (champion.path / name).read_bytes())
        return copy.seal(champion.manifest.model_copy(update={"seed": champion.manifest.seed + 1}))


def summarise(rounds: list[Round]) -> dict[str, Any]:
    """Medians of each kind, and the ratios of with to without."""
    without, with_ = (_medians([each for each in rounds if each.with_challenger is kind]) for kind in (False, True))
    return {
        "images_per_round": rounds[0].images,
        "rounds": [asdict(each) for each in rounds],
        "without": without,
        "with": with_,
        "ratio_cpu": round(with_["cpu_seconds_per_image"] / without["cpu_seconds_per_image"], 3),
        "ratio_throughput": round(with_["images_per_second"] / without["images_per_second"], 3),
    }


def table(figures: dict[str, Any]) -> str:
    """The figures as one Markdown table."""
    kinds = figures["without"], figures["with"]
    rows = [
        ("", "champion alone", "with a challenger", "ratio"),
        ("---", "---:", "---:", "---:"),
        ("images/s", *(f"{kind['images_per_second']:.1f}" for kind in kinds), f"{figures['ratio_throughput']:.2f}"),
        (
            "CPU ms/image",
            *(f"{1000 * kind['cpu_seconds_per_image']:.1f}" for kind in kinds),
            f"{figures['ratio_cpu']:.2f}",
        ),
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _medians(rounds: list[Round]) -> dict[str, float]:
    return {
        "images_per_second": round(median(each.images / each.seconds for each in rounds), 2),
        "cpu_seconds_per_image": round(median(each.cpu_seconds / each.images for each in rounds), 5),
    }


class _Line:
    """The service's camera, its counters and its processor time."""

    def __init__(self, kafka: str, url: str, process: psutil.Process, champion: Bundle) -> None:
        self._kafka, self._url, self._process = kafka, url, process
        self._stream = champion.manifest.stream
        self._pictures = [data for data, _ in champion.golden()]

    def round(self, images: int, *, with_challenger: bool) -> Round:
        before, shadowed = self._scored(), self.sample("linewatch_challenger_error_ratio_count")
        cpu, started = self._cpu(), time.perf_counter()
        self._send(images)
        wait_until(lambda: self._scored() >= before + images, "all images scored", **WAITING)
        found = Round(with_challenger, images, time.perf_counter() - started, self._cpu() - cpu)
        judged = self.sample("linewatch_challenger_error_ratio_count") - shadowed
        if judged != (images if with_challenger else 0):
            raise DemoError(
                f"expected the challenger to judge {'all' if with_challenger else 'no'} images, found {judged}"
            )
        return found

    def sample(self, name: str) -> float:
        """The sum of a metric's series."""
        return sum(value for _, value in samples(self._url, name))

    def _scored(self) -> float:
        return self.sample("linewatch_batch_images_sum")

    def _cpu(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)

    def _send(self, images: int) -> None:
        headers = [("stream", self._stream.encode())]
        with closing(KafkaProducer(bootstrap_servers=self._kafka, max_request_size=1 << 25)) as producer:
            for picture in islice(cycle(self._pictures), images):
                producer.send(IMAGES_TOPIC, picture, key=os.urandom(8).hex().encode(), headers=headers)
            producer.flush()


@contextmanager
def _with_challenger(store: BundleStore, stream: str, bundle: str, line: _Line) -> Iterator[None]:
    challenge(store, stream, bundle)
    wait_until(lambda: line.sample("linewatch_challenger_info") == 1, "the challenger to be loaded", **WAITING)
    yield
    withdraw(store, stream)
    wait_until(lambda: line.sample("linewatch_challenger_info") == 0, "the challenger to be withdrawn", **WAITING)


@contextmanager
def _champion_alone() -> Iterator[None]:
    yield


def _champion(store: BundleStore, stream: str | None) -> Bundle:
    chosen = stream or next(iter(store.streams()), None)
    if chosen is None:
        raise BundleError(f"expected a champion in {store.root}, found none; run make demo first, or give --store")
    return store.champion(chosen)


if __name__ == "__main__":
    sys.exit(main())
