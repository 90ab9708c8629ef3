"""A real Prometheus and a real Alertmanager for one test."""

import json
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError

import pytest
import yaml

from deploy.devtools import leash
from deploy.devtools.downloads import TOOLS, find
from deploy.devtools.ports import free_port
from tests.support.service import wait_until


def tool(name: str) -> Path:
    """The program of a tool; the test is skipped where there is none."""
    path = find(name)
    if path is None:
        pytest.skip(
            f"needs {name}: run `python -m deploy.devtools.downloads`, or install the package {TOOLS[name].package}"
        )
    return path


def promtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run promtool to its end."""
    return subprocess.run([tool("promtool"), *arguments], capture_output=True, text=True, check=False, timeout=400)


@dataclass(frozen=True)
class Sample:
    """One series of an instant query's answer."""

    labels: dict[str, str]
    value: float


@dataclass(frozen=True)
class Prometheus:
    """A Prometheus that scrapes and evaluates every second."""

    url: str

    def query(self, expr: str) -> list[Sample]:
        """The instant vector of an expression now, a scalar as one sample without labels.

        Raises:
            AssertionError: with Prometheus' message, if it does not accept the expression.
        """
        address = f"{self.url}/api/v1/query?{urllib.parse.urlencode({'query': expr})}"
        try:
            data = _get(address)["data"]
        except HTTPError as error:
            raise AssertionError(f"Prometheus refuses {expr}: {error.read().decode()}") from error
        if data["resultType"] == "scalar":
            return [Sample({}, float(data["result"][1]))]
        return [Sample(each["metric"], float(each["value"][1])) for each in data["result"]]


@dataclass(frozen=True)
class Alertmanager:
    """An Alertmanager that takes alerts and notifies nobody."""

    address: str

    def alerts(self) -> list[dict[str, Any]]:
        """The alerts it has now, as its API returns them."""
        alerts: list[dict[str, Any]] = _get(f"http://{self.address}/api/v2/alerts")
        return alerts


@contextmanager
def prometheus(
    folder: Path,
    targets: Sequence[str],
    rules: Sequence[Path] = (),
    alertmanagers: Sequence[str] = (),
    review: Sequence[str] = (),
) -> Iterator[Prometheus]:
    """A Prometheus that keeps everything in `folder` and scrapes host:port targets.

    `targets` are the job `linewatch`, `review` the job `linewatch-review`.
    """
    jobs = {"linewatch": list(targets), "linewatch-review": list(review)}
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "prometheus.yml"
    configuration.write_text(
        yaml.safe_dump(
            {
                "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                "rule_files": [str(path) for path in rules],
                "alerting": {"alertmanagers": [{"static_configs": [{"targets": list(alertmanagers)}]}]},
                "scrape_configs": [
                    {"job_name": name, "static_configs": [{"targets": addresses}]} for name, addresses in jobs.items()
                ],
            }
        )
    )
    address = f"127.0.0.1:{free_port()}"
    command = [
        str(tool("prometheus")),
        f"--config.file={configuration}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
    ]
    with _running(command, folder / "log", f"http://{address}/-/ready"):
        yield Prometheus(f"http://{address}")


@contextmanager
def alertmanager(folder: Path) -> Iterator[Alertmanager]:
    """An Alertmanager that keeps everything in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "alertmanager.yml"
    configuration.write_text(yaml.safe_dump({"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}))
    address = f"127.0.0.1:{free_port()}"
    command = [
        str(tool("alertmanager")),
        f"--config.file={configuration}",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address={address}",
        "--cluster.listen-address=",
    ]
    with _running(command, folder / "log", f"http://{address}/-/ready"):
        yield Alertmanager(address)


@contextmanager
def _running(command: Sequence[str], log: Path, ready: str) -> Iterator[None]:
    """Run a server until the context ends, from when it answers that it is ready."""
    with log.open("wb") as output:
        process = leash.start(command, output=output)
    try:
        wait_until(lambda: process.poll() is not None or _answers(ready), f"{command[0]} to get ready; its log: {log}")
        assert process.poll() is None, log.read_text()[-2000:]
        yield
    finally:
        leash.stop(process, seconds=10)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except (URLError, OSError):
        return False


def _get(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.load(answer)
