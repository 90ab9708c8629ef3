"""Checks of the built images: each runs a container, read-only, without privileges, not as root."""

import json
from collections.abc import Iterator
from pathlib import Path

from deploy.containers.engine import HARDENED, Engine
from deploy.devtools.errors import ContainerError
from deploy.devtools.ports import free_port

_NO_TENSORFLOW = """
import importlib.util
found = [name for name in ("tensorflow", "keras") if importlib.util.find_spec(name)]
raise SystemExit(f"found {found}" if found else 0)
"""
_NO_PRIVILEGES = """
import os, pathlib
status = dict(line.split(":", 1) for line in pathlib.Path("/proc/self/status").read_text().splitlines())
assert os.getuid() != 0, "runs as root"
assert os.getgid() != 0 and os.getgroups() in ([], [os.getgid()]), "is in a group of root's"
for held in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
    assert int(status[held], 16) == 0, f"has capabilities: {held}"
assert int(status["NoNewPrivs"]) == 1, "may gain privileges"
for folder in ("/", "/opt/linewatch", "/etc", "/usr/bin", "/var", "/home", "/archive"):
    try:
        pathlib.Path(folder, "written").touch()
    except OSError:
        continue
    raise SystemExit(f"can write to {folder}")
pathlib.Path("/tmp/written").touch()
"""
_SERVES = """
import os, subprocess, time, urllib.request
service = subprocess.Popen(["linewatch", "run"])
for _ in range(200):
    try:
        answer = urllib.request.urlopen(f"http://localhost:{os.environ['LINEWATCH_PROBE_PORT']}/live", timeout=5)
        assert answer.status == 200
        break
    except OSError:
        assert service.poll() is None, "it ended"
        time.sleep(0.2)
else:
    raise SystemExit("no answer")
service.terminate()
raise SystemExit(service.wait(30))
"""


def service_checks(engine: Engine, image: str) -> Iterator[str]:
    """Run the service's image; a sentence for each check that passes.

    Raises:
        ContainerError: at the first check that fails.
    """
    _demand(engine, image, "-c", _NO_TENSORFLOW, entrypoint="python")
    yield "service: TensorFlow cannot be imported"
    _demand(engine, image, "-c", _NO_PRIVILEGES, entrypoint="python")
    yield "service: not root, no capabilities nor a way to them, nothing writable but /tmp"
    ports = ("--env=LINEWATCH_HTTP_PORT=0", f"--env=LINEWATCH_PROBE_PORT={free_port()}")
    _demand(engine, image, "-c", _SERVES, entrypoint="python", options=(*HARDENED, *ports))
    yield "service: linewatch run starts without a bundle, /live answers on its own port, SIGTERM ends it with status 0"
    if "LINEWATCH_BOOTSTRAP_SERVERS=" not in _demand(engine, image, "settings"):
        raise ContainerError("expected linewatch settings to print the settings, found none")
    yield "service: linewatch settings prints the settings"


def score_check(engine: Engine, image: str, store: Path, stream: str, images: Path) -> str:
    """Score real images with a real bundle, both mounted read-only.

    Raises:
        ContainerError: if not every image has a verdict.
    """
    mounts = (f"--volume={store.resolve()}:/bundles:ro", f"--volume={images.resolve()}:/images:ro")
    output = _demand(engine, image, "score", "--stream", stream, "--json", "/images", options=(*HARDENED, *mounts))
    verdicts = [json.loads(line) for line in output.splitlines()]
    if not verdicts or not all("decision" in verdict for verdict in verdicts):
        raise ContainerError(f"expected a verdict for every image of {images}, found: {output.strip() or 'nothing'}")
    anomalies = sum(verdict["decision"] == "anomaly" for verdict in verdicts)
    return f"service: linewatch score gave {len(verdicts)} verdicts, {anomalies} of them anomalies"


def training_checks(engine: Engine, image: str) -> Iterator[str]:
    """Run the image of training; a sentence for each check that passes.

    Raises:
        ContainerError: at the first check that fails.
    """
    _demand(engine, image, "-c", _NO_PRIVILEGES, entrypoint="python")
    yield "training: not root, no capabilities nor a way to them, nothing writable but /tmp"
    if "fit" not in _demand(engine, image, "--help"):
        raise ContainerError("expected linewatch-train --help to name its commands, found no fit")
    yield "training: linewatch-train --help names its commands"


def _demand(
    engine: Engine, image: str, *command: str, options: tuple[str, ...] = HARDENED, entrypoint: str | None = None
) -> str:
    done = engine.run(image, *command, options=options, entrypoint=entrypoint)
    if done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise ContainerError(
            f"expected {image} {command[0]} to succeed, it printed: {lines[-1] if lines else 'nothing'}"
        )
    return done.stdout
