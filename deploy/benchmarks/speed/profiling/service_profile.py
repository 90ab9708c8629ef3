"""py-spy over the service and its processes while they work off a backlog."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from deploy.devtools.commands.program import merged, program
from deploy.devtools.errors import DemoError

SAMPLES_PER_SECOND = 100
LAYERS = {
    "starting: imports, settings": r"<module>|importlib|pydantic_settings/|\(service/(cli|settings|app)",
    "score: the graph": r"\(service/scoring/(graph|scorer)\.py",
    "decode, resize": r"\(service/scoring/(decoding|preprocessing|unlike_fit|formats/.*|workers/prepare)\.py",
    "between processes": r"\(service/scoring/workers/",
    "Kafka client": r"\(kafka/",
    "verdicts and dead letters": r"\(service/(scoring/(verdict|map_rendering|conformal_cusum|drift)|record/.*)\.py",
    "metrics, pages, log": r"\((prometheus_client|structlog|waitress|logging|service/(logs|web|stream/telemetry))",
    "the loop": r"\(service/",
}
"""Each stack counts for the layer of the frame nearest to its leaf that belongs to one."""

WAITS = r"\((threading|selectors|socket|waitress/wasyncore|service/logs/native_lines)\.py"
"""Leaves of threads that wait: in some virtual machines py-spy takes them for running ones."""


def record(output: Path, kind: str, seconds: int, environment: Mapping[str, str]) -> None:
    """Run `linewatch run` under py-spy for so long, from its start; what waits is left out where py-spy can tell.

    py-spy starts the service itself, as any user may: to look into a process that runs already needs privileges.

    Args:
        output: file for what py-spy writes.
        kind: `flamegraph`, an SVG, or `raw`, one line for each stack.
        seconds: of recording.
        environment: the service's settings, on top of those of this process.

    Raises:
        DemoError: if py-spy fails; the message ends with its last line.
    """
    command = [program("py-spy"), "record", "--subprocesses", "--rate", SAMPLES_PER_SECOND, "--format", kind]
    command += ["--duration", seconds, "--output", output, "--", program("linewatch"), "run"]
    done = subprocess.run([*map(str, command)], env=merged(environment), capture_output=True, text=True, check=False)
    if done.returncode or not output.exists():
        raise DemoError(
            f"expected py-spy to record the service, found: {(done.stderr.splitlines() or ['nothing'])[-1]}"
        )


def shares(stacks: Iterable[str]) -> dict[str, float]:
    """The share of each layer in the samples of a raw recording, largest first, without starting and waiting."""
    counts = Counter[str]()
    for line in stacks:
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if not re.search(WAITS, frames[-1]):
            counts[_layer(frames)] += int(count)
    del counts[next(iter(LAYERS))]
    return {layer: count / counts.total() for layer, count in counts.most_common()}


def _layer(frames: list[str]) -> str:
    found = (layer for frame in reversed(frames) for layer, pattern in LAYERS.items() if re.search(pattern, frame))
    return next(found, "other")
