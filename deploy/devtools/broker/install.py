"""Fetches Apache Kafka's jars from Maven Central, once, into a cache folder."""

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import requests
from jgo.maven import Artifact, MavenContext
from jgo.parse import Coordinate

from deploy.devtools import paths
from deploy.devtools.broker.java import find_java
from deploy.devtools.errors import BrokerError

CACHE = paths.CACHE / "kafka"
KAFKA = ("org.apache.kafka", "kafka_2.13", "4.3.0")
LOGGER = ("org.slf4j", "slf4j-simple", "1.7.36")  # Kafka logs through slf4j and names no backend of its own
DOWNLOAD_THREADS = 8
TIMEOUT_S = 60


@dataclass(frozen=True)
class KafkaInstallation:
    """Where Kafka's jars lie, and the Java that runs them."""

    libs: Path
    java: Path

    def command(self, main_class: str, *arguments: str, java_options: tuple[str, ...] = ()) -> list[str]:
        """The command line that runs one of Kafka's main classes."""
        return [str(self.java), *java_options, "-cp", f"{self.libs}/*", main_class, *arguments]


def fetch(cache: Path = CACHE) -> KafkaInstallation:
    """Kafka in `cache`, downloaded (45 MB, one line on stderr) unless it is there already.

    The folder appears under its final name only when every jar is in it, so an interrupted download is never
    taken for a whole one, and two processes that fetch at once do not disturb each other.

    Raises:
        BrokerError: the download failed, or there is no Java to run Kafka with.
    """
    java = find_java()
    libs = (cache / "-".join(KAFKA[1:])).resolve()
    if not libs.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        print(f"Fetching Apache Kafka {KAFKA[2]} into {cache} (45 MB, once) …", file=sys.stderr, flush=True)
        try:
            _download(libs)
        except (requests.RequestException, RuntimeError, OSError) as error:
            raise BrokerError(
                f"Could not fetch Apache Kafka {KAFKA[2]} into {cache}: {error}; "
                "check the network and the disk, then run the same command again."
            ) from error
    return KafkaInstallation(libs=libs, java=java)


def _download(libs: Path) -> None:
    with tempfile.TemporaryDirectory(dir=libs.parent, prefix="fetching-") as temporary:
        staging = Path(temporary) / "libs"
        staging.mkdir()
        maven = MavenContext(repo_cache=Path(temporary) / "repository", timeout=TIMEOUT_S)
        with ThreadPoolExecutor(DOWNLOAD_THREADS) as pool:
            for jar in pool.map(Artifact.resolve, _artifacts(maven)):
                jar.rename(staging / jar.name)
        _publish(staging, libs)


def _artifacts(maven: MavenContext) -> list[Artifact]:
    """Everything Kafka needs at run time, resolved from its Maven coordinates."""
    wanted = [maven.create_dependency(Coordinate(*coordinate, scope="compile")) for coordinate in (KAFKA, LOGGER)]
    direct, transitive = maven.resolver.resolve(wanted)
    needed = [*direct, *(found for found in transitive if found.scope in ("compile", "runtime"))]
    return [dependency.artifact for dependency in needed]


def _publish(staging: Path, libs: Path) -> None:
    try:
        staging.rename(libs)
    except OSError:
        if not libs.is_dir():  # else another process published the same jars first
            raise
