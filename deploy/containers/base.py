"""The base image of both Dockerfiles: from a container registry, or made of Debian packages."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from deploy.containers.engine import Engine
from deploy.devtools.errors import ContainerError

DEBIAN = "bookworm"
BOOTSTRAPPED = f"localhost/linewatch-base:{DEBIAN}"
PACKAGES = "ca-certificates,python3,python3-venv"


def default_base(dockerfile: Path) -> str:
    """The base image that a Dockerfile names as its default.

    Raises:
        ContainerError: if it names none.
    """
    if found := re.search(r"^ARG BASE=(\S+)$", dockerfile.read_text(encoding="utf-8"), flags=re.MULTILINE):
        return found.group(1)
    raise ContainerError(f"expected a line ARG BASE=… in {dockerfile}, found none")


def provide(engine: Engine, wanted: str) -> str:
    """The wanted image if it is here or a container registry has it; else one made of Debian's packages.

    Raises:
        ContainerError: if neither can be had.
    """
    if engine.has(wanted) or engine.pull(wanted):
        return wanted
    if not engine.has(BOOTSTRAPPED):
        _bootstrap(engine)
    return BOOTSTRAPPED


def _bootstrap(engine: Engine) -> None:
    if not shutil.which("mmdebstrap"):
        raise ContainerError(
            "expected a container registry, or mmdebstrap to make the base image without one, found neither; "
            "pass BASE=<image with python3 and python3-venv>, or apt-get install mmdebstrap"
        )
    print(f"no container registry: making {BOOTSTRAPPED} of Debian packages", flush=True)
    with tempfile.TemporaryDirectory(prefix="linewatch-base-") as folder:
        archive = Path(folder) / "root.tar"
        command = ["mmdebstrap", "--variant=minbase", f"--include={PACKAGES}", DEBIAN, str(archive)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ContainerError(f"expected mmdebstrap to succeed, it printed: {done.stderr.strip().splitlines()[-1]}")
        engine.load_root(archive, BOOTSTRAPPED)
