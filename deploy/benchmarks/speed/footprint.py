"""`python -m deploy.benchmarks.speed.footprint`: installed size, start-up time and memory of the service alone.

Installs only the base package, by the lock and as a plain `pip install` does, each into an environment of its own, and
runs it against a real broker. Takes the bundle in --bundle, or the one that `make bench` fits. Prints one Markdown
table; the same figures go to build/footprint.json.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from deploy.benchmarks.speed.bundle import bundle_under_test, store_of
from deploy.devtools.broker.install import fetch
from deploy.devtools.broker.local import LocalKafka
from deploy.devtools.errors import ToolingError
from deploy.devtools.machine import machine_block
from deploy.devtools.paths import BUILD, REPOSITORY
from deploy.devtools.ports import free_port
from deploy.devtools.results import write_figures
from service.scoring.bundle import BundleError

STARTS = 5
BROKERS_DELAY_MS = 3000
"""Kafka's default of group.initial.rebalance.delay.ms: how long an empty group waits for more members."""
PATIENCE_SECONDS = 60.0
MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Start:
    """One start until /ready answers 200: champion loaded and verified, consumer group joined."""

    seconds: float
    cpu_seconds: float
    """Of the service and its decoding processes."""
    resident: int
    """Bytes of the service and its decoding processes, each counted whole."""
    proportional: int
    """The same, with memory that several of them share counted once (proportional set size)."""


@dataclass(frozen=True)
class Footprint:
    """Medians over the starts; megabytes are 2^20 bytes. The first start also compiles all that it imports."""

    install_mb: float
    """By the lock, without bytecode, pip and setuptools."""
    install_pip_mb: float
    """By a plain `pip install`, with pip and setuptools, and the bytecode that pip compiles."""
    cold_start_s: float
    warm_start_s: float
    warm_start_cpu_s: float
    start_with_delay_s: float
    """With a broker as it comes, which waits for more members of a new group."""
    rss_mb: float
    pss_mb: float


def main() -> int:
    """Measure and print; what is missing ends with one sentence and status 2."""
    parser = argparse.ArgumentParser(prog="python -m deploy.benchmarks.speed.footprint", description=__doc__)
    parser.add_argument("--bundle", type=Path, help="folder of the bundle (default: one that is fitted)")
    try:
        bundle = bundle_under_test(parser.parse_args().bundle)
        with tempfile.TemporaryDirectory() as folder:
            _report(measure_footprint(store_of(bundle, Path(folder))))
    except (BundleError, ToolingError) as error:
        print(f"footprint: {error}", file=sys.stderr)
        return 2
    return 0


def measure_footprint(store: Path) -> Footprint:
    """Install the service alone and start it with the champions of that store."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        locked, plain = _by_the_lock(folder / "locked"), _by_pip(folder / "plain")
        locked_mb = round(_size(locked) / MEBIBYTE, 1)
        plain_mb = round(_size(plain, bytecode=True) / MEBIBYTE, 1)
        starts = _starts(plain, store, folder / "kafka", STARTS)
        (delayed,) = _starts(plain, store, folder / "usual", 1, group_initial_rebalance_delay_ms=BROKERS_DELAY_MS)
    cold, *warm = starts
    return Footprint(
        install_mb=locked_mb,
        install_pip_mb=plain_mb,
        cold_start_s=round(cold.seconds, 2),
        warm_start_s=round(statistics.median(start.seconds for start in warm), 2),
        warm_start_cpu_s=round(statistics.median(start.cpu_seconds for start in warm), 2),
        start_with_delay_s=round(delayed.seconds, 2),
        rss_mb=round(statistics.median(start.resident for start in starts) / MEBIBYTE, 1),
        pss_mb=round(statistics.median(start.proportional for start in starts) / MEBIBYTE, 1),
    )


def _by_the_lock(folder: Path) -> Path:
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    install: list[str | Path] = [uv, "pip", "install", "--quiet", "--python", folder / "bin/python"]
    subprocess.run([*install, "--constraint", REPOSITORY / "requirements.lock", REPOSITORY], check=True)
    return folder


def _by_pip(folder: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip: list[str | Path] = [folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, REPOSITORY], check=True)
    return folder


def _starts(environment: Path, store: Path, data: Path, starts: int, **broker: Any) -> list[Start]:
    """Starts in turn, on a broker of their own."""
    linewatch, port = environment / "bin" / "linewatch", free_port()
    with LocalKafka(fetch(), data, **broker) as kafka:
        settings = {"BOOTSTRAP_SERVERS": kafka.bootstrap_servers, "STORE": str(store)}
        settings |= {"HTTP_HOST": "127.0.0.1", "HTTP_PORT": str(port)}
        variables = {**os.environ, **{f"LINEWATCH_{name}": value for name, value in settings.items()}}
        variables.pop("PYTHONDONTWRITEBYTECODE", None)  # or every start would compile all that it imports
        subprocess.run([linewatch, "topics"], env=variables, check=True, stdout=subprocess.DEVNULL)
        return [_start(linewatch, variables, f"http://127.0.0.1:{port}/ready") for _ in range(starts)]


def _start(linewatch: Path, variables: dict[str, str], url: str) -> Start:
    begun = time.perf_counter()
    with _running(linewatch, variables) as process:
        _until_ready(url)
        seconds, service = time.perf_counter() - begun, psutil.Process(process.pid)
        processes = (service, *service.children(recursive=True))
        memory = [each.memory_full_info() for each in processes]
        return Start(
            seconds=seconds,
            cpu_seconds=sum(sum(each.cpu_times()[:2]) for each in processes),
            resident=sum(each.rss for each in memory),
            proportional=sum(each.pss for each in memory),
        )


@contextmanager
def _running(linewatch: Path, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([linewatch, "run"], env=environment, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def _until_ready(url: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=1):  # noqa: S310 - our own page
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.01)
    raise TimeoutError(f"expected {url} to answer 200 within {PATIENCE_SECONDS:.0f} s")


def _size(folder: Path, *, bytecode: bool = False) -> int:
    """Bytes of all files."""
    files = (file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    return sum(file.stat().st_size for file in files if bytecode or file.suffix != ".pyc")


def _report(footprint: Footprint) -> None:
    machine = machine_block()
    print("| the service alone | |\n|---|---|")
    print(f"| installed by the lock, all dependencies | {footprint.install_mb} MB |")
    print(f"| by a plain pip install, with pip itself and bytecode | {footprint.install_pip_mb} MB |")
    print(f"| start to ready, first | {footprint.cold_start_s} s |")
    print(f"| start to ready, median of the next {STARTS - 1} | {footprint.warm_start_s} s |")
    print(f"| processor time until then | {footprint.warm_start_cpu_s} s |")
    print(
        f"| with a broker that lets a new group wait {BROKERS_DELAY_MS / 1000:g} s | {footprint.start_with_delay_s} s |"
    )
    print(f"| resident when ready, what the processes share counted once (PSS) | {footprint.pss_mb} MB |")
    print(f"| resident, each process counted whole | {footprint.rss_mb} MB |")
    print(f"\n{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}")
    write_figures(BUILD / "footprint.json", asdict(footprint))


if __name__ == "__main__":
    sys.exit(main())
