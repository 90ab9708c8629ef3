"""`python -m deploy.benchmarks.footprint`: installed size, start-up time and memory of the service alone.

Installs only the base package into an environment of its own, and runs it there against a real broker with
the bundle that `make demo` left. Prints one Markdown table; the same figures go to build/footprint.json.
"""

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

import psutil

from deploy.devtools.broker.install import fetch
from deploy.devtools.broker.local import LocalKafka
from deploy.devtools.machine import machine_block
from deploy.devtools.paths import BUILD, REPOSITORY
from deploy.devtools.ports import free_port
from deploy.devtools.results import write_figures

STORE = BUILD / "demo" / "bundles"
STARTS = 5
PATIENCE_SECONDS = 60.0
MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Footprint:
    """Medians over the starts; ready means /ready answers 200: champion loaded and verified, consumer group joined."""

    install_mb: float
    cold_start_s: float
    warm_start_s: float
    rss_mb: float
    """Of the service and its decoding processes, each counted whole."""
    pss_mb: float
    """The same, with memory that several of them share counted once (proportional set size)."""


def main() -> int:
    if not any(STORE.glob("*/champion")):
        print(f"expected a bundle of the demo under {STORE}, found none; run make demo first", file=sys.stderr)
        return 2
    _report(measure_footprint(STORE))
    return 0


def measure_footprint(store: Path) -> Footprint:
    """Install the service alone and start it with the champions of that store."""
    with tempfile.TemporaryDirectory() as folder:
        environment = _service_only_environment(Path(folder) / "venv")
        with LocalKafka(fetch(), Path(folder) / "kafka") as kafka:
            starts = list(_starts(environment / "bin" / "linewatch", store, kafka.bootstrap_servers))
        return Footprint(
            install_mb=round(_size(environment) / MEBIBYTE, 1),
            cold_start_s=round(starts[0][0], 2),
            warm_start_s=round(statistics.median(seconds for seconds, _, _ in starts[1:]), 2),
            rss_mb=round(statistics.median(resident for _, resident, _ in starts) / MEBIBYTE, 1),
            pss_mb=round(statistics.median(shared for _, _, shared in starts) / MEBIBYTE, 1),
        )


def _service_only_environment(folder: Path) -> Path:
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, folder], check=True)
    lock = REPOSITORY / "requirements.lock"
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", folder / "bin/python", "--constraint", lock, REPOSITORY],
        check=True,
    )
    return folder


def _starts(linewatch: Path, store: Path, kafka: str) -> Iterator[tuple[float, int, int]]:
    """Seconds from start to ready, resident and proportional bytes then; the first start also compiles everything."""
    port = free_port()
    settings = {"BOOTSTRAP_SERVERS": kafka, "STORE": str(store), "HTTP_HOST": "127.0.0.1", "HTTP_PORT": str(port)}
    environment = {**os.environ, **{f"LINEWATCH_{name}": value for name, value in settings.items()}}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # or every start would compile all that it imports
    subprocess.run([linewatch, "topics"], env=environment, check=True, stdout=subprocess.DEVNULL)
    for _ in range(STARTS):
        begun = time.perf_counter()
        with _running(linewatch, environment) as process:
            _until_ready(f"http://127.0.0.1:{port}/ready")
            yield time.perf_counter() - begun, *_memory(psutil.Process(process.pid))


def _memory(service: psutil.Process) -> tuple[int, int]:
    """Resident and proportional bytes of the service and of the processes that decode for it."""
    each = [process.memory_full_info() for process in (service, *service.children(recursive=True))]
    return sum(memory.rss for memory in each), sum(memory.pss for memory in each)


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


def _size(folder: Path) -> int:
    """Bytes of all files, without the bytecode that Python adds as it runs."""
    files = (file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
    return sum(file.stat().st_size for file in files if file.suffix != ".pyc")


def _report(footprint: Footprint) -> None:
    machine = machine_block()
    print("| the service alone | |\n|---|---|")
    print(f"| installed, all dependencies | {footprint.install_mb} MB |")
    print(f"| start to ready, first | {footprint.cold_start_s} s |")
    print(f"| start to ready, median of the next {STARTS - 1} | {footprint.warm_start_s} s |")
    print(f"| resident memory when ready, with its decoding processes, median | {footprint.rss_mb} MB |")
    print(f"| of it, what they share counted once (PSS), median | {footprint.pss_mb} MB |")
    print(f"\n{machine['cpu']}, {machine['cores']} cores, Python {machine['python']}")
    write_figures(BUILD / "footprint.json", asdict(footprint))


if __name__ == "__main__":
    sys.exit(main())
